/** Function keys of a page. */
import { onBeforeUnmount, onMounted } from 'vue'

/** Runs `actions[key]` unless `blocked()`, as while a dialog is open. */
export function useKeys(actions: Record<string, () => unknown>, blocked: () => boolean): void {
  function onKey(event: KeyboardEvent): void {
    const action = actions[event.key]
    if (!action || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (!event.repeat && !blocked()) void action()
  }
  onMounted(() => {
    window.addEventListener('keydown', onKey)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', onKey)
  })
}
