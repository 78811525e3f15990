/** Names of the taxonomy as it is shipped, for those who read English. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { named, speak } from '@/locales'
import english from '@/locales/en'

const SHIPPED = join(import.meta.dirname, '../../../classifier/taxonomy.toml')

function names(): string[] {
  const lines = readFileSync(SHIPPED, 'utf8').split('\n')
  const told = lines.filter((line) => /^(?:name|group|lead|support) = /u.test(line))
  return [
    ...new Set(told.flatMap((line) => [...line.matchAll(/"(.+?)"/gu)].map((m) => m[1] ?? ''))),
  ]
}

afterEach(() => speak('zh'))

it('every class, item and authority has an English name', () => {
  const shipped = names()
  expect(shipped.length).toBeGreaterThan(180)
  expect(shipped.filter((name) => !english[name])).toEqual([])
})

it('the English stands before the Chinese, which alone is said and stored', async () => {
  expect(named('住宅火灾')).toBe('住宅火灾')
  await speak('en')
  expect(named('住宅火灾')).toBe('Home fire 住宅火灾')
  expect(named('新类目')).toBe('新类目') // a supervisor's own
  expect(named('')).toBe('')
})
