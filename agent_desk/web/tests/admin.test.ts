import { describe, expect, it } from 'vitest'
import { months, worked } from '@/admin/calendar'
import { bodyOf, fieldsOf, FRESH } from '@/admin/unitForm'
import type { UnitRow } from '@/admin/types'
import { useForm } from '@/admin/useForm'
import { span, told } from '@/admin/words'
import { Refused } from '@/api/client'

interface Fields {
  [name: string]: unknown
  name: string
  phone: string
  queues: string[]
}

const READ: Fields = { name: '供水', phone: '', queues: ['110'] }
const MEANWHILE = new Refused(409, 'edited_meanwhile', '张三在 03:07 改过这一条。')

describe('a form that two people fill in', () => {
  it('keeps what was typed and takes over what was not touched', async () => {
    const form = useForm<Fields>()
    form.open(READ, 3)
    form.draft.value.name = '供水（我）'
    form.draft.value.queues = ['110', '96345']
    const newest = { name: '供水（他）', phone: '12345', queues: ['110', '96345'] }
    const saved = await form.save(
      () => Promise.reject(MEANWHILE),
      () => Promise.resolve({ values: newest, version: 4 }),
    )
    expect(saved).toBe(false)
    expect(form.isOpen.value).toBe(true)
    expect(form.trouble.value).toContain('张三')
    expect(form.draft.value).toEqual({
      name: '供水（我）',
      phone: '12345',
      queues: ['110', '96345'],
    })
    expect(form.clashes.value).toEqual({ name: '供水（他）' })

    const sent: unknown[] = []
    form.adopt('name')
    expect(form.dirty.value).toBe(false)
    form.draft.value.name = '供水（都好）'
    expect(form.dirty.value).toBe(true)
    await form.save((fields, version) => Promise.resolve(sent.push([fields, version])))
    expect(sent).toEqual([[{ ...newest, name: '供水（都好）' }, 4]])
    expect(form.isOpen.value).toBe(false)
  })

  it('shows what clashes until it is settled, whatever else is read meanwhile', () => {
    const form = useForm<Fields>()
    form.open(READ, 3)
    form.draft.value.name = '供水（我）'
    const newest = { ...READ, name: '供水（他）' }
    form.meet(newest, 4)
    form.meet({ ...newest, phone: '12345' }, 5) // a channel was added beside the form
    expect(form.clashes.value).toEqual({ name: '供水（他）' })
    expect(form.draft.value.phone).toBe('12345')
    form.draft.value.name = '供水（他）'
    form.meet(newest, 6)
    expect(form.clashes.value).toEqual({})
  })

  it('stays open with everything typed when the server cannot be reached', async () => {
    const form = useForm<Fields>()
    form.open(READ)
    form.draft.value.name = '新名'
    const lost = new Refused(0, 'unreachable', '连接不到服务器')
    expect(await form.save(() => Promise.reject(lost))).toBe(false)
    expect(form.draft.value.name).toBe('新名')
    expect(form.trouble.value).toBe('连接不到服务器')
    expect(form.busy.value).toBe(false)
    await expect(form.save(() => Promise.reject(new Error('bug')))).rejects.toThrow('bug')
  })

  it('does not touch the rows it was opened on', () => {
    const row = { ...READ, queues: ['110'] }
    const form = useForm<Fields>()
    form.open(row)
    form.draft.value.queues.push('96345')
    expect(row.queues).toEqual(['110'])
  })
})

describe('a year', () => {
  it('has every day once, under its day of the week', () => {
    const year = months(2028, [
      { day: '2028-02-29', kind: 'holiday', name: '假', version: 'a' },
      { day: '2028-01-01', kind: 'workday', name: '调休', version: 'b' },
    ])
    expect(year.flatMap((one) => one.days)).toHaveLength(366)
    expect(year[0]?.blanks).toBe(5) // a Saturday
    const first = year[0]?.days[0]
    const leap = year[1]?.days[28]
    expect(first && worked(first)).toBe(true)
    expect(leap && [leap.iso, leap.weekend, worked(leap)]).toEqual(['2028-02-29', false, false])
  })
})

it('sends a unit without its code, and an empty place as none', () => {
  const row = { ...FRESH, id: 'x', version: 2, code: 'a', name: '甲', lon: 119.5 } as UnitRow
  const fields = fieldsOf(row)
  expect(fields).not.toHaveProperty('version')
  const body = bodyOf({ ...fields, lat: '', lon: '120.25' })
  expect(body).not.toHaveProperty('code')
  expect([body.lon, body.lat]).toEqual([120.25, null])
})

it('says spans and values as people do', () => {
  expect([30, 90, 120, 5400, 7200].map(span)).toEqual([
    '30 秒',
    '1 分 30 秒',
    '2 分钟',
    '1 小时 30 分',
    '2 小时',
  ])
  expect(told(['a', 'b'], { a: '甲' })).toBe('甲、b')
  expect([told(null), told(false), told(0)]).toEqual(['', '否', '0'])
})
