import { afterEach, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { request } from '@/api/client'
import type { TalkLine } from '@/api/types'
import TalkThread from '@/components/TalkThread.vue'

const DAY_MS = 24 * 60 * 60_000
const SERVER = Date.parse('2026-11-18T10:30:00+08:00')

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** What stands beside two lines, of this morning and of the day before, on such a machine. */
async function times(browserIs: number): Promise<string[]> {
  vi.useFakeTimers({ toFake: ['Date'], now: browserIs })
  const headers = { Date: new Date(SERVER).toUTCString() }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { headers })))
  await request('GET', '/api/anything')
  const lines = [SERVER - 60 * 60_000, SERVER - DAY_MS].map((ms, at) => {
    const moment = new Date(ms).toISOString()
    return { id: String(at), by: '甲', from_unit: true, text: '好', at: moment, done_at: moment }
  }) as TalkLine[]
  const root = document.createElement('div')
  const app = createApp(TalkThread, {
    lines,
    waiting: [],
    unitSide: true,
    mayWrite: true,
    busy: false,
    keptAs: 'x',
    say: () => Promise.resolve(true),
  })
  app.mount(root)
  const shown = [...root.querySelectorAll('.lines small')].map((one) => one.textContent.trim())
  app.unmount()
  return shown
}

it('dates old lines by the time of the server, whatever the clock of the browser says', async () => {
  const right = await times(SERVER)
  expect(right[0]).not.toContain('/')
  expect(right[1]).toContain('/')
  expect(await times(SERVER + 400 * DAY_MS)).toEqual(right)
  expect(await times(SERVER - 400 * DAY_MS)).toEqual(right)
})
