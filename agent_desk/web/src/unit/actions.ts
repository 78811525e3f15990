/** What a unit does with an order on its telephone, kept until the server has it. */
import type { DispatchStatus, Lamp, UnitOrder } from '@/api/types'
import { key } from '@/locales'

export type ActionKind = 'receive' | 'depart' | 'arrive' | 'reject' | 'feedback' | 'message'

export interface KeptPhoto {
  key: string // stands for this photo at the server
  blob: Blob
}

export interface NewAction {
  key: string // the server takes the same key once
  userId: string
  orderId: string
  number: string // the order's, to be named by
  kind: ActionKind
  text: string
  photos: KeptPhoto[]
  doneAt: string
}

export interface Action extends NewAction {
  seq: number // in the order in which they were done
  refused: string // why the server did not take it; empty while it waits
}

export const KIND_WORD: Record<ActionKind, string> = {
  receive: key('接收'),
  depart: key('出发'),
  arrive: key('到场'),
  reject: key('退单'),
  feedback: key('反馈'),
  message: key('留言'),
}

const FROM: Partial<Record<ActionKind, DispatchStatus[]>> = {
  receive: ['sent'],
  depart: ['received'],
  arrive: ['en_route'],
  reject: ['sent', 'received'],
  feedback: ['received', 'en_route', 'on_site'],
}

const TO: Partial<Record<ActionKind, { status: DispatchStatus; lamp: Lamp }>> = {
  receive: { status: 'received', lamp: 'blue' },
  depart: { status: 'en_route', lamp: 'blue' },
  arrive: { status: 'on_site', lamp: 'blue' },
  reject: { status: 'rejected', lamp: 'red' },
  feedback: { status: 'fed_back', lamp: 'green' },
}

/** The order as it will be once the server has taken what waits; what does not fit is left out. */
export function foreseen(order: UnitOrder, waiting: Action[]): UnitOrder {
  let now = order
  for (const action of waiting) {
    const to = TO[action.kind]
    if (!to || !FROM[action.kind]?.includes(now.status)) continue
    now = { ...now, ...to }
    if (action.kind === 'receive') now.received_at = action.doneAt
    if (action.kind === 'reject') now.reject_reason = action.text
    if (action.kind === 'feedback') {
      now.feedback = action.text
      now.fed_back_at = action.doneAt
    }
  }
  return now
}

/** A name for an action or a photo that nothing else has. */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16)) // pages without TLS
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
