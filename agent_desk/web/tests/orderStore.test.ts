import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FormFields, OrderInfo } from '@/api/types'
import { shown } from '@/rules/orderForm'
import { useCallStore } from '@/stores/call'
import { useOrderStore } from '@/stores/order'
import { useSessionStore } from '@/stores/session'
import { dispatchOrder, fields, machine, ORDER, order, person } from './make'

/** A server with one order, answering the routes the store uses. */
class Server {
  order: OrderInfo = order()
  patches: Record<string, unknown>[] = []
  down = false
  deaf = false // answers no GET
  expired = false // nobody is signed in any more
  refuse = ''
  most = 0 // requests under way at once
  private under = 0

  readonly fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    this.under += 1
    this.most = Math.max(this.most, this.under)
    try {
      return await this.handle(path, init)
    } finally {
      this.under -= 1
    }
  }

  private handle(path: string, init?: RequestInit): Promise<Response> {
    const lost = this.down || (this.deaf && init?.method === 'GET')
    if (lost) return Promise.reject(new TypeError('no network'))
    if (this.expired) return this.answer(401, { code: 'not_signed_in', message: '请先登录。' })
    const body = JSON.parse(String(init?.body ?? '{}')) as {
      version: number
      fields: Partial<FormFields>
    }
    if (init?.method === 'GET') return this.answer(200, this.workspace())
    if (this.refuse) return this.answer(422, { code: 'invalid_input', message: this.refuse })
    const unseen = Object.keys(init?.method === 'PATCH' ? body.fields : this.order.field_states)
    if (unseen.some((field) => this.isUnseen(field, body.version))) {
      return this.answer(409, { code: 'conflict', message: '已被修改' })
    }
    if (init?.method === 'PATCH') {
      this.patches.push(body.fields)
      this.store(body.fields)
    } else if (path.endsWith('/send')) {
      this.order = { ...this.order, status: 'dispatched', version: this.order.version + 1 }
    }
    return this.answer(200, this.order)
  }

  private isUnseen(field: string, version: number): boolean {
    const state = this.order.field_states[field]
    return state?.by === '李四' && state.changed_version > version
  }

  store(values: Partial<FormFields>, by = person()): void {
    by.changed_version = this.order.version + 1
    const states = Object.fromEntries(Object.keys(values).map((field) => [field, by]))
    this.order = {
      ...this.order,
      version: this.order.version + 1,
      fields: { ...this.order.fields, ...values },
      field_states: { ...this.order.field_states, ...states },
    }
  }

  workspace() {
    return { call: null, utterances: [], partials: [], suggestion: null, order: this.order }
  }

  private answer(status: number, body: unknown): Promise<Response> {
    return Promise.resolve(new Response(JSON.stringify(body), { status }))
  }
}

let server: Server

function page() {
  setActivePinia(createPinia())
  useSessionStore().become({
    user_id: 'u1',
    username: 'a',
    display_name: '张敏',
    role: 'seat',
    unit_id: null,
    unit_name: '',
    csrf_token: 'x',
    must_change_password: false,
  })
  const store = useOrderStore()
  store.take(server.order)
  useCallStore().open(server.workspace())
  return store
}

