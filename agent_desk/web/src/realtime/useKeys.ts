/** Function keys of a page. */
import { onBeforeUnmount, onMounted } from 'vue'

/**
 * Runs `actions[key]` unless `blocked()`, as while a dialog is open, or while characters are
 * being composed: a half-written word is not in the form yet. These keys never reach the browser.
 */
export function useKeys(actions: Record<string, () => unknown>, blocked: () => boolean): void {
  function onKey(event: KeyboardEvent): void {
    const action = actions[event.key]
    if (!action || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (!event.repeat && !event.isComposing && !blocked()) void action()
  }
  onMounted(() => {
    window.addEventListener('keydown', onKey)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', onKey)
  })
}
