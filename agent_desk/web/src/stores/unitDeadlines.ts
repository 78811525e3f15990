/** The limits of a unit's orders, and telling the centre which orders its page has shown. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { DeadlineInfo, UnitDeadline, UnitOrder } from '@/api/types'

const MOST_AT_ONCE = 100

export const useUnitDeadlinesStore = defineStore('unitDeadlines', () => {
  const deadlines = ref(new Map<string, DeadlineInfo>())
  const known = ref(new Set<string>()) // orders whose limits have been asked for
  const told = new Set<string>() // by order and sending

  /** Loads the limits of all orders, of these at least. */
  async function load(orderIds: string[]): Promise<void> {
    const found = await request<UnitDeadline[]>('GET', '/api/unit/deadlines')
    deadlines.value = new Map(found.map((one) => [one.dispatch_order_id, one.deadline]))
    known.value = new Set(orderIds)
  }

  /** These orders stand on the page; those not yet told of are. */
  async function shown(orders: UnitOrder[]): Promise<void> {
    const fresh = orders.filter((order) => !told.has(keyOf(order))).slice(0, MOST_AT_ONCE)
    if (fresh.length === 0) return
    for (const order of fresh) told.add(keyOf(order))
    try {
      await request<undefined>('POST', '/api/unit/orders/shown', {
        dispatch_order_ids: fresh.map((order) => order.id),
      })
    } catch {
      for (const order of fresh) told.delete(keyOf(order))
    }
  }

  function keyOf(order: UnitOrder): string {
    return `${order.id} ${order.sent_at ?? ''}`
  }

  return { deadlines, known, load, shown }
})