const addressOf = (store: ReturnType<typeof page>) =>
  store.form ? shown(store.form, 'address') : null

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  server = new Server()
  vi.stubGlobal('fetch', server.fetch)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('saving the order', () => {
  it('sends one request for a burst of typing, with the last value', async () => {
    const store = page()
    for (const text of ['南', '南苑', '南苑小区']) {
      store.edit('address', text)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(server.patches).toEqual([])
    await vi.advanceTimersByTimeAsync(400)
    expect(server.patches).toEqual([{ address: '南苑小区' }])
    expect(store.saving).toBe('saved')
  })

  it('stores while the machine fills other fields', async () => {
    const store = page()
    store.edit('address', '北苑')
    server.store({ level: '三级' }, machine())
    await vi.advanceTimersByTimeAsync(500)
    expect(server.order.fields).toEqual(fields({ address: '北苑', level: '三级' }))
    expect(store.order?.fields.level).toBe('三级')
    expect(store.saving).toBe('saved')
  })

  it('shows what another person wrote into the same field, and lets the seat choose', async () => {
    const store = page()
    store.edit('address', '北苑')
    store.edit('level', '三级')
    server.store({ address: '南苑' }, person('李四'))
    await vi.advanceTimersByTimeAsync(500)
    expect(server.order.fields).toEqual(fields({ address: '南苑', level: '三级' }))
    expect(addressOf(store)).toBe('北苑')
    expect(store.form?.clashes).toEqual({ address: { by: '李四', value: '南苑' } })
    await expect(store.send(ORDER, ['unit-1'])).rejects.toThrow('请先选择')

    store.settle('address', 'mine')
    await vi.advanceTimersByTimeAsync(500)
    expect(server.order.fields.address).toBe('北苑')
    expect(store.saving).toBe('saved')
  })

  it("can take the other person's words", async () => {
    const store = page()
    store.edit('address', '北苑')
    server.store({ address: '南苑' }, person('李四'))
    await vi.advanceTimersByTimeAsync(500)
    store.settle('address', 'theirs')
    await vi.advanceTimersByTimeAsync(500)
    expect(addressOf(store)).toBe('南苑')
    expect(server.order.fields.address).toBe('南苑')
  })

  it('keeps the draft while the server is away, and stores it when it is back', async () => {
    const store = page()
    server.down = true
    store.edit('address', '北苑3栋')
    await vi.advanceTimersByTimeAsync(500)
    expect(store.saving).toBe('refused')
    expect(addressOf(store)).toBe('北苑3栋')
    server.down = false
    await vi.advanceTimersByTimeAsync(3000)
    expect(server.order.fields.address).toBe('北苑3栋')
    expect(store.saving).toBe('saved')
  })

  it('brings a draft back after a reload and stores it', async () => {
    const before = page()
    server.down = true
    before.edit('address', '北苑3栋')
    await vi.advanceTimersByTimeAsync(500)

    server.down = false
    vi.clearAllTimers()
    const after = page()
    expect(addressOf(after)).toBe('北苑3栋')
    await vi.advanceTimersByTimeAsync(500)
    expect(server.order.fields.address).toBe('北苑3栋')
    expect(Object.keys(localStorage)).toEqual([])
  })

  it('stores what an expired session left on the page, once somebody signed in again', async () => {
    const store = page()
    server.expired = true
    store.edit('address', '北苑3栋')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(store.saving).toBe('refused')
    server.expired = false
    await store.savePending()
    await vi.advanceTimersByTimeAsync(0)
    expect(server.order.fields.address).toBe('北苑3栋')
    expect(store.saving).toBe('saved')
  })

  it('never has two requests for one order under way', async () => {
    const store = page()
    store.edit('address', '北苑')
    const first = store.save(ORDER)
    await Promise.resolve()
    await Promise.resolve() // the first one has left
    store.edit('address', '北苑3栋')
    await Promise.all([first, store.save(ORDER), store.save(ORDER)])
    expect(server.patches.at(-1)).toEqual({ address: '北苑3栋' })
    expect(server.most).toBe(1)
  })

  it('tries again when the newer state of a conflict cannot be fetched', async () => {
    const store = page()
    store.edit('address', '北苑')
    server.store({ address: '' }, person('李四'))
    server.deaf = true
    await vi.advanceTimersByTimeAsync(500)
    expect(store.saving).toBe('refused')
    server.deaf = false
    await vi.advanceTimersByTimeAsync(3000)
    expect(store.form?.clashes).toEqual({ address: { by: '李四', value: '' } })
  })

  it('lets go of the field the cursor was in when another order is shown', () => {
    const store = page()
    store.focus('address')
    useCallStore().open({ ...server.workspace(), order: null })
    server.store({ address: '南苑' }, machine())
    store.take(server.order)
    useCallStore().open(server.workspace())
    expect(addressOf(store)).toBe('南苑')
  })

  it('shows why a value is refused and keeps it for correction', async () => {
    const store = page()
    server.refuse = '内容过长'
    store.edit('summary', '很长')
    await vi.advanceTimersByTimeAsync(500)
    expect(store.troubleShown).toBe('内容过长')
    expect(store.form ? shown(store.form, 'summary') : '').toBe('很长')
  })
})

describe('sending the order', () => {
  it('stores what was typed before it sends', async () => {
    const store = page()
    store.edit('address', '北苑')
    await store.send(ORDER, ['unit-1'])
    expect(server.order.fields.address).toBe('北苑')
    expect(server.order.status).toBe('dispatched')
    expect(store.lines.find((line) => line.id === ORDER)?.status).toBe('dispatched')
  })

  it('sends after a change that leaves what the seat sees as it is', async () => {
    const store = page()
    server.store({ address: '' }, person('李四'))
    await store.send(ORDER, ['unit-1'])
    expect(store.order?.status).toBe('dispatched')
  })

  it('acts on the order that was meant, although another one is shown by now', async () => {
    const store = page()
    const other = order({ id: 'other', number: '2', created_at: '2026-11-22T04:00:00Z' })
    store.take(other)
    useCallStore().open({ ...server.workspace(), order: other })
    await store.send(ORDER, ['unit-1'])
    expect(store.forms[ORDER]?.order.status).toBe('dispatched')
    expect(store.order?.status).toBe('draft')
  })

  it('does not send what the seat has not seen', async () => {
    const store = page()
    server.store({ address: '别处' }, person('李四'))
    await expect(store.send(ORDER, ['unit-1'])).rejects.toThrow('已被修改')
    expect(server.order.status).toBe('draft')
    expect(addressOf(store)).toBe('别处')
  })

  it('forgets forms of long ago, but none with unstored words, with a unit, or on the page', () => {
    const store = page()
    store.edit('address', '没有保存的地址')
    useCallStore().open({ ...server.workspace(), order: order({ id: 'shown' }) })
    store.take(order({ id: 'shown' }))
    const worked = [dispatchOrder({ status: 'received' })]
    store.take(order({ id: 'worked', status: 'dispatched', dispatch_orders: worked }))
    for (let number = 0; number < 60; number += 1) store.take(order({ id: `old${String(number)}` }))
    const kept = Object.keys(store.forms)
    expect(kept).toEqual(expect.arrayContaining([ORDER, 'shown', 'worked', 'old59']))
    expect(kept).not.toContain('old0')
    expect(kept.length).toBeLessThanOrEqual(43)
  })
})
