/** How a transcript grows: partials are shown until their utterance comes. */
import type { PartialInfo, UtteranceInfo } from '@/api/types'

export interface Transcript {
  utterances: UtteranceInfo[] // by time
  partials: PartialInfo[] // at most one of each stream
}

export function emptyTranscript(): Transcript {
  return { utterances: [], partials: [] }
}

/** Takes over a snapshot. */
export function transcriptOf(utterances: UtteranceInfo[], partials: PartialInfo[]): Transcript {
  const transcript = emptyTranscript()
  for (const utterance of utterances) addUtterance(transcript, utterance)
  for (const partial of partials) addPartial(transcript, partial)
  return transcript
}

/** Shows a growing segment, unless the segment is already finished or a newer one is shown. */
export function addPartial(transcript: Transcript, partial: PartialInfo): void {
  const finished = transcript.utterances.some(
    (utterance) =>
      utterance.stream_id === partial.stream_id && utterance.sequence >= partial.sequence,
  )
  if (finished) return
  const at = transcript.partials.findIndex((other) => other.stream_id === partial.stream_id)
  const shown = transcript.partials[at]
  if (!shown) transcript.partials.push(partial)
  else if (shown.sequence <= partial.sequence) transcript.partials[at] = partial
}

/** Adds a finished segment once, in its place, and takes away the partial it replaces. */
export function addUtterance(transcript: Transcript, utterance: UtteranceInfo): void {
  transcript.partials = transcript.partials.filter(
    (partial) => partial.stream_id !== utterance.stream_id || partial.sequence > utterance.sequence,
  )
  const known = transcript.utterances.findIndex((other) => other.id === utterance.id)
  if (known >= 0) {
    transcript.utterances[known] = utterance
    return
  }
  let place = transcript.utterances.length
  while (place > 0 && isAfter(transcript.utterances[place - 1], utterance)) place -= 1
  transcript.utterances.splice(place, 0, utterance)
}

function isAfter(one: UtteranceInfo | undefined, other: UtteranceInfo): boolean {
  if (!one) return false
  if (one.stream_id === other.stream_id) return one.sequence > other.sequence
  return Date.parse(one.at) > Date.parse(other.at)
}

/** Whether the normalised text differs from what the recogniser heard by more than spaces. */
export function wasCorrected(utterance: UtteranceInfo): boolean {
  return bare(utterance.text) !== bare(utterance.raw_text)
}

function bare(text: string): string {
  return text.replace(/[\s，。！？、,.!?]/gu, '')
}
