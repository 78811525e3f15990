/** Callers who must be called back: their order and their words. */
import type { CallBackInfo, CallBackKind } from '@/api/types'
import { spoken } from '@/locales'

export const CALL_BACK_KIND: Record<CallBackKind, string> = spoken({
  cut_off: '报警中断',
  missed: '未接来电',
  message: '留言',
  place: '保留排队',
})

export const CALL_BACK_STATUS: Record<CallBackInfo['status'], string> = spoken({
  open: '待回电',
  calling: '回拨中',
  done: '已回电',
  closed: '已关闭',
})

/** Reasons that close an entry with one press. */
export const CLOSE_REASONS = spoken(['误拨', '多次回拨无人接听', '号码无法接通', '已另行处理'])

export function isOpen(entry: CallBackInfo): boolean {
  return entry.status === 'open' || entry.status === 'calling'
}

const URGENCY: Record<CallBackKind, number> = { cut_off: 0, message: 1, missed: 1, place: 1 }

/** Those that wait first, broken-off emergencies ahead, then oldest first; then the newest over. */
export function inOrder(entries: CallBackInfo[]): CallBackInfo[] {
  const at = (entry: CallBackInfo) => Date.parse(entry.created_at)
  return [...entries].sort((one, other) => {
    if (isOpen(one) !== isOpen(other)) return isOpen(one) ? -1 : 1
    if (!isOpen(one)) return at(other) - at(one)
    return URGENCY[one.kind] - URGENCY[other.kind] || at(one) - at(other)
  })
}
