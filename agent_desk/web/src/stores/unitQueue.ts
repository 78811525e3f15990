/** What was done on this telephone and the server has not taken yet. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { serverNow } from '@/api/client'
import type { Talk, UnitOrder } from '@/api/types'
import { t } from '@/locales'
import { type Action, type ActionKind, type KeptPhoto, newKey } from '@/unit/actions'
import { MemoryStore } from '@/unit/memoryStore'
import { Outbox, tabLock } from '@/unit/outbox'
import { MOST_PHOTOS } from '@/unit/pictures'
import { sendAction } from '@/unit/sending'
import { type KeptCards, TerminalDb } from '@/unit/terminalDb'

const LOCK = 'yihu-terminal-outbox'
const CHANNEL = 'yihu-terminal'
const FIRST_RETRY_MS = 3_000
const LONGEST_RETRY_MS = 60_000
export const KEPT_TEXTS = 'yihu.unit.' // what was typed, in localStorage

export interface Taker {
  order: (order: UnitOrder) => void
  talk: (talk: Talk) => void
}

export const useUnitQueueStore = defineStore('unitQueue', () => {
  const actions = shallowRef<Action[]>([])
  const durable = ref(true) // whether what is done here survives the page
  const ofOthers = ref(0)
  const waiting = computed(() => actions.value.filter((one) => one.refused === ''))
  const refused = computed(() => actions.value.filter((one) => one.refused !== ''))

  let userId = ''
  let db: TerminalDb | null = null
  let outbox: Outbox | null = null
  let opening = Promise.resolve()
  let channel: BroadcastChannel | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let failures = 0

  /** Opens what this person has here; `take` gets what the server answers. */
  function open(person: string, take: Taker): Promise<void> {
    opening = openFor(person, take)
    return opening
  }

  async function openFor(person: string, take: Taker): Promise<void> {
    userId = person
    try {
      db = await TerminalDb.open()
      await db.wipeOthers(person)
      ofOthers.value = await db.ofOthers(person)
    } catch {
      db = null // a browser that keeps nothing
      durable.value = false
    }
    outbox = new Outbox({
      store: db ?? new MemoryStore(),
      userId: person,
      async send(action) {
        const taken = await sendAction(action)
        if ('order' in taken) take.order(taken.order)
        else take.talk(taken.talk)
      },
      lock: tabLock(LOCK),
      changed(now) {
        actions.value = now
      },
      broken: t('这项操作无法发送，请重新操作。'),
    })
    await outbox.reload()
    if ('BroadcastChannel' in window) {
      channel = new BroadcastChannel(CHANNEL)
      channel.onmessage = () => void outbox?.reload()
    }
    void drain()
  }

  function close(): void {
    clearTimeout(retry)
    channel?.close()
    channel = null
    outbox = null
  }

  /**
   * Records what the user did; it is sent at once where there is a network. Rejects where this
   * browser has no room to record it.
   */
  async function act(
    order: UnitOrder,
    kind: ActionKind,
    text = '',
    photos: KeptPhoto[] = [],
  ): Promise<void> {
    await opening // a finger may be quicker than the browser's storage
    if (!outbox) throw new Error('the queue is closed')
    await outbox.add({
      key: newKey(),
      userId,
      orderId: order.id,
      number: order.number,
      kind,
      text,
      // Blobs of a reactive object are proxies, which no database takes.
      photos: photos.map(({ key, blob }) => ({ key, blob })),
      doneAt: new Date(serverNow()).toISOString(),
    })
    channel?.postMessage('')
    void drain()
  }

  /** Sends what waits, and comes back to it later where that was not possible. */
  async function drain(): Promise<void> {
    clearTimeout(retry)
    const before = actions.value.length
    const done = (await outbox?.drain().catch(() => false)) ?? true
    if (actions.value.length !== before) channel?.postMessage('')
    failures = done ? 0 : failures + 1
    if (done) return
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
    clearTimeout(retry)
    retry = setTimeout(() => void drain(), delay)
  }

  /** The network is back. */
  function hurry(): void {
    failures = 0
    if (waiting.value.length > 0) void drain()
  }

  const forget = async (seq: number): Promise<void> => {
    await outbox?.forget(seq)
    channel?.postMessage('')
  }

  const of = (orderId: string): Action[] => waiting.value.filter((one) => one.orderId === orderId)

  async function cards(): Promise<KeptCards | null> {
    return (await db?.cards(userId).catch(() => null)) ?? null
  }

  function keepCards(kept: KeptCards): void {
    // Plain copies: reactive objects are proxies.
    void db?.keepCards(userId, JSON.parse(JSON.stringify(kept)) as KeptCards).catch(() => undefined)
  }

  async function photos(orderId: string): Promise<KeptPhoto[]> {
    return (await db?.photos(userId, orderId).catch(() => [])) ?? []
  }

  function keepPhotos(orderId: string, kept: KeptPhoto[]): void {
    const plain = kept.map(({ key, blob }) => ({ key, blob }))
    void db?.keepPhotos(userId, orderId, plain).catch(() => undefined)
  }

  /** Puts photos back to those that are not sent yet. */
  async function restorePhotos(orderId: string, back: KeptPhoto[]): Promise<void> {
    const known = await photos(orderId)
    const more = back.filter((one) => !known.some((other) => other.key === one.key))
    await db?.keepPhotos(userId, orderId, [...known, ...more].slice(0, MOST_PHOTOS))
  }

  /** Nothing of this person stays on this telephone. */
  async function wipe(): Promise<void> {
    await db?.wipe(userId).catch(() => undefined)
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(KEPT_TEXTS)) localStorage.removeItem(name)
    }
    actions.value = []
    channel?.postMessage('')
  }

  return {
    actions,
    waiting,
    refused,
    durable,
    ofOthers,
    open,
    close,
    act,
    drain,
    hurry,
    forget,
    of,
    cards,
    keepCards,
    photos,
    keepPhotos,
    restorePhotos,
    wipe,
  }
})
