/** Asks before the page is closed or loaded again, while `active()`. */
import { onBeforeUnmount, onMounted } from 'vue'

export function useLeaveGuard(active: () => boolean): void {
  function onLeave(event: BeforeUnloadEvent): void {
    if (active()) event.preventDefault() // the browser asks in its own words
  }
  onMounted(() => {
    window.addEventListener('beforeunload', onLeave)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('beforeunload', onLeave)
  })
}
