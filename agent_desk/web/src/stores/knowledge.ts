/** The knowledge base on the seat's page: what was searched, what a call proposes by itself. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { request } from '@/api/client'
import type { ArticleFound, GapInfo, KnowledgeFound } from '@/api/types'

const PROPOSED = 3

export const useKnowledgeStore = defineStore('knowledge', () => {
  const query = ref('')
  const found = ref<KnowledgeFound | null>(null) // for the query, or what stood before it
  const proposals = ref<Record<string, ArticleFound[]>>({}) // good ones only, by call
  const chosenId = ref<string | null>(null)
  const failed = ref(false)
  let asked = 0

  const searching = computed(() => query.value.trim() !== '')

  /** The articles to show: what was searched for, else what the call proposes. */
  function shownFor(callId: string | null): ArticleFound[] {
    if (searching.value) return found.value?.hits ?? []
    return callId ? (proposals.value[callId] ?? []) : []
  }

  /** Searches for the query; an answer that a later one overtook is dropped. */
  async function search(): Promise<void> {
    const text = query.value.trim()
    const turn = ++asked
    if (!text) {
      found.value = null
      return
    }
    try {
      const answer = await request<KnowledgeFound>('POST', '/api/knowledge/search', { text })
      if (turn !== asked) return
      found.value = answer
      failed.value = false
      chosenId.value = null
    } catch (error) {
      if (turn === asked) failed.value = true
      throw error
    }
  }

  /** Looks up what the caller said; only what fits well is kept. */
  async function propose(callId: string, text: string): Promise<void> {
    const answer = await request<KnowledgeFound>('POST', '/api/knowledge/search', {
      text,
      limit: PROPOSED,
    })
    proposals.value = { [callId]: answer.good ? answer.hits : [] }
  }

  function clear(): void {
    asked += 1
    query.value = ''
    found.value = null
    chosenId.value = null
  }

  const noteGap = (text: string, callId: string | null) =>
    request<GapInfo>('POST', '/api/knowledge/gaps', { text: text.slice(0, 500), call_id: callId })

  return {
    query,
    found,
    proposals,
    chosenId,
    failed,
    searching,
    shownFor,
    search,
    propose,
    clear,
    noteGap,
  }
})
