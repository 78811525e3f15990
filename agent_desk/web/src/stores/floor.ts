/** What the supervisor sees of the floor, and what a supervisor does there. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { Floor, SupervisionInfo } from '@/api/types'

export type Mode = SupervisionInfo['mode']

export const useFloorStore = defineStore('floor', () => {
  const floor = ref<Floor | null>(null)
  const supervision = ref<SupervisionInfo | null>(null)

  async function load(): Promise<void> {
    floor.value = await request<Floor>('GET', '/api/floor')
    supervision.value = await request<SupervisionInfo | null>('GET', '/api/supervise')
  }

  /** Beside a seat; beside it already, only the way changes. */
  async function supervise(sessionId: string, mode: Mode): Promise<void> {
    supervision.value =
      supervision.value?.session_id === sessionId
        ? await request<SupervisionInfo>('PATCH', '/api/supervise', { mode })
        : await request<SupervisionInfo>('POST', '/api/supervise', { session_id: sessionId, mode })
  }

  async function stop(): Promise<void> {
    await request<undefined>('DELETE', '/api/supervise')
    supervision.value = null
  }

  async function take(callId: string): Promise<void> {
    await request<unknown>('POST', `/api/calls/${callId}/take`)
  }

  async function pause(sessionId: string, reason: string): Promise<void> {
    await request<unknown>('POST', `/api/agents/${sessionId}/pause`, { reason })
  }

  async function ready(sessionId: string): Promise<void> {
    await request<unknown>('POST', `/api/agents/${sessionId}/ready`)
  }

  async function signOut(sessionId: string): Promise<void> {
    await request<unknown>('POST', `/api/agents/${sessionId}/sign-out`)
  }

  async function move(
    callId: string,
    queueCode: string,
    priority: number,
    reason: string,
  ): Promise<void> {
    await request<unknown>('POST', `/api/calls/${callId}/move`, {
      queue_code: queueCode,
      priority,
      reason,
    })
  }

  return { floor, supervision, load, supervise, stop, take, pause, ready, signOut, move }
})
