/**
 * What a unit's page keeps in this browser (IndexedDB), by person, until that person signs out:
 * actions the server has not taken, the open cards as they were last seen, photos not sent yet.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { DeadlineInfo, Talk, UnitOrder } from '@/api/types'
import type { Action, KeptPhoto, NewAction } from './actions'
import type { ActionStore } from './outbox'

/** The open cards, to be shown while there is no network. */
export interface KeptCards {
  orders: UnitOrder[]
  deadlines: [string, DeadlineInfo][]
  talks: Talk[]
}

interface Draft {
  userId: string
  orderId: string
  photos: KeptPhoto[]
}

interface Schema extends DBSchema {
  actions: { key: number; value: Action; indexes: { user: string } }
  cards: { key: string; value: KeptCards & { userId: string } }
  drafts: { key: [string, string]; value: Draft; indexes: { user: string } }
}

const NAME = 'yihu-terminal'
const VERSION = 1

export class TerminalDb implements ActionStore {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  static async open(): Promise<TerminalDb> {
    const db = await openDB<Schema>(NAME, VERSION, {
      upgrade(made) {
        made
          .createObjectStore('actions', { keyPath: 'seq', autoIncrement: true })
          .createIndex('user', 'userId')
        made.createObjectStore('cards', { keyPath: 'userId' })
        made
          .createObjectStore('drafts', { keyPath: ['userId', 'orderId'] })
          .createIndex('user', 'userId')
      },
    })
    return new TerminalDb(db)
  }

  async add(action: NewAction): Promise<void> {
    const row = { ...action, refused: '' }
    // "strict": on the disk before the card says that it is recorded.
    const work = this.db.transaction('actions', 'readwrite', { durability: 'strict' })
    await Promise.all([work.store.add(row as Action), work.done]) // the store gives its seq
  }

  async of(userId: string): Promise<Action[]> {
    return this.db.getAllFromIndex('actions', 'user', userId)
  }

  async replace(action: Action): Promise<void> {
    await this.db.put('actions', action)
  }

  async remove(seq: number): Promise<void> {
    await this.db.delete('actions', seq)
  }

  /** How many actions of other people wait in this browser. */
  async ofOthers(userId: string): Promise<number> {
    const all = await this.db.getAll('actions')
    return all.filter((action) => action.userId !== userId).length
  }

  async cards(userId: string): Promise<KeptCards | null> {
    return (await this.db.get('cards', userId)) ?? null
  }

  async keepCards(userId: string, cards: KeptCards): Promise<void> {
    await this.db.put('cards', { ...cards, userId })
  }

  async photos(userId: string, orderId: string): Promise<KeptPhoto[]> {
    return (await this.db.get('drafts', [userId, orderId]))?.photos ?? []
  }

  async keepPhotos(userId: string, orderId: string, photos: KeptPhoto[]): Promise<void> {
    if (photos.length === 0) await this.db.delete('drafts', [userId, orderId])
    else await this.db.put('drafts', { userId, orderId, photos })
  }

  /** Nothing of this person stays here. */
  async wipe(userId: string): Promise<void> {
    const work = this.db.transaction(['actions', 'cards', 'drafts'], 'readwrite')
    const gone = [work.objectStore('cards').delete(userId)]
    for (const seq of await work.objectStore('actions').index('user').getAllKeys(userId)) {
      gone.push(work.objectStore('actions').delete(seq))
    }
    for (const key of await work.objectStore('drafts').index('user').getAllKeys(userId)) {
      gone.push(work.objectStore('drafts').delete(key))
    }
    await Promise.all([...gone, work.done])
  }

  /** Cards and photos of everybody else go; what they did and could not send stays for them. */
  async wipeOthers(userId: string): Promise<void> {
    const work = this.db.transaction(['cards', 'drafts'], 'readwrite')
    const gone: Promise<void>[] = []
    for (const key of await work.objectStore('cards').getAllKeys()) {
      if (key !== userId) gone.push(work.objectStore('cards').delete(key))
    }
    for (const key of await work.objectStore('drafts').getAllKeys()) {
      if (key[0] !== userId) gone.push(work.objectStore('drafts').delete(key))
    }
    await Promise.all([...gone, work.done])
  }
}
