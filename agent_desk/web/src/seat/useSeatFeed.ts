/** What the server tells the seat's page, put where the panes read it. */
import { ElMessage } from 'element-plus'
import { ref, type Ref, watch } from 'vue'
import { request } from '@/api/client'
import type { Desk, HandOverInfo, OrderInfo, SocketMessage, Talk } from '@/api/types'
import { t } from '@/locales'
import type { Link } from '@/realtime/deskSocket'
import { useDeskSocket } from '@/realtime/useDeskSocket'
import { keptWords } from '@/rules/handOvers'
import { newlyRejected } from '@/rules/unitChoice'
import { useAgentStore } from '@/stores/agent'
import { useCallStore } from '@/stores/call'
import { useCallBackStore } from '@/stores/callBacks'
import { useCentreStore } from '@/stores/centre'
import { useHandOverStore } from '@/stores/handOver'
import { useOrderStore } from '@/stores/order'
import { useTalkStore } from '@/stores/talk'
import { useWatchStore } from '@/stores/watch'

const OPENED = 'yihu.opened-order' // this tab's; brings the order back after a reload
const REJECTION_MS = 15_000
const MOST_SHOWN = 60

export function useSeatFeed(): Ref<Link> {
  const centre = useCentreStore()
  const agents = useAgentStore()
  const calls = useCallStore()
  const orders = useOrderStore()
  const handOvers = useHandOverStore()
  const callBacks = useCallBackStore()
  const watching = useWatchStore()
  const talks = useTalkStore()
  const firstLoad = ref(true)

  function onMessage(message: SocketMessage): void {
    switch (message.type) {
      case 'helpers':
        agents.helpers = message.helpers
        break
      case 'agent':
        agents.become(message.agent)
        break
      case 'workspace':
        if (message.workspace?.order) orders.onOrder(message.workspace.order)
        calls.takeLive(message.workspace)
        break
      case 'call':
        calls.onCall(message.call)
        break
      case 'partial':
        calls.onPartial(message.partial)
        break
      case 'utterance':
        calls.onUtterance(message.call_id, message.utterance)
        break
      case 'suggestion':
        calls.onSuggestion(message.call_id, message.suggestion)
        break
      case 'order':
        tellRejections(message.order)
        orders.onOrder(message.order)
        break
      case 'key':
        calls.onKey(message.call_id, message.key)
        break
      case 'hand_over':
        if (handOvers.take(message.hand_over) && agents.agent?.status === 'on_call') {
          ElMessage.warning({
            message: keptWords(message.hand_over),
            duration: 8000,
            showClose: true,
          })
        }
        break
      case 'call_back':
        callBacks.take(message.call_back)
        break
      case 'order_watch':
        watching.take(message.watch)
        break
      case 'talk':
        tellLine(message.talk)
        talks.take(message.talk)
        break
      case 'late':
      case 'floor':
      case 'supervision':
      case 'unit_order':
      case 'pulse':
      case 'resync':
        break
    }
  }

  function tellLine(talk: Talk): void {
    const last = talk.lines[talk.lines.length - 1]
    const known = talks.of(talk.dispatch_order_id)?.lines
    if (!last?.from_unit || known?.some((line) => line.id === last.id)) return
    ElMessage.info({
      message: t('{by}留言：{text}', {
        by: last.by,
        text: [...last.text].slice(0, MOST_SHOWN).join(''),
      }),
      duration: REJECTION_MS,
      placement: 'bottom-right',
      showClose: true,
    })
  }

  function tellRejections(order: OrderInfo): void {
    const before = orders.forms[order.id]?.order.dispatch_orders ?? []
    for (const one of newlyRejected(before, order.dispatch_orders)) {
      const reason = [...one.reject_reason].slice(0, MOST_SHOWN).join('')
      ElMessage.warning({
        message: t('{unit_name}退单（{order}）：{reason}', {
          unit_name: one.unit_name,
          order: order.number,
          reason,
        }),
        duration: REJECTION_MS,
        placement: 'bottom-right',
        showClose: true,
      })
    }
  }

  async function resync(): Promise<void> {
    // What is beside the call must not keep the call from the page.
    const [, desk, underWay] = await Promise.all([
      centre.load(),
      request<Desk>('GET', '/api/desk'),
      request<HandOverInfo[]>('GET', '/api/hand-overs').catch(() => null),
      callBacks.load().catch(() => undefined),
    ])
    if (underWay) handOvers.reset(underWay)
    agents.helpers = desk.helpers
    orders.lines = desk.orders
    if (desk.workspace?.order) orders.onOrder(desk.workspace.order)
    calls.takeLive(desk.workspace)
    agents.become(desk.agent)
    const opened =
      calls.opened?.orderId ?? (firstLoad.value ? sessionStorage.getItem(OPENED) : null)
    firstLoad.value = false
    if (opened) await orders.open(opened).catch(() => undefined)
    void orders.savePending()
    const shown = orders.order
    if (shown?.dispatch_orders.length) loadBeside(shown.id)
    if (!desk.agent) await agents.loadSeats()
  }

  function loadBeside(orderId: string): void {
    void watching.load(orderId).catch(() => undefined)
    void talks.loadOrder(orderId).catch(() => undefined)
  }

  // What happened while the order was not on the page was not told to it.
  watch(
    () => (orders.order?.dispatch_orders.length ? orders.order.id : null),
    (id) => {
      if (id) loadBeside(id)
    },
  )

  watch(
    () => calls.opened?.orderId ?? null,
    (id) => {
      if (firstLoad.value) return
      if (id) sessionStorage.setItem(OPENED, id)
      else sessionStorage.removeItem(OPENED)
    },
  )

  return useDeskSocket(onMessage, resync)
}
