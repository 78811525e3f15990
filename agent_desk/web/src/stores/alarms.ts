/** The alarms that are not over, those nobody has acknowledged first. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { request } from '@/api/client'
import type { AlarmInfo, AlarmList } from '@/api/types'

export const useAlarmStore = defineStore('alarms', () => {
  const alarms = shallowRef<AlarmInfo[]>([])

  const raised = computed(() => alarms.value.filter((alarm) => alarm.status === 'raised'))
  /** Whether a tone should be heard: somebody is to look, and nobody has. */
  const sounds = computed(() => raised.value.some((alarm) => alarm.sound))

  /** Takes what the socket told (`message.alarms` of a message of type `alarms`). */
  function take(list: AlarmList): void {
    alarms.value = list.alarms
  }

  async function load(): Promise<void> {
    take(await request<AlarmList>('GET', '/api/alarms'))
  }

  async function acknowledge(ids: string[]): Promise<void> {
    await request<undefined>('POST', '/api/alarms/acknowledge', { ids })
    await load()
  }

  return { alarms, raised, sounds, take, load, acknowledge }
})
