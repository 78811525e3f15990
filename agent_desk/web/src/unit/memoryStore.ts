/** Actions kept on the page alone, where the browser allows no IndexedDB. */
import type { Action, NewAction } from './actions'
import type { ActionStore } from './outbox'

export class MemoryStore implements ActionStore {
  private rows: Action[] = []
  private last = 0

  add(action: NewAction): Promise<void> {
    this.last += 1
    this.rows.push({ ...action, seq: this.last, refused: '' })
    return Promise.resolve()
  }

  of(userId: string): Promise<Action[]> {
    return Promise.resolve(this.rows.filter((row) => row.userId === userId))
  }

  replace(action: Action): Promise<void> {
    this.rows = this.rows.map((row) => (row.seq === action.seq ? action : row))
    return Promise.resolve()
  }

  remove(seq: number): Promise<void> {
    this.rows = this.rows.filter((row) => row.seq !== seq)
    return Promise.resolve()
  }
}
