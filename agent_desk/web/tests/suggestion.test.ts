/** What the seat sees of running suggestions that were recorded from real ones. */
import { createApp, h, nextTick, shallowRef } from 'vue'
import { describe, expect, it } from 'vitest'
import type { CategoryInfo, SuggestionInfo } from '@/api/types'
import SuggestionPane from '@/components/seat/SuggestionPane.vue'
import { pieces } from '@/rules/marks'
import recorded from './data/suggestions.json'

interface Seen {
  words: string
  final: boolean
  suggestion: SuggestionInfo
}
const WATER: CategoryInfo = {
  code: 'C0101',
  name: '供水管道爆裂',
  group: '供水',
  emergency: false,
  level: '三级',
  units: ['供水'],
  ask: [],
  advise: [],
}

/** Mounts the pane; gives what it shows after each suggestion. */
function pane() {
  const suggestion = shallowRef<SuggestionInfo | null>(null)
  const box = document.createElement('div')
  const app = createApp(() =>
    h(SuggestionPane, {
      suggestion: suggestion.value,
      available: true,
      categories: new Map([[WATER.code, WATER]]),
    }),
  )
  app.mount(box)
  const text = (id: string) =>
    box.querySelector(`[data-testid="${id}"]`)?.textContent.replace(/\s+/gu, ' ').trim() ?? ''
  return {
    text,
    async show(next: SuggestionInfo) {
      suggestion.value = next
      await nextTick()
    },
    end: () => {
      app.unmount()
    },
  }
}

/** Neighbours that are equal are one. */
function changes(values: string[]): string[] {
  return values.filter((value, at) => value !== values[at - 1])
}

describe('the suggestion pane', () => {
  for (const call of recorded as unknown as { said: string[]; seen: Seen[] }[]) {
    it(`does not flicker while 「${call.said.join('，')}」 is spoken`, async () => {
      const shown = pane()
      const labels: string[] = []
      const categories: string[] = []
      for (const one of call.seen) {
        await shown.show(one.suggestion)
        labels.push(shown.text('suggestion-emergency').replace(/[\d%\s]/gu, ''))
        const named = one.suggestion.category?.name
        categories.push(named && shown.text('suggestion-category').includes(named) ? named : '')
      }
      shown.end()
      const named = changes(categories.filter((name) => name !== ''))
      expect(named.length).toBeLessThanOrEqual(1)
      // Once named, a category is not unsaid and said again.
      expect(changes(categories).filter((name) => name === '').length).toBeLessThanOrEqual(1)
      expect(changes(labels).length).toBeLessThanOrEqual(4)
      expect(new Set(changes(labels)).size).toBe(changes(labels).length)
    })
  }

  it('names the group, says what is certain and how bad it is', async () => {
    const calls = recorded as unknown as { seen: Seen[] }[]
    const last = calls[0]?.seen.at(-1)?.suggestion
    if (!last) throw new Error('nothing was recorded')
    const shown = pane()
    await shown.show({ ...last, sure: true })
    expect(shown.text('suggestion-category')).toContain('供水 ·供水管道爆裂')
    expect(shown.text('suggestion-sure')).toBe('✓ 已确定')
    expect(shown.text('suggestion-units')).toContain('供水')
    shown.end()
  })

  it('names the best two where it is not sure', async () => {
    const shown = pane()
    await shown.show({
      emergency: { label: 'unsure', p: 0.3 },
      level: '',
      category: null,
      alternatives: [
        { name: '停水与水压', p: 0.4, code: 'C0102' },
        { name: '供水管道爆裂', p: 0.35, code: 'C0101' },
        { name: '水质异常', p: 0.1, code: 'C0103' },
      ],
      units: [],
      abstain: true,
      sure: false,
      reasons: [],
      slots: {} as SuggestionInfo['slots'],
      model_version: 't',
    })
    expect(shown.text('suggestion-category')).toBe('拿不准：停水与水压 40%或供水管道爆裂 35%')
    shown.end()
  })
})

describe('reasons', () => {
  it('are marked in the text, overlapping ones as one', () => {
    const marked = (text: string, words: string[]) =>
      pieces(text, words)
        .map((piece) => (piece.mark ? `[${piece.text}]` : piece.text))
        .join('')
    expect(marked('楼下自来水管破裂了', ['自来水管', '水管破裂'])).toBe('楼下[自来水管破裂]了')
    expect(marked('水水水', ['水'])).toBe('[水水水]')
    expect(marked('没有', ['水管', ''])).toBe('没有')
    expect(marked('', ['水'])).toBe('')
  })
})
