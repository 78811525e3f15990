/** A unit's orders, newest first. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { UnitOrder } from '@/api/types'

export type UnitStep = 'receive' | 'depart' | 'arrive'

export const useUnitOrdersStore = defineStore('unitOrders', () => {
  const orders = ref<UnitOrder[]>([])
  const loaded = ref(false)

  async function load(): Promise<void> {
    orders.value = await request<UnitOrder[]>('GET', '/api/unit/orders')
    loaded.value = true
  }

  /** Puts an order in its place; says whether it is one that waits to be received. */
  function take(order: UnitOrder): boolean {
    const at = orders.value.findIndex((other) => other.id === order.id)
    const before = orders.value[at]
    if (before) orders.value[at] = order
    else orders.value.unshift(order)
    return order.status === 'sent' && before?.status !== 'sent'
  }

  async function step(id: string, name: UnitStep): Promise<void> {
    take(await request<UnitOrder>('POST', `/api/unit/orders/${id}/${name}`))
  }

  async function reject(id: string, reason: string): Promise<void> {
    take(await request<UnitOrder>('POST', `/api/unit/orders/${id}/reject`, { reason }))
  }

  async function feedBack(id: string, text: string): Promise<void> {
    take(await request<UnitOrder>('POST', `/api/unit/orders/${id}/feedback`, { text }))
  }

  async function quote(id: string, note: string): Promise<void> {
    take(await request<UnitOrder>('POST', `/api/unit/orders/${id}/quote`, { note }))
  }

  return { orders, loaded, load, take, step, reject, feedBack, quote }
})
