/** What is known of a caller. */
import type { AddCallerMark, CallInfo } from '@/api/types'
import { spoken } from '@/locales'

export type MarkKind = AddCallerMark['kind']

/** Each kind's word and colour; none of them keeps a call from being answered. */
export const MARKS: Record<MarkKind, { word: string; tone: 'warn' | 'care' | 'plain' }> = spoken({
  nuisance: { word: '骚扰', tone: 'warn' },
  vulnerable: { word: '需关照', tone: 'care' },
  frequent: { word: '常打来', tone: 'plain' },
  other: { word: '备注', tone: 'plain' },
})

export function markFace(kind: string): { word: string; tone: 'warn' | 'care' | 'plain' } {
  return kind in MARKS ? MARKS[kind as MarkKind] : MARKS.other
}

export const CALL_STATUS: Record<CallInfo['status'], string> = spoken({
  received: '接入',
  queued: '排队',
  ringing: '振铃',
  answered: '通话中',
  ended: '已接听',
  abandoned: '未接通',
})

/** Whether a call is still going on. */
export function isLive(call: CallInfo | null): boolean {
  return call !== null && !['ended', 'abandoned'].includes(call.status)
}
