import { beforeEach, describe, expect, it } from 'vitest'
import type { AlarmInfo, ReportTable } from '@/api/types'
import { i18n } from '@/locales'
import { alarmSpan, alarmText, span } from '@/rules/alarms'
import { drawing, duration, period, periodFault, shown, sorted } from '@/rules/reports'

beforeEach(() => {
  i18n.global.locale.value = 'zh'
})

describe('periods', () => {
  it('are days of the centre, weeks from Monday on', () => {
    expect(period('today', '2026-03-01')).toEqual({ from: '2026-03-01', to: '2026-03-01' })
    expect(period('yesterday', '2026-03-01')).toEqual({ from: '2026-02-28', to: '2026-02-28' })
    expect(period('week', '2026-03-01')).toEqual({ from: '2026-02-23', to: '2026-03-01' }) // a Sunday
    expect(period('week', '2026-03-02')).toEqual({ from: '2026-03-02', to: '2026-03-02' })
    expect(period('month', '2026-03-31')).toEqual({ from: '2026-03-01', to: '2026-03-31' })
  })

  it('say what is wrong with them', () => {
    expect(periodFault({ from: '', to: '2026-03-01' })).toContain('请选择')
    expect(periodFault({ from: '2026-03-02', to: '2026-03-01' })).toContain('晚于')
    expect(periodFault({ from: '2025-03-01', to: '2026-03-01' })).toBe('')
    expect(periodFault({ from: '2025-02-28', to: '2026-03-01' })).toContain('一年')
  })
})

describe('cells', () => {
  it('are written by what they are', () => {
    expect(shown(null, 'seconds')).toBe('–')
    expect(shown(0.8333, 'share')).toBe('83.3%')
    expect(shown(12345, 'count')).toBe('12,345')
    expect([duration(45), duration(100), duration(3734)]).toEqual(['0:45', '1:40', '1:02:14'])
  })

  it('are sorted with what is missing last either way', () => {
    const rows = [
      ['a', null],
      ['b', 2],
      ['c', 10],
    ]
    expect(sorted(rows, 1, true).map(([name]) => name)).toEqual(['c', 'b', 'a'])
    expect(sorted(rows, 1, false).map(([name]) => name)).toEqual(['b', 'c', 'a'])
  })
})

function table(
  report: ReportTable['report'],
  step: string,
  keys: string[],
  rows: ReportTable['rows'],
) {
  return {
    report,
    step,
    by: keys[step === 'all' ? 0 : 1],
    columns: keys.map((key) => ({ key, name: key, kind: 'count' })),
    rows,
  } as ReportTable
}

describe('drawings', () => {
  it('show every half hour, both queues together, a line of service per queue', () => {
    const keys = ['time', 'queue', 'answered', 'abandoned', 'service_level']
    const found = drawing(
      table('answers', 'half_hour', keys, [
        ['08:00-08:30', '110', 3, 1, 0.75],
        ['08:00-08:30', '96345', 2, 0, null],
      ]),
    )
    expect(found?.names).toHaveLength(48)
    expect(found?.names[16]).toBe('08:00')
    expect(found?.series.map((one) => [one.name, one.values[16], one.values[17]])).toEqual([
      ['接听数', 5, 0],
      ['放弃数', 1, 0],
      ['110 服务水平', 0.75, null],
      ['96345 服务水平', null, null],
    ])
  })

  it('put small categories together', () => {
    const rows = Array.from({ length: 10 }, (_, n) => ['2026-03-01', `类${String(n)}`, 10 - n, 0])
    const found = drawing(table('matters', 'day', ['time', 'category', 'calls', 'orders'], rows))
    expect(found?.series.map((one) => one.name).at(-1)).toBe('其余 3 类')
    expect(found?.series.at(-1)?.values).toEqual([3 + 2 + 1])
  })

  it('leave hold out of talk, which holds it', () => {
    const keys = ['person', 'talks', 'talk', 'hold', 'wrap_up']
    const found = drawing(
      table('handles', 'all', keys, [
        ['张', 2, 150, 10, 15],
        ['李', 0, null, null, null],
      ]),
    )
    expect(found?.names).toEqual(['张'])
    expect(found?.series.map((one) => one.values)).toEqual([[140], [10], [15]])
  })

  it('are none of nothing', () => {
    expect(drawing(table('units', 'all', ['unit'], []))).toBeNull()
  })
})

describe('alarms in words', () => {
  const alarm = {
    kind: 'red_lamp',
    name: 'GD1 供水公司',
    value: 1,
    began_at: '2026-03-01T00:00:00Z',
    cleared_at: null,
  }

  it('say what and how long', () => {
    expect(alarmText({ ...alarm } as AlarmInfo)).toBe('GD1 供水公司未接收')
    expect(alarmText({ ...alarm, value: 3 } as AlarmInfo)).toBe('GD1 供水公司 等 3 个单位未接收')
    expect(alarmSpan(alarm as AlarmInfo, Date.parse('2026-03-01T00:07:30Z'))).toBe('7 分钟')
    const over = { ...alarm, cleared_at: '2026-03-01T03:05:00Z' } as AlarmInfo
    expect(alarmSpan(over, Date.parse('2027-01-01T00:00:00Z'))).toBe('3 小时 5 分')
    expect([span(-5), span(45_000), span(90_000_000)]).toEqual(['0 秒', '45 秒', '1 天 1 小时'])
  })
})
