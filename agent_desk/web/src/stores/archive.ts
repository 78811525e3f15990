/** The archive of calls: what was searched for, and what is shown. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { RecordedCall, RecordedCalls, UtteranceInfo, Workspace } from '@/api/types'

export interface Search {
  number: string
  first: string // day, YYYY-MM-DD
  last: string
  queue: string
  text: string
  missed: boolean
}

export const useArchiveStore = defineStore('archive', () => {
  const calls = ref<RecordedCall[]>([])
  const more = ref(false)
  const searched = ref(false)
  const opened = ref<Workspace | null>(null)
  let page = 0
  let last: Search | null = null

  async function search(wanted: Search): Promise<void> {
    const asked = { ...wanted }
    const found = await fetchPage(asked, 0)
    page = 0
    last = asked
    calls.value = found.calls
    more.value = found.more
    searched.value = true
  }

  async function next(): Promise<void> {
    if (!last) return
    const wanted = last
    const found = await fetchPage(wanted, page + 1)
    if (last !== wanted) return // another search was begun meanwhile
    page += 1
    calls.value = [...calls.value, ...found.calls]
    more.value = found.more
  }

  function fetchPage(wanted: Search, number: number): Promise<RecordedCalls> {
    const query = new URLSearchParams({ page: String(number) })
    if (wanted.number) query.set('number', wanted.number)
    if (wanted.first) query.set('from_day', wanted.first)
    if (wanted.last) query.set('to_day', wanted.last)
    if (wanted.queue) query.set('queue_code', wanted.queue)
    if (wanted.text) query.set('text', wanted.text)
    if (wanted.missed) query.set('missed', 'true')
    return request<RecordedCalls>('GET', `/api/recordings?${query.toString()}`)
  }

  async function open(callId: string): Promise<void> {
    opened.value = await request<Workspace>('GET', `/api/calls/${callId}`)
  }

  /** Shows a corrected utterance in the call that is open. */
  function onCorrected(utterance: UtteranceInfo): void {
    const said = opened.value?.utterances
    const at = said?.findIndex((one) => one.id === utterance.id) ?? -1
    if (said && at >= 0) said[at] = utterance
  }

  function close(): void {
    opened.value = null
  }

  return { calls, more, searched, opened, search, next, open, onCorrected, close }
})
