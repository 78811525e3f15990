/** Which things an action runs on, one action on each at a time. */
import { ref } from 'vue'

// What appears under the finger after an action is not what a double click meant.
const SETTLE_MS = 600

export function useBusy() {
  const busy = ref<Set<string>>(new Set())

  /** Runs `action` unless one on `id` runs or has only just ended. */
  async function run(id: string, action: () => Promise<void>): Promise<void> {
    if (busy.value.has(id)) return
    busy.value.add(id)
    try {
      await action()
    } finally {
      setTimeout(() => busy.value.delete(id), SETTLE_MS)
    }
  }

  return { busy, run }
}
