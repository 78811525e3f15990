import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallBackInfo, CallerHistory } from '@/api/types'
import { inOrder } from '@/rules/callBacks'
import { isLive, markFace } from '@/rules/callers'
import { useCallStore } from '@/stores/call'
import { useCallBackStore } from '@/stores/callBacks'
import { useCallerStore } from '@/stores/caller'
import { call, CALL, order } from './make'

function entry(id: string, minute: number, values: Partial<CallBackInfo> = {}): CallBackInfo {
  return {
    id,
    call_id: `call-${id}`,
    queue_code: '110',
    number: '13800001234',
    kind: 'missed',
    short: false,
    status: 'open',
    created_at: new Date(Date.UTC(2026, 10, 22, 3, minute)).toISOString(),
    tries: 0,
    user_name: '',
    closed_at: null,
    closed_reason: '',
    summary: '',
    ...values,
  }
}

beforeEach(() => {
  setActivePinia(createPinia())
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('call-backs', () => {
  it('show broken-off emergencies first, then who waits longest, then what is over', () => {
    const list = inOrder([
      entry('over-old', 1, { status: 'done' }),
      entry('new', 30),
      entry('over-new', 20, { status: 'closed' }),
      entry('old', 10, { status: 'calling' }),
      entry('cut', 40, { kind: 'cut_off' }),
    ])
    expect(list.map((one) => one.id)).toEqual(['cut', 'old', 'new', 'over-new', 'over-old'])
  })

  it('are counted while somebody waits for them', () => {
    const store = useCallBackStore()
    store.take(entry('a', 1))
    store.take(entry('b', 2))
    store.take(entry('a', 1, { status: 'calling' }))
    expect(store.open).toBe(2)
    store.take(entry('a', 1, { status: 'done' }))
    expect(store.open).toBe(1)
    expect(store.sorted.map((one) => one.id)).toEqual(['b', 'a'])
  })
})

describe('what is known of a caller', () => {
  const history: CallerHistory = {
    number: '13800001234',
    marks: [
      { id: 'm1', kind: 'nuisance', note: '', by: '张敏', created_at: '2026-11-22T03:00:00Z' },
    ],
    calls: [
      { call_id: 'other', queue_code: '110' },
      { call_id: CALL, queue_code: '110' },
    ] as CallerHistory['calls'],
  }

  it('leaves out the call that is shown', async () => {
    vi.stubGlobal('fetch', (path: string) =>
      Promise.resolve(new Response(JSON.stringify(path.endsWith('/texts') ? [] : history))),
    )
    const store = useCallerStore()
    await store.show(CALL)
    expect(store.earlier.map((one) => one.call_id)).toEqual(['other'])
    expect(store.marks).toHaveLength(1)
    await store.show(null)
    expect(store.history).toBeNull()
  })

  it('is not mixed up with the caller before, whose answer came late', async () => {
    let late: (answer: Response) => void = () => undefined
    vi.stubGlobal('fetch', (path: string) => {
      if (path.endsWith('/texts')) return Promise.resolve(new Response('[]'))
      if (path.includes(CALL)) return new Promise((resolve) => (late = resolve))
      return Promise.resolve(new Response(JSON.stringify({ number: '2', calls: [], marks: [] })))
    })
    const store = useCallerStore()
    const first = store.show(CALL)
    await store.show('second')
    late(new Response(JSON.stringify(history)))
    await first
    expect(store.history?.number).toBe('2')
  })

  it('has a word for every mark, also one that a newer server knows', () => {
    expect(markFace('nuisance').word).toBe('骚扰')
    expect(markFace('something-new').word).toBe('备注')
  })
})

describe('keys that a caller presses', () => {
  it('are kept for the calls on the page alone', () => {
    const calls = useCallStore()
    calls.takeLive({
      call: call(),
      utterances: [],
      partials: [],
      suggestion: null,
      order: order(),
    })
    calls.onKey(CALL, '1')
    calls.onKey(CALL, '#')
    calls.onKey('other', '5')
    expect(calls.keys).toEqual({ [CALL]: '1#' })
  })
})

describe('a call', () => {
  it('goes on until it is over', () => {
    expect(isLive(null)).toBe(false)
    expect(isLive(call({ status: 'queued' }))).toBe(true)
    expect(isLive(call({ status: 'received', direction: 'out' }))).toBe(true)
    expect(isLive(call({ status: 'abandoned' }))).toBe(false)
  })
})
