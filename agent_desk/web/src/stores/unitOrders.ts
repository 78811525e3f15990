/** A unit's orders, newest first. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { PastOrders, UnitOrder } from '@/api/types'

export const OPEN = ['sent', 'received', 'en_route', 'on_site']

export const useUnitOrdersStore = defineStore('unitOrders', () => {
  const orders = ref<UnitOrder[]>([])
  const loaded = ref(false)

  async function load(): Promise<void> {
    orders.value = await request<UnitOrder[]>('GET', '/api/unit/orders')
    loaded.value = true
  }

  /** Shows what was kept here until the server has answered. */
  function recall(kept: UnitOrder[]): void {
    if (!loaded.value) orders.value = kept
  }

  /** Puts an order in its place; says whether it is one that waits to be received. */
  function take(order: UnitOrder): boolean {
    const at = orders.value.findIndex((other) => other.id === order.id)
    const before = orders.value[at]
    if (before) orders.value[at] = order
    else orders.value.unshift(order)
    return order.status === 'sent' && before?.status !== 'sent'
  }

  async function quote(id: string, note: string): Promise<void> {
    take(await request<UnitOrder>('POST', `/api/unit/orders/${id}/quote`, { note }))
  }

  /** One page, newest first; `after` is the last order of the page before. */
  async function history(text: string, after = ''): Promise<PastOrders> {
    const query = new URLSearchParams({ text })
    if (after) query.set('after', after)
    return await request<PastOrders>('GET', `/api/unit/history?${query.toString()}`)
  }

  return { orders, loaded, load, recall, take, quote, history }
})
