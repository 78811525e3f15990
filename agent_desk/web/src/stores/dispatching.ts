/** Who should go for the shown order and why, and the further steps of orders. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { OrderInfo, OrderLevels, Proposals, StepInfo } from '@/api/types'
import { useOrderStore } from './order'

const NOTHING: Proposals = { units: [], missing: [] }

export const useDispatchingStore = defineStore('dispatching', () => {
  const orders = useOrderStore()
  const proposals = ref<Proposals>(NOTHING)
  let asked = ''

  /** Loads the proposals of an order; an answer that comes after another question is dropped. */
  async function propose(id: string | null): Promise<void> {
    asked = id ?? ''
    if (!id) {
      proposals.value = NOTHING
      return
    }
    const found = await request<Proposals>('GET', `/api/orders/${id}/proposals`)
    if (asked === id) proposals.value = found
  }

  async function unit(
    id: string,
    dispatchId: string,
    act: string,
    body: Record<string, unknown>,
  ): Promise<void> {
    const path = `/api/orders/${id}/dispatches/${dispatchId}/${act}`
    orders.take(await request<OrderInfo>('POST', path, body))
  }

  async function order(id: string, act: string, body: Record<string, unknown>): Promise<void> {
    orders.take(await request<OrderInfo>('POST', `/api/orders/${id}/${act}`, body))
  }

  const levels = (id: string) => request<OrderLevels>('GET', `/api/orders/${id}/levels`)
  const steps = (id: string) => request<StepInfo[]>('GET', `/api/orders/${id}/steps`)

  return { proposals, propose, unit, order, levels, steps }
})
