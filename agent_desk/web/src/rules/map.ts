/** What stands on a map and how: marks, clusters of them, names that do not cover one another. */
import type { BoardIncident, Lamp, NearForce, NearUnit } from '@/api/types'
import { named, t, word } from '@/locales'
import { lampWord } from '@/rules/lamps'

export interface Spot {
  lon: number
  lat: number
}

export type MarkKind = 'incident' | 'unit' | 'force'

/** Something at a place. `label` is for people, `note` stands beside it on the map. */
export interface MapMark {
  id: string
  kind: MarkKind
  spot: Spot
  lamp: Lamp | null
  sign: string // in or beside the shape: a level, the first character of a kind
  emergency: boolean
  late: boolean
  faint: boolean // not where it says: the middle of an area
  label: string
  note: string
}

export interface Point {
  x: number
  y: number
}

/** Marks that stand so close together that they are drawn as one. */
export interface Cluster extends Point {
  marks: MapMark[]
}

export interface Label extends Point {
  text: string
  rank: number // smaller names win the place
  spot: Spot
}

const CHARACTER = 14 // pixels of a Chinese character in a label
const LINE = 18

const LEVEL_SIGN: Record<string, string> = { 一级: '一', 二级: '二', 三级: '三', 四级: '四' }
const URGENCY: (Lamp | null)[] = ['red', null, 'blue', 'green']

/** Marks by their pixels, those closer than `reach` together; the most urgent mark comes first. */
export function clustered(
  marks: MapMark[],
  pixel: (spot: Spot) => Point,
  reach: number,
): Cluster[] {
  const found: Cluster[] = []
  for (const mark of [...marks].sort(byUrgency)) {
    const at = pixel(mark.spot)
    const near = found.find((one) => Math.hypot(one.x - at.x, one.y - at.y) < reach)
    if (near) near.marks.push(mark)
    else found.push({ ...at, marks: [mark] })
  }
  return found
}

function byUrgency(one: MapMark, other: MapMark): number {
  return (
    Number(other.emergency) - Number(one.emergency) ||
    Number(other.late) - Number(one.late) ||
    URGENCY.indexOf(one.lamp) - URGENCY.indexOf(other.lamp) ||
    one.id.localeCompare(other.id)
  )
}

/** The names that find room, the most important first. */
export function roomFor(labels: Label[], most: number, scale = 1): Label[] {
  const kept: Label[] = []
  for (const label of [...labels].sort((one, other) => one.rank - other.rank)) {
    if (kept.length >= most) break
    const free = kept.every((other) => {
      const wide = ((label.text.length + other.text.length) * CHARACTER * scale) / 2 + 8
      return Math.abs(other.x - label.x) > wide || Math.abs(other.y - label.y) > LINE * scale
    })
    if (free) kept.push(label)
  }
  return kept
}

/** `80 米`, `1.4 公里`, `23 公里` */
export function distance(metres: number): string {
  if (metres < 1000) return t('{count} 米', { count: Math.round(metres / 10) * 10 })
  const km = metres / 1000
  return t('{count} 公里', { count: km < 10 ? km.toFixed(1) : String(Math.round(km)) })
}

export function incidentMark(one: BoardIncident): MapMark | null {
  if (!one.position) return null
  const what = named(one.category_name) || t('尚未分类')
  const lamp = one.lamp ? lampWord(one.lamp) : t('未派单')
  const words = [
    one.emergency ? t('紧急') : '',
    word(one.level),
    what,
    one.address,
    lamp,
    one.late ? t('已超时') : '',
  ]
  return {
    id: one.order_id,
    kind: 'incident',
    spot: one.position,
    lamp: one.lamp,
    sign: LEVEL_SIGN[one.level] ?? '',
    emergency: one.emergency,
    late: one.late,
    faint: false,
    label: words.filter(Boolean).join(' · '),
    note: '',
  }
}

export function unitMark(one: NearUnit, status: string): MapMark | null {
  if (!one.position) return null
  const far = one.metres === null ? '' : distance(one.metres)
  return {
    id: one.unit_id,
    kind: 'unit',
    spot: one.position,
    lamp: one.lamp,
    sign: one.kind.slice(0, 1),
    emergency: false,
    late: false,
    faint: one.approximate,
    label: [one.name, status, far, one.approximate ? t('位置为辖区中心') : '']
      .filter(Boolean)
      .join(' · '),
    note: one.name,
  }
}

export function forceMark(one: NearForce): MapMark {
  const state = one.status === 'ready' ? t('待命') : t('出动')
  return {
    id: one.id,
    kind: 'force',
    spot: one.position,
    lamp: one.status === 'ready' ? 'green' : 'blue',
    sign: one.kind === 'vehicle' ? t('车') : t('队'),
    emergency: false,
    late: false,
    faint: false,
    label: [one.name, one.unit_name, state, distance(one.metres)].join(' · '),
    note: '',
  }
}

/** Whether two places are the same to the decimetre. */
export function sameSpot(one: Spot | null, other: Spot | null): boolean {
  if (!one || !other) return one === other
  return Math.abs(one.lon - other.lon) < 1e-6 && Math.abs(one.lat - other.lat) < 1e-6
}

/** `119.06723, 27.61823` */
export function written(spot: Spot): string {
  return `${spot.lon.toFixed(5)}, ${spot.lat.toFixed(5)}`
}
