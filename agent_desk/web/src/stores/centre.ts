/** What changes seldom: queues, taxonomy, levels, units, pause reasons. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
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

  /** Also after every resync: a supervisor may have edited the taxonomy. */
  async function load(): Promise<void> {
    centre.value = await request<Centre>('GET', '/api/centre')
  }

  return { centre, categories, units, queueNames, groups, load }
})
