/** The shapes on a map: colour, shape and sign together. Built as elements, never as text. */
import L from 'leaflet'
import { t } from '@/locales'
import type { Cluster, MapMark } from '@/rules/map'
import { lampShape } from '@/rules/lamps'

function box(classes: string, ...parts: (string | HTMLElement)[]): HTMLElement {
  const element = document.createElement('span')
  element.className = classes
  element.append(...parts)
  return element
}

function icon(html: HTMLElement, size: number, anchor?: L.PointExpression): L.DivIcon {
  return L.divIcon({
    html,
    className: 'map-icon',
    iconSize: [size, size],
    ...(anchor ? { iconAnchor: anchor } : {}),
  })
}

/** What decides how a mark looks; the same text means the same picture. */
export function signature(mark: MapMark, many: number): string {
  const { kind, lamp, sign, emergency, late, faint, note } = mark
  return [kind, lamp, sign, emergency, late, faint, note, many].join('|')
}

export function markIcon(mark: MapMark, big: boolean): L.DivIcon {
  const size = (mark.kind === 'incident' ? 30 : 24) * (big ? 1.35 : 1)
  const classes = ['map-mark', `map-${mark.kind}`, `map-lamp-${mark.lamp ?? 'none'}`]
  if (mark.emergency) classes.push('map-emergency')
  if (mark.late) classes.push('map-late')
  if (mark.faint) classes.push('map-faint')
  if (big) classes.push('map-big')
  const shape = box('map-shape')
  const sign = box('map-sign')
  // Drawn, not written: the mark's name says it in words.
  sign.dataset['sign'] = mark.sign || (mark.lamp ? lampShape(mark.lamp) : '○')
  shape.append(sign)
  const whole = box(classes.join(' '), shape)
  if (mark.note) whole.append(box('map-note', mark.note))
  return icon(whole, size)
}

export function clusterIcon(group: Cluster, big: boolean): L.DivIcon {
  const first = group.marks[0]
  const size = (big ? 52 : 40) + Math.min(12, group.marks.length / 4)
  const classes = ['map-cluster', `map-lamp-${first?.lamp ?? 'none'}`]
  if (group.marks.some((one) => one.emergency)) classes.push('map-emergency')
  if (group.marks.some((one) => one.late)) classes.push('map-late')
  if (big) classes.push('map-big')
  return icon(box(classes.join(' '), String(group.marks.length)), size)
}

export function pinIcon(sure: boolean, big: boolean): L.DivIcon {
  const size = big ? 48 : 38
  const whole = box(`map-pin ${sure ? 'map-sure' : 'map-guess'}`, box('map-pin-drop'))
  whole.append(box('map-pin-word', sure ? t('现场') : t('现场？')))
  return icon(whole, size, [size / 2, size])
}

export function nameIcon(text: string, rank: number, big: boolean): L.DivIcon {
  return L.divIcon({
    html: box(`map-name map-rank-${String(rank)}${big ? ' map-big' : ''}`, text),
    className: 'map-icon map-quiet',
    iconSize: [0, 0],
  })
}
