/** Checks, marks, tables and rules, as supervisors and administrators see them. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { request } from '@/api/client'
import type {
  GiveMark,
  MarkInfo,
  MarkList,
  MarkRules,
  MarkStatus,
  QuotaInfo,
  RuleInfo,
  SpotCheckDay,
  SpotCheckInfo,
  StandingInfo,
  StandingTable,
  Stretch,
} from '@/api/marks'

export const useMarksStore = defineStore('marks', () => {
  const checks = ref<SpotCheckDay | null>(null)
  const list = ref<MarkList | null>(null)
  const rules = ref<MarkRules | null>(null)
  const tables = shallowRef(new Map<Stretch, StandingTable>())
  const units = shallowRef<StandingInfo[]>([])
  const byHand = computed(() => rules.value?.rules.filter((one) => one.by_hand && one.active) ?? [])

  async function loadChecks(day: string): Promise<void> {
    checks.value = await request<SpotCheckDay>('GET', `/api/spot-checks?day=${day}`)
  }

  async function check(unitId: string): Promise<SpotCheckInfo> {
    return await request<SpotCheckInfo>('POST', '/api/spot-checks', { unit_id: unitId })
  }

  async function loadMarks(status: MarkStatus | '', unitId: string, page: number): Promise<void> {
    const query = new URLSearchParams({ page: String(page) })
    if (status) query.set('status', status)
    if (unitId) query.set('unit_id', unitId)
    list.value = await request<MarkList>('GET', `/api/marks?${query.toString()}`)
  }

  function take(mark: MarkInfo): void {
    if (!list.value) return
    const before = list.value.marks.find((one) => one.id === mark.id)
    if (before?.status === 'appealed' && mark.status !== 'appealed') list.value.open_appeals -= 1
    list.value.marks = list.value.marks.map((one) => (one.id === mark.id ? mark : one))
  }

  async function give(mark: GiveMark): Promise<void> {
    await request<MarkInfo>('POST', '/api/marks', mark)
  }

  async function decide(id: string, uphold: boolean, note: string): Promise<void> {
    take(await request<MarkInfo>('POST', `/api/marks/${id}/decide`, { uphold, note }))
  }

  async function withdraw(id: string, note: string): Promise<void> {
    take(await request<MarkInfo>('POST', `/api/marks/${id}/withdraw`, { note }))
  }

  async function loadTable(stretch: Stretch, which: string, group: string): Promise<void> {
    const query = new URLSearchParams({ which, group })
    const path = `/api/standings/${stretch}?${query.toString()}`
    const found = await request<StandingTable>('GET', path)
    tables.value = new Map(tables.value).set(stretch, found)
  }

  /** The units that the own centre checks, enrolled firms last. */
  async function loadUnits(): Promise<void> {
    const [own, firms] = await Promise.all([
      request<StandingTable>('GET', '/api/standings/day'),
      request<StandingTable>('GET', '/api/standings/day?group=firm'),
    ])
    const order = (one: StandingInfo) => (one.firm ? 9 : one.tier)
    units.value = [...own.standings, ...firms.standings].sort(
      (one, other) => order(one) - order(other) || (one.code < other.code ? -1 : 1),
    )
  }

  async function loadRules(): Promise<void> {
    rules.value = await request<MarkRules>('GET', '/api/mark-rules')
  }

  async function saveRule(code: string, points: number, active: boolean): Promise<void> {
    const told = await request<RuleInfo>('PUT', `/api/mark-rules/${code}`, { points, active })
    if (!rules.value) return
    rules.value.rules = rules.value.rules.map((one) => (one.code === code ? told : one))
  }

  async function saveQuota(quota: QuotaInfo): Promise<void> {
    const { tier, ...what } = quota
    const path = `/api/spot-check-quotas/${String(tier)}`
    const told = await request<QuotaInfo>('PUT', path, what)
    if (!rules.value) return
    rules.value.quotas = rules.value.quotas.map((one) => (one.tier === tier ? told : one))
  }

  return {
    checks,
    list,
    rules,
    tables,
    units,
    byHand,
    loadChecks,
    check,
    loadMarks,
    give,
    decide,
    withdraw,
    loadTable,
    loadUnits,
    loadRules,
    saveRule,
    saveQuota,
  }
})
