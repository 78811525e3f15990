/** Words in step with a call's recording. */
import type { UtteranceInfo } from '@/api/types'

export interface TimedWord {
  text: string
  from: number // seconds of the recording
  to: number
}

export interface TimedLine {
  id: string
  role: UtteranceInfo['role']
  from: number | null // seconds of the recording; null where nothing tells
  words: TimedWord[]
  said: UtteranceInfo
}

/** The utterances in the order they were spoken, their words placed in the recording. */
export function timedLines(utterances: readonly UtteranceInfo[]): TimedLine[] {
  return utterances
    .map((one) => {
      const base = one.call_ms
      const words =
        base === null || one.heard_text !== null // what a person wrote has no times
          ? []
          : one.words.map((word) => ({
              text: word.text,
              from: (base + word.start_ms - one.start_ms) / 1000,
              to: (base + word.end_ms - one.start_ms) / 1000,
            }))
      return {
        id: one.id,
        role: one.role,
        from: base === null ? null : base / 1000,
        words,
        said: one,
      }
    })
    .sort((one, other) => (one.from ?? Infinity) - (other.from ?? Infinity))
}

/** The line that is being spoken at `seconds`, or the last one before. */
export function lineAt(lines: readonly TimedLine[], seconds: number): string | null {
  let found: string | null = null
  for (const line of lines) {
    if (line.from !== null && line.from <= seconds) found = line.id
  }
  return found
}

/** `3:07` */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')}`
}
