/** The keys of the seat's page; `ShortcutsDialog` lists them for people. */
import type { Ref } from 'vue'
import { useKeys, useSlash } from '@/realtime/useKeys'
import type { useSoftphone } from '@/softphone/useSoftphone'
import { useHandOverStore } from '@/stores/handOver'
import { useOrderStore } from '@/stores/order'

interface Doings {
  phone: ReturnType<typeof useSoftphone>
  voiceLost: Ref<boolean>
  hangUp: () => Promise<void>
  finishWrapUp: () => Promise<void>
  askHandOver: () => Promise<void>
  mergeFirst: () => Promise<void>
  actions: Record<'acceptSure' | 'answer' | 'discard' | 'send', () => Promise<void>>
  showKeys: () => void
  focusUnits: () => void
  focusSearch: () => unknown
}

/** No key does anything while `blocked()`. */
export function useSeatKeys(does: Doings, blocked: () => boolean): void {
  const orders = useOrderStore()
  const handOvers = useHandOverStore()
  const { phone, actions } = does

  async function toDraft(action: () => Promise<void>): Promise<void> {
    if (orders.order?.status === 'draft') await action()
  }

  useKeys(
    {
      F1: does.showKeys,
      F2: () => phone.answer(),
      'Shift+F2': () => {
        if (!does.voiceLost.value) void does.hangUp()
      },
      F3: () => {
        if (!handOvers.underWay) phone.toggleHold()
      },
      F4: does.askHandOver,
      F6: does.mergeFirst,
      'Shift+F6': () => toDraft(actions.discard),
      F7: () => {
        if (phone.call.value === 'talking') phone.toggleMute()
      },
      F8: actions.acceptSure,
      'Shift+F8': () => toDraft(actions.answer),
      F9: actions.send,
      'Shift+F9': does.focusUnits,
      F10: does.finishWrapUp,
    },
    blocked,
  )
  useSlash(does.focusSearch, blocked)
}
