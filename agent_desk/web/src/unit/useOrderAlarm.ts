/** Sound, and a notification where the page is hidden, while orders wait to be received. */
import { onBeforeUnmount, onMounted, ref, type Ref, watch } from 'vue'
import type { UnitOrder } from '@/api/types'
import { named, t } from '@/locales'
import { newOrderSound, wakeSound } from '@/softphone/tones'

const AGAIN_MS = 20_000
const URGENT_MS = 8_000
const QUIET = 'yihu.unit-quiet' // this telephone's choice; not a person's

export function useOrderAlarm(waiting: Ref<UnitOrder[]>) {
  // Browsers keep quiet until the user has touched the page once.
  const blocked = ref(!navigator.userActivation?.hasBeenActive)
  const quiet = ref(localStorage.getItem(QUIET) === 'yes')
  const mayNotify = ref(permission())
  let again: ReturnType<typeof setTimeout> | undefined

  function permission(): NotificationPermission {
    return 'Notification' in window ? Notification.permission : 'denied'
  }

  function sound(): void {
    clearTimeout(again)
    if (waiting.value.length === 0) return
    if (!quiet.value) newOrderSound()
    const urgent = waiting.value.some((order) => order.emergency)
    again = setTimeout(sound, urgent ? URGENT_MS : AGAIN_MS)
  }

  /** An order has come in. */
  function ring(order: UnitOrder | null): void {
    sound()
    if (!order || !document.hidden || mayNotify.value !== 'granted') return
    // A locked screen is read by anybody: neither name nor address.
    const title = order.emergency ? t('紧急工单') : t('新工单')
    const body = `${named(order.category_name) || t('未定类别')} ${order.number}`
    const options = { body, tag: order.id, icon: '/icon-192.png' }
    void navigator.serviceWorker
      ?.getRegistration('/unit')
      .then((shell) => (shell ? shell.showNotification(title, options) : show(title, options)))
      .catch(() => undefined)
  }

  function show(title: string, options: NotificationOptions): void {
    const shown = new Notification(title, options)
    shown.onclick = () => {
      window.focus()
    }
  }

  async function askToNotify(): Promise<void> {
    if ('Notification' in window) mayNotify.value = await Notification.requestPermission()
  }

  function setQuiet(wanted: boolean): void {
    quiet.value = wanted
    localStorage.setItem(QUIET, wanted ? 'yes' : 'no')
  }

  // What waited before the page was opened is rung for as well.
  watch(
    () => waiting.value.length > 0,
    (some) => {
      if (some) again ??= setTimeout(sound, URGENT_MS)
      else {
        clearTimeout(again)
        again = undefined
      }
    },
    { immediate: true },
  )

  function onTouch(): void {
    wakeSound()
    blocked.value = false
  }
  onMounted(() => {
    window.addEventListener('pointerdown', onTouch, { once: true })
  })
  onBeforeUnmount(() => {
    clearTimeout(again)
    window.removeEventListener('pointerdown', onTouch)
  })

  return { blocked, quiet, setQuiet, mayNotify, askToNotify, ring }
}
