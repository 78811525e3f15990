/** Reports: periods, cells in words, and what is drawn of a table. */
import type { ReportColumn, ReportTable } from '@/api/types'
import { spoken, t } from '@/locales'

export type Cell = ReportTable['rows'][number][number]
export type PeriodName = 'today' | 'yesterday' | 'week' | 'month' | 'own'

export const PERIODS = spoken([
  { value: 'today', name: '今天' },
  { value: 'yesterday', name: '昨天' },
  { value: 'week', name: '本周' },
  { value: 'month', name: '本月' },
  { value: 'own', name: '自选' },
] as { value: PeriodName; name: string }[])

const DAY_MS = 86_400_000
const LONGEST_DAYS = 366
const MOST_SERIES = 8
const MOST_BARS = 15

export interface Period {
  from: string // ISO dates, both included
  to: string
}

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** The days of a named period, `today` being the centre's own day. Weeks begin on Monday. */
export function period(name: PeriodName, today: string): Period {
  const now = Date.parse(`${today}T00:00:00Z`)
  switch (name) {
    case 'yesterday':
      return { from: iso(now - DAY_MS), to: iso(now - DAY_MS) }
    case 'week': {
      const since = (new Date(now).getUTCDay() + 6) % 7
      return { from: iso(now - since * DAY_MS), to: today }
    }
    case 'month':
      return { from: `${today.slice(0, 8)}01`, to: today }
    default:
      return { from: today, to: today }
  }
}

/** What is wrong with a period, or nothing. */
export function periodFault({ from, to }: Period): string {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  if (Number.isNaN(begin) || Number.isNaN(end)) return t('请选择开始和结束日期。')
  if (begin > end) return t('开始日期晚于结束日期。')
  return (end - begin) / DAY_MS >= LONGEST_DAYS ? t('时段最长一年。') : ''
}

/** `0:45`, `1:40`, `1:02:14`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const pad = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${String(minutes)}:${pad(whole % 60)}`
  return `${String(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${pad(whole % 60)}`
}

/** A cell in words. */
export function shown(cell: Cell, kind: ReportColumn['kind']): string {
  if (cell === null) return '–'
  if (typeof cell === 'string') return t(cell)
  if (kind === 'share') return `${(cell * 100).toFixed(1)}%`
  return kind === 'seconds' ? duration(cell) : cell.toLocaleString('en-US')
}

/** Rows by a column; what is not there comes last either way. */
export function sorted(rows: readonly Cell[][], column: number, down: boolean): Cell[][] {
  const sign = down ? -1 : 1
  return [...rows].sort((one, other) => {
    const [a, b] = [one[column] ?? null, other[column] ?? null]
    if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0)
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
    return sign * String(a).localeCompare(String(b), 'zh-CN')
  })
}

/** What is drawn: bars and lines over names. */
export interface Drawing {
  names: string[]
  upright: boolean // names below, else at the left
  series: {
    name: string
    kind: 'bar' | 'line'
    unit: ReportColumn['kind']
    stack: boolean
    values: (number | null)[]
  }[]
}

const HALF_HOURS = Array.from({ length: 48 }, (_, number) => {
  const time = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return `${time(number * 30)}-${time(number * 30 + 30)}`
})

class Rows {
  constructor(private readonly table: ReportTable) {}

  private at(key: string): number {
    return this.table.columns.findIndex((column) => column.key === key)
  }

  text(row: Cell[], key: string): string {
    return String(row[this.at(key)] ?? '')
  }

  number(row: Cell[], key: string): number | null {
    const value = row[this.at(key)]
    return typeof value === 'number' ? value : null
  }

  get all(): Cell[][] {
    return this.table.rows
  }

  series(
    rows: Cell[][],
    key: string,
    unit: ReportColumn['kind'],
    stack = false,
    name = t(this.table.columns[this.at(key)]?.name ?? ''),
  ): Drawing['series'][number] {
    return {
      name,
      kind: 'bar',
      unit,
      stack,
      values: rows.map((row) => this.number(row, key)),
    }
  }
}

/** What to draw of a report; `null` where there is nothing. */
export function drawing(table: ReportTable): Drawing | null {
  if (table.rows.length === 0) return null
  switch (table.report) {
    case 'answers':
      return ofAnswers(table)
    case 'handles':
      return ofHandles(table)
    case 'sending':
      return ofSending(table)
    case 'units':
      return ofUnits(table)
    case 'matters':
      return ofMatters(table)
  }
}

