/** The order forms on the page: what the server says, what the seat typed, and saving it. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { Refused, request } from '@/api/client'
import type { FieldName, FormFields, OrderInfo, OrderLine, Workspace } from '@/api/types'
import { t } from '@/locales'
import * as rules from '@/rules/orderForm'
import { lineOf, withLine } from '@/rules/orderLines'
import { useCallStore } from './call'
import { useCentreStore } from './centre'
import { mirror } from './draftMirror'
import { DraftKeeper } from './drafts'
import { useSessionStore } from './session'

const DEBOUNCE_MS = 400
const RETRY_MS = 3_000
const MOST_CONFLICTS = 4
const MOST_FORMS = 40 // kept beside those that somebody still works on

export type Saving = 'saved' | 'waiting' | 'refused'

export const useOrderStore = defineStore('order', () => {
  const calls = useCallStore()
  const session = useSessionStore()
  const centre = useCentreStore()
  const keeper = new DraftKeeper(
    localStorage,
    () => session.me?.user_id ?? '',
    () => Date.now(),
    mirror,
  )

  const forms = ref<Record<string, rules.OrderForm>>({})
  const lines = ref<OrderLine[]>([])
  const trouble = ref<Record<string, string>>({}) // by order: why its drafts are not stored
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const running = new Map<string, Promise<void>>()

  const crowdText = () => t('工单正被多人同时修改，请稍后再试。')
  const clashText = () => t('有字段同时被他人修改，请先选择保留哪一个。')

  const form = computed(() => {
    const id = calls.shown?.orderId
    return id ? (forms.value[id] ?? null) : null
  })
  const order = computed(() => form.value?.order ?? null)
  // The cursor leaves a form that leaves the page, although no event may tell.
  watch(
    () => form.value?.order.id,
    (_now, before) => {
      const left = before ? forms.value[before] : undefined
      if (left) left.held = null
    },
    { flush: 'sync' },
  )
  const saving = computed<Saving>(() => {
    const now = form.value
    if (!now || Object.keys(now.draft).length === 0) return 'saved'
    return trouble.value[now.order.id] ? 'refused' : 'waiting'
  })
  const troubleShown = computed(() =>
    form.value ? (trouble.value[form.value.order.id] ?? '') : '',
  )

  /** Takes over an order from the server, with what was typed here before a reload. */
  function take(order: OrderInfo): void {
    const known = forms.value[order.id]
    if (known && rules.mergeServer(known, order)) trouble.value[order.id] = clashText()
    const newest = known?.order ?? order
    const category = centre.categories.get(newest.fields.category_code)?.name ?? ''
    lines.value = withLine(lines.value, lineOf(newest, category))
    if (known) return
    const draft = keeper.read(order.id)
    forms.value[order.id] = rules.formOf(order, draft)
    if (Object.keys(draft).length > 0) later(order.id, 0)
    forgetOldest()
  }

  /** A page that stays open for weeks keeps no form for ever: the oldest go that are not shown,
   * have nothing unstored, and of which no unit has anything to tell any more. */
  function forgetOldest(): void {
    const ids = Object.keys(forms.value)
    for (const id of ids.slice(0, Math.max(0, ids.length - MOST_FORMS))) {
      const old = forms.value[id]
      const seen = [calls.shown, calls.live, calls.opened].some((view) => view?.orderId === id)
      if (!old || seen || timers.has(id) || running.has(id)) continue
      if (Object.keys(old.draft).length > 0) continue
      if (!rules.isOver(old.order) && old.order.dispatch_orders.length > 0) continue
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a record by id
      delete forms.value[id]
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a record by id
      delete trouble.value[id]
    }
  }

  function onOrder(order: OrderInfo): void {
    take(order)
    calls.onOrder(order.id, order.call_id)
  }

  async function open(orderId: string): Promise<void> {
    const workspace = await request<Workspace>('GET', `/api/orders/${orderId}`)
    if (workspace.order) take(workspace.order)
    calls.open(workspace)
  }

  async function loadLines(): Promise<void> {
    lines.value = await request<OrderLine[]>('GET', '/api/orders')
  }

  function edit<F extends FieldName>(field: F, value: FormFields[F]): void {
    const now = form.value
    if (!now) return
    rules.edit(now, field, value)
    trouble.value[now.order.id] = ''
    keeper.write(now.order.id, now.draft)
    later(now.order.id, DEBOUNCE_MS)
  }

  /** Makes what a field shows the seat's own word. */
  function confirm(field: FieldName): void {
    const now = form.value
    if (now && rules.kindOf(now, field) === 'machine') edit(field, rules.shown(now, field))
  }

  function focus(field: FieldName): void {
    if (form.value) rules.focus(form.value, field)
  }

  function blur(field: FieldName): void {
    if (form.value) rules.blur(form.value, field)
  }

  /** The seat chose between its own words and another person's. */
  function settle(field: FieldName, keep: 'mine' | 'theirs'): void {
    const now = form.value
    if (!now) return
    rules.settle(now, field, keep)
    keeper.write(now.order.id, now.draft)
    if (Object.keys(now.clashes).length === 0) trouble.value[now.order.id] = ''
    later(now.order.id, 0)
  }

  function later(orderId: string, delay: number): void {
    const timer = timers.get(orderId)
    if (timer !== undefined) clearTimeout(timer)
    timers.set(
      orderId,
      setTimeout(() => {
        timers.delete(orderId)
        void save(orderId).catch(() => undefined) // told by `trouble`
      }, delay),
    )
  }

  /** Stores the drafts of an order; one request at a time. */
  async function save(orderId: string): Promise<void> {
    const before = running.get(orderId) ?? Promise.resolve()
    const saved = before.catch(() => undefined).then(() => push(orderId))
    running.set(orderId, saved)
    try {
      await saved
    } finally {
      if (running.get(orderId) === saved) running.delete(orderId)
    }
  }

  async function push(orderId: string): Promise<void> {
    for (let conflicts = 0; ;) {
      const now = forms.value[orderId]
      if (!now) return
      const sent = rules.sendable(now)
      if (Object.keys(sent).length === 0) return
      try {
        if (await stored(now, sent)) continue
        conflicts += 1
        if (conflicts > MOST_CONFLICTS) throw new Refused(409, 'conflict', crowdText())
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        trouble.value[orderId] = error.message
        if (error.passing) later(orderId, RETRY_MS)
        throw error
      }
    }
  }

  /** Stores `sent`; gives whether it was, or is to be tried again on the newer state. */
  async function stored(now: rules.OrderForm, sent: rules.Draft): Promise<boolean> {
    const { id, version } = now.order
    now.sending = sent
    try {
      const path = `/api/orders/${id}`
      const answer = await request<OrderInfo>('PATCH', path, { version, fields: sent })
      rules.acknowledge(now, sent, answer)
      keeper.write(id, now.draft)
      trouble.value[id] = Object.keys(now.clashes).length > 0 ? clashText() : ''
      return true
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'conflict') throw error
      await refetch(id)
      if (rules.noteClashes(now, sent, version)) trouble.value[id] = clashText()
      if (rules.isOver(now.order)) throw error
      return false
    } finally {
      now.sending = {}
    }
  }

  async function refetch(orderId: string): Promise<void> {
    const workspace = await request<Workspace>('GET', `/api/orders/${orderId}`)
    if (workspace.order) take(workspace.order)
  }

  /**
   * Does something to an order on the page after its drafts are stored. Where the order moved
   * on meanwhile it is tried again only if nothing the seat sees has changed.
   */
  async function act(id: string, action: string, body: Record<string, unknown>): Promise<void> {
    const now = forms.value[id]
    if (!now) return
    await save(id)
    if (Object.keys(now.clashes).length > 0) throw new Refused(409, 'clash', clashText())
    const seen = rules.shownFields(now)
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        take(
          await request<OrderInfo>('POST', `/api/orders/${id}/${action}`, {
            ...body,
            version: now.order.version,
          }),
        )
        return
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'conflict') throw error
        await refetch(id)
        if (conflicts >= MOST_CONFLICTS || !rules.same(seen, rules.shownFields(now))) throw error
      }
    }
  }

  const acceptSure = (id: string) => act(id, 'accept-sure', {})
  const send = (id: string, unitIds: string[], evenOffDuty = false) =>
    act(id, 'send', { unit_ids: unitIds, even_off_duty: evenOffDuty })
  const answer = (id: string, text: string) => act(id, 'answer', { answer: text })
  const discard = (id: string, reason: string) => act(id, 'discard', { reason })
  const close = (id: string, opinion = '', note = '') => act(id, 'close', { opinion, note })
  const merge = (id: string, intoId: string) => act(id, 'merge', { into_id: intoId })

  async function split(id: string): Promise<void> {
    take(await request<OrderInfo>('POST', `/api/orders/${id}/split`))
  }

  /** Stores what is not stored yet: typed here before a gap, or left behind by an earlier page. */
  async function savePending(): Promise<void> {
    for (const id of keeper.pending()) {
      if (forms.value[id]) {
        later(id, 0)
        continue
      }
      try {
        await refetch(id)
      } catch (error) {
        if (error instanceof Refused && error.status === 404) keeper.write(id, {})
      }
    }
  }

  return {
    forms,
    lines,
    form,
    order,
    saving,
    troubleShown,
    take,
    onOrder,
    open,
    loadLines,
    edit,
    confirm,
    settle,
    focus,
    blur,
    save,
    acceptSure,
    send,
    answer,
    discard,
    close,
    merge,
    split,
    savePending,
  }
})
