/** The list of orders, kept up to date from orders that changed. */
import type { Lamp, OrderInfo, OrderLine } from '@/api/types'

export function lineOf(order: OrderInfo, categoryName: string): OrderLine {
  return {
    id: order.id,
    number: order.number,
    status: order.status,
    queue_code: order.queue_code,
    emergency: order.fields.emergency,
    category_name: categoryName,
    address: order.fields.address,
    created_at: order.created_at,
    lamps: order.dispatch_orders
      .map((dispatch) => dispatch.lamp)
      .filter((lamp): lamp is Lamp => lamp !== null),
  }
}

const MOST_LINES = 200

/** The list with `line` in it, newest first, at most `MOST_LINES`. */
export function withLine(lines: OrderLine[], line: OrderLine): OrderLine[] {
  const others = lines.filter((other) => other.id !== line.id)
  const place = others.findIndex(
    (other) => Date.parse(other.created_at) < Date.parse(line.created_at),
  )
  others.splice(place < 0 ? others.length : place, 0, line)
  return others.slice(0, MOST_LINES)
}
