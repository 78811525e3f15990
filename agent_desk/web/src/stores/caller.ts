/** Who the caller of the shown call is: earlier calls, marks, text messages. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { request } from '@/api/client'
import type { CallerHistory, TextMessageInfo } from '@/api/types'
import type { MarkKind } from '@/rules/callers'

export const useCallerStore = defineStore('caller', () => {
  const callId = ref<string | null>(null)
  const history = ref<CallerHistory | null>(null)
  const texts = ref<TextMessageInfo[]>([])
  const marks = computed(() => history.value?.marks ?? [])
  const earlier = computed(() =>
    (history.value?.calls ?? []).filter((one) => one.call_id !== callId.value),
  )

  /** Shows the caller of a call; what came for another call meanwhile is dropped. */
  async function show(id: string | null): Promise<void> {
    if (callId.value !== id) {
      callId.value = id
      history.value = null
      texts.value = []
    }
    await Promise.all([loadHistory(), loadTexts()])
  }

  async function loadHistory(): Promise<void> {
    const id = callId.value
    if (!id) return
    const loaded = await request<CallerHistory>('GET', `/api/calls/${id}/caller`)
    if (callId.value === id) history.value = loaded
  }

  async function loadTexts(): Promise<void> {
    const id = callId.value
    if (!id) return
    const loaded = await request<TextMessageInfo[]>('GET', `/api/calls/${id}/texts`)
    if (callId.value === id) texts.value = loaded
  }

  async function addMark(kind: MarkKind, note: string): Promise<void> {
    const id = callId.value
    if (!id) return
    const path = `/api/calls/${id}/caller/marks`
    const loaded = await request<CallerHistory>('POST', path, { kind, note })
    if (callId.value === id) history.value = loaded
  }

  async function removeMark(id: string): Promise<void> {
    await request<undefined>('DELETE', `/api/caller-marks/${id}`)
    await loadHistory()
  }

  async function sendText(text: string): Promise<void> {
    const id = callId.value
    if (!id) return
    const sent = await request<TextMessageInfo>('POST', '/api/texts', {
      call_id: id,
      number: null,
      text,
    })
    if (callId.value === id) texts.value.push(sent)
  }

  return { callId, history, texts, marks, earlier, show, loadTexts, addMark, removeMark, sendText }
})
