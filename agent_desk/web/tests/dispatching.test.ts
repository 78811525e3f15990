import { describe, expect, it } from 'vitest'
import { toChineseMap } from '@/rules/position'
import { asksOpinion, orderActs, unitActs } from '@/rules/dispatching'
import { dispatchOrder, order } from './make'

const acts = (found: { act: string }[]) => found.map((one) => one.act)

describe('what a seat may do with a unit', () => {
  it.each([
    ['sent', ['recall', 'reroute']],
    ['en_route', ['recall', 'reroute']],
    ['on_site', []],
    ['rejected', ['reroute']],
    ['recalled', []],
    ['fed_back', ['redo']],
  ] as const)('that is %s', (status, wanted) => {
    const open = order({ status: 'dispatched' })
    expect(acts(unitActs(open, dispatchOrder({ status })))).toEqual(wanted)
  })

  it('nothing once the order is over', () => {
    expect(unitActs(order({ status: 'closed' }), dispatchOrder({ status: 'fed_back' }))).toEqual([])
  })

  it('stars for a household service only', () => {
    const done = dispatchOrder({ status: 'fed_back' })
    const service = order({ status: 'awaiting_check', matter: 'service' })
    expect(acts(unitActs(service, done))).toEqual(['redo', 'rate'])
  })
})

describe('what a seat may do with an order', () => {
  it('rests and goes on', () => {
    expect(acts(orderActs(order({ status: 'dispatched' })))).toContain('suspend')
    expect(acts(orderActs(order({ status: 'suspended' })))).toContain('resume')
  })

  it('is offered to firms once', () => {
    const service = order({ matter: 'service' })
    expect(acts(orderActs(service))).toContain('offer')
    const sent = { ...service, dispatch_orders: [dispatchOrder({ offer: true })] }
    expect(acts(orderActs(sent))).not.toContain('offer')
  })

  it('is only taken up again when closed', () => {
    expect(acts(orderActs(order({ status: 'closed' })))).toEqual(['reopen', 'steps'])
  })
})

describe('closing', () => {
  it('asks for the opinion where a review call is due', () => {
    expect(asksOpinion(order({ check: 'seat' }))).toBe(false)
    const done = dispatchOrder({ status: 'fed_back' })
    const due = order({ check: 'review_call', dispatch_orders: [done] })
    expect(asksOpinion(due)).toBe(true)
    expect(asksOpinion({ ...due, review: 'satisfied' })).toBe(false)
    expect(asksOpinion({ ...due, review: 'unsatisfied' })).toBe(true)
    expect(asksOpinion({ ...due, dispatch_orders: [{ ...done, rating: 5 }] })).toBe(false)
  })
})

it("moves a telephone's place to where Chinese maps have it", () => {
  const { lon, lat } = toChineseMap(116.404, 39.915)
  expect(lon).toBeCloseTo(116.41024, 4)
  expect(lat).toBeCloseTo(39.9164, 4)
})
