/** A unit's own marks, and its appeals against them. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { MarkInfo, UnitMarks } from '@/api/marks'

export const useUnitMarksStore = defineStore('unitMarks', () => {
  const own = ref<UnitMarks | null>(null)

  async function load(): Promise<void> {
    own.value = await request<UnitMarks>('GET', '/api/unit/marks')
  }

  async function appeal(id: string, reason: string): Promise<void> {
    const told = await request<MarkInfo>('POST', `/api/unit/marks/${id}/appeal`, { reason })
    if (own.value) own.value.marks = own.value.marks.map((one) => (one.id === id ? told : one))
  }

  return { own, load, appeal }
})
