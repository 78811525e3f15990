/** The calls on the seat's page: which one each part shows, and what is special about it. */
import { type Ref, computed, watch } from 'vue'
import { shown } from '@/rules/orderForm'
import { emergencySound } from '@/softphone/tones'
import { useAgentStore } from '@/stores/agent'
import { useCallStore } from '@/stores/call'
import { useCentreStore } from '@/stores/centre'
import { useOrderStore } from '@/stores/order'

/** `asked` counts the key presses asked for, by call. */
export function useShownCall(asked: Ref<Record<string, number>>) {
  const agents = useAgentStore()
  const calls = useCallStore()
  const centre = useCentreStore()
  const orders = useOrderStore()

  const call = computed(() => calls.shown?.call ?? null)
  const barCall = computed(() => calls.live?.call ?? call.value)
  const barKeys = computed(() => calls.keys[barCall.value?.id ?? ''] ?? '')
  const askedKeys = computed(() => asked.value[barCall.value?.id ?? ''] ?? 0)
  /** The protocol stays once it was begun: a caller who says one word is not to be lost sight of. */
  const silent = computed(() => {
    const live = calls.live?.call
    return live?.status === 'answered' && (live.silent || askedKeys.value > 0) ? live : null
  })
  const queue = computed(
    () => centre.centre.queues.find((one) => one.code === barCall.value?.queue_code) ?? null,
  )
  const emergency = computed(() => {
    const said = orders.form ? shown(orders.form, 'emergency') : null
    return said ?? calls.shown?.suggestion?.emergency.label === 'emergency'
  })
  const speechDown = computed(
    () =>
      call.value?.speech === 'unavailable' ||
      (!agents.helpers.speech && call.value?.status !== 'ended'),
  )
  watch(
    () => [call.value?.id, emergency.value] as const,
    ([id, hot], before) => {
      if (hot && id && !(before[0] === id && before[1]) && call.value?.status === 'answered') {
        emergencySound()
      }
    },
  )

  return { call, barCall, barKeys, askedKeys, silent, queue, emergency, speechDown }
}
