/** The page's own files kept on the telephone, and a newer version of them. */
import { onBeforeUnmount, onMounted, ref } from 'vue'

const LOOK_EVERY_MS = 30 * 60_000

export function useShell() {
  const newer = ref(false) // a newer version is here and waits to be used
  let registration: ServiceWorkerRegistration | null = null
  let timer: ReturnType<typeof setInterval> | undefined
  let mine = false

  async function keep(): Promise<void> {
    // Pages without TLS may keep nothing; the page works without.
    if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return
    try {
      registration = await navigator.serviceWorker.register('/sw.js', { scope: '/unit' })
    } catch {
      return
    }
    const look = () => {
      // Where nothing was used before there is nothing to be asked about.
      newer.value = Boolean(registration?.waiting && registration.active)
    }
    look()
    registration.addEventListener('updatefound', () => {
      registration?.installing?.addEventListener('statechange', look)
    })
    timer = setInterval(() => void registration?.update().catch(() => undefined), LOOK_EVERY_MS)
    navigator.serviceWorker.addEventListener('controllerchange', onChange)
  }

  function onChange(): void {
    if (mine) location.reload()
  }

  /** Uses the newer version: the page is loaded again. */
  function update(): void {
    const waiting = registration?.waiting
    if (!waiting) {
      location.reload()
      return
    }
    mine = true
    waiting.addEventListener('statechange', () => {
      // A page the old version did not control hears of no change of control.
      if (waiting.state === 'activated') location.reload()
    })
    waiting.postMessage({ type: 'SKIP_WAITING' })
  }

  onMounted(() => void keep())
  onBeforeUnmount(() => {
    clearInterval(timer)
    navigator.serviceWorker?.removeEventListener('controllerchange', onChange)
  })

  return { newer, update }
}
