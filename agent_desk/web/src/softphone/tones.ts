/** Sounds made by WebAudio, so that no file has to be fetched. */

import { playThrough } from './useAudioDevices'

const RING_HZ = 450
const RING_SECONDS = 1
const RING_PERIOD_MS = 4_000
const LATEST_MS = 1_000 // what the browser allows only later than this is of no use any more

let context: AudioContext | null = null

function audio(): AudioContext | null {
  if (typeof AudioContext === 'undefined') return null
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume().catch(() => undefined)
  return context
}

/** Wakes the browser's sound up; browsers allow it only while the user does something. */
export function wakeSound(): void {
  audio()
}

/**
 * One tone with soft edges. `delay` and `seconds` from now, `gain` from 0 to 1. Some browsers take
 * a moment to start their sound: it is waited for.
 */
export function tone(
  hertz: number,
  delay: number,
  seconds: number,
  gain = 0.15,
  to: AudioNode | null = null,
): void {
  const now = audio()
  if (!now) return
  if (now.state === 'running') {
    play(now, hertz, delay, seconds, gain, to)
    return
  }
  const asked = performance.now()
  const later = () => {
    if (performance.now() - asked < LATEST_MS) play(now, hertz, delay, seconds, gain, to)
  }
  void now.resume().then(later, () => undefined)
}

function play(
  now: AudioContext,
  hertz: number,
  delay: number,
  seconds: number,
  gain: number,
  to: AudioNode | null,
): void {
  const oscillator = now.createOscillator()
  const volume = now.createGain()
  const start = now.currentTime + delay
  oscillator.frequency.value = hertz
  volume.gain.setValueAtTime(0, start)
  volume.gain.linearRampToValueAtTime(gain, start + 0.02)
  volume.gain.setValueAtTime(gain, start + seconds - 0.03)
  volume.gain.linearRampToValueAtTime(0, start + seconds)
  oscillator.connect(volume).connect(to ?? now.destination)
  oscillator.start(start)
  oscillator.stop(start + seconds)
  oscillator.onended = () => {
    volume.disconnect()
  }
}

/** Rings through a device (empty: the system's own) until the returned function is called. */
export function ring(deviceId = ''): () => void {
  const way = deviceId ? through(deviceId) : null
  const once = () => {
    tone(RING_HZ, 0, RING_SECONDS, 0.15, way?.node)
  }
  once()
  const timer = setInterval(once, RING_PERIOD_MS)
  return () => {
    clearInterval(timer)
    way?.close()
  }
}

/** A way to a device of its own for what WebAudio makes. */
function through(deviceId: string): { node: AudioNode; close: () => void } | null {
  const node = audio()?.createMediaStreamDestination()
  if (!node) return null
  const element = new Audio()
  element.srcObject = node.stream
  void playThrough(element, deviceId).then(() => element.play().catch(() => undefined))
  return {
    node,
    close: () => {
      element.pause()
      element.srcObject = null
    },
  }
}

/** How the loudspeaker for ringing sounds. */
export function tryRing(deviceId: string): void {
  const stop = ring(deviceId)
  setTimeout(stop, RING_PERIOD_MS / 2)
}

// The two tones of each key of a telephone, as Q.23 gives them.
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1209, 1336, 1477]
const KEYS = '123456789*0#'

/** The two tones of a key, softly: the seat hears what was sent. */
export function keyTone(key: string): void {
  const at = KEYS.indexOf(key)
  const row = ROWS[Math.floor(at / 3)]
  const column = COLUMNS[at % 3]
  if (row === undefined || column === undefined) return
  tone(row, 0, 0.12, 0.05)
  tone(column, 0, 0.12, 0.05)
}

/** Two rising notes: an emergency. */
export function emergencySound(): void {
  tone(660, 0, 0.16, 0.12)
  tone(880, 0.2, 0.24, 0.12)
}

/** Three short notes: a new order at a unit. */
export function newOrderSound(): void {
  for (const [at, hertz] of [
    [0, 784],
    [0.22, 988],
    [0.44, 1175],
  ] as const) {
    tone(hertz, at, 0.18, 0.25)
  }
}

/** Two falling notes, twice: an alarm for the supervisor. */
export function alarmSound(): void {
  for (const at of [0, 0.7]) {
    tone(988, at, 0.22, 0.2)
    tone(740, at + 0.26, 0.3, 0.2)
  }
}

/** Whether the browser lets this page sound; most do so only after the user has done something. */
export function maySound(): boolean {
  return audio()?.state === 'running'
}

/** A microphone that hears nothing, for a seat without one. */
export function silentStream(): MediaStream | null {
  return audio()?.createMediaStreamDestination().stream ?? null
}
