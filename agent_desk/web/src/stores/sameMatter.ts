/** Open orders that the shown draft may be about as well. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { SameOffer } from '@/api/types'

export const useSameMatterStore = defineStore('sameMatter', () => {
  const orderId = ref<string | null>(null)
  const offers = ref<SameOffer[]>([])

  /** Shows the offers of an order; what came for another one meanwhile is dropped. */
  async function load(id: string | null): Promise<void> {
    if (orderId.value !== id) {
      orderId.value = id
      offers.value = []
    }
    if (!id) return
    const loaded = await request<SameOffer[]>('GET', `/api/orders/${id}/same`)
    if (orderId.value === id) offers.value = loaded
  }

  function clear(): void {
    offers.value = []
  }

  return { orderId, offers, load, clear }
})
