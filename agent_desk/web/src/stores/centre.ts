/** What changes seldom: queues, taxonomy, levels, units, pause reasons. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { request } from '@/api/client'
import type { CategoryInfo, Centre, UnitInfo } from '@/api/types'

const NOTHING: Centre = {
  queues: [],
  categories: [],
  levels: [],
  units: [],
  pause_reasons: [],
  texts: false,
}

export const useCentreStore = defineStore('centre', () => {
  const centre = shallowRef<Centre>(NOTHING)
  const loaded = ref(false)

  const categories = computed(
    () => new Map<string, CategoryInfo>(centre.value.categories.map((item) => [item.code, item])),
  )
  const units = computed(
    () => new Map<string, UnitInfo>(centre.value.units.map((unit) => [unit.id, unit])),
  )
  /** A queue's number and name. */
  const queueNames = computed(
    () =>
      new Map<string, string>(
        centre.value.queues.map(({ code, name }) => [
          code,
          name.includes(code) ? name : `${code} ${name}`,
        ]),
      ),
  )
  /** Categories by group, for a list with headings. */
  const groups = computed(() => {
    const byGroup = new Map<string, CategoryInfo[]>()
    for (const item of centre.value.categories) {
      byGroup.set(item.group, [...(byGroup.get(item.group) ?? []), item])
    }
    return byGroup
  })

  async function load(): Promise<void> {
    if (loaded.value) return
    centre.value = await request<Centre>('GET', '/api/centre')
    loaded.value = true
  }

  return { centre, categories, units, queueNames, groups, load }
})
