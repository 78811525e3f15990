/** Leaflet on the site's own base layer: ground, borders, waters, roads, names, marks. */
import L from 'leaflet'
import 'leaflet/dist/leaflet.css'
import type { MapInfo } from '@/api/types'
import { t } from '@/locales'
import { clustered, roomFor, type Cluster, type Label, type MapMark, type Spot } from '@/rules/map'
import type { BaseLayer } from '@/stores/map'
import { clusterIcon, markIcon, nameIcon, pinIcon, signature } from './icons'

export interface MapEvents {
  place: (spot: Spot) => void
  choose: (id: string) => void
}

export interface MapLook {
  big: boolean // for a wall: larger marks and names
  editable: boolean // a click or the pin's new place is told
  cluster: boolean
}

const MOST_ZOOM = 18
const NEAR_ZOOM = 15
const REACH = 46 // pixels within which marks become one
const MOST_NAMES = 46
const CHINA: L.LatLngBoundsExpression = [
  [18, 74],
  [53, 134],
]

interface Line {
  layers: string[]
  style: L.PathOptions
  from: number // zoom from which it is drawn
}
const AREA: L.PathOptions = { fillColor: '#16212d', fillOpacity: 1, color: '#3b4d60', weight: 1 }
const LINES: Line[] = [
  { layers: ['township', ''], style: AREA, from: 0 },
  { layers: ['water'], style: { ...AREA, fillColor: '#14364f', color: '#14364f' }, from: 0 },
  { layers: ['river'], style: { color: '#245a80', weight: 3 }, from: 0 },
  { layers: ['road'], style: { color: '#556678', weight: 1.5 }, from: 9 },
  { layers: ['expressway'], style: { color: '#8b7440', weight: 3 }, from: 0 },
  { layers: ['street'], style: { color: '#64768a', weight: 2 }, from: 13 },
  { layers: ['county'], style: { ...AREA, fill: false, color: '#6d8298', weight: 2 }, from: 0 },
]
// The zoom at which names appear, and which of them come first.
const NAMES: Record<string, { from: number; to: number; rank: number }> = {
  county: { from: 0, to: 11, rank: 0 },
  township: { from: 9, to: 16, rank: 1 },
  '': { from: 9, to: 16, rank: 1 },
  expressway: { from: 11, to: 18, rank: 2 },
  river: { from: 10, to: 18, rank: 2 },
  street: { from: 14, to: 18, rank: 3 },
  place: { from: 14, to: 18, rank: 4 },
}

interface Name {
  text: string
  spot: Spot
  from: number
  to: number
  rank: number
}

interface Drawn {
  marker: L.Marker
  look: string
}

/** Leaflet forgets a frame it has asked for when it draws before it; that frame may come when
 * the map is gone. */
const Ground = L.Canvas.extend({
  _redraw(this: { _ctx?: CanvasRenderingContext2D }): void {
    const drawing = L.Canvas.prototype as unknown as { _redraw(): void }
    if (this._ctx) drawing._redraw.call(this)
  },
}) as unknown as new () => L.Canvas

export class LeafletMap {
  private readonly map: L.Map
  private readonly ground: L.LayerGroup
  private readonly names = L.layerGroup()
  private readonly drawn = new Map<string, Drawn>()
  private readonly shownNames = new Map<string, L.Marker>()
  private readonly resized: ResizeObserver
  private lines: { from: number; layer: L.Layer }[] = []
  private known: Name[] = []
  private marks: MapMark[] = []
  private pin: L.Marker | null = null
  private home: L.LatLngBounds = L.latLngBounds(CHINA as L.LatLngBoundsLiteral)
  private tiles: L.TileLayer | null = null
  private atHome = true // nobody has moved the map: it goes on showing all

