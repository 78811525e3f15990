/** Points, shares and periods as the pages of checks and marks write them. */
import type { StandingInfo, Stretch } from '@/api/marks'
import { spoken, t } from '@/locales'

const CHINA_MS = 8 * 3_600_000 // the centre's time zone, without summer time
const DAY_MS = 86_400_000

/** `−3` or `+2`. */
export function points(value: number): string {
  return value > 0 ? `+${String(value)}` : String(value).replace('-', '−')
}

/** `97.5%`, or a dash where there was nothing. */
export function rate(value: number | null): string {
  return value === null ? '—' : `${(Math.floor(value * 1000) / 10).toFixed(1)}%`
}

/** `98` or `98.75`. */
export function score(value: number | null): string {
  return value === null ? '—' : String(value)
}

/** What a reader of a table has to know of a line. */
export function remark(one: StandingInfo): string {
  const said: string[] = []
  if (one.few) said.push(t('工单较少'))
  if (!one.active) said.push(t('已停用'))
  return said.join(' ')
}

const TIERS = spoken(['一级单位', '二级单位', '三级单位'])

/** What a tier, or the enrolled firms, are called. */
export function groupName(group: string): string {
  if (group === 'firm') return t('加盟企业')
  if (group === '') return t('全部单位')
  return TIERS[Number(group) - 1] ?? group
}

/** The centre's today, as `2026-11-22`. */
export function today(nowMs: number): string {
  return new Date(nowMs + CHINA_MS).toISOString().slice(0, 10)
}

/** The period that a day is in, as requests name it. */
export function keyOf(stretch: Stretch, day: string): string {
  if (stretch === 'day') return day
  const year = day.slice(0, 4)
  if (stretch === 'year') return year
  return `${year}Q${String(Math.ceil(Number(day.slice(5, 7)) / 3))}`
}

/** The period so many before (negative) or after `key`. */
export function stepped(stretch: Stretch, key: string, by: number): string {
  if (stretch === 'day') {
    return new Date(Date.parse(`${key}T00:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10)
  }
  if (stretch === 'year') return String(Number(key) + by)
  const [year, quarter] = key.split('Q').map(Number) as [number, number]
  const count = year * 4 + quarter - 1 + by
  return `${String(Math.floor(count / 4))}Q${String((count % 4) + 1)}`
}

const QUARTERS = spoken(['一', '二', '三', '四'])

/** What people call a period. */
export function periodName(stretch: Stretch, key: string): string {
  if (stretch === 'year') return t('{year}年', { year: key })
  if (stretch === 'day') {
    const [year, month, day] = key.split('-').map(Number)
    return t('{year}年{month}月{day}日', { year, month, day })
  }
  const [year, quarter] = key.split('Q')
  const word = QUARTERS[Number(quarter) - 1] ?? ''
  return t('{year}年第{word}季度', { year, word })
}

/** Where a table is to be had as a file. */
export function fileOf(
  stretch: Stretch,
  form: 'csv' | 'xlsx',
  which: string,
  group: string,
): string {
  const query = new URLSearchParams({ which, group })
  return `/api/standings/${stretch}/${form}?${query.toString()}`
}
