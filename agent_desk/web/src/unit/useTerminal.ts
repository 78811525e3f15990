/** Everything a unit's page shows: what the server says, what is kept here, and what is foreseen. */
import { computed, onBeforeUnmount, onMounted, type Ref, watch } from 'vue'
import type { SocketMessage, UnitOrder } from '@/api/types'
import type { Link } from '@/realtime/deskSocket'
import { useDeskSocket } from '@/realtime/useDeskSocket'
import { useSessionStore } from '@/stores/session'
import { useTalkStore } from '@/stores/talk'
import { useUnitDeadlinesStore } from '@/stores/unitDeadlines'
import { OPEN, useUnitOrdersStore } from '@/stores/unitOrders'
import { useUnitQueueStore } from '@/stores/unitQueue'
import { foreseen } from './actions'

const LIMITS_MS = 300
const KEEP_MS = 500
const FRESH_MS = 2 * 60 * 60_000 // how long an order that is over stays on the page

export interface TerminalEvents {
  now: Ref<number>
  /** An order has come in; `null` where several came while the page was not told. */
  arrived: (order: UnitOrder | null) => void
  /** The seat has written. */
  written: () => void
}

export function useTerminal({ now, arrived, written }: TerminalEvents) {
  const userId = useSessionStore().me?.user_id ?? ''
  const store = useUnitOrdersStore()
  const talks = useTalkStore()
  const limits = useUnitDeadlinesStore()
  const queue = useUnitQueueStore()

  const orders = computed(() => store.orders.map((order) => foreseen(order, queue.of(order.id))))
  const waiting = computed(() => orders.value.filter((order) => order.status === 'sent'))
  const working = computed(() =>
    orders.value.filter((order) => OPEN.includes(order.status) && order.status !== 'sent'),
  )
  const over = computed(() =>
    orders.value.filter((order) => !OPEN.includes(order.status) && isFresh(order)),
  )

  function isFresh(order: UnitOrder): boolean {
    const ended = order.fed_back_at ?? order.received_at ?? order.sent_at
    const recent = ended !== null && now.value - Date.parse(ended) < FRESH_MS
    return recent || queue.of(order.id).length > 0
  }

  function onMessage(message: SocketMessage): void {
    if (message.type === 'unit_order' && store.take(message.order)) arrived(message.order)
    if (message.type !== 'talk') return
    const before = talks.of(message.talk.dispatch_order_id)?.lines.length ?? 0
    talks.take(message.talk)
    if (message.talk.lines.slice(before).some((line) => !line.from_unit)) written()
  }

  async function resync(): Promise<void> {
    const known = new Set(waiting.value.map((order) => order.id))
    const first = !store.loaded
    await store.load()
    await talks.loadOpen()
    if (!first && waiting.value.some((order) => !known.has(order.id))) arrived(null)
    queue.hurry()
  }

  const link: Ref<Link> = useDeskSocket(onMessage, resync)

  let later: ReturnType<typeof setTimeout> | undefined
  let keep: ReturnType<typeof setTimeout> | undefined
  watch(
    () => store.orders,
    () => {
      if (!store.loaded) return
      void limits.shown(store.orders.filter((order) => order.status === 'sent'))
      later ??= setTimeout(() => {
        later = undefined
        void limits.load(store.orders.map((order) => order.id)).catch(() => undefined)
      }, LIMITS_MS)
    },
    { deep: true },
  )
  watch(
    [() => store.orders, () => limits.deadlines, () => talks.talks],
    () => {
      if (!store.loaded) return
      clearTimeout(keep)
      keep = setTimeout(keepCards, KEEP_MS)
    },
    { deep: true },
  )

  /** Only what is open: what is over stays with the server. */
  function keepCards(): void {
    const open = store.orders.filter((order) => OPEN.includes(order.status))
    const ids = new Set(open.map((order) => order.id))
    queue.keepCards({
      orders: open,
      deadlines: [...limits.deadlines].filter(([id]) => ids.has(id)),
      talks: [...talks.talks.values()].filter((talk) => ids.has(talk.dispatch_order_id)),
    })
  }

  async function recall(): Promise<void> {
    const kept = await queue.cards()
    if (!kept || store.loaded) return
    store.recall(kept.orders)
    limits.deadlines = new Map(kept.deadlines)
    limits.known = new Set(kept.orders.map((order) => order.id))
    for (const talk of kept.talks) talks.take(talk)
  }

  function onShown(): void {
    if (!document.hidden) queue.hurry()
  }

  onMounted(async () => {
    window.addEventListener('online', queue.hurry)
    document.addEventListener('visibilitychange', onShown)
    await queue.open(userId, { order: store.take, talk: talks.take })
    await recall()
  })
  onBeforeUnmount(() => {
    clearTimeout(later)
    clearTimeout(keep)
    window.removeEventListener('online', queue.hurry)
    document.removeEventListener('visibilitychange', onShown)
    queue.close()
  })

  return { link, userId, waiting, working, over }
}
