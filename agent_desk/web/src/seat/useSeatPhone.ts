/** The softphone of the person at the seat: on while they use it, and what it warns of. */
import { type ComputedRef, watch } from 'vue'
import type { AgentSessionInfo } from '@/api/types'
import { attempt } from '@/realtime/attempt'
import { useLeaveGuard } from '@/realtime/useLeaveGuard'
import { useSoftphone } from '@/softphone/useSoftphone'
import { useVoiceLost } from '@/softphone/useVoiceLost'
import { useAgentStore } from '@/stores/agent'
import { useCallStore } from '@/stores/call'

export function useSeatPhone(agent: ComputedRef<AgentSessionInfo | null>) {
  const agents = useAgentStore()
  const calls = useCallStore()
  const phone = useSoftphone()

  watch(
    agent,
    (now) => {
      if (now?.device === 'web' && now.sip) void phone.start(now.sip)
      else phone.stop()
    },
    { immediate: true },
  )
  const voiceLost = useVoiceLost(agent, phone.state, phone.call)
  useLeaveGuard(() => phone.call.value === 'answering' || phone.call.value === 'talking')

  async function hangUp(): Promise<void> {
    const id = calls.live?.call?.id
    if (!id || !(await attempt(() => agents.hangUp(id)))) phone.hangUp()
  }

  return { phone, voiceLost, hangUp }
}
