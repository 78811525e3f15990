/** Hand-overs of the seat's call: the one under way, and what may be done with it. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { request } from '@/api/client'
import type { AskHandOver, HandOverInfo, HandOverTargets } from '@/api/types'
import { isUnderWay } from '@/rules/handOvers'

const NOBODY: HandOverTargets = { ready_by_queue: {}, seats: [] }

export const useHandOverStore = defineStore('handOver', () => {
  const newest = ref<HandOverInfo | null>(null)
  const targets = ref<HandOverTargets>(NOBODY)
  const takenBack = new Set<string>() // ended by this seat's own wish

  const underWay = computed(() => (newest.value && isUnderWay(newest.value) ? newest.value : null))

  /** Takes what the server tells; gives whether it ended against this seat's wish. */
  function take(handOver: HandOverInfo): boolean {
    const known = newest.value
    const other = known !== null && known.id !== handOver.id
    if (other && Date.parse(known.started_at) > Date.parse(handOver.started_at)) return false
    const ended = known?.id === handOver.id && isUnderWay(known) && handOver.status === 'kept'
    newest.value = handOver
    return ended && handOver.mine && !takenBack.has(handOver.id)
  }

  /** What the server has of it after a gap: those under way. */
  function reset(handOvers: HandOverInfo[]): void {
    newest.value = handOvers[0] ?? null
  }

  async function loadTargets(): Promise<void> {
    targets.value = await request<HandOverTargets>('GET', '/api/hand-overs/targets')
  }

  async function begin(callId: string, wish: AskHandOver): Promise<void> {
    take(await request<HandOverInfo>('POST', `/api/calls/${callId}/hand-overs`, wish))
  }

  async function act(id: string, action: 'join' | 'complete' | 'keep'): Promise<void> {
    if (action === 'keep') takenBack.add(id)
    try {
      take(await request<HandOverInfo>('POST', `/api/hand-overs/${id}/${action}`))
    } catch (error) {
      takenBack.delete(id)
      throw error
    }
  }

  return { newest, targets, underWay, take, reset, loadTargets, begin, act }
})