function ofAnswers(table: ReportTable): Drawing {
  const rows = new Rows(table)
  const times =
    table.step === 'half_hour'
      ? HALF_HOURS
      : [...new Set(rows.all.map((row) => rows.text(row, 'time')))]
  const sum = (time: string, key: string) =>
    rows.all
      .filter((row) => rows.text(row, 'time') === time)
      .reduce((total, row) => total + (rows.number(row, key) ?? 0), 0)
  const bars = (['answered', 'abandoned'] as const).map((key) => ({
    name: key === 'answered' ? t('接听数') : t('放弃数'),
    kind: 'bar' as const,
    unit: 'count' as const,
    stack: true,
    values: times.map((time) => sum(time, key)),
  }))
  const queues = [...new Set(rows.all.map((row) => rows.text(row, 'queue')))]
  const lines = queues.map((queue) => ({
    name: t('{queue} 服务水平', { queue }),
    kind: 'line' as const,
    unit: 'share' as const,
    stack: false,
    values: times.map((time) => {
      const row = rows.all.find(
        (one) => rows.text(one, 'time') === time && rows.text(one, 'queue') === queue,
      )
      return row ? rows.number(row, 'service_level') : null
    }),
  }))
  const names = table.step === 'half_hour' ? times.map((time) => time.slice(0, 5)) : times
  return { names, upright: true, series: [...bars, ...lines] }
}

function ofHandles(table: ReportTable): Drawing | null {
  const rows = new Rows(table)
  const worked = rows.all.filter((row) => rows.number(row, 'talks')).slice(0, MOST_BARS)
  if (worked.length === 0) return null
  const talk = rows.series(worked, 'talk', 'seconds', true, t('通话（不含保持）'))
  const hold = rows.series(worked, 'hold', 'seconds', true, t('保持时间'))
  talk.values = talk.values.map((value, place) =>
    Math.max(0, (value ?? 0) - (hold.values[place] ?? 0)),
  )
  const names = worked.map((row) => rows.text(row, table.by))
  const wrapUp = rows.series(worked, 'wrap_up', 'seconds', true, t('整理时间'))
  return { names, upright: false, series: [talk, hold, wrapUp] }
}

function ofSending(table: ReportTable): Drawing | null {
  const rows = new Rows(table)
  const timed = rows.all.filter((row) => rows.number(row, 'timed')).slice(0, MOST_BARS)
  if (timed.length === 0) return null
  return {
    names: timed.map((row) => t(rows.text(row, table.by))),
    upright: false,
    series: [
      rows.series(timed, 'median', 'seconds'),
      rows.series(timed, 'within', 'seconds', false, t('90% 以内')),
    ],
  }
}

function ofUnits(table: ReportTable): Drawing {
  const rows = new Rows(table)
  const those = sorted(
    rows.all,
    table.columns.findIndex((column) => column.key === 'orders'),
    true,
  ).slice(0, MOST_BARS)
  return {
    names: those.map((row) => t(rows.text(row, table.by))),
    upright: true,
    series: ['received_on_time', 'on_site_on_time', 'feedback_on_time'].map((key) =>
      rows.series(those, key, 'share'),
    ),
  }
}

function ofMatters(table: ReportTable): Drawing {
  const rows = new Rows(table)
  if (table.step === 'all') {
    const most = rows.all.slice(0, MOST_BARS)
    return {
      names: most.map((row) => t(rows.text(row, table.by))),
      upright: false,
      series: [rows.series(most, 'calls', 'count'), rows.series(most, 'orders', 'count')],
    }
  }
  const times = [...new Set(rows.all.map((row) => rows.text(row, 'time')))]
  const sums = new Map<string, number>()
  const cells = new Map<string, number>()
  for (const row of rows.all) {
    const [time, name] = [rows.text(row, 'time'), rows.text(row, table.by)]
    const calls = rows.number(row, 'calls') ?? 0
    sums.set(name, (sums.get(name) ?? 0) + calls)
    cells.set(`${time}|${name}`, calls)
  }
  const names = [...sums].sort((one, other) => other[1] - one[1]).map(([name]) => name)
  const [large, rest] = [names.slice(0, MOST_SERIES - 1), names.slice(MOST_SERIES - 1)]
  const series = large.map((name) => ({
    name: t(name),
    values: times.map((time) => cells.get(`${time}|${name}`) ?? 0),
  }))
  if (rest.length) {
    series.push({
      name: t('其余 {count} 类', { count: rest.length }),
      values: times.map((time) =>
        rest.reduce((total, name) => total + (cells.get(`${time}|${name}`) ?? 0), 0),
      ),
    })
  }
  return {
    names: times,
    upright: true,
    series: series.map((one) => ({ ...one, kind: 'bar', unit: 'count', stack: true })),
  }
}
