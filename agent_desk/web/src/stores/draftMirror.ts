/**
 * A second copy of the drafts, written through to the disk at once.
 *
 * Browsers write `localStorage` to the disk seconds later, so a crash of the browser loses what was
 * typed last; a strict transaction of IndexedDB is on the disk when it ends. An ended draft stays
 * as an empty one, so that an older copy of it in `localStorage` does not come back.
 */
import { type IDBPDatabase, openDB } from 'idb'

export interface Kept {
  at: number // milliseconds since 1970
  draft: object
}

const NAME = 'yihu-drafts'
const STORE = 'drafts'
const RESTORE_MS = 1_500
const KEPT_MS = 3 * 24 * 3600 * 1000

let opened: Promise<IDBPDatabase | null> | null = null
const waiting = new Map<string, Kept>()
let writing = false

/** `null` where the browser offers none or forbids it. */
function database(): Promise<IDBPDatabase | null> {
  opened ??= (async () => {
    try {
      return await openDB(NAME, 1, {
        upgrade: (made) => void made.createObjectStore(STORE),
      })
    } catch {
      return null
    }
  })()
  return opened
}

/** Writes a copy; of several of one key that wait, only the last. */
export function mirror(key: string, kept: Kept): void {
  // What a page holds is reactive, which the database would refuse to copy.
  waiting.set(key, JSON.parse(JSON.stringify(kept)) as Kept)
  if (!writing) void write()
}

async function write(): Promise<void> {
  writing = true
  const stored = await database()
  try {
    while (stored && waiting.size > 0) {
      const now = [...waiting]
      waiting.clear()
      const change = stored.transaction(STORE, 'readwrite', { durability: 'strict' })
      for (const [key, kept] of now) void change.store.put(kept, key)
      await change.done
    }
  } catch {
    // No room, say: the copy in localStorage is all there is.
  } finally {
    waiting.clear()
    writing = false
  }
}

let restoring: Promise<void> | null = null

/** Brings `storage` to what the copies know better; once, and never longer than a moment. */
export function restored(storage: Storage = localStorage): Promise<void> {
  restoring ??= Promise.race([
    restore(storage).catch(() => undefined),
    new Promise<void>((done) => setTimeout(done, RESTORE_MS)),
  ])
  return restoring
}

async function restore(storage: Storage): Promise<void> {
  const stored = await database()
  if (!stored) return
  const change = stored.transaction(STORE, 'readwrite')
  let cursor = await change.store.openCursor()
  while (cursor) {
    const key = String(cursor.key)
    const kept = cursor.value as Kept
    if (Date.now() - kept.at > KEPT_MS) await cursor.delete()
    else if (kept.at > atOf(storage.getItem(key))) {
      if (Object.keys(kept.draft).length === 0) storage.removeItem(key)
      else storage.setItem(key, JSON.stringify(kept))
    }
    cursor = await cursor.continue()
  }
}

function atOf(text: string | null): number {
  try {
    return (JSON.parse(text ?? 'null') as Kept | null)?.at ?? 0
  } catch {
    return 0
  }
}
