/** A text that a reload of the page does not lose; emptied, it is forgotten. */
import { ref, type Ref, watch } from 'vue'

export function useKeptText(key: string, storage: Storage = localStorage): Ref<string> {
  const text = ref(read())
  watch(
    text,
    (now) => {
      try {
        if (now) storage.setItem(key, now)
        else storage.removeItem(key)
      } catch {
        // Full or forbidden storage: the text still lives on the page.
      }
    },
    { flush: 'sync' },
  )

  function read(): string {
    try {
      return storage.getItem(key) ?? ''
    } catch {
      return ''
    }
  }

  return text
}
