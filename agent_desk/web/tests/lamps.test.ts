import { describe, expect, it } from 'vitest'
import type { DispatchStatus, Lamp } from '@/api/types'
import { lampCounts, lampFace, lampShape, lampSince } from '@/rules/lamps'
import { lineOf, withLine } from '@/rules/orderLines'
import { dispatchOrder, order } from './make'

describe('lamps', () => {
  it.each<[DispatchStatus, Lamp | 'none', string, string]>([
    ['created', 'red', '●', '未发出'],
    ['sent', 'red', '●', '未接收'],
    ['received', 'blue', '◆', '已接收'],
    ['en_route', 'blue', '◆', '已出发'],
    ['on_site', 'blue', '◆', '已到场'],
    ['fed_back', 'green', '✔', '已反馈'],
    ['rejected', 'red', '✖', '退单'],
    ['recalled', 'none', '○', '已撤回'],
  ])('%s is %s %s %s', (status, lamp, shape, word) => {
    expect(lampFace(status)).toEqual({ lamp, shape, word })
  })

  it('differ by shape, not by colour alone', () => {
    expect(new Set((['red', 'blue', 'green'] as const).map(lampShape)).size).toBe(3)
  })

  it('count from the step that lit them', () => {
    const times = { sent_at: 'a', received_at: 'b', fed_back_at: 'c' }
    expect(lampSince({ status: 'sent', ...times })).toBe('a')
    expect(lampSince({ status: 'on_site', ...times })).toBe('b')
    expect(lampSince({ status: 'fed_back', ...times })).toBe('c')
    expect(lampSince({ status: 'recalled', ...times })).toBeNull()
  })
})

describe('the lamps of an order in a list', () => {
  it('are told by colour, the most urgent first, in words and numbers', () => {
    expect(lampCounts(['green', 'red', 'green'])).toEqual([
      { lamp: 'red', word: '未接收', count: 1 },
      { lamp: 'green', word: '已反馈', count: 2 },
    ])
    expect(lampCounts([])).toEqual([])
  })
})

describe('the list of orders', () => {
  it('shows the lamps of an order, recalled ones left out', () => {
    const line = lineOf(
      order({
        dispatch_orders: [
          dispatchOrder({ lamp: 'blue' }),
          dispatchOrder({ lamp: null, status: 'recalled' }),
        ],
      }),
      '水管破裂',
    )
    expect(line.lamps).toEqual(['blue'])
    expect(line.category_name).toBe('水管破裂')
  })

  it('stays newest first and holds each order once', () => {
    const old = lineOf(order({ id: 'old', created_at: '2026-11-22T02:00:00Z' }), '')
    const young = lineOf(order({ id: 'young' }), '')
    let lines = withLine(withLine([], old), young)
    expect(lines.map((line) => line.id)).toEqual(['young', 'old'])
    lines = withLine(lines, { ...old, address: '新地址' })
    expect(lines.map((line) => line.id)).toEqual(['young', 'old'])
    expect(lines[1]?.address).toBe('新地址')
  })
})
