import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ArticleFound, SameOffer } from '@/api/types'
import {
  adviceFor,
  answerText,
  callerWords,
  isQuestion,
  mayPropose,
  validity,
} from '@/rules/knowledge'
import { emptyTranscript } from '@/rules/transcript'
import { useGuide } from '@/seat/useGuide'
import { useCallStore } from '@/stores/call'
import { useKnowledgeStore } from '@/stores/knowledge'
import { useOrderStore } from '@/stores/order'
import * as make from './make'
import { mount } from './mount'

const CARD: ArticleFound = {
  id: 'a1',
  code: 'R03',
  title: '身份证补办',
  answer: '到派出所办理。',
  unit: '公安',
  source: '演示',
  valid_from: '2026-01-01',
  valid_until: null,
  p: 0.8,
  matched: ['身份证'],
}
const OFFER: SameOffer = {
  order_id: 'o1',
  number: 'GD20261122-0001',
  status: 'dispatched',
  emergency: false,
  category_name: '水管破裂',
  address: '南苑小区12栋',
  summary: '水管爆了',
  reported_at: '2026-11-22T03:00:00Z',
  owner_name: '李强',
  callers: 1,
  p: 0.97,
  reasons: ['同在南苑小区同一栋'],
}

type Body = Record<string, unknown> | undefined
let answers: (path: string, body: Body) => unknown
const asked: { method: string; path: string; body: Body }[] = []
let guide: ReturnType<typeof useGuide>
let unmount: () => void = () => undefined

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  asked.length = 0
  answers = () => []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    const body = init.body ? (JSON.parse(init.body as string) as Body) : undefined
    asked.push({ method: init.method ?? 'GET', path, body })
    return Promise.resolve(new Response(JSON.stringify(answers(path, body))))
  })
  unmount = mount(() => {
    guide = useGuide(async (action) => {
      await action()
      return true
    })
  })
})

