import { describe, expect, it } from 'vitest'
import type { BoardIncident, LateDeadline, QueueFloor } from '@/api/types'
import {
  clustered,
  distance,
  incidentMark,
  roomFor,
  sameSpot,
  unitMark,
  type MapMark,
} from '@/rules/map'
import { isPoor, latest, masked, seatCounts, staleSince, totals } from '@/rules/wall'

function incident(values: Partial<BoardIncident> = {}): BoardIncident {
  return {
    order_id: 'a',
    number: '1',
    status: 'dispatched',
    emergency: false,
    level: '二级',
    category_name: '供水管道爆裂',
    address: '南苑小区',
    position: { lon: 119, lat: 27 },
    lamp: 'red',
    late: false,
    created_at: '2026-11-22T03:00:00Z',
    ...values,
  }
}

function mark(id: string, lon: number, values: Partial<BoardIncident> = {}): MapMark {
  const found = incidentMark(incident({ order_id: id, position: { lon, lat: 0 }, ...values }))
  if (!found) throw new Error('no place')
  return found
}

describe('marks', () => {
  it('say what, where, how far, and leave out what has no place', () => {
    expect(incidentMark(incident({ position: null }))).toBeNull()
    const words = mark('a', 1, { emergency: true, level: '一级', late: true }).label
    for (const word of ['紧急', '一级', '供水管道爆裂', '南苑小区', '未接收', '已超时'])
      expect(words).toContain(word)
    expect(mark('a', 1, { lamp: null }).label).toContain('未派单')
  })

  it('of a unit without a place of its own say so', () => {
    const unit = {
      unit_id: 'u',
      name: '供水公司',
      kind: '供水',
      position: { lon: 1, lat: 1 },
      approximate: true,
      metres: 1400,
      status: null,
      lamp: null,
    }
    expect(unitMark(unit, '待派')?.label).toBe('供水公司 · 待派 · 1.4 公里 · 位置为辖区中心')
    expect(unitMark({ ...unit, position: null }, '')).toBeNull()
  })

  it('that lie close together are one, the most urgent first', () => {
    const marks = [
      mark('green', 0, { lamp: 'green' }),
      mark('red', 1, { lamp: 'red' }),
      mark('fire', 2, { lamp: 'blue', emergency: true }),
      mark('far', 500),
    ]
    const groups = clustered(marks, ({ lon, lat }) => ({ x: lon, y: lat }), 40)
    expect(groups.map((one) => one.marks.map(({ id }) => id))).toEqual([
      ['fire', 'red', 'green'],
      ['far'],
    ])
    expect(clustered(marks, ({ lon, lat }) => ({ x: lon, y: lat }), 0)).toHaveLength(4)
  })

  it('keep a thousand incidents few on the screen', () => {
    const many = Array.from({ length: 1000 }, (_, at) => mark(String(at), at % 100))
    const groups = clustered(many, ({ lon }) => ({ x: lon * 8, y: 0 }), 46)
    expect(groups.length).toBeLessThan(20)
    expect(groups.reduce((sum, one) => sum + one.marks.length, 0)).toBe(1000)
  })
})

it('names that would cover one another give way to the larger area', () => {
  const spot = { lon: 0, lat: 0 }
  const kept = roomFor(
    [
      { text: '南苑小区', x: 0, y: 0, rank: 4, spot },
      { text: '松源街道', x: 10, y: 5, rank: 1, spot },
      { text: '竹口镇', x: 300, y: 5, rank: 1, spot },
    ],
    10,
  )
  expect(kept.map(({ text }) => text)).toEqual(['松源街道', '竹口镇'])
})

it('distances and places', () => {
  expect([distance(84), distance(1430), distance(23_400)]).toEqual(['80 米', '1.4 公里', '23 公里'])
  expect(sameSpot({ lon: 1, lat: 2 }, { lon: 1.0000001, lat: 2 })).toBe(true)
  expect(sameSpot({ lon: 1, lat: 2 }, null)).toBe(false)
  expect(sameSpot(null, null)).toBe(true)
})

describe('the wall', () => {
  it('counts seats as free, busy and paused', () => {
    const seats = { ready: 2, on_call: 3, wrap_up: 1, ringing: 1, paused: 4 }
    expect(seatCounts({ seats } as unknown as QueueFloor)).toEqual({ free: 2, busy: 5, paused: 4 })
  })

  it('shows no long numbers', () => {
    expect(masked('石龙街88号王家13800001234')).toBe('石龙街88号王家…')
  })

  it('begins with what is late for longest', () => {
    const late = ['03', '01', '02'].map((at, index) => ({
      due_at: `2026-11-22T${at}:00:00Z`,
      dispatch_order_id: index < 2 ? 'one' : null,
      work_order_id: 'other',
    }))
    const shown = latest(late as LateDeadline[])
    expect(shown.map((one) => one.due_at.slice(11, 13))).toEqual(['01', '02'])
  })

  it('adds up the tiers', () => {
    const tier = { tier: 1, red: 1, blue: 2, green: 3, late: 1 }
    expect(totals([tier, tier])).toEqual({ red: 2, blue: 4, green: 6, late: 2 })
  })

  it('marks a poor service level, not an unknown one', () => {
    expect([isPoor(0.79), isPoor(0.8), isPoor(null), isPoor(undefined)]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('says since when figures are old', () => {
    const now = Date.parse('2026-11-22T03:10:00Z')
    expect(staleSince(null, '2026-11-22T03:09:00Z', now)).toBeNull()
    expect(staleSince(null, '2026-11-22T03:08:00Z', now)).toBe(Date.parse('2026-11-22T03:08:00Z'))
    expect(staleSince(now - 5, '2026-11-22T03:09:59Z', now)).toBe(now - 5)
    expect(staleSince(null, null, now)).toBeNull()
  })
})
