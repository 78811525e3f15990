/** A year as months of weeks, each day with what it is. */
import type { CalendarDay } from './types'

export interface Day {
  iso: string // 2026-10-01
  date: number
  weekend: boolean
  entry: CalendarDay | null
}

export interface Month {
  month: number // from 1
  blanks: number // days of the week before the first, Monday being the first day
  days: Day[]
}

export function months(year: number, entries: readonly CalendarDay[]): Month[] {
  const known = new Map(entries.map((one) => [one.day, one]))
  return Array.from({ length: 12 }, (_, index) => {
    const length = new Date(Date.UTC(year, index + 1, 0)).getUTCDate()
    const blanks = (new Date(Date.UTC(year, index, 1)).getUTCDay() + 6) % 7
    const days = Array.from({ length }, (__, at) => {
      const pad = (n: number) => String(n).padStart(2, '0')
      const iso = `${String(year)}-${pad(index + 1)}-${pad(at + 1)}`
      return { iso, date: at + 1, weekend: (blanks + at) % 7 >= 5, entry: known.get(iso) ?? null }
    })
    return { month: index + 1, blanks, days }
  })
}

/** Whether the day is worked. */
export function worked(day: Day): boolean {
  return day.entry ? day.entry.kind === 'workday' : !day.weekend
}
