import { describe, expect, it } from 'vitest'
import {
  acknowledge,
  blur,
  edit,
  focus,
  formOf,
  kindOf,
  mergeServer,
  sendable,
  shown,
  shownFields,
} from '@/rules/orderForm'
import { fields, machine, order, person } from './make'

const filled = (address: string, version: number) =>
  order({ version, fields: fields({ address }), field_states: { address: machine() } })

describe('merging the server into the form', () => {
  it('shows what the machine fills in while nobody touches the field', () => {
    const form = formOf(order())
    mergeServer(form, filled('南苑小区', 2))
    expect(shown(form, 'address')).toBe('南苑小区')
    mergeServer(form, filled('南苑小区12栋', 3))
    expect(shown(form, 'address')).toBe('南苑小区12栋')
  })

  it('never overwrites what was typed and not stored yet', () => {
    const form = formOf(filled('南苑小区', 1))
    edit(form, 'address', '北苑小区3栋')
    mergeServer(form, filled('南苑小区12栋', 2))
    expect(shown(form, 'address')).toBe('北苑小区3栋')
  })

  it("notes another person's change of what is being typed, and sends nothing over it", () => {
    const form = formOf(filled('南苑小区', 1))
    edit(form, 'address', '北苑小区3栋')
    const theirs = {
      ...order({ version: 2, fields: fields({ address: '南苑小区12栋' }) }),
      field_states: { address: { ...person(), changed_version: 2 } },
    }
    expect(mergeServer(form, theirs)).toBe(true)
    expect(shown(form, 'address')).toBe('北苑小区3栋')
    expect(form.clashes.address?.value).toBe('南苑小区12栋')
    expect(sendable(form)).toEqual({})
  })

  it('leaves to the answer what is on its way to the server', () => {
    const form = formOf(filled('南苑小区', 1))
    edit(form, 'address', '北苑小区3栋')
    form.sending = { address: '北苑小区' } // sent before the seat typed on
    const own = {
      ...order({ version: 2, fields: fields({ address: '北苑小区' }) }),
      field_states: { address: { ...person(), changed_version: 2 } },
    }
    expect(mergeServer(form, own)).toBe(false)
    expect(sendable(form)).toEqual({ address: '北苑小区3栋' })
  })

  it('leaves the focused field alone until the cursor leaves it', () => {
    const form = formOf(filled('南苑小区', 1))
    focus(form, 'address')
    mergeServer(form, filled('南苑小区12栋', 2))
    expect(shown(form, 'address')).toBe('南苑小区')
    expect(shownFields(form).address).toBe('南苑小区')
    blur(form, 'address')
    expect(shown(form, 'address')).toBe('南苑小区12栋')
  })

  it('fills other fields while one is being typed', () => {
    const form = formOf(order())
    focus(form, 'address')
    edit(form, 'address', '北')
    mergeServer(form, order({ version: 2, fields: fields({ level: '三级' }) }))
    expect(shown(form, 'level')).toBe('三级')
    expect(shown(form, 'address')).toBe('北')
  })

  it('ignores a state that is older than the one shown, and other orders', () => {
    const form = formOf(filled('南苑小区12栋', 5))
    mergeServer(form, filled('南苑', 4))
    mergeServer(form, { ...filled('别处', 9), id: 'another' })
    expect(shown(form, 'address')).toBe('南苑小区12栋')
  })
})

describe('acknowledging drafts', () => {
  const stored = (address: string) =>
    order({ version: 2, fields: fields({ address }), field_states: { address: person() } })

  it('ends a draft that was stored', () => {
    const form = formOf(order())
    edit(form, 'address', '北苑')
    acknowledge(form, { address: '北苑' }, stored('北苑'))
    expect(form.draft).toEqual({})
    expect(kindOf(form, 'address')).toBe('confirmed')
  })

  it('keeps what was typed while the request was under way', () => {
    const form = formOf(order())
    edit(form, 'address', '北苑')
    const sent = { ...form.draft }
    edit(form, 'address', '北苑3栋')
    acknowledge(form, sent, stored('北苑'))
    expect(shown(form, 'address')).toBe('北苑3栋')
    expect(kindOf(form, 'address')).toBe('draft')
  })

  it('keeps showing the typed value in a field that still has the cursor', () => {
    const form = formOf(filled('南苑', 1))
    focus(form, 'address')
    edit(form, 'address', '北苑')
    acknowledge(form, { address: '北苑' }, stored('北苑'))
    expect(shown(form, 'address')).toBe('北苑')
  })

  it('can empty a field', () => {
    const form = formOf(
      order({ fields: fields({ trapped: 2 }), field_states: { trapped: machine() } }),
    )
    edit(form, 'trapped', null)
    expect(shown(form, 'trapped')).toBeNull()
    mergeServer(form, order({ version: 2, fields: fields({ trapped: 3 }) }))
    expect(shown(form, 'trapped')).toBeNull()
  })
})

describe('kinds of field', () => {
  it('tells empty, machine-filled and confirmed apart', () => {
    const form = formOf(
      order({
        fields: fields({ address: '南苑', level: '三级' }),
        field_states: { address: machine(), level: person() },
      }),
    )
    expect(kindOf(form, 'address')).toBe('machine')
    expect(kindOf(form, 'level')).toBe('confirmed')
    expect(kindOf(form, 'summary')).toBe('empty')
  })

  it('counts a field that the seat emptied as confirmed', () => {
    const form = formOf(order({ field_states: { address: person() } }))
    expect(kindOf(form, 'address')).toBe('confirmed')
  })
})
