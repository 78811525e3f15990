/** What seat and unit write to each other, and the photos of feedbacks, by dispatch order. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { Talk } from '@/api/types'

const MOST_KEPT = 300

export const useTalkStore = defineStore('talk', () => {
  const talks = ref(new Map<string, Talk>())

  function take(talk: Talk): void {
    talks.value.delete(talk.dispatch_order_id)
    talks.value.set(talk.dispatch_order_id, talk)
    const oldest = talks.value.keys().next().value
    if (talks.value.size > MOST_KEPT && oldest !== undefined) talks.value.delete(oldest)
  }

  const of = (dispatchOrderId: string): Talk | null => talks.value.get(dispatchOrderId) ?? null

  /** Those about the orders the unit works on. */
  async function loadOpen(): Promise<void> {
    for (const talk of await request<Talk[]>('GET', '/api/unit/talk')) take(talk)
  }

  /** That about one of the unit's orders. */
  async function load(dispatchOrderId: string): Promise<void> {
    take(await request<Talk>('GET', `/api/unit/orders/${dispatchOrderId}/talk`))
  }

  /** Those with every unit of a work order, for its seat. */
  async function loadOrder(workOrderId: string): Promise<void> {
    for (const talk of await request<Talk[]>('GET', `/api/orders/${workOrderId}/talk`)) take(talk)
  }

  /** The seat writes to a unit. */
  async function say(workOrderId: string, dispatchOrderId: string, text: string): Promise<void> {
    const path = `/api/orders/${workOrderId}/dispatches/${dispatchOrderId}/messages`
    for (const talk of await request<Talk[]>('POST', path, { text })) take(talk)
  }

  return { talks, take, of, loadOpen, load, loadOrder, say }
})
