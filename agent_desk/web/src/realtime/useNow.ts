/** The server's time, once a second, for timers on the page. */
import { onBeforeUnmount, ref, type Ref } from 'vue'
import { serverNow } from '@/api/client'

export function useNow(): Ref<number> {
  const now = ref(serverNow())
  const timer = setInterval(() => {
    now.value = serverNow()
  }, 1000)
  onBeforeUnmount(() => {
    clearInterval(timer)
  })
  return now
}
