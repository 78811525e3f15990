/** The recording of the shown call, heard from a sentence on. */
import { onBeforeUnmount, ref, watch } from 'vue'
import type { UtteranceInfo } from '@/api/types'
import { playThrough, useAudioChoice } from '@/softphone/useAudioDevices'

export function usePlayback(callId: () => string | null) {
  const choice = useAudioChoice()
  const playing = ref<string | null>(null) // the sentence it was begun from
  const failed = ref(false)
  let sound: HTMLAudioElement | null = null

  function stop(): void {
    sound?.pause()
    sound = null
    playing.value = null
  }

  /** Plays from where the sentence begins, or stops where it plays from there already. */
  async function toggle(utterance: UtteranceInfo): Promise<void> {
    const again = playing.value === utterance.id
    stop()
    const id = callId()
    if (again || !id || utterance.call_ms === null) return
    failed.value = false
    const mine = new Audio(`/api/calls/${id}/recording`)
    sound = mine
    playing.value = utterance.id
    mine.onended = stop
    mine.currentTime = utterance.call_ms / 1000
    try {
      await playThrough(mine, choice.value.speaker)
      await mine.play()
    } catch {
      if (sound !== mine) return // stopped meanwhile
      stop()
      failed.value = true
    }
  }

  watch(callId, () => {
    stop()
    failed.value = false
  })
  onBeforeUnmount(stop)

  return { playing, failed, toggle }
}
