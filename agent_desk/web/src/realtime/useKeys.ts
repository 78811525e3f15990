/** Function keys of a page. */
import { onBeforeUnmount, onMounted } from 'vue'

/** Runs `action` for the key `/`, unless it is typed into something or `blocked()`. */
export function useSlash(action: () => unknown, blocked: () => boolean): void {
  function onKey(event: KeyboardEvent): void {
    if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey) return
    const at = event.target
    const typing =
      at instanceof HTMLElement &&
      (at.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(at.tagName))
    if (typing || event.isComposing || blocked()) return
    event.preventDefault()
    void action()
  }
  onMounted(() => {
    window.addEventListener('keydown', onKey)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('keydown', onKey)
  })
}

/**
 * Runs `actions['F9']`, or `actions['Shift+F9']`, unless `blocked()`, as while a dialog is open, or while characters are
 * being composed: a half-written word is not in the form yet. These keys never reach the browser.
 */
export function useKeys(actions: Record<string, () => unknown>, blocked: () => boolean): void {
  function onKey(event: KeyboardEvent): void {
    const action = actions[event.shiftKey ? `Shift+${event.key}` : event.key]
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return
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
