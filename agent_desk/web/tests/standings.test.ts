/** Periods, points and shares of the tables of units. */
import { expect, test } from 'vitest'
import { fileOf, keyOf, periodName, points, rate, score, stepped, today } from '@/rules/standings'

test('a day of the centre begins at its own midnight', () => {
  expect(today(Date.parse('2026-09-30T15:59:59Z'))).toBe('2026-09-30')
  expect(today(Date.parse('2026-09-30T16:00:00Z'))).toBe('2026-10-01')
})

test('periods are named as requests name them', () => {
  expect(keyOf('day', '2026-11-22')).toBe('2026-11-22')
  expect(
    ['01', '03', '04', '09', '10', '12'].map((month) => keyOf('quarter', `2026-${month}-01`)),
  ).toEqual(['2026Q1', '2026Q1', '2026Q2', '2026Q3', '2026Q4', '2026Q4'])
  expect(keyOf('year', '2026-11-22')).toBe('2026')
})

test.each([
  ['day', '2026-03-01', -1, '2026-02-28'],
  ['day', '2026-12-31', 1, '2027-01-01'],
  ['quarter', '2026Q1', -1, '2025Q4'],
  ['quarter', '2026Q4', 1, '2027Q1'],
  ['year', '2026', -1, '2025'],
] as const)('%s %s and %i is %s', (stretch, key, by, expected) => {
  expect(stepped(stretch, key, by)).toBe(expected)
  expect(stepped(stretch, expected, -by)).toBe(key)
})

test('periods are called as people call them', () => {
  expect(periodName('quarter', '2026Q4')).toBe('2026年第四季度')
  expect(periodName('day', '2026-11-02')).toBe('2026年11月2日')
  expect(periodName('year', '2026')).toBe('2026年')
})

test('points have their sign, shares are never rounded up to all', () => {
  expect([points(-3), points(2)]).toEqual(['−3', '+2'])
  expect([rate(null), rate(1), rate(0.9999), rate(0)]).toEqual(['—', '100.0%', '99.9%', '0.0%'])
  expect([score(null), score(98), score(98.75)]).toEqual(['—', '98', '98.75'])
})

test('a file is asked for by period and group', () => {
  expect(fileOf('quarter', 'xlsx', '2026Q4', '1')).toBe(
    '/api/standings/quarter/xlsx?which=2026Q4&group=1',
  )
})
