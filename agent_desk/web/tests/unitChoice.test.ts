import { describe, expect, it } from 'vitest'
import { newlyRejected, tickedUnits } from '@/rules/unitChoice'
import { dispatchOrder } from './make'

const WATER = 'unit-1'
const FIRE = 'unit-2'

describe('the units of the next send', () => {
  it('are those the form names', () => {
    expect(tickedUnits([WATER, FIRE], [], new Set())).toEqual([WATER, FIRE])
    expect(tickedUnits([WATER, FIRE], [], new Set([WATER]))).toEqual([FIRE])
  })

  it('are not those that have the order', () => {
    const sent = [dispatchOrder({ unit_id: WATER, status: 'received' })]
    expect(tickedUnits([WATER, FIRE], sent, new Set([WATER]))).toEqual([FIRE])
  })

  it('include one that gave the order back only where the seat ticks it', () => {
    const back = [dispatchOrder({ unit_id: WATER, status: 'rejected' })]
    expect(tickedUnits([WATER, FIRE], back, new Set())).toEqual([FIRE])
    expect(tickedUnits([FIRE], back, new Set([WATER]))).toEqual([FIRE, WATER])
  })
})

describe('a rejection', () => {
  const sent = dispatchOrder({ unit_id: WATER, status: 'sent' })
  const rejected = dispatchOrder({ unit_id: WATER, status: 'rejected', reject_reason: '非本辖区' })

  it('is told once, when it comes', () => {
    expect(newlyRejected([sent], [rejected])).toEqual([rejected])
    expect(newlyRejected([rejected], [rejected])).toEqual([])
  })

  it('of long ago is not told when an order is first seen', () => {
    expect(newlyRejected([], [rejected])).toEqual([])
  })
})
