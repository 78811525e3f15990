import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import MapFrame from '@/components/map/MapFrame.vue'
import { useBoardStore } from '@/stores/board'
import { useMapStore } from '@/stores/map'
import type { Board } from '@/api/types'

const INFO = { base: 'none', version: '', features: 0, tiles: '', attribution: '' }

function answers(...found: Response[]): void {
  const waiting = [...found]
  vi.stubGlobal('fetch', () => Promise.resolve(waiting.shift() ?? Response.error()))
}

beforeEach(() => {
  setActivePinia(createPinia())
})

describe('a map that cannot be shown', () => {
  it('says so, keeps quiet, and can be asked again', async () => {
    answers(new Response('', { status: 503 }), Response.json(INFO))
    const frame = mount(MapFrame, { props: { label: '地图' } })
    await vi.waitFor(() => {
      expect(frame.text()).toContain('地图不可用')
    }, 30_000)
    await frame.get('button').trigger('click')
    await flushPromises()
    expect(useMapStore().info?.base).toBe('none')
    frame.unmount()
  })
})

it('an older board never undoes a newer one', () => {
  const store = useBoardStore()
  const board = (at: string): Board => ({
    at,
    open: 1,
    unplaced: 0,
    service_minutes: 15,
    service: [],
    tiers: [],
    emergencies: [],
    incidents: [],
  })
  store.take(board('2026-11-22T03:00:02Z'))
  store.take(board('2026-11-22T03:00:01Z'))
  expect(store.board?.at).toBe('2026-11-22T03:00:02Z')
})
