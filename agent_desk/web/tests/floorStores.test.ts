import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RecordedCall, SupervisionInfo } from '@/api/types'
import { type Search, useArchiveStore } from '@/stores/archive'
import { useFloorStore } from '@/stores/floor'

interface Asked {
  method: string
  path: string
  body: unknown
}

let asked: Asked[] = []
let answers: (one: Asked) => { status: number; body: unknown } = () => ({ status: 204, body: null })

beforeEach(() => {
  setActivePinia(createPinia())
  asked = []
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    const one = {
      method: init?.method ?? 'GET',
      path,
      body: init?.body ? (JSON.parse(String(init.body)) as unknown) : null,
    }
    asked.push(one)
    const { status, body } = answers(one)
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }))
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('being beside a seat', () => {
  beforeEach(() => {
    answers = ({ method, body }) => {
      if (method === 'DELETE') return { status: 204, body: null }
      return { status: 200, body: { session_id: 'a', ...(body as object) } as SupervisionInfo }
    }
  })

  it('rings once; beside the same seat only the way changes', async () => {
    const floor = useFloorStore()
    await floor.supervise('a', 'listen')
    await floor.supervise('a', 'whisper')
    expect(asked.map((one) => [one.method, one.body])).toEqual([
      ['POST', { session_id: 'a', mode: 'listen' }],
      ['PATCH', { mode: 'whisper' }],
    ])
    expect(floor.supervision?.mode).toBe('whisper')
  })

  it('is over once stopped', async () => {
    const floor = useFloorStore()
    await floor.supervise('a', 'barge')
    await floor.stop()
    expect(floor.supervision).toBeNull()
  })

  it('stays as it was where the server refuses another way', async () => {
    const floor = useFloorStore()
    await floor.supervise('a', 'listen')
    answers = () => ({ status: 409, body: { code: 'conflict', message: '此刻没有与人通话。' } })
    await expect(floor.supervise('a', 'barge')).rejects.toThrow('此刻没有与人通话')
    expect(floor.supervision?.mode).toBe('listen')
  })
})

describe('the archive', () => {
  const anything: Search = { number: '', first: '', last: '', queue: '', text: '', missed: false }
  const pages: Record<string, string[]> = { '': ['c', 'b'], b: ['a'] } // by the call before

  beforeEach(() => {
    answers = ({ path }) => {
      const after = new URL(path, 'http://desk').searchParams.get('after') ?? ''
      const calls = (pages[after] ?? []).map((id) => ({ call_id: id }) as RecordedCall)
      return { status: 200, body: { calls, more: after === '' } }
    }
  })

  it('asks for what was filled in and for nothing else', async () => {
    const archive = useArchiveStore()
    await archive.search({ ...anything, first: '2026-11-22', text: '南苑', missed: true })
    const query = new URL(asked[0]?.path ?? '', 'http://desk').searchParams
    expect(Object.fromEntries(query)).toEqual({
      from_day: '2026-11-22',
      text: '南苑',
      missed: 'true',
    })
  })

  it('adds older calls of the same search below, whatever was typed meanwhile', async () => {
    const archive = useArchiveStore()
    const wanted = { ...anything, queue: '110' }
    await archive.search(wanted)
    expect(archive.more).toBe(true)
    wanted.queue = '96345'
    await archive.next()
    expect(archive.calls.map((one) => one.call_id)).toEqual(['c', 'b', 'a'])
    expect(asked[1]?.path).toContain('queue_code=110')
    expect(archive.more).toBe(false)
  })

  it('asks for a page again that could not be fetched', async () => {
    const archive = useArchiveStore()
    await archive.search(anything)
    const fine = answers
    answers = () => ({ status: 503, body: { code: 'unavailable', message: '请稍后重试。' } })
    await expect(archive.next()).rejects.toThrow('请稍后重试')
    answers = fine
    await archive.next()
    expect(archive.calls.map((one) => one.call_id)).toEqual(['c', 'b', 'a'])
  })

  it('begins at the newest again with another search', async () => {
    const archive = useArchiveStore()
    await archive.search(anything)
    await archive.next()
    await archive.search(anything)
    expect(archive.calls.map((one) => one.call_id)).toEqual(['c', 'b'])
  })
})
