import { describe, expect, it } from 'vitest'
import type { DeadlineInfo, DeliveryInfo } from '@/api/types'
import {
  deliveryShape,
  deliveryWords,
  newestByChannel,
  share,
  span,
  urgency,
} from '@/rules/deadlines'

const START = Date.parse('2026-11-22T08:00:00Z')

function deadline(changed: Partial<DeadlineInfo> = {}): DeadlineInfo {
  return {
    kind: 'received',
    name: '接收',
    started_at: '2026-11-22T08:00:00Z',
    due_at: '2026-11-22T08:02:00Z',
    limit_seconds: 120,
    office: false,
    paused: false,
    reminded: false,
    late: false,
    stopped_at: null,
    escalated: [],
    ...changed,
  }
}

function delivery(changed: Partial<DeliveryInfo> = {}): DeliveryInfo {
  return {
    channel: 'sms',
    channel_name: '短信',
    purpose: 'order',
    status: 'sent',
    status_name: '已发送',
    at: '2026-11-22T08:00:01Z',
    tries: 1,
    error: '',
    ...changed,
  }
}

describe('a deadline', () => {
  it('is calm, near once reminded, late past its moment though nobody said so yet', () => {
    expect(urgency(deadline(), START)).toBe('calm')
    expect(urgency(deadline({ reminded: true }), START + 90_000)).toBe('soon')
    expect(urgency(deadline(), START + 120_000)).toBe('late')
    expect(urgency(deadline({ late: true }), START)).toBe('late')
  })

  it('stands while the order rests, whatever the clock says', () => {
    expect(urgency(deadline({ paused: true }), START + 999_000)).toBe('standing')
  })

  it('fills its bar and no more', () => {
    expect(share(deadline(), START + 60_000)).toBe(0.5)
    expect(share(deadline(), START - 5_000)).toBe(0)
    expect(share(deadline(), START + 500_000)).toBe(1)
    expect(share(deadline({ due_at: '2026-11-22T08:00:00Z' }), START)).toBe(1)
  })

  it('writes lengths of time', () => {
    expect(span(30)).toBe('00:30')
    expect(span(7200)).toBe('2:00:00')
    expect(span(-3)).toBe('00:00')
  })
})

describe('deliveries', () => {
  it('show per channel what became of the order, not of a later reminder', () => {
    const order = delivery({ status: 'failed' })
    const reminder = delivery({ purpose: 'reminder', status: 'delivered' })
    const again = delivery({ status: 'delivered' })
    expect(newestByChannel([order, reminder])).toEqual([order])
    expect(newestByChannel([order, again, delivery({ channel: 'web' })])).toHaveLength(2)
    expect(newestByChannel([order, again])).toEqual([again])
  })

  it('have a shape and all words', () => {
    expect(deliveryShape(delivery({ status: 'delivered' }))).toBe('✔')
    expect(deliveryShape(delivery({ status: 'failed' }))).toBe('✖')
    expect(deliveryShape(delivery())).toBe('…')
    expect(deliveryShape(delivery({ status: 'cancelled' }))).toBe('○')
    const failed = delivery({ status_name: '未送达', tries: 3, error: '邮箱地址不对' })
    expect(deliveryWords(failed, '08:00')).toBe('短信 未送达，第 3 次 08:00：邮箱地址不对')
  })
})
