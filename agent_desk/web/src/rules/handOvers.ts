/** Handing a call to somebody else: whom it may go to, and what can be done while it does. */
import type {
  AskHandOver,
  HandOverInfo,
  HandOverKind,
  HandOverSeat,
  HandOverTargets,
  QueueInfo,
} from '@/api/types'
import { t } from '@/locales'

export interface QueueTarget {
  code: string
  name: string
  ready: number
}

/** The queues a call may go to, its own last: that only puts it in line again. */
export function queueTargets(
  queues: QueueInfo[],
  targets: HandOverTargets,
  own: string,
): QueueTarget[] {
  return queues
    .map(({ code, name }) => ({ code, name, ready: targets.ready_by_queue[code] ?? 0 }))
    .sort((one, other) => Number(one.code === own) - Number(other.code === own))
}

/** Seats by how soon they could take it: those ready first, then by name. */
export function seatTargets(targets: HandOverTargets): HandOverSeat[] {
  const ready = (seat: HandOverSeat) => (seat.status === 'ready' ? 0 : 1)
  return [...targets.seats].sort(
    (one, other) =>
      ready(one) - ready(other) || one.seat_name.localeCompare(other.seat_name, 'zh-CN'),
  )
}

/** Why a queue cannot be asked in this way now; empty where it can. */
export function queueRefusal(target: QueueTarget, kind: HandOverKind): string {
  if (kind === 'blind' || target.ready > 0) return ''
  return t('没有空闲座席，可改为直接转接排队')
}

/** Why a seat cannot be asked now; empty where it can. */
export function seatRefusal(seat: HandOverSeat, word: string): string {
  return seat.status === 'ready' ? '' : t('当前{word}', { word })
}

const NUMBER = /^\+?[0-9]{3,20}$/

/** A typed number as it is dialled, without the blanks and dashes that people write. */
export function dialable(typed: string): string | null {
  const number = typed.replace(/[\s\-()（）]/gu, '')
  return NUMBER.test(number) ? number : null
}

export function ask(
  kind: HandOverKind,
  target: Partial<Pick<AskHandOver, 'queue_code' | 'seat_code' | 'number'>>,
): AskHandOver {
  return { kind, queue_code: null, seat_code: null, number: null, ...target }
}

export function isUnderWay(handOver: HandOverInfo): boolean {
  return handOver.status === 'offered' || handOver.status === 'joined'
}

/** What the first receiver may do now. `callerWaits`: the caller hears music meanwhile. */
export function mayDo(handOver: HandOverInfo, callerWaits: boolean) {
  const mine = handOver.mine && isUnderWay(handOver)
  const joined = mine && handOver.status === 'joined'
  return {
    join: joined && callerWaits,
    complete: joined,
    keep: mine && !(handOver.kind === 'blind' && handOver.status === 'offered'),
  }
}

/** What is going on, as a sentence; `since` is from when it goes on. */
export function progress(
  handOver: HandOverInfo,
  callerWaits: boolean,
): { word: string; since: string } {
  const since = handOver.joined_at ?? handOver.started_at
  if (handOver.status === 'offered') {
    if (handOver.kind === 'blind') return { word: t('已转出，等待接听'), since }
    return { word: t('等待对方接听'), since }
  }
  if (callerWaits) return { word: t('正在咨询，来电人听音乐等候'), since }
  return { word: t('三方通话中'), since }
}

/** What is told once it is over without the other party having taken the call. */
export function keptWords(handOver: HandOverInfo): string {
  return handOver.joined_at
    ? t('{to_name}已退出，通话仍由您负责。', { to_name: handOver.to_name })
    : t('{to_name}未接听，通话仍由您负责。', { to_name: handOver.to_name })
}
