/** How a lamp looks: colour, shape and word together. */
import type { DispatchStatus, Lamp } from '@/api/types'
import { spoken } from '@/locales'

export interface LampFace {
  lamp: Lamp | 'none'
  shape: string
  word: string
}

const FACES: Record<DispatchStatus, LampFace> = spoken({
  created: { lamp: 'red', shape: '●', word: '未发出' },
  sent: { lamp: 'red', shape: '●', word: '未接收' },
  received: { lamp: 'blue', shape: '◆', word: '已接收' },
  en_route: { lamp: 'blue', shape: '◆', word: '已出发' },
  on_site: { lamp: 'blue', shape: '◆', word: '已到场' },
  fed_back: { lamp: 'green', shape: '✔', word: '已反馈' },
  rejected: { lamp: 'red', shape: '✖', word: '退单' },
  recalled: { lamp: 'none', shape: '○', word: '已撤回' },
})

const SHAPES: Record<Lamp, string> = { red: '●', blue: '◆', green: '✔' }

const WORDS: Record<Lamp, string> = spoken({ red: '未接收', blue: '已接收', green: '已反馈' })

export function lampFace(status: DispatchStatus): LampFace {
  return FACES[status]
}

export function lampShape(lamp: Lamp): string {
  return SHAPES[lamp]
}

/** What a colour says where the unit's exact step is not known. */
export function lampWord(lamp: Lamp): string {
  return WORDS[lamp]
}

/** The colours among `lamps`, the most urgent first, with the word and how many there are. */
export function lampCounts(lamps: Lamp[]): { lamp: Lamp; word: string; count: number }[] {
  const colours = Object.keys(WORDS) as Lamp[]
  return colours
    .map((lamp) => ({
      lamp,
      word: WORDS[lamp],
      count: lamps.filter((other) => other === lamp).length,
    }))
    .filter((one) => one.count > 0)
}

/** Whether a unit can be sent the order: it never was (`null`), gave it back, or lost it. */
export function isChoosable(status: DispatchStatus | null): boolean {
  return status === null || status === 'rejected' || status === 'recalled'
}

/** The moment from which a lamp's shown time counts; `null` where it no longer runs. */
export function lampSince(order: {
  status: DispatchStatus
  sent_at: string | null
  received_at: string | null
  fed_back_at: string | null
}): string | null {
  if (order.status === 'fed_back') return order.fed_back_at
  if (order.status === 'recalled') return null
  if (order.status === 'sent' || order.status === 'created') return order.sent_at
  if (order.status === 'rejected') return order.sent_at
  return order.received_at ?? order.sent_at
}
