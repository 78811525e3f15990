import { describe, expect, it } from 'vitest'
import type { UtteranceInfo } from '@/api/types'
import { lineAt, minutes, timedLines } from '@/rules/playback'

function said(id: string, callMs: number | null): UtteranceInfo {
  return {
    id,
    role: 'caller',
    text: '南苑小区',
    call_ms: callMs,
    heard_text: null,
    start_ms: 4_000,
    words: [
      { text: '南苑', start_ms: 4_000, end_ms: 4_400, confidence: 1 },
      { text: '小区', start_ms: 4_400, end_ms: 4_900, confidence: 1 },
    ],
  } as UtteranceInfo
}

describe('playback', () => {
  it('places words in the recording', () => {
    const [line] = timedLines([said('a', 10_000)])
    expect(line?.from).toBe(10)
    expect(line?.words.map((word) => [word.from, word.to])).toEqual([
      [10, 10.4],
      [10.4, 10.9],
    ])
  })

  it('orders lines by time and keeps those without one at the end', () => {
    const lines = timedLines([said('late', 9_000), said('unknown', null), said('early', 1_000)])
    expect(lines.map((line) => line.id)).toEqual(['early', 'late', 'unknown'])
    expect(lines[2]?.words).toEqual([])
  })

  it('knows the line that is spoken', () => {
    const lines = timedLines([said('a', 1_000), said('b', 5_000), said('c', null)])
    expect([0, 1, 4.9, 5, 99].map((at) => lineAt(lines, at))).toEqual([null, 'a', 'a', 'b', 'b'])
  })

  it('writes minutes', () => {
    expect([minutes(-1), minutes(7.9), minutes(187)]).toEqual(['0:00', '0:07', '3:07'])
  })
})
