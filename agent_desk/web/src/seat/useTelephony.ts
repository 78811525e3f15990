/** What the seat does with calls: handing over, calling back, keys, the caller's history. */
import { ElMessage, ElMessageBox } from 'element-plus'
import { computed, onBeforeUnmount, ref, watch } from 'vue'
import { Refused, request } from '@/api/client'
import type { AskHandOver, CallBackInfo } from '@/api/types'
import { t } from '@/locales'
import { attempt } from '@/realtime/attempt'
import { useBusy } from '@/realtime/useBusy'
import { CALL_BACK_KIND, CLOSE_REASONS } from '@/rules/callBacks'
import type { MarkKind } from '@/rules/callers'
import { useAgentStore } from '@/stores/agent'
import { useCallStore } from '@/stores/call'
import { useCallBackStore } from '@/stores/callBacks'
import { useCallerStore } from '@/stores/caller'
import { useCentreStore } from '@/stores/centre'
import { useHandOverStore } from '@/stores/handOver'
import { useOrderStore } from '@/stores/order'

export type Telephony = ReturnType<typeof useTelephony>
export type SideTab = 'orders' | 'map' | 'caller' | 'call-backs' | 'texts'

const MOST_REASON = 255
const TEXTS_MS = 5_000

export function useTelephony() {
  const agents = useAgentStore()
  const calls = useCallStore()
  const callBacks = useCallBackStore()
  const caller = useCallerStore()
  const centre = useCentreStore()
  const handOvers = useHandOverStore()
  const orders = useOrderStore()
  const { busy, run } = useBusy()
  const open = ref<'hand-over' | 'audio' | 'question' | null>(null)
  const tab = ref<SideTab>('orders')
  const asked = ref<Record<string, number>>({}) // key presses asked for, by call

  const live = computed(() => calls.live?.call ?? null)
  const shownCall = computed(() => calls.shown?.call ?? null)
  /** The seat may ring somebody: it sits there and is in no call. */
  const mayCall = computed(() =>
    ['ready', 'wrap_up', 'paused'].includes(agents.agent?.status ?? ''),
  )
  /** The hand-over of the live call, under way or the last one. */
  const handOver = computed(() =>
    handOvers.newest && handOvers.newest.call_id === live.value?.id ? handOvers.newest : null,
  )
  const tabs = computed(() => [
    { id: 'orders' as const, name: t('我的工单'), badge: '', hot: false },
    { id: 'map' as const, name: t('地图'), badge: '', hot: false },
    {
      id: 'caller' as const,
      name: t('来电人'),
      badge: String(caller.marks.length + caller.earlier.length || ''),
      hot: caller.marks.length > 0,
    },
    {
      id: 'call-backs' as const,
      name: t('回电'),
      badge: String(callBacks.open || ''),
      hot: callBacks.open > 0,
    },
    {
      id: 'texts' as const,
      name: t('短信'),
      badge: String(caller.texts.length || ''),
      hot: caller.texts.at(-1)?.direction === 'in', // the last word is the caller's
    },
  ])

  watch(
    () => shownCall.value?.id ?? null,
    (id) => {
      // What is known of a caller never keeps a call from being worked on.
      void caller.show(id).catch(() => undefined)
    },
    { immediate: true },
  )
  // A new call of somebody who is known: what is known is shown until the seat looks elsewhere.
  watch(
    () => [live.value?.id, caller.callId, caller.earlier.length + caller.marks.length] as const,
    ([id, shown, known], [before]) => {
      if (id && id === shown && known > 0 && tab.value === 'orders') tab.value = 'caller'
      if (id !== before && tab.value === 'caller' && id !== shown) tab.value = 'orders'
    },
  )
  // The scene of the call under way, once it is known, is worth more than the list of orders.
  watch(
    () => {
      const order = orders.order
      return order?.fields.position && order.call_id === live.value?.id ? order.id : null
    },
    (id) => {
      if (id && tab.value === 'orders') tab.value = 'map'
    },
  )
  const timer = setInterval(() => {
    const waits = caller.texts.some((one) => one.status === 'queued' || one.status === 'sent')
    const mayCome = centre.centre.texts && live.value !== null
    if (tab.value === 'texts' || waits || mayCome) void caller.loadTexts().catch(() => undefined)
  }, TEXTS_MS)
  onBeforeUnmount(() => {
    clearInterval(timer)
    if (open.value === 'question') ElMessageBox.close()
  })

  // --- handing over ----------------------------------------------------------------------

  async function askHandOver(): Promise<void> {
    if (agents.agent?.status !== 'on_call' || live.value?.status !== 'answered') return
    if (handOvers.underWay) return
    if (await attempt(() => handOvers.loadTargets())) open.value = 'hand-over'
  }

  async function beginHandOver(wish: AskHandOver): Promise<void> {
    const id = live.value?.id
    if (!id) return
    await run('hand-over', async () => {
      if (await attempt(() => handOvers.begin(id, wish))) open.value = null
      else await handOvers.loadTargets().catch(() => undefined)
    })
  }

  async function act(action: 'join' | 'complete' | 'keep'): Promise<void> {
    const id = handOvers.underWay?.id
    if (id)
      await run('hand-over', async () => void (await attempt(() => handOvers.act(id, action))))
  }

  // Who can be asked changes while the dialog is open.
  watch(open, (now, _before, onCleanup) => {
    if (now !== 'hand-over') return
    const again = setInterval(() => {
      if (live.value?.status !== 'answered') open.value = null
      else void handOvers.loadTargets().catch(() => undefined)
    }, 2_000)
    onCleanup(() => {
      clearInterval(again)
    })
  })

  // --- a caller who does not speak -------------------------------------------------------

  async function askKey(): Promise<void> {
    const id = live.value?.id
    if (!id) return
    await run('ask-key', async () => {
      const worked = await attempt(() => request('POST', `/api/calls/${id}/ask-key`))
      if (worked) asked.value[id] = (asked.value[id] ?? 0) + 1
    })
  }

  // --- calling somebody ------------------------------------------------------------------

  async function callBack(entry: CallBackInfo): Promise<void> {
    await run('call', async () => void (await attempt(() => callBacks.call(entry.id))))
  }

  async function dial(number: string): Promise<void> {
    await run(
      'call',
      async () => void (await attempt(() => request('POST', '/api/calls', { number }))),
    )
  }

  /** Asks why an entry ends without having been called back. */
  async function closeCallBack(entry: CallBackInfo): Promise<void> {
    open.value = 'question'
    let reason: string
    try {
      const box = await ElMessageBox.prompt(
        t('关闭原因，如：{reasons}', { reasons: CLOSE_REASONS.join(t('、')) }),
        t('关闭回电 · {kind} {entry}', { kind: CALL_BACK_KIND[entry.kind], entry: entry.number }),
        {
          inputValidator: (value: string) => {
            if (!value.trim()) return t('请写下不再回电的原因。')
            return (
              [...value].length <= MOST_REASON ||
              t('最多 {most} 字，请精简。', { most: MOST_REASON })
            )
          },
          confirmButtonText: t('关闭回电'),
          cancelButtonText: t('返回'),
          closeOnClickModal: false,
        },
      )
      reason = box.value.trim()
    } catch {
      return
    } finally {
      open.value = null
    }
    await run(entry.id, async () => void (await attempt(() => callBacks.close(entry.id, reason))))
  }

  // --- the caller ------------------------------------------------------------------------

  async function addMark(kind: MarkKind, note: string): Promise<void> {
    await run('mark', async () => void (await attempt(() => caller.addMark(kind, note))))
  }

  async function removeMark(id: string): Promise<void> {
    await run('mark', async () => void (await attempt(() => caller.removeMark(id))))
  }

  async function sendText(text: string, done: () => void): Promise<void> {
    await run('text', async () => {
      try {
        await caller.sendText(text)
        done()
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        ElMessage.error({ message: error.message, duration: 6000, grouping: true })
      }
    })
  }

  return {
    open,
    tab,
    tabs,
    busy,
    asked,
    mayCall,
    handOver,
    live,
    shownCall,
    caller,
    callBacks,
    handOvers,
    textsOn: computed(() => centre.centre.texts),
    askHandOver,
    beginHandOver,
    act,
    askKey,
    callBack,
    dial,
    closeCallBack,
    addMark,
    removeMark,
    sendText,
  }
}