  constructor(
    box: HTMLElement,
    private readonly look: MapLook,
    private readonly events: MapEvents,
  ) {
    this.map = L.map(box, {
      renderer: new Ground(),
      zoomControl: false,
      attributionControl: true,
      maxZoom: MOST_ZOOM,
      minZoom: 4,
      zoomSnap: 0.5,
      fadeAnimation: false,
      zoomAnimation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    })
    this.map.attributionControl.setPrefix(false)
    this.ground = L.layerGroup().addTo(this.map)
    this.names.addTo(this.map)
    this.map.fitBounds(this.home)
    this.map.on('zoomend moveend', () => {
      this.drawLines()
      this.drawNames()
      this.drawMarks()
    })
    if (look.editable) {
      this.map.on('click', (event) => {
        this.events.place(spotOf(event.latlng))
      })
    }
    this.map.on('dragstart keydown', () => {
      this.atHome = false
    })
    this.map.getContainer().addEventListener('wheel', () => {
      this.atHome = false
    })
    this.resized = new ResizeObserver(() => {
      this.map.invalidateSize({ pan: false })
      if (this.atHome) this.showAll()
    })
    this.resized.observe(box)
  }

  remove(): void {
    this.resized.disconnect()
    this.map.off('zoomend moveend') // an animation that ends later would draw where nothing is
    this.map.stop()
    this.map.remove()
  }

  /** Draws the base layer; the map then shows all of it. */
  setBase(base: BaseLayer | null, info: MapInfo | null): void {
    this.ground.clearLayers()
    this.lines = []
    this.known = []
    if (this.tiles) this.tiles.remove()
    this.tiles = null
    if (info?.tiles) {
      const credit = document.createElement('span')
      credit.textContent = info.attribution
      this.tiles = L.tileLayer(info.tiles, {
        maxZoom: MOST_ZOOM,
        attribution: credit.innerHTML,
      }).addTo(this.map)
    }
    for (const line of base ? LINES : []) {
      const features = base?.features.filter((one) => line.layers.includes(one.properties.layer))
      if (!features?.length) continue
      const style = info?.tiles ? { ...line.style, fillOpacity: 0 } : line.style
      const layer = L.geoJSON(features as unknown as GeoJSON.GeoJsonObject, {
        style,
        interactive: false,
        filter: (one) => one.geometry.type !== 'Point',
      })
      this.lines.push({ from: line.from, layer })
    }
    for (const one of base?.features ?? []) {
      const rule = NAMES[one.properties.layer]
      const spot = rule && one.properties.name ? middleOf(one.geometry) : null
      if (rule && spot) this.known.push({ text: one.properties.name, spot, ...rule })
    }
    const bounds = base ? L.geoJSON(base as unknown as GeoJSON.GeoJsonObject).getBounds() : null
    if (bounds?.isValid()) this.home = bounds
    this.showAll()
    this.drawLines()
    this.drawNames()
  }

  showAll(): void {
    this.atHome = true
    this.map.fitBounds(this.home, { padding: [6, 6], animate: false })
  }

  showSpot(spot: Spot): void {
    this.atHome = false
    const zoom = Math.max(this.map.getZoom(), NEAR_ZOOM)
    this.map.setView([spot.lat, spot.lon], zoom, { animate: false })
  }

  zoom(by: number): void {
    this.atHome = false
    this.map.setZoom(this.map.getZoom() + by)
  }

  centre(): Spot {
    return spotOf(this.map.getCenter())
  }

  /** The place of the order; `null` where it is not known. */
  setPin(spot: Spot | null, sure: boolean, label: string): void {
    if (!spot) {
      this.pin?.remove()
      this.pin = null
      return
    }
    if (!this.pin) {
      const pin = L.marker([spot.lat, spot.lon], {
        draggable: this.look.editable,
        autoPan: this.look.editable,
        zIndexOffset: 1_000,
        keyboard: false,
      })
      pin.on('dragend', () => {
        this.events.place(spotOf(pin.getLatLng()))
      })
      this.pin = pin.addTo(this.map)
    }
    this.pin.setLatLng([spot.lat, spot.lon])
    this.pin.setIcon(pinIcon(sure, this.look.big))
    name(this.pin, label)
  }

  setMarks(marks: MapMark[]): void {
    this.marks = marks
    this.drawMarks()
  }

  // --- drawing -----------------------------------------------------------------------------

  private drawLines(): void {
    const zoom = this.map.getZoom()
    for (const { from, layer } of this.lines) {
      const wanted = zoom >= from
      if (wanted !== this.ground.hasLayer(layer)) {
        if (wanted) this.ground.addLayer(layer)
        else this.ground.removeLayer(layer)
      }
    }
  }

