import { describe, expect, it } from 'vitest'
import { Refused } from '@/api/client'
import { type Action, foreseen, type NewAction } from '@/unit/actions'
import { MemoryStore } from '@/unit/memoryStore'
import { type Lock, Outbox } from '@/unit/outbox'
import type { UnitOrder } from '@/api/types'

const USER = 'user-1'
const ORDERS = ['a', 'b', 'c']

/** The same numbers for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One at a time, as the browser's locks are among its tabs. */
function sharedLock(): Lock {
  let last = Promise.resolve()
  return (work) => {
    last = last.then(work, work)
    return last
  }
}

function action(orderId: string, at: number, values: Partial<NewAction> = {}): NewAction {
  return {
    key: `key-${orderId}-${String(at)}`,
    userId: USER,
    orderId,
    number: orderId,
    kind: 'message',
    text: String(at),
    photos: [],
    doneAt: '2026-11-22T03:00:00Z',
    ...values,
  }
}

/** A server that takes a key once, is away now and then, and loses answers. */
class Server {
  taken: string[] = []
  requests: string[] = []
  refuses = new Set<string>()
  inTrouble = new Set<string>()

  constructor(
    private readonly random: () => number,
    private readonly trouble = 0.5,
  ) {}

  send = async (sent: Action): Promise<void> => {
    await Promise.resolve()
    if (this.random() < this.trouble / 2) throw new Refused(0, 'unreachable', 'away')
    this.requests.push(sent.key)
    if (this.inTrouble.has(sent.orderId)) throw new Refused(503, 'unavailable', 'later')
    if (this.refuses.has(sent.key)) throw new Refused(409, 'conflict', 'recalled')
    if (!this.taken.includes(sent.key)) this.taken.push(sent.key)
    if (this.random() < this.trouble / 2) throw new Refused(0, 'unreachable', 'answer lost')
  }
}

function outbox(server: Server, store: MemoryStore, lock: Lock, seen: Action[][] = []): Outbox {
  return new Outbox({
    store,
    userId: USER,
    send: server.send,
    lock,
    changed: (now) => seen.push(now),
    broken: 'broken',
  })
}

describe('what was done without a network', () => {
  it('is taken once and in order, whatever the network does, by two tabs and after crashes', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = chance(seed)
      const server = new Server(random)
      const store = new MemoryStore()
      const lock = sharedLock()
      const tabs = [outbox(server, store, lock), outbox(server, store, lock)]
      const done: NewAction[] = []
      for (let at = 0; at < 30; at += 1) {
        const which = random() < 0.5 ? 0 : 1
        const one = action(ORDERS[Math.floor(random() * 3)] ?? 'a', at)
        if (random() < 0.1) server.refuses.add(one.key)
        done.push(one)
        await tabs[which]?.add(one)
        // A crash: what the page had in memory is gone, what it kept is there.
        if (random() < 0.2) tabs[which] = outbox(server, store, lock)
        if (random() < 0.6) await Promise.all(tabs.map((tab) => tab.drain()))
      }
      for (let round = 0; round < 400; round += 1) {
        if (await tabs[0]?.drain()) break
      }
      const expected = done.filter((one) => !server.refuses.has(one.key)).map((one) => one.key)
      for (const order of ORDERS) {
        const ofOrder = (keys: string[]) => keys.filter((key) => key.startsWith(`key-${order}-`))
        expect(ofOrder(server.taken), `seed ${String(seed)}`).toEqual(ofOrder(expected))
      }
      const left = await store.of(USER)
      expect(new Set(left.map((one) => one.key))).toEqual(server.refuses)
      expect(left.every((one) => one.refused === 'recalled')).toBe(true)
    }
  })

  it('is sent exactly once where no answer is lost, though both tabs try', async () => {
    const server = new Server(() => 1)
    const store = new MemoryStore()
    const lock = sharedLock()
    const tabs = [outbox(server, store, lock), outbox(server, store, lock)]
    for (let at = 0; at < 10; at += 1) await tabs[at % 2]?.add(action('a', at))
    await Promise.all(tabs.map((tab) => tab.drain()))
    expect(server.requests).toEqual(Array.from({ length: 10 }, (_, at) => `key-a-${String(at)}`))
  })

  it('waits where the server is in trouble with its order, and other orders go on', async () => {
    const server = new Server(() => 1)
    server.inTrouble.add('a')
    const store = new MemoryStore()
    const box = outbox(server, store, sharedLock())
    for (const [at, order] of ['a', 'b', 'a', 'b'].entries()) await box.add(action(order, at))
    expect(await box.drain()).toBe(false)
    expect(server.taken).toEqual(['key-b-1', 'key-b-3'])
    server.inTrouble.clear()
    expect(await box.drain()).toBe(true)
    expect(server.taken).toEqual(['key-b-1', 'key-b-3', 'key-a-0', 'key-a-2'])
  })

  it('is refused with its reason, and what comes after it is sent', async () => {
    const server = new Server(() => 1)
    server.refuses.add('key-a-0')
    const seen: Action[][] = []
    const box = outbox(server, new MemoryStore(), sharedLock(), seen)
    for (const [at, order] of ['a', 'a', 'b'].entries()) await box.add(action(order, at))
    expect(await box.drain()).toBe(true)
    expect(server.taken).toEqual(['key-a-1', 'key-b-2'])
    const [left] = seen.at(-1) ?? []
    expect(left?.refused).toBe('recalled')
    await box.forget(left?.seq ?? 0)
    expect(seen.at(-1)).toEqual([])
  })

  it('of another person is left alone', async () => {
    const server = new Server(() => 1)
    const store = new MemoryStore()
    await store.add(action('a', 0, { userId: 'somebody-else' }))
    expect(await outbox(server, store, sharedLock()).drain()).toBe(true)
    expect(server.requests).toEqual([])
    expect(await store.of('somebody-else')).toHaveLength(1)
  })
})

describe('a card with actions that wait', () => {
  const order = { id: 'a', status: 'sent', lamp: 'red', recall_reason: '' } as UnitOrder
  const waits = (...kinds: NewAction['kind'][]): Action[] =>
    kinds.map((kind, at) => ({ ...action('a', at, { kind, text: '好' }), seq: at, refused: '' }))

  it('shows what will be', () => {
    const now = foreseen(order, waits('receive', 'depart', 'message', 'arrive', 'feedback'))
    expect(now).toMatchObject({ status: 'fed_back', lamp: 'green', feedback: '好' })
    expect(foreseen(order, waits('reject'))).toMatchObject({ status: 'rejected', lamp: 'red' })
    expect(order.status).toBe('sent')
  })

  it('shows the recall and not what can no longer be', () => {
    const recalled = { ...order, status: 'recalled' } as UnitOrder
    expect(foreseen(recalled, waits('receive', 'depart'))).toBe(recalled)
  })
})
