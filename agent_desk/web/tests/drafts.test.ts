import { expect, test } from 'vitest'
import { DraftKeeper, type Kept } from '@/stores/drafts'

test('every write has its copy, an ended draft one that is empty', () => {
  localStorage.clear()
  const copies: [string, Kept][] = []
  const keeper = new DraftKeeper(
    localStorage,
    () => 'person',
    () => 7,
    (key, kept) => copies.push([key, kept]),
  )
  keeper.write('order', {}) // there was none: nothing to tell
  keeper.write('order', { address: '石龙街' })
  keeper.write('order', {})
  expect(copies).toEqual([
    ['yihu.draft.person.order', { at: 7, draft: { address: '石龙街' } }],
    ['yihu.draft.person.order', { at: 7, draft: {} }],
  ])
  expect(keeper.read('order')).toEqual({})
})