  private drawNames(): void {
    const zoom = this.map.getZoom()
    const bounds = this.map.getBounds()
    const labels: Label[] = this.known
      .filter((one) => zoom >= one.from && zoom <= one.to)
      .filter((one) => bounds.contains([one.spot.lat, one.spot.lon]))
      .map((one) => ({ ...one, ...this.pixel(one.spot) }))
    const kept = roomFor(labels, MOST_NAMES, this.look.big ? 1.35 : 1)
    const wanted = new Map(kept.map((one) => [`${one.text} ${String(one.spot.lon)}`, one]))
    for (const [key, marker] of this.shownNames) {
      if (wanted.has(key)) continue
      marker.remove()
      this.shownNames.delete(key)
    }
    for (const [key, one] of wanted) {
      if (this.shownNames.has(key)) continue
      const marker = L.marker([one.spot.lat, one.spot.lon], {
        icon: nameIcon(one.text, one.rank, this.look.big),
        interactive: false,
        keyboard: false,
        zIndexOffset: -1_000,
      })
      this.shownNames.set(key, marker.addTo(this.names))
    }
  }

  private drawMarks(): void {
    const near = this.look.cluster && this.map.getZoom() < MOST_ZOOM
    const reach = near ? REACH * (this.look.big ? 1.3 : 1) : 0
    const groups = clustered(this.marks, (spot) => this.pixel(spot), reach)
    const wanted = new Set<string>()
    for (const group of groups) {
      const first = group.marks[0]
      if (!first) continue
      wanted.add(first.id)
      this.drawGroup(first, group)
    }
    for (const [id, { marker }] of this.drawn) {
      if (wanted.has(id)) continue
      marker.remove()
      this.drawn.delete(id)
    }
  }

  private drawGroup(first: MapMark, group: Cluster): void {
    const many = group.marks.length
    const look = signature(first, many)
    let known = this.drawn.get(first.id)
    if (!known) {
      const marker = L.marker([first.spot.lat, first.spot.lon], { keyboard: true })
      known = { marker: marker.addTo(this.map), look: '' }
      this.drawn.set(first.id, known)
    }
    const { marker } = known
    marker.setLatLng([first.spot.lat, first.spot.lon])
    if (known.look !== look) {
      marker.setIcon(many > 1 ? clusterIcon(group, this.look.big) : markIcon(first, this.look.big))
      known.look = look
    }
    marker.setZIndexOffset(first.kind === 'incident' ? 500 : 0)
    name(marker, many > 1 ? t('{count} 起，放大查看', { count: many }) : first.label)
    marker.off('click').on('click', () => {
      if (many === 1) this.events.choose(first.id)
      else {
        this.atHome = false
        const bounds = L.latLngBounds(group.marks.map(({ spot }) => [spot.lat, spot.lon]))
        this.map.fitBounds(bounds, { padding: [60, 60], maxZoom: MOST_ZOOM })
      }
    })
  }

  private pixel(spot: Spot): L.Point {
    return this.map.latLngToContainerPoint([spot.lat, spot.lon])
  }
}

/** Says in words what a marker is, for a mouse and for a screen reader. */
function name(marker: L.Marker, words: string): void {
  const element = marker.getElement()
  element?.setAttribute('aria-label', words)
  element?.setAttribute('title', words)
}

function spotOf(at: L.LatLng): Spot {
  const wrapped = at.wrap()
  return { lon: Number(wrapped.lng.toFixed(6)), lat: Number(wrapped.lat.toFixed(6)) }
}

/** Where a feature's name stands. */
function middleOf(geometry: GeoJSON.Geometry): Spot | null {
  if (geometry.type === 'Point') return pair(geometry.coordinates)
  if (geometry.type === 'LineString') {
    return pair(geometry.coordinates[Math.floor(geometry.coordinates.length / 2)])
  }
  const ring =
    geometry.type === 'Polygon'
      ? geometry.coordinates[0]
      : geometry.type === 'MultiPolygon'
        ? geometry.coordinates[0]?.[0]
        : null
  if (!ring?.length) return null
  const sum = ring.reduce((total, at) => [
    (total[0] ?? 0) + (at[0] ?? 0),
    (total[1] ?? 0) + (at[1] ?? 0),
  ])
  return pair(sum.map((one) => one / ring.length))
}

function pair(at: GeoJSON.Position | undefined): Spot | null {
  const [lon, lat] = at ?? []
  return lon === undefined || lat === undefined ? null : { lon, lat }
}
