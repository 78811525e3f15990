/** Trying the microphone: how loud it is, and a short recording to listen to. */
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { constraintsOf, loudness } from './audioChoice'
import { playThrough, useAudioChoice } from './useAudioDevices'

const RECORD_MS = 3_000
const LOOK_MS = 80
const HEARD = 0.25 // a level that only somebody speaking reaches

export type TestState = 'off' | 'opening' | 'recording' | 'playing' | 'done' | 'failed'

export function useMicrophoneTest(onOpened: () => void) {
  const state = ref<TestState>('off')
  const level = ref(0)
  const heard = ref(false) // whether the recording has anything to listen to
  const choice = useAudioChoice()
  const stream = shallowRef<MediaStream | null>(null)
  let context: AudioContext | null = null
  let timer: ReturnType<typeof setInterval> | undefined
  let recorder: MediaRecorder | null = null
  let player: HTMLAudioElement | null = null
  let turn = 0

  /** Records for three seconds, then plays it through the chosen loudspeaker. */
  async function run(): Promise<void> {
    stop()
    const mine = ++turn
    state.value = 'opening'
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        audio: constraintsOf(choice.value),
      })
      if (mine !== turn) {
        close(opened)
        return
      }
      stream.value = opened
      onOpened()
      measure(opened)
      state.value = 'recording'
      const recorded = await record(opened)
      release()
      if (mine !== turn) return
      state.value = 'playing'
      await play(recorded)
      if (mine === turn) state.value = 'done'
    } catch {
      if (mine !== turn) return
      release()
      state.value = 'failed'
    }
  }

  function measure(opened: MediaStream): void {
    heard.value = false
    context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(opened).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      level.value = loudness(samples)
      if (level.value > HEARD) heard.value = true
    }, LOOK_MS)
  }

  function record(opened: MediaStream): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const parts: Blob[] = []
      const now = new MediaRecorder(opened)
      recorder = now
      now.ondataavailable = (event) => parts.push(event.data)
      now.onerror = () => {
        reject(new Error('not recorded'))
      }
      now.onstop = () => {
        resolve(new Blob(parts, { type: now.mimeType }))
      }
      now.start()
      setTimeout(() => {
        if (now.state !== 'inactive') now.stop()
      }, RECORD_MS)
    })
  }

  async function play(recorded: Blob): Promise<void> {
    const address = URL.createObjectURL(recorded)
    const element = new Audio(address)
    player = element
    try {
      await playThrough(element, choice.value.speaker)
      await new Promise<void>((resolve, reject) => {
        element.onended = () => {
          resolve()
        }
        element.onpause = element.onended
        element.onerror = () => {
          reject(new Error('not played'))
        }
        element.play().catch(reject)
      })
    } finally {
      URL.revokeObjectURL(address)
    }
  }

  function close(opened: MediaStream | null): void {
    for (const track of opened?.getTracks() ?? []) track.stop()
  }

  function release(): void {
    clearInterval(timer)
    level.value = 0
    close(stream.value)
    stream.value = null
    void context?.close()
    context = null
  }

  function stop(): void {
    turn += 1
    if (recorder && recorder.state !== 'inactive') recorder.stop()
    player?.pause()
    release()
    state.value = 'off'
  }

  onBeforeUnmount(stop)

  return { state, level, heard, run, stop }
}
