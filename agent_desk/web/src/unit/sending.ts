/** An action as requests to the server. */
import { request } from '@/api/client'
import type { PhotoInfo, Talk, UnitOrder } from '@/api/types'
import type { Action, KeptPhoto } from './actions'

/** What came back: the order as it is, or what was written about it. */
export type Taken = { order: UnitOrder } | { talk: Talk }

/** Gives an action to the server, its photos first; rejects with `Refused`. */
export async function sendAction(action: Action): Promise<Taken> {
  const path = `/api/unit/orders/${action.orderId}`
  const once = { 'Idempotency-Key': action.key, 'X-Done-At': action.doneAt }
  switch (action.kind) {
    case 'message':
      return {
        talk: await request<Talk>('POST', `${path}/messages`, { text: action.text }, once),
      }
    case 'reject':
      return {
        order: await request<UnitOrder>('POST', `${path}/reject`, { reason: action.text }, once),
      }
    case 'feedback': {
      const photoIds: string[] = []
      for (const photo of action.photos) photoIds.push(await sendPhoto(action.orderId, photo))
      const body = { text: action.text, photo_ids: photoIds }
      return { order: await request<UnitOrder>('POST', `${path}/feedback`, body, once) }
    }
    default:
      return { order: await request<UnitOrder>('POST', `${path}/${action.kind}`, undefined, once) }
  }
}

async function sendPhoto(orderId: string, photo: KeptPhoto): Promise<string> {
  const headers = { 'Idempotency-Key': photo.key, 'Content-Type': photo.blob.type }
  const path = `/api/unit/photos?dispatch_id=${orderId}`
  return (await request<PhotoInfo>('POST', path, photo.blob, headers)).id
}
