import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '@/api/types'
import { useCallStore } from '@/stores/call'
import { call, CALL, order, partial, utterance } from './make'

function workspace(values: Partial<Workspace> = {}): Workspace {
  return {
    call: call(),
    utterances: [],
    partials: [],
    suggestion: null,
    order: order(),
    ...values,
  }
}

const older = () =>
  workspace({ call: call({ id: 'old-call', status: 'ended' }), order: order({ id: 'old-order' }) })

beforeEach(() => {
  setActivePinia(createPinia())
})

describe('calls on the page', () => {
  it('keeps an older order on the page while the next call rings, and gives way when answered', () => {
    const calls = useCallStore()
    calls.open(older())
    calls.takeLive(workspace({ call: call({ status: 'ringing', answered_at: null }) }))
    expect(calls.shown?.orderId).toBe('old-order')
    calls.takeLive(workspace())
    expect(calls.shown?.call?.id).toBe(CALL)
  })

  it('gives way too when the answer is told by the call alone', () => {
    const calls = useCallStore()
    calls.open(older())
    calls.takeLive(workspace({ call: call({ status: 'ringing', answered_at: null }) }))
    calls.onCall(call())
    expect(calls.shown?.call?.id).toBe(CALL)
  })

  it('lets the seat look at an older order during a call, updates of the call notwithstanding', () => {
    const calls = useCallStore()
    calls.takeLive(workspace())
    calls.open(older())
    calls.takeLive(workspace())
    calls.onCall(call({ speech: 'unavailable' }))
    expect(calls.shown?.orderId).toBe('old-order')
    calls.backToLive()
    expect(calls.shown?.call?.speech).toBe('unavailable')
  })

  it('leaves the order of a call that is gone on the page', () => {
    const calls = useCallStore()
    const { id } = order()
    calls.takeLive(workspace())
    calls.takeLive(null)
    expect(calls.live).toBeNull()
    expect(calls.shown?.orderId).toBe(id)
  })

  it('takes words only for the calls it shows', () => {
    const calls = useCallStore()
    calls.takeLive(workspace())
    calls.onPartial(partial(1, '着火了'))
    calls.onPartial({ ...partial(1, '别人的话'), call_id: 'other' })
    calls.onUtterance('other', utterance(1, '别人的话'))
    expect(calls.shown?.transcript.partials.map((one) => one.text)).toEqual(['着火了'])
    expect(calls.shown?.transcript.utterances).toEqual([])
  })

  it('connects a draft that is opened after the call rang', () => {
    const calls = useCallStore()
    calls.takeLive(workspace({ order: null }))
    calls.onOrder('new-order', CALL)
    expect(calls.shown?.orderId).toBe('new-order')
  })
})
