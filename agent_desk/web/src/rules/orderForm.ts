/**
 * How the order form merges what the server says with what the seat types.
 *
 * A field is one of three: being edited (it has a draft), held (the cursor is in it), or
 * following the server. A draft lives until the server has acknowledged exactly that value.
 */
import type { FieldName, FormFields, OrderInfo } from '@/api/types'

export type Draft = Partial<FormFields>

/** What somebody else wrote into a field while it was typed here. */
export interface Clash {
  by: string
  value: unknown
}

export interface OrderForm {
  order: OrderInfo // as the server last said
  draft: Draft // typed, not yet acknowledged
  clashes: Partial<Record<FieldName, Clash>> // drafts that another person's change stands against
  held: { field: FieldName; value: unknown } | null // the focused field, as it was shown
  sending: Draft // drafts that are on their way to the server
}

export type FieldKind = 'empty' | 'machine' | 'confirmed' | 'draft'

export function formOf(order: OrderInfo, draft: Draft = {}): OrderForm {
  return { order, draft: { ...draft }, clashes: {}, held: null, sending: {} }
}

/** The value to show. */
export function shown<F extends FieldName>(form: OrderForm, field: F): FormFields[F] {
  if (field in form.draft) return form.draft[field] as FormFields[F]
  if (form.held?.field === field) return form.held.value as FormFields[F]
  return form.order.fields[field]
}

/** All values to show. */
export function shownFields(form: OrderForm): FormFields {
  const fields = { ...form.order.fields, ...form.draft }
  const held = form.held
  if (held && !(held.field in form.draft)) Object.assign(fields, { [held.field]: held.value })
  return fields
}

/** The cursor went into a field: what it shows stays until the cursor leaves. */
export function focus(form: OrderForm, field: FieldName): void {
  form.held = { field, value: shown(form, field) }
}

export function blur(form: OrderForm, field: FieldName): void {
  if (form.held?.field === field) form.held = null
}

/** The seat typed or chose a value. */
export function edit<F extends FieldName>(form: OrderForm, field: F, value: FormFields[F]): void {
  form.draft[field] = value
}

/**
 * Takes over a newer state of the order; an older one is ignored. Drafts and the held field keep
 * what they show. Gives whether another person changed what is being typed here: noted as a
 * clash, so that the draft, which has seen the newer state, does not replace it unasked.
 */
export function mergeServer(form: OrderForm, order: OrderInfo): boolean {
  if (order.id !== form.order.id || order.version < form.order.version) return false
  const seenVersion = form.order.version
  form.order = order
  // Of what is on its way to the server the answer tells.
  const typed = Object.entries(sendable(form)).filter(([field]) => !(field in form.sending))
  return noteClashes(form, Object.fromEntries(typed) as Draft, seenVersion)
}

/** The server has stored `sent`: those drafts end, except where the seat typed on meanwhile. */
export function acknowledge(form: OrderForm, sent: Draft, order: OrderInfo): void {
  if (order.version >= form.order.version) form.order = order
  for (const field of Object.keys(sent) as FieldName[]) {
    if (!(field in form.draft)) continue
    if (!same(form.draft[field], sent[field])) continue
    drop(form.draft, field)
    if (form.held?.field === field) form.held.value = sent[field]
  }
}

/** The drafts that may be stored: those that no clash stands against. */
export function sendable(form: OrderForm): Draft {
  const entries = Object.entries(form.draft).filter(([field]) => !(field in form.clashes))
  return Object.fromEntries(entries) as Draft
}

/**
 * The server refused `sent` because another person changed one of these fields after
 * `seenVersion`: notes which. Gives whether there is such a field; otherwise trying again,
 * with the newer state seen, is right.
 */
export function noteClashes(form: OrderForm, sent: Draft, seenVersion: number): boolean {
  let found = false
  for (const field of Object.keys(sent) as FieldName[]) {
    const state = form.order.field_states[field]
    const value = form.order.fields[field]
    if (!state || state.source !== 'person' || state.changed_version <= seenVersion) continue
    if (same(value, form.draft[field])) continue
    form.clashes[field] = { by: state.by, value }
    found = true
  }
  return found
}

/** The seat chose between its own draft and the other's value. */
export function settle(form: OrderForm, field: FieldName, keep: 'mine' | 'theirs'): void {
  if (keep === 'theirs') {
    drop(form.draft, field)
    if (form.held?.field === field) form.held.value = form.order.fields[field]
  }
  drop(form.clashes, field)
}

function drop(record: Partial<Record<FieldName, unknown>>, field: FieldName): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain record by field
  delete record[field]
}

/** Whether the order takes no more changes. */
export function isOver(order: OrderInfo): boolean {
  return ['closed', 'cancelled', 'merged'].includes(order.status)
}

/** Which of the three kinds a field is, or that it is being typed. */
export function kindOf(form: OrderForm, field: FieldName): FieldKind {
  if (field in form.draft) return 'draft'
  const state = form.order.field_states[field]
  if (!state) return isEmpty(form.order.fields[field]) ? 'empty' : 'confirmed'
  if (state.confirmed || state.source === 'person') return 'confirmed'
  return isEmpty(form.order.fields[field]) ? 'empty' : 'machine'
}

export function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  )
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
