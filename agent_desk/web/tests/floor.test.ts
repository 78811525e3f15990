import { describe, expect, it } from 'vitest'
import type { Floor, QueueFloor, SeatFloor, SeatInfo } from '@/api/types'
import {
  countByQueue,
  emptySeats,
  late,
  leadSeatsFirst,
  seatOrder,
  seconds,
  share,
  waitingSince,
  worked,
} from '@/rules/floor'

const NOW = Date.parse('2026-11-22T03:00:30Z')

function queue(...since: string[]): QueueFloor {
  return {
    waiting: since.map((at, index) => ({ since: at, position: index + 1 })),
  } as QueueFloor
}

function seat(code: string, status: SeatFloor['status']): SeatFloor {
  return { seat_code: code, status } as SeatFloor
}

describe('the floor', () => {
  it('tells who waits longest, whatever the order of the line', () => {
    const line = queue('2026-11-22T03:00:20Z', '2026-11-22T03:00:05Z')
    expect(waitingSince(line)).toBe('2026-11-22T03:00:05Z')
    expect(waitingSince(queue())).toBeNull()
  })

  it('is late from the goal on', () => {
    expect(late(queue('2026-11-22T03:00:16Z'), NOW)).toBe(false)
    expect(late(queue('2026-11-22T03:00:14Z'), NOW)).toBe(true)
    expect(late(queue(), NOW)).toBe(false)
  })

  it('shows seats in calls first and empty ones last', () => {
    const floor = {
      seats: [
        seat('c', 'logged_out'),
        seat('b', 'ready'),
        seat('d', 'on_call'),
        seat('a', 'ready'),
      ],
    } as Floor
    expect(seatOrder(floor).map((one) => one.seat_code)).toEqual(['d', 'a', 'b', 'c'])
  })

  it('offers supervisors their own seats first', () => {
    const seats = [
      { code: 'seat01', queue_codes: ['110'] },
      { code: 'lead02', queue_codes: [] as string[] },
      { code: 'lead01', queue_codes: [] as string[] },
    ] as SeatInfo[]
    expect(leadSeatsFirst(seats).map((one) => one.code)).toEqual(['lead01', 'lead02', 'seat01'])
  })

  it('counts a seat as empty only where callers would miss somebody', () => {
    const floor = {
      seats: [
        { ...seat('seat01', 'logged_out'), session_id: null, queue_codes: ['110'] },
        { ...seat('seat02', 'ready'), session_id: 's', queue_codes: ['110'] },
        { ...seat('lead01', 'logged_out'), session_id: null, queue_codes: [] as string[] },
      ],
    } as Floor
    expect(emptySeats(floor).map((one) => one.seat_code)).toEqual(['seat01'])
    expect(countByQueue(emptySeats(floor))).toBe('110 1 席')
  })

  it('writes times so that they can be told apart', () => {
    expect([seconds(59.94), seconds(60), seconds(117.4)]).toEqual([
      '59.9 秒',
      '1 分 0 秒',
      '1 分 57 秒',
    ])
    expect([worked(0), worked(40), worked(3599), worked(15_120)]).toEqual([
      '0 分',
      '40 秒',
      '59 分',
      '4.2 小时',
    ])
  })

  it('writes a dash where nothing was measured', () => {
    expect([share(null), share(0.956), seconds(null), seconds(8.42)]).toEqual([
      '–',
      '96%',
      '–',
      '8.4 秒',
    ])
  })
})
