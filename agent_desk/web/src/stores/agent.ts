/** The seat's own session: where it sits and what it is doing; and which helpers work. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { AgentSessionInfo, Device, Helpers, SeatInfo } from '@/api/types'

export const useAgentStore = defineStore('agent', () => {
  const agent = ref<AgentSessionInfo | null>(null)
  const helpers = ref<Helpers>({ telephony: true, speech: true, suggestion: true })
  const seats = ref<SeatInfo[]>([])
  const known = ref(false) // whether the server has said what `agent` is

  function become(session: AgentSessionInfo | null): void {
    agent.value = session
    known.value = true
  }

  async function loadSeats(): Promise<void> {
    seats.value = await request<SeatInfo[]>('GET', '/api/seats')
  }

  async function takeSeat(seatCode: string, device: Device): Promise<void> {
    become(
      await request<AgentSessionInfo>('POST', '/api/agent-session', {
        seat_code: seatCode,
        device,
      }),
    )
  }

  async function ready(): Promise<void> {
    become(await request<AgentSessionInfo>('PATCH', '/api/agent-session', { state: 'ready' }))
  }

  async function pause(reason: string): Promise<void> {
    become(
      await request<AgentSessionInfo>('PATCH', '/api/agent-session', { state: 'paused', reason }),
    )
  }

  async function leave(): Promise<void> {
    await request<undefined>('DELETE', '/api/agent-session')
    become(null)
  }

  async function hangUp(callId: string): Promise<void> {
    await request<undefined>('POST', `/api/calls/${callId}/hang-up`)
  }

  return { agent, helpers, seats, known, become, loadSeats, takeSeat, ready, pause, leave, hangUp }
})
