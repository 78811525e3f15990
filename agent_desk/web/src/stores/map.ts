/** The map's base layer and tile server: fetched once, when a map is first shown. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { Refused, request } from '@/api/client'
import type { MapInfo } from '@/api/types'
import type { FeatureCollection, Geometry } from 'geojson'

export interface LayerProperties {
  layer: string
  name: string
}
export type BaseLayer = FeatureCollection<Geometry, LayerProperties>

export const useMapStore = defineStore('map', () => {
  const info = ref<MapInfo | null>(null)
  const base = shallowRef<BaseLayer | null>(null)
  let loading: Promise<void> | null = null
  let loaded = ''

  /** Makes sure that the layer is there; throws `Refused` where the server does not answer. */
  async function load(): Promise<void> {
    loading ??= fetchLayer().finally(() => {
      loading = null
    })
    await loading
  }

  async function fetchLayer(): Promise<void> {
    const now = await request<MapInfo>('GET', '/api/map')
    if (now.base === 'none') base.value = null
    else if (now.version !== loaded || !base.value) {
      try {
        base.value = await request<BaseLayer>('GET', '/api/map/base')
      } catch (error) {
        // Taken away in between: pins stand on empty ground.
        if (!(error instanceof Refused) || error.status !== 404) throw error
        base.value = null
      }
    }
    loaded = now.version
    info.value = now
  }

  return { info, base, load }
})
