import { describe, expect, it } from 'vitest'
import type { ComparisonInfo, TaxonomyChange } from '@/api/types'
import { change, lines, percent1, points, stability, verdict } from '@/rules/learning'

const NOTHING: ComparisonInfo = {
  compared_with: '2-a',
  cases: 284,
  own_calls: 0,
  verdict: 'no_gain',
  worse_in: [],
  heads: [],
  classes: [],
}

function edited(changes: Partial<TaxonomyChange>): TaxonomyChange {
  return {
    number: 1,
    at: '2026-11-22T01:00:00Z',
    by: '班长',
    action: 'edit',
    code: 'C0101',
    before: { name: '爆管', ask: ['水大吗'], deadlines: { received: 1 } },
    after: { name: '爆管', ask: ['水大吗'], deadlines: { received: 5 } },
    ...changes,
  }
}

describe('learning in words', () => {
  it('says why a model is not offered', () => {
    expect(verdict({ ...NOTHING, verdict: 'better' })).toContain('可以启用')
    expect(verdict({ ...NOTHING, verdict: 'worse', worse_in: ['lead', 'level'] })).toBe(
      '不提供启用：主责单位、等级变差',
    )
    expect(verdict(NOTHING)).toContain('没有进步')
  })

  it('names what an edit touched', () => {
    expect(change(edited({}))).toBe('修改 C0101 爆管：时限')
    expect(change(edited({ action: 'retire', after: {} }))).toBe('停用 C0101 爆管')
    expect(change(edited({ action: 'roll_back', code: '', after: { number: 0 } }))).toBe(
      '退回到出厂类目',
    )
  })

  it('writes shares and points', () => {
    expect([percent1(0.927), percent1(null), points(0.012), points(-0.5)]).toEqual([
      '92.7%',
      '–',
      '+1.2',
      '-50.0',
    ])
    expect([stability(null), stability(0.05), stability(0.2), stability(0.3)]).toEqual([
      '来电不足 200',
      '平稳',
      '略有变化',
      '明显变化',
    ])
    expect(lines(' 一 \n\n二')).toEqual(['一', '二'])
  })
})
