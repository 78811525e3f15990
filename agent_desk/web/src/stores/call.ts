/**
 * Calls on the page: the live one, and an older one that was opened from the list.
 *
 * `shown` is what the panes show. A call that is gone stays on the page until the next one
 * is answered, so that its order can be finished.
 */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { CallInfo, PartialInfo, SuggestionInfo, UtteranceInfo, Workspace } from '@/api/types'
import { addPartial, addUtterance, type Transcript, transcriptOf } from '@/rules/transcript'

export interface CallView {
  call: CallInfo | null
  transcript: Transcript
  suggestion: SuggestionInfo | null
  orderId: string | null
}

export function viewOf(workspace: Workspace): CallView {
  return {
    call: workspace.call,
    transcript: transcriptOf(workspace.utterances, workspace.partials),
    suggestion: workspace.suggestion,
    orderId: workspace.order?.id ?? null,
  }
}

export const useCallStore = defineStore('call', () => {
  const live = ref<CallView | null>(null)
  const opened = ref<CallView | null>(null)
  const shown = computed(() => opened.value ?? live.value)
  const keys = ref<Record<string, string>>({}) // that callers pressed, by call
  const isOpened = computed(() => opened.value !== null && opened.value !== live.value)

  function takeLive(workspace: Workspace | null): void {
    const before = live.value
    if (!workspace) {
      if (before?.orderId && !opened.value) opened.value = before
      live.value = null
      return
    }
    const next = viewOf(workspace)
    const answered = next.call?.status === 'answered'
    const isNew = before?.call?.id !== next.call?.id || before?.call?.status !== 'answered'
    live.value = next
    if (answered && isNew) opened.value = null
  }

  function open(workspace: Workspace): void {
    opened.value =
      workspace.call && workspace.call.id === live.value?.call?.id ? null : viewOf(workspace)
  }

  function backToLive(): void {
    opened.value = null
  }

  function viewsOf(callId: string): CallView[] {
    return [live.value, opened.value].filter((view): view is CallView => view?.call?.id === callId)
  }

  function onCall(call: CallInfo): void {
    for (const view of viewsOf(call.id)) {
      if (view === live.value && call.status === 'answered' && view.call?.status !== 'answered') {
        opened.value = null
      }
      view.call = call
    }
  }

  function onPartial(partial: PartialInfo): void {
    for (const view of viewsOf(partial.call_id)) addPartial(view.transcript, partial)
  }

  function onUtterance(callId: string, utterance: UtteranceInfo): void {
    for (const view of viewsOf(callId)) addUtterance(view.transcript, utterance)
  }

  function onSuggestion(callId: string, suggestion: SuggestionInfo): void {
    for (const view of viewsOf(callId)) view.suggestion = suggestion
  }

  function onKey(callId: string, key: string): void {
    if (viewsOf(callId).length === 0) return
    const known = keys.value[callId] ?? ''
    // Those of calls that are not on the page any more are forgotten.
    const shownIds = [live.value?.call?.id, opened.value?.call?.id]
    const kept = Object.entries(keys.value).filter(([id]) => shownIds.includes(id))
    keys.value = { ...Object.fromEntries(kept), [callId]: known + key }
  }

  /** A draft that came into being after its call's workspace was sent. */
  function onOrder(orderId: string, callId: string | null): void {
    if (!callId) return
    for (const view of viewsOf(callId)) view.orderId ??= orderId
  }

  return {
    live,
    opened,
    shown,
    isOpened,
    keys,
    takeLive,
    open,
    backToLive,
    onCall,
    onPartial,
    onUtterance,
    onSuggestion,
    onKey,
    onOrder,
  }
})
