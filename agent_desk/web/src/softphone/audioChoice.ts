/** Which devices this browser speaks, hears and rings through; remembered per browser. */

const KEY = 'yihu.audio'

/** Device ids are the browser's; empty is the system's own choice. */
export interface AudioChoice {
  microphone: string
  speaker: string
  ringer: string
  processing: boolean // echo cancelling, noise suppression, gain control: off for headsets
}

const DEFAULT: AudioChoice = { microphone: '', speaker: '', ringer: '', processing: false }

export function readAudioChoice(storage: Storage = localStorage): AudioChoice {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? 'null')
    if (!value || typeof value !== 'object') return { ...DEFAULT }
    const kept = value as Partial<Record<keyof AudioChoice, unknown>>
    const text = (one: unknown) => (typeof one === 'string' ? one : '')
    return {
      microphone: text(kept.microphone),
      speaker: text(kept.speaker),
      ringer: text(kept.ringer),
      processing: kept.processing === true,
    }
  } catch {
    return { ...DEFAULT } // not ours, damaged, or forbidden
  }
}

export function writeAudioChoice(choice: AudioChoice, storage: Storage = localStorage): void {
  try {
    storage.setItem(KEY, JSON.stringify(choice))
  } catch {
    // Full or forbidden storage: the choice holds until the page is loaded again.
  }
}

/** What to ask the browser for. A device that is gone gives way to the system's choice. */
export function constraintsOf(choice: AudioChoice): MediaTrackConstraints {
  const { processing, microphone } = choice
  return {
    ...(microphone ? { deviceId: { ideal: microphone } } : {}),
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
  }
}

/** How loud samples between -1 and 1 are, from 0 to 1 on a scale that speech fills well. */
export function loudness(samples: Float32Array): number {
  if (samples.length === 0) return 0
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12)
  return Math.min(1, Math.max(0, (decibels + 60) / 54)) // -60 dB is silence, -6 dB is full
}
