/** What was typed but not yet stored by the server, kept in the browser across reloads. */
import type { Draft } from '@/rules/orderForm'

const PREFIX = 'yihu.draft.'
const KEPT_MS = 3 * 24 * 3600 * 1000

export interface Kept {
  at: number
  draft: Draft
}

export class DraftKeeper {
  /** `person` keeps the drafts of people who share a computer apart. */
  constructor(
    private readonly storage: Storage,
    private readonly person: () => string,
    private readonly now: () => number = () => Date.now(),
    private readonly copy: (key: string, kept: Kept) => void = () => undefined,
  ) {}

  read(orderId: string): Draft {
    return this.parse(this.key(orderId))?.draft ?? {}
  }

  write(orderId: string, draft: Draft): void {
    const key = this.key(orderId)
    const kept: Kept = { at: this.now(), draft }
    const ended = Object.keys(draft).length === 0
    try {
      if (!ended || this.storage.getItem(key) !== null) this.copy(key, kept)
      if (ended) this.storage.removeItem(key)
      else this.storage.setItem(key, JSON.stringify(kept))
    } catch {
      // Full or forbidden storage: the draft still lives on the page until it is stored.
    }
  }

  /** Orders of this person that have a draft; drafts of long ago are removed on the way. */
  pending(): string[] {
    const ids: string[] = []
    for (const key of Object.keys(this.storage)) {
      if (!key.startsWith(PREFIX)) continue
      const kept = this.parse(key)
      if (!kept || this.now() - kept.at > KEPT_MS) this.storage.removeItem(key)
      else if (key.startsWith(this.key(''))) ids.push(key.slice(this.key('').length))
    }
    return ids
  }

  private key(orderId: string): string {
    return `${PREFIX}${this.person()}.${orderId}`
  }

  private parse(key: string): Kept | null {
    try {
      const value: unknown = JSON.parse(this.storage.getItem(key) ?? 'null')
      if (value && typeof value === 'object' && 'draft' in value && 'at' in value) {
        return value as Kept
      }
    } catch {
      // not ours or damaged: as if there were none
    }
    return null
  }
}
