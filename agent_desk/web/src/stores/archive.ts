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
  let last: Search | null = null

  async function search(wanted: Search): Promise<void> {
    const asked = { ...wanted }
    const found = await fetchPage(asked)
    last = asked
    calls.value = found.calls
    more.value = found.more
    searched.value = true
  }

  async function next(): Promise<void> {
    const wanted = last
    const end = calls.value.at(-1)?.call_id
    if (!wanted || !end) return
    const found = await fetchPage(wanted, end)
    // Another search was begun meanwhile, or the same page has come already.
    if (last !== wanted || calls.value.at(-1)?.call_id !== end) return
    calls.value = [...calls.value, ...found.calls]
    more.value = found.more
  }

  function fetchPage(wanted: Search, after = ''): Promise<RecordedCalls> {
    const query = new URLSearchParams()
    if (after) query.set('after', after)
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
