/** A unit as its form holds it. */
import type { UnitRow } from './types'

export type UnitForm = Pick<
  UnitRow,
  | 'code'
  | 'name'
  | 'kind'
  | 'kinds'
  | 'capabilities'
  | 'tier'
  | 'form'
  | 'area_code'
  | 'centre_code'
  | 'duty_rule'
  | 'duty_phone'
  | 'voice_dispatch'
  | 'leader_name'
  | 'leader_phone'
  | 'liaison_name'
  | 'liaison_phone'
> & { lon: number | string | null; lat: number | string | null; [name: string]: unknown }

export const FRESH: UnitForm = {
  code: '',
  name: '',
  kind: '',
  kinds: [],
  capabilities: [],
  tier: 2,
  form: 'authority',
  area_code: '',
  centre_code: '',
  duty_rule: 'always',
  duty_phone: '',
  voice_dispatch: false,
  leader_name: '',
  leader_phone: '',
  liaison_name: '',
  liaison_phone: '',
  lon: null,
  lat: null,
}

/** The fields of a unit that the form shows. */
export function fieldsOf(unit: UnitRow): UnitForm {
  const found: Record<string, unknown> = {}
  for (const name of Object.keys(FRESH)) found[name] = unit[name as keyof UnitRow]
  return found as UnitForm
}

const degrees = (typed: number | string | null) =>
  typed === null || typed === '' ? null : Number(typed)

/** What is sent: everything but the code, which only a new unit has to say. */
export function bodyOf(fields: UnitForm): Omit<UnitForm, 'code'> {
  const { code, ...rest } = fields
  void code
  return { ...rest, lon: degrees(fields.lon), lat: degrees(fields.lat) } as Omit<UnitForm, 'code'>
}
