/** What the wall says, and what it keeps to itself: no names, no numbers of citizens. */
import type { BoardTier, LateDeadline, QueueFloor } from '@/api/types'

export interface SeatCounts {
  free: number
  busy: number
  paused: number
}

/** The seats of a queue where somebody sits: free, in a call or finishing one, paused. */
export function seatCounts(queue: QueueFloor): SeatCounts {
  const of = (state: string) => queue.seats[state] ?? 0
  return {
    free: of('ready'),
    busy: of('ringing') + of('on_call') + of('wrap_up'),
    paused: of('paused'),
  }
}

const LONG_NUMBER = /\d{5,}/g

/** A text without what may be somebody's number. */
export function masked(text: string): string {
  return text.replace(LONG_NUMBER, '…')
}

/** What is late for longest, one line for an order at a unit: the deadline it missed first. */
export function latest(late: LateDeadline[]): LateDeadline[] {
  const found = new Map<string, LateDeadline>()
  for (const one of [...late].sort((a, b) => a.due_at.localeCompare(b.due_at))) {
    const key = one.dispatch_order_id ?? one.work_order_id
    if (!found.has(key)) found.set(key, one)
  }
  return [...found.values()]
}

export interface LampTotals {
  red: number
  blue: number
  green: number
  late: number
}

export function totals(tiers: BoardTier[]): LampTotals {
  const sum: LampTotals = { red: 0, blue: 0, green: 0, late: 0 }
  for (const tier of tiers) {
    sum.red += tier.red
    sum.blue += tier.blue
    sum.green += tier.green
    sum.late += tier.late
  }
  return sum
}

const POOR = 0.8 // of the calls answered in time: below it the figure is marked

export function isPoor(level: number | null | undefined): boolean {
  return level !== null && level !== undefined && level < POOR
}

const OLD_MS = 90_000 // the server sends the board twice a minute at least

/**
 * Since when what is shown is old, in milliseconds of the server's clock, or `null` while it is
 * fresh: since the connection was lost, or since the last picture where none comes any more.
 */
export function staleSince(
  lostAt: number | null,
  boardAt: string | null,
  now: number,
): number | null {
  if (lostAt !== null) return lostAt
  if (boardAt === null) return null
  const at = Date.parse(boardAt)
  return now - at > OLD_MS ? at : null
}