afterEach(() => {
  unmount()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function suggestion(label: 'emergency' | 'non_emergency', code = '') {
  return {
    emergency: { label, p: label === 'emergency' ? 0.97 : 0.03 },
    level: '',
    category: code ? { name: '户籍证件咨询', p: 0.9, code } : null,
    alternatives: [],
    units: [],
    abstain: !code,
    sure: false,
    reasons: [],
    slots: {},
    model_version: 't',
  }
}

/** A call with words is on the page, its draft says where. */
async function callWith(words: string, label: 'emergency' | 'non_emergency', code = '') {
  const calls = useCallStore()
  const order = make.order({ fields: make.fields({ address: '南苑小区12栋', summary: words }) })
  useOrderStore().take(order)
  calls.takeLive({
    call: make.call(),
    utterances: [make.utterance(0, words)],
    partials: [],
    suggestion: suggestion(label, code) as never,
    order,
  })
  await vi.advanceTimersByTimeAsync(800)
  await nextTick()
}

describe('rules', () => {
  it('takes the end of what the caller said, and nobody else', () => {
    const transcript = emptyTranscript()
    transcript.utterances = [
      make.utterance(0, '您好', { role: 'agent' }),
      make.utterance(1, '我想问'),
      make.utterance(2, '身份证'.repeat(200)),
    ]
    expect(callerWords(transcript)).toHaveLength(300)
    expect(callerWords(transcript)).not.toContain('您好')
    expect(callerWords(null)).toBe('')
  })

  it('writes validity and the answer given as people read them', () => {
    expect(validity({ valid_from: null, valid_until: null })).toBe('长期有效')
    expect(validity({ valid_from: '2026-01-01', valid_until: '2026-12-31' })).toBe(
      '2026-01-01 起 至 2026-12-31',
    )
    expect(answerText(CARD)).toBe('到派出所办理。\n（知识库 R03《身份证补办》）')
  })

  it('knows a question from an emergency', () => {
    expect(mayPropose(suggestion('emergency') as never)).toBe(false)
    expect(isQuestion(suggestion('non_emergency', 'Q0104') as never)).toBe(true)
    expect(isQuestion(suggestion('non_emergency', 'C0101') as never)).toBe(false)
    expect(isQuestion(null)).toBe(false)
  })
})

describe('advice', () => {
  it('is that of the likeliest category where none is sure, and says so', () => {
    const doubtful = (p: number) =>
      ({
        ...suggestion('emergency'),
        alternatives: [{ name: '住宅火灾', p, code: 'E0101' }],
      }) as never
    expect(adviceFor(doubtful(0.55))).toEqual({ code: 'E0101', guessed: true })
    expect(adviceFor(doubtful(0.2))).toEqual({ code: '', guessed: false })
    expect(adviceFor(suggestion('non_emergency', 'Q0104') as never)).toEqual({
      code: 'Q0104',
      guessed: false,
    })
    expect(adviceFor(null)).toEqual({ code: '', guessed: false })
  })
})

describe('answers', () => {
  it('are proposed for a question by themselves, and close its order when read out', async () => {
    answers = (path) => (path.endsWith('/search') ? { good: true, hits: [CARD] } : [])
    await callWith('身份证丢了怎么补办', 'non_emergency', 'Q0104')
    expect(guide.tab.value).toBe('knowledge')
    expect(guide.articles.value.map((one) => one.title)).toEqual(['身份证补办'])
    answers = () => ({ ...make.order({ status: 'closed', version: 2 }) })
    await guide.answered(CARD)
    const sent = asked.at(-1)
    expect(sent?.path).toBe(`/api/orders/${make.ORDER}/answer`)
    expect(sent?.body).toEqual({ answer: answerText(CARD), version: 1 })
    expect(guide.isDraft.value).toBe(false)
  })

  it('are not looked up in an emergency, and never turn the tab that the seat chose', async () => {
    answers = (path) => (path.endsWith('/search') ? { good: true, hits: [CARD] } : [])
    await callWith('着火了快来人', 'emergency')
    expect(asked.some((one) => one.path.endsWith('/search'))).toBe(false)
    guide.choose('advice')
    useCallStore().onSuggestion(make.CALL, suggestion('non_emergency', 'Q0104') as never)
    useCallStore().onUtterance(make.CALL, make.utterance(1, '身份证丢了'))
    await vi.advanceTimersByTimeAsync(800)
    expect(guide.proposed.value).toHaveLength(1)
    expect(guide.tab.value).toBe('advice')
  })

  it('that do not fit are not proposed', async () => {
    answers = (path) => (path.endsWith('/search') ? { good: false, hits: [CARD] } : [])
    await callWith('今天天气怎么样', 'non_emergency', 'Q0110')
    expect(guide.articles.value).toEqual([])
  })

  it('of an earlier search do not overtake those of the later one', async () => {
    const knowledge = useKnowledgeStore()
    const waiting: ((value: unknown) => void)[] = []
    vi.stubGlobal(
      'fetch',
      () =>
        new Promise((done) => {
          waiting.push((hits) => {
            done(new Response(JSON.stringify({ good: true, hits })))
          })
        }),
    )
    knowledge.query = '身份'
    const first = knowledge.search()
    knowledge.query = '身份证'
    const second = knowledge.search()
    waiting[1]?.([CARD])
    await second
    waiting[0]?.([])
    await first
    expect(knowledge.shownFor(null)).toEqual([CARD])
  })

  it('that are missing are told with the words of the call', async () => {
    await callWith('养蜂补贴怎么领', 'non_emergency')
    await guide.missing()
    const sent = asked.find((one) => one.path === '/api/knowledge/gaps')
    expect(sent?.body).toEqual({ text: '养蜂补贴怎么领', call_id: make.CALL })
  })
})

describe('the same matter', () => {
  it('is offered for a draft with a place, merged by one key and taken out again', async () => {
    answers = (path) => (path.endsWith('/same') ? [OFFER] : { good: false, hits: [] })
    await callWith('水管爆了', 'non_emergency', 'C0101')
    expect(guide.offers.value.map((one) => one.number)).toEqual([OFFER.number])
    const merged = make.order({
      status: 'merged',
      version: 2,
      merged_into: { id: 'o1', number: OFFER.number },
    })
    answers = () => merged
    await guide.mergeFirst()
    expect(asked.at(-1)?.body).toEqual({ into_id: 'o1', version: 1 })
    expect(useOrderStore().order?.merged_into?.number).toBe(OFFER.number)
    expect(guide.offers.value).toEqual([])
    await guide.mergeFirst() // nothing left to merge into
    answers = () => make.order({ version: 3 })
    await guide.split()
    expect(asked.at(-1)?.path).toBe(`/api/orders/${make.ORDER}/split`)
    expect(useOrderStore().order?.status).toBe('draft')
  })

  it('is not asked for without a place', async () => {
    const order = make.order({ fields: make.fields({ summary: '水管爆了' }) })
    useOrderStore().take(order)
    useCallStore().takeLive({
      call: make.call(),
      utterances: [],
      partials: [],
      suggestion: null,
      order,
    })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(asked).toEqual([])
  })
})
