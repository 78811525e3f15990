/** The devices the browser offers, and the person's choice among them. */
import { onBeforeUnmount, onMounted, ref, watch } from 'vue'
import { t } from '@/locales'
import { type AudioChoice, readAudioChoice, writeAudioChoice } from './audioChoice'

export interface AudioDevice {
  id: string
  name: string
}

// One choice for every part of the page.
const choice = ref<AudioChoice>(readAudioChoice())
watch(
  choice,
  (now) => {
    writeAudioChoice(now)
  },
  { deep: true },
)

export function useAudioChoice() {
  return choice
}

/** Whether this browser lets a page choose where sound comes out. */
export const choosesOutput =
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype

/** Plays through a device; one that is gone gives way to the system's choice. */
export async function playThrough(element: HTMLMediaElement, deviceId: string): Promise<void> {
  if (!choosesOutput || element.sinkId === deviceId) return
  try {
    await element.setSinkId(deviceId)
  } catch {
    await element.setSinkId('').catch(() => undefined)
  }
}

export function useAudioDevices() {
  const microphones = ref<AudioDevice[]>([])
  const speakers = ref<AudioDevice[]>([])

  // Undefined where the page is neither on https nor on this machine.
  const media = navigator.mediaDevices as MediaDevices | undefined

  /** Looks again; before the microphone was allowed, browsers keep the names to themselves. */
  async function look(): Promise<void> {
    const found = (await media?.enumerateDevices().catch(() => [])) ?? []
    microphones.value = named(found, 'audioinput', t('麦克风'))
    speakers.value = named(found, 'audiooutput', t('扬声器'))
  }

  const again = () => {
    void look()
  }
  onMounted(() => {
    again()
    media?.addEventListener('devicechange', again)
  })
  onBeforeUnmount(() => {
    media?.removeEventListener('devicechange', again)
  })

  return { microphones, speakers, look }
}

function named(found: MediaDeviceInfo[], kind: MediaDeviceKind, word: string): AudioDevice[] {
  return found
    .filter((one) => one.kind === kind && one.deviceId && one.deviceId !== 'default')
    .map((one, at) => ({ id: one.deviceId, name: one.label || `${word} ${String(at + 1)}` }))
}
