/** The floor in words and order. */
import type { Floor, QueueFloor, SeatFloor, SeatInfo, WaitingCall } from '@/api/types'
import { t } from '@/locales'

export const GOAL_SECONDS = 15 // within which a call should be answered

/** When the caller who waits longest came, or `null`. */
export function waitingSince(queue: QueueFloor): string | null {
  return queue.waiting.reduce<string | null>(
    (first, call) => (first === null || call.since < first ? call.since : first),
    null,
  )
}

/** Whether a caller waits longer than the goal allows. */
export function waitsLong(call: WaitingCall, nowMs: number): boolean {
  return nowMs - Date.parse(call.since) > GOAL_SECONDS * 1000
}

/** Whether somebody waits longer than the goal allows. */
export function late(queue: QueueFloor, nowMs: number): boolean {
  return queue.waiting.some((call) => waitsLong(call, nowMs))
}

const ORDER = ['on_call', 'ringing', 'wrap_up', 'ready', 'paused', 'logged_out']

/** Seats people sit at, those in calls first; then the empty ones. */
export function seatOrder(floor: Floor): SeatFloor[] {
  const rank = (seat: SeatFloor) => ORDER.indexOf(seat.status)
  return [...floor.seats].sort(
    (one, other) => rank(one) - rank(other) || one.seat_code.localeCompare(other.seat_code),
  )
}

/** Seats without a queue are made for supervisors; they come first. */
export function leadSeatsFirst(seats: readonly SeatInfo[]): SeatInfo[] {
  const rank = (seat: SeatInfo) => (seat.queue_codes.length === 0 ? 0 : 1)
  return [...seats].sort(
    (one, other) => rank(one) - rank(other) || one.code.localeCompare(other.code),
  )
}

/** Seats that take calls and at which nobody sits. */
export function emptySeats(floor: Floor): SeatFloor[] {
  return seatOrder(floor).filter((seat) => seat.session_id === null && seat.queue_codes.length > 0)
}

/** Seats by the number they belong to, as `110 7 席`. */
export function countByQueue(seats: readonly SeatFloor[]): string {
  const counts = new Map<string, number>()
  for (const seat of seats) {
    const code = seat.queue_codes[0] ?? ''
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }
  return [...counts].map(([code, count]) => t('{code} {count} 席', { code, count })).join('，')
}

/** `96%`, or a dash where nothing was measured. */
export function share(value: number | null): string {
  return value === null ? '–' : `${String(Math.round(value * 100))}%`
}

/** `8.4 秒`, `1 分 57 秒`, or a dash. */
export function seconds(value: number | null): string {
  if (value === null) return '–'
  if (value < 60) return t('{seconds} 秒', { seconds: value.toFixed(1) })
  const whole = Math.round(value)
  return t('{minutes} 分 {seconds} 秒', { minutes: Math.floor(whole / 60), seconds: whole % 60 })
}

/** Time worked: `7.5 小时`, below an hour `12 分`, below a minute `40 秒`. */
export function worked(value: number): string {
  if (value > 0 && value < 60) return t('{seconds} 秒', { seconds: Math.round(value) })
  return value < 3600
    ? t('{minutes} 分', { minutes: Math.floor(value / 60) })
    : t('{hours} 小时', { hours: (value / 3600).toFixed(1) })
}
