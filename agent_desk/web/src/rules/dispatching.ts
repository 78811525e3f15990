/** What a seat may do with an order and with each unit's share of it. */
import type { DispatchInfo, OrderInfo } from '@/api/types'
import { spoken, t } from '@/locales'

export type UnitAct = 'recall' | 'reroute' | 'redo' | 'rate'
export type OrderAct =
  'offer' | 'suspend' | 'resume' | 'reopen' | 'handOver' | 'pass' | 'takeBack' | 'report' | 'steps'

export interface Choice<T extends string> {
  act: T
  word: string
}

const WITH_UNIT = ['sent', 'received', 'en_route']

/** What can be done about a unit that has the order, or had it. */
export function unitActs(order: OrderInfo, item: DispatchInfo): Choice<UnitAct>[] {
  const acts: Choice<UnitAct>[] = []
  const going = ['dispatched', 'suspended'].includes(order.status)
  const open = going || order.status === 'awaiting_check'
  if (going && WITH_UNIT.includes(item.status)) acts.push({ act: 'recall', word: t('撤回') })
  if (open && (WITH_UNIT.includes(item.status) || item.status === 'rejected')) {
    acts.push({ act: 'reroute', word: t('改派其他单位') })
  }
  if (open && item.status === 'fed_back') {
    acts.push({ act: 'redo', word: t('退回重办') })
    if (order.matter === 'service') acts.push({ act: 'rate', word: t('记录评分') })
  }
  return acts
}

/** What can be done about the order as a whole. */
export function orderActs(order: OrderInfo): Choice<OrderAct>[] {
  const acts: Choice<OrderAct>[] = []
  const { status } = order
  const over = ['closed', 'cancelled', 'merged'].includes(status)
  const offered = order.dispatch_orders.some(
    (one) => one.offer && !['rejected', 'recalled'].includes(one.status),
  )
  if (order.matter === 'service' && !over && !offered) {
    acts.push({ act: 'offer', word: t('向加盟企业派单') })
  }
  if (status === 'dispatched') acts.push({ act: 'suspend', word: t('挂起') })
  if (status === 'suspended') acts.push({ act: 'resume', word: t('恢复办理') })
  if (status === 'closed') acts.push({ act: 'reopen', word: t('重新办理') })
  if (!over) {
    acts.push({ act: 'handOver', word: t('移交责任人') })
    acts.push({ act: 'pass', word: t('下派或收回') })
    acts.push({ act: 'report', word: t('上报上级中心') })
  }
  acts.push({ act: 'steps', word: t('办理经过') })
  return acts
}

/** Whether whoever closes the order has to say first what the citizen thinks of the result. */
export function asksOpinion(order: OrderInfo): boolean {
  const rated = order.dispatch_orders
    .filter((one) => one.status === 'fed_back')
    .every((one) => one.rating !== null)
  if (order.review === 'unsatisfied' || order.review === 'no_answer') return true
  return order.check === 'review_call' && order.review === '' && !rated
}

export const REVIEW: Record<string, string> = spoken({
  '': '',
  satisfied: '来电人满意',
  unsatisfied: '来电人不满意',
  no_answer: '回访未接通',
})
