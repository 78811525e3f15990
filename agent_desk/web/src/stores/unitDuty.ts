/** A unit's duty roster, and its teams and vehicles. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { request } from '@/api/client'
import type { ForceInfo, ShiftInfo } from '@/api/types'

export type ForceStatus = ForceInfo['status']

export const useUnitDutyStore = defineStore('unitDuty', () => {
  const shifts = ref<ShiftInfo[]>([])
  const forces = ref<ForceInfo[]>([])

  async function load(): Promise<void> {
    ;[shifts.value, forces.value] = await Promise.all([
      request<ShiftInfo[]>('GET', '/api/unit/shifts'),
      request<ForceInfo[]>('GET', '/api/unit/forces'),
    ])
  }

  async function addShift(shift: Omit<ShiftInfo, 'id'>): Promise<void> {
    await request<ShiftInfo>('POST', '/api/unit/shifts', shift)
    await load()
  }

  async function removeShift(id: string): Promise<void> {
    await request('DELETE', `/api/unit/shifts/${id}`)
    await load()
  }

  async function report(id: string, what: Record<string, unknown>): Promise<void> {
    const told = await request<ForceInfo>('POST', `/api/unit/forces/${id}`, what)
    forces.value = forces.value.map((one) => (one.id === id ? told : one))
  }

  return { shifts, forces, load, addShift, removeShift, report }
})
