/**
 * Whether a call goes on without its sound: the page was opened anew in mid-call. The server
 * then takes the caller back to the front of the queue within seconds, and this seat, ready
 * again, rings like any other.
 */
import { ref, watch, type Ref } from 'vue'
import type { AgentSessionInfo } from '@/api/types'
import type { PhoneCall, PhoneState } from './useSoftphone'

const SETTLE_MS = 2_000 // at the start and the end of a call the two sides tell at different times

export function useVoiceLost(
  agent: Ref<AgentSessionInfo | null>,
  phone: Ref<PhoneState>,
  call: Ref<PhoneCall>,
) {
  const lost = ref(false)
  watch(
    () =>
      agent.value?.device === 'web' &&
      agent.value.status === 'on_call' &&
      phone.value !== 'elsewhere' &&
      call.value === 'none',
    (silent, _before, onCleanup) => {
      if (!silent) {
        lost.value = false
        return
      }
      const timer = setTimeout(() => {
        lost.value = true
      }, SETTLE_MS)
      onCleanup(() => {
        clearTimeout(timer)
      })
    },
    { immediate: true },
  )
  return lost
}
