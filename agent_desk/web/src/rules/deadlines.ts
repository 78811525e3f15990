/** Deadlines and deliveries as the pages show them. */
import type { DeadlineInfo, DeliveryInfo } from '@/api/types'
import { t, word } from '@/locales'

export type Urgency = 'calm' | 'soon' | 'late' | 'standing'

const WAITS = new Set(['waiting', 'sent'])

/** How pressing a running deadline is. Where only office hours count, the server knows best. */
export function urgency(deadline: DeadlineInfo, nowMs: number): Urgency {
  if (deadline.paused) return 'standing'
  if (deadline.late) return 'late'
  const due = Date.parse(deadline.due_at)
  if (due <= nowMs) return 'late'
  return deadline.reminded ? 'soon' : 'calm'
}

/** `00:30`, `08:00`, `2:00:00`: a length of time. */
export function span(seconds: number): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  const whole = Math.max(0, Math.floor(seconds))
  const hours = Math.floor(whole / 3600)
  const rest = `${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`
  return hours > 0 ? `${String(hours)}:${rest}` : rest
}

/** How much of a running deadline's time has gone, from 0 to 1. */
export function share(deadline: DeadlineInfo, nowMs: number): number {
  const started = Date.parse(deadline.started_at)
  const length = Date.parse(deadline.due_at) - started
  return length > 0 ? Math.min(1, Math.max(0, (nowMs - started) / length)) : 1
}

/** The newest delivery of every channel: how the unit is being told at the moment. */
export function newestByChannel(deliveries: DeliveryInfo[]): DeliveryInfo[] {
  const found = new Map<string, DeliveryInfo>()
  for (const one of deliveries) {
    const known = found.get(one.channel)
    // What became of the order itself says more than what came after it.
    if (!known || one.purpose === 'order' || known.purpose !== 'order') found.set(one.channel, one)
  }
  return [...found.values()]
}

/** A delivery's shape, beside its colour and word. */
export function deliveryShape(one: DeliveryInfo): string {
  if (one.status === 'delivered') return '✔'
  if (one.status === 'failed') return '✖'
  return WAITS.has(one.status) ? '…' : '○'
}

/** All that is known of a delivery, for whoever points at it. */
export function deliveryWords(one: DeliveryInfo, time: string): string {
  const tries = one.tries > 1 ? t('，第 {tries} 次', { tries: one.tries }) : ''
  const error = one.error ? `：${one.error}` : ''
  return `${word(one.channel_name)} ${word(one.status_name)}${tries} ${time}${error}`
}
