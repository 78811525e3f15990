/** Times as the pages write them. */
import { t } from '@/locales'

/** `02:14`, or `1:02:14` from an hour on; never negative. */
export function elapsed(fromIso: string | null, nowMs: number): string {
  if (!fromIso) return '--:--'
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(fromIso)) / 1000))
  const pad = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${pad(minutes)}:${pad(seconds % 60)}`
  return `${String(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${pad(seconds % 60)}`
}

/** `刚刚`, `8 分钟前`, `3 小时前`, then the date. */
export function ago(fromIso: string, nowMs: number): string {
  const minutes = Math.floor((nowMs - Date.parse(fromIso)) / 60_000)
  if (minutes < 1) return t('刚刚')
  if (minutes < 60) return t('{minutes} 分钟前', { minutes })
  if (minutes < 24 * 60) return t('{hours} 小时前', { hours: Math.floor(minutes / 60) })
  return dayTime(fromIso)
}

const CLOCK = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})
const DAY = new Intl.DateTimeFormat('zh-CN', {
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

/** `03:07` */
export function clock(iso: string): string {
  return CLOCK.format(new Date(iso))
}

/** `11/22 03:07` */
export function dayTime(iso: string): string {
  return DAY.format(new Date(iso))
}
