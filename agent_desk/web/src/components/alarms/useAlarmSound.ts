/** Sounds while somebody has to look at an alarm; says when the browser does not allow it. */
import { onBeforeUnmount, ref, watch, type Ref } from 'vue'
import { alarmSound, maySound, wakeSound } from '@/softphone/tones'

const AGAIN_MS = 8_000
const LOOK_MS = 1_000

export function useAlarmSound(sounds: () => boolean): {
  blocked: Ref<boolean>
  allow: () => void
} {
  const blocked = ref(false)
  let again: ReturnType<typeof setInterval> | undefined

  function look(): void {
    blocked.value = typeof AudioContext !== 'undefined' && !maySound()
  }

  function sound(): void {
    alarmSound()
    look()
  }

  /** To be called by a click: browsers let a page sound only then. */
  function allow(): void {
    wakeSound()
    setTimeout(() => {
      look()
      if (sounds()) alarmSound()
    }, 100)
  }

  watch(
    sounds,
    (wanted) => {
      clearInterval(again)
      again = undefined
      if (!wanted) return
      sound()
      again = setInterval(sound, AGAIN_MS)
    },
    { immediate: true },
  )
  // A click anywhere on the page may have allowed it meanwhile.
  const looking = setInterval(look, LOOK_MS)
  look()
  onBeforeUnmount(() => {
    clearInterval(again)
    clearInterval(looking)
  })
  return { blocked, allow }
}
