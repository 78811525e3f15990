/** Callers who must be called back. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { request } from '@/api/client'
import type { CallBackInfo } from '@/api/types'
import { inOrder, isOpen } from '@/rules/callBacks'

export const useCallBackStore = defineStore('callBacks', () => {
  const entries = ref<CallBackInfo[]>([])
  const sorted = computed(() => inOrder(entries.value))
  const open = computed(() => entries.value.filter(isOpen).length)

  function take(entry: CallBackInfo): void {
    const at = entries.value.findIndex((one) => one.id === entry.id)
    if (at < 0) entries.value.push(entry)
    else entries.value[at] = entry
  }

  async function load(): Promise<void> {
    entries.value = await request<CallBackInfo[]>('GET', '/api/call-backs')
  }

  /** Rings the seat's own device, then the caller. */
  async function call(id: string): Promise<void> {
    take(await request<CallBackInfo>('POST', `/api/call-backs/${id}/call`))
  }

  async function close(id: string, reason: string): Promise<void> {
    take(await request<CallBackInfo>('POST', `/api/call-backs/${id}/close`, { reason }))
  }

  return { entries, sorted, open, take, load, call, close }
})
