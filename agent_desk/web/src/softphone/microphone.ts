/** The open microphone of a call: the person's choice of it, and what happens when it goes. */
import { computed, ref, shallowRef, watch } from 'vue'
import { key, t } from '@/locales'
import { constraintsOf } from './audioChoice'
import { silentStream } from './tones'
import { useAudioChoice } from './useAudioDevices'

const NO_MICROPHONE = key(
  '麦克风不可用：来电人听不到您的声音。请在浏览器地址栏允许使用麦克风；仍可听音并用文字记录、派单。',
)
const UNPLUGGED = key(
  '麦克风已断开：来电人听不到您的声音。请重新插好耳麦，或在「音频」中另选麦克风。',
)

/** `onReplaced` gets the new track where another microphone is used within a call. */
export function useMicrophone(onReplaced: (track: MediaStreamTrack) => void) {
  const warning = ref('')
  const choice = useAudioChoice()
  const stream = shallowRef<MediaStream | null>(null)

  /** Opens the chosen microphone, or a silent one where there is none. */
  async function open(): Promise<MediaStream | null> {
    release()
    const opened = await ask()
    stream.value = opened
    const track = opened?.getAudioTracks()[0]
    if (track) {
      track.onended = () => {
        if (stream.value === opened) void replace(UNPLUGGED)
      }
    }
    return opened
  }

  async function ask(): Promise<MediaStream | null> {
    try {
      // Undefined where the page is neither on https nor on this machine.
      const devices = navigator.mediaDevices as MediaDevices | undefined
      if (!devices) throw new Error('no secure context')
      const opened = await devices.getUserMedia({ audio: constraintsOf(choice.value) })
      warning.value = ''
      return opened
    } catch {
      warning.value = NO_MICROPHONE
      return silentStream()
    }
  }

  async function replace(why = ''): Promise<void> {
    const before = stream.value
    const opened = await open()
    if (why && warning.value) warning.value = why
    const track = opened?.getAudioTracks()[0]
    if (before && track) onReplaced(track)
  }

  /** Asks for the permission before the first call, not during it. */
  async function check(): Promise<void> {
    const opened = await ask()
    if (opened !== stream.value) stop(opened)
  }

  function release(): void {
    const before = stream.value
    stream.value = null
    stop(before)
  }

  function forget(): void {
    release()
    warning.value = ''
  }

  watch(
    () => [choice.value.microphone, choice.value.processing],
    () => {
      if (stream.value) void replace()
    },
  )

  return {
    warning: computed(() => warning.value && t(warning.value)),
    open,
    check,
    release,
    forget,
  }
}

function stop(opened: MediaStream | null): void {
  for (const track of opened?.getTracks() ?? []) track.stop()
}
