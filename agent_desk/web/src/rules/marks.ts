/** Words of a text that something rests on, or that were put for what was heard. */
import type { ChangeInfo } from '@/api/types'

export interface Piece {
  text: string
  mark: boolean
  heard: string // empty where the words are those that were heard
}

/** `text` in pieces, those that are one of `words` marked; overlapping words are joined. */
export function pieces(text: string, words: string[], changes: ChangeInfo[] = []): Piece[] {
  const marked = new Array<boolean>(text.length).fill(false)
  for (const word of words) {
    if (!word) continue
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      marked.fill(true, at, at + word.length)
    }
  }
  const found: Piece[] = []
  for (let at = 0; at < text.length; at += 1) {
    const mark = marked[at] ?? false
    const heard = changes.find((one) => one.start <= at && at < one.end)?.heard ?? ''
    const last = found.at(-1)
    if (last?.mark === mark && last.heard === heard) last.text += text[at] ?? ''
    else found.push({ text: text[at] ?? '', mark, heard })
  }
  return found
}
