/**
 * Actions wait here until the server has taken them: each once, in the order they were done.
 *
 * Where the network is away everything waits. Where the server is in trouble with one action,
 * the further ones of its order wait with it and those of other orders go on. A refused action
 * stays, with its reason, until the user has seen it, and holds nothing up.
 */
import { Refused } from '@/api/client'
import type { Action, NewAction } from './actions'

/** Where actions are kept. They come back in the order in which they were added. */
export interface ActionStore {
  add(action: NewAction): Promise<void>
  of(userId: string): Promise<Action[]>
  replace(action: Action): Promise<void>
  remove(seq: number): Promise<void>
}

/** Runs `work` while no other tab of this browser does. */
export type Lock = (work: () => Promise<void>) => Promise<void>

export interface OutboxOptions {
  store: ActionStore
  userId: string
  /** Gives an action to the server; rejects with `Refused`. A second time with the same key the
   * server does nothing, so an action whose answer was lost may be sent again. */
  send: (action: Action) => Promise<void>
  lock: Lock
  /** What is kept has changed. */
  changed: (actions: Action[]) => void
  /** An action could not be sent for a reason that is not the server's answer. */
  broken: string
}

const SIGNED_OUT = 401

export class Outbox {
  constructor(private readonly options: OutboxOptions) {}

  /** Keeps an action. It is safe once this is through. */
  async add(action: NewAction): Promise<void> {
    await this.options.store.add(action)
    await this.reload()
  }

  /** Reads anew what is kept: another tab may have sent some. */
  async reload(): Promise<Action[]> {
    const actions = await this.options.store.of(this.options.userId)
    this.options.changed(actions)
    return actions
  }

  /** Forgets an action that the user has seen refused. */
  async forget(seq: number): Promise<void> {
    await this.options.store.remove(seq)
    await this.reload()
  }

  /** Sends what waits; gives whether nothing waits any more. */
  async drain(): Promise<boolean> {
    let done = false
    await this.options.lock(async () => {
      done = await this.drainAlone()
    })
    return done
  }

  private async drainAlone(): Promise<boolean> {
    const held = new Set<string>() // orders the server is in trouble with
    for (;;) {
      const waiting = (await this.reload()).filter((action) => action.refused === '')
      const next = waiting.find((action) => !held.has(action.orderId))
      if (!next) return waiting.length === 0
      try {
        await this.options.send(next)
      } catch (error) {
        const refusal = error instanceof Refused ? error : null
        if (refusal && (refusal.status === 0 || refusal.status === SIGNED_OUT)) return false
        if (refusal?.passing) held.add(next.orderId)
        else {
          const why = refusal?.message ?? this.options.broken
          await this.options.store.replace({ ...next, refused: why })
        }
        continue
      }
      await this.options.store.remove(next.seq)
    }
  }
}

/** One at a time among the tabs of this browser; among the calls of this page where the browser
 * has no locks (pages without TLS): there the server's keys keep an action from being done twice. */
export function tabLock(name: string): Lock {
  let last = Promise.resolve()
  return (work) => {
    if ('locks' in navigator) return navigator.locks.request(name, work)
    last = last.then(work, work)
    return last
  }
}
