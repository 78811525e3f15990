import { describe, expect, it } from 'vitest'
import {
  addPartial,
  addUtterance,
  emptyTranscript,
  transcriptOf,
  wasCorrected,
} from '@/rules/transcript'
import { partial, utterance } from './make'

const texts = (transcript: { partials: { text: string }[] }) =>
  transcript.partials.map((one) => one.text)

describe('a growing transcript', () => {
  it('lets a partial grow in its place and replaces it by its utterance', () => {
    const transcript = emptyTranscript()
    addPartial(transcript, partial(1, '我在'))
    addPartial(transcript, partial(1, '我在南苑小区'))
    expect(texts(transcript)).toEqual(['我在南苑小区'])
    addUtterance(transcript, utterance(1, '我在南苑小区12栋。'))
    expect(transcript.partials).toEqual([])
    expect(transcript.utterances).toHaveLength(1)
  })

  it('ignores a partial that comes after its utterance', () => {
    const transcript = emptyTranscript()
    addUtterance(transcript, utterance(2, '水管破裂了。'))
    addPartial(transcript, partial(2, '水管'))
    addPartial(transcript, partial(1, '喂'))
    expect(transcript.partials).toEqual([])
    addPartial(transcript, partial(3, '快来'))
    expect(texts(transcript)).toEqual(['快来'])
  })

  it('does not let an older segment replace a newer partial', () => {
    const transcript = emptyTranscript()
    addPartial(transcript, partial(2, '新的'))
    addPartial(transcript, partial(1, '旧的'))
    expect(texts(transcript)).toEqual(['新的'])
  })

  it('keeps the partials of the two legs apart', () => {
    const transcript = emptyTranscript()
    addPartial(transcript, partial(1, '着火了'))
    addPartial(transcript, { ...partial(1, '您在', 'other'), role: 'agent' })
    addUtterance(transcript, utterance(1, '着火了！'))
    expect(texts(transcript)).toEqual(['您在'])
  })

  it('puts utterances in order of time and takes each once', () => {
    const transcript = emptyTranscript()
    addUtterance(transcript, utterance(3, '三'))
    addUtterance(transcript, utterance(1, '一'))
    addUtterance(transcript, utterance(2, '二', { stream_id: 'other', role: 'agent' }))
    addUtterance(transcript, utterance(1, '一'))
    expect(transcript.utterances.map((one) => one.text)).toEqual(['一', '二', '三'])
  })

  it('takes a snapshot over', () => {
    const transcript = transcriptOf(
      [utterance(1, '一')],
      [partial(1, '晚到'), partial(2, '还在说')],
    )
    expect(texts(transcript)).toEqual(['还在说'])
  })
})

describe('corrections', () => {
  it('are differences in words, not in spaces or punctuation', () => {
    expect(wasCorrected(utterance(1, '水管破了。', { raw_text: '水管 破 了' }))).toBe(false)
    expect(wasCorrected(utterance(1, '88号', { raw_text: '八十 八 号' }))).toBe(true)
  })
})
