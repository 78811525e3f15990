/** What is watched of sent orders: deadlines and deliveries, by order. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { LateList, OrderWatch, UnitWatch } from '@/api/types'

const MOST_KEPT = 50

export const useWatchStore = defineStore('watch', () => {
  const orders = ref(new Map<string, OrderWatch>())
  const overdue = ref<LateList | null>(null)

  function take(watch: OrderWatch): void {
    orders.value.delete(watch.work_order_id)
    orders.value.set(watch.work_order_id, watch)
    const oldest = orders.value.keys().next().value
    if (orders.value.size > MOST_KEPT && oldest !== undefined) orders.value.delete(oldest)
  }

  async function load(workOrderId: string): Promise<void> {
    take(await request<OrderWatch>('GET', `/api/orders/${workOrderId}/watch`))
  }

  function unit(workOrderId: string, dispatchOrderId: string): UnitWatch | null {
    const found = orders.value.get(workOrderId)
    return found?.units.find((one) => one.dispatch_order_id === dispatchOrderId) ?? null
  }

  async function loadOverdue(): Promise<void> {
    overdue.value = await request<LateList>('GET', '/api/deadlines/late')
  }

  async function see(noticeId: string): Promise<void> {
    await request<undefined>('POST', `/api/notices/${noticeId}/seen`)
    await loadOverdue()
  }

  return { orders, overdue, take, load, unit, loadOverdue, see }
})
