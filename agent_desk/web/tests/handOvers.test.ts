import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { HandOverInfo, HandOverSeat } from '@/api/types'
import * as rules from '@/rules/handOvers'
import { useHandOverStore } from '@/stores/handOver'
import { CALL } from './make'

const queues = [
  { code: '110', name: '紧急报警', emergency: true },
  { code: '96345', name: '便民服务', emergency: false },
]

function seat(name: string, status: HandOverSeat['status']): HandOverSeat {
  return { seat_code: name, seat_name: name, user_name: name, status, queue_codes: ['110'] }
}

function handOver(values: Partial<HandOverInfo> = {}): HandOverInfo {
  return {
    id: 'h1',
    call_id: CALL,
    kind: 'consult',
    status: 'offered',
    from_name: '张敏',
    to_name: '李强',
    mine: true,
    started_at: '2026-11-22T03:00:00Z',
    joined_at: null,
    ended_at: null,
    ...values,
  }
}

describe('whom a call may go to', () => {
  it('is the other line first, whichever the call is on', () => {
    const targets = { ready_by_queue: { '96345': 2 }, seats: [] }
    const codes = (own: string) => rules.queueTargets(queues, targets, own).map((one) => one.code)
    expect(codes('110')).toEqual(['96345', '110'])
    expect(codes('96345')).toEqual(['110', '96345'])
    expect(rules.queueTargets(queues, targets, '110')[0]?.ready).toBe(2)
  })

  it('puts free seats first and says why others cannot be asked', () => {
    const seats = [seat('甲席', 'on_call'), seat('乙席', 'ready'), seat('丙席', 'paused')]
    const sorted = rules.seatTargets({ ready_by_queue: {}, seats })
    expect(sorted[0]?.seat_name).toBe('乙席')
    expect(rules.seatRefusal(seat('甲席', 'on_call'), '通话中')).toBe('当前通话中')
    expect(rules.seatRefusal(seat('乙席', 'ready'), '就绪')).toBe('')
  })

  it('leaves a line without a free seat the blind way only', () => {
    const full = { code: '110', name: '紧急报警', ready: 0 }
    expect(rules.queueRefusal(full, 'conference')).not.toBe('')
    expect(rules.queueRefusal(full, 'consult')).not.toBe('')
    expect(rules.queueRefusal(full, 'blind')).toBe('')
    expect(rules.queueRefusal({ ...full, ready: 1 }, 'conference')).toBe('')
  })

  it('takes numbers as people write them, and nothing else', () => {
    expect(rules.dialable(' 138-0000 1234 ')).toBe('13800001234')
    expect(rules.dialable('+86 10 1234 5678')).toBe('+861012345678')
    expect(rules.dialable('119')).toBe('119')
    for (const bad of ['', '11', '１１０', '138abc', '1'.repeat(21), '110&119', '*21#']) {
      expect(rules.dialable(bad)).toBeNull()
    }
  })

  it('names exactly one party to the server', () => {
    expect(rules.ask('blind', { number: '119' })).toEqual({
      kind: 'blind',
      queue_code: null,
      seat_code: null,
      number: '119',
    })
  })
})

describe('what may be done with a hand-over', () => {
  it('depends on who began it and how far it is', () => {
    const none = { join: false, complete: false, keep: false }
    expect(rules.mayDo(handOver(), false)).toEqual({ ...none, keep: true })
    expect(rules.mayDo(handOver({ kind: 'blind' }), false)).toEqual(none)
    const joined = handOver({ status: 'joined' })
    expect(rules.mayDo(joined, true)).toEqual({ join: true, complete: true, keep: true })
    expect(rules.mayDo(joined, false)).toEqual({ join: false, complete: true, keep: true })
    expect(rules.mayDo({ ...joined, mine: false }, true)).toEqual(none)
    expect(rules.mayDo(handOver({ status: 'completed' }), false)).toEqual(none)
  })

  it('is told with the moment from which it goes on', () => {
    const joined = handOver({ status: 'joined', joined_at: '2026-11-22T03:00:09Z' })
    expect(rules.progress(handOver(), false).since).toBe('2026-11-22T03:00:00Z')
    expect(rules.progress(joined, true)).toEqual({
      word: '正在咨询，来电人听音乐等候',
      since: '2026-11-22T03:00:09Z',
    })
    expect(rules.progress(joined, false).word).toBe('三方通话中')
  })
})

describe('hand-overs on the page', () => {
  beforeEach(() => {
    setActivePinia(createPinia())
  })

  it('are told about where they came to nothing by themselves', () => {
    const store = useHandOverStore()
    expect(store.take(handOver())).toBe(false)
    expect(store.underWay?.id).toBe('h1')
    expect(store.take(handOver({ status: 'kept' }))).toBe(true)
    expect(store.underWay).toBeNull()
    expect(store.take(handOver({ status: 'kept' }))).toBe(false)
  })

  it('are not told about where the seat itself took the call back', async () => {
    const store = useHandOverStore()
    store.take(handOver())
    const answer = new Response(JSON.stringify(handOver()), { status: 200 })
    vi.stubGlobal('fetch', () => Promise.resolve(answer))
    await store.act('h1', 'keep')
    expect(store.take(handOver({ status: 'kept' }))).toBe(false)
    vi.unstubAllGlobals()
  })

  it('do not go back to an older one', () => {
    const store = useHandOverStore()
    store.take(handOver({ id: 'h2', started_at: '2026-11-22T03:10:00Z' }))
    store.take(handOver({ status: 'kept' }))
    expect(store.underWay?.id).toBe('h2')
  })
})
