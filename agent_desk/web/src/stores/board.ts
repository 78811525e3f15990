/** Open orders as one picture, for the wall and the hall's map. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { request } from '@/api/client'
import type { Board, BoardService } from '@/api/types'
import { incidentMark, type MapMark } from '@/rules/map'

export const useBoardStore = defineStore('board', () => {
  const board = shallowRef<Board | null>(null)

  const marks = computed<MapMark[]>(() =>
    (board.value?.incidents ?? []).map(incidentMark).filter((one): one is MapMark => one !== null),
  )
  /** The last minutes of a queue, by its number. */
  const service = computed(
    () =>
      new Map<string, BoardService>(
        (board.value?.service ?? []).map((one) => [one.queue_code, one]),
      ),
  )

  /** Takes what the socket told; an older picture is ignored. */
  function take(newer: Board): void {
    if (!board.value || board.value.at <= newer.at) board.value = newer
  }

  async function load(): Promise<void> {
    take(await request<Board>('GET', '/api/board'))
  }

  return { board, marks, service, take, load }
})
