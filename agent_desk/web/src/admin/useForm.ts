/**
 * A form about something that others may edit too. Whatever is typed stays until it is saved or
 * given up: where another person has saved meanwhile, their values come into the fields that
 * were not touched here, and stand beside those that were.
 */
import { computed, ref, type Ref } from 'vue'
import { Refused } from '@/api/client'

export const EDITED_MEANWHILE = 'edited_meanwhile'

export interface Fields {
  [name: string]: unknown
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export function useForm<F extends Fields>() {
  const isOpen = ref(false)
  const version = ref(0)
  const trouble = ref('')
  const busy = ref(false)
  const base = ref({}) as Ref<Partial<F>>
  const draft = ref({}) as Ref<F>
  const clashes = ref({}) as Ref<Partial<F>> // what others have put where something was typed here
  const taken = ref<string[]>([]) // fields that others have changed

  const dirty = computed(
    () =>
      isOpen.value && Object.keys(draft.value).some((k) => !same(draft.value[k], base.value[k])),
  )

  /** Opens the form on `values`, as they were read with `seen`. */
  function open(values: F, seen = 0): void {
    base.value = copy(values)
    draft.value = copy(values)
    version.value = seen
    clear()
    isOpen.value = true
  }

  function clear(): void {
    trouble.value = ''
    clashes.value = {}
    taken.value = []
  }

  function close(): void {
    isOpen.value = false
    clear()
  }

  /**
   * Takes in what another person has saved; nothing that was typed here is lost. What clashed
   * before clashes on until it is adopted, typed here as well, or saved over.
   */
  function meet(newest: F, seen: number): void {
    const clashing: Partial<F> = {}
    const changed: string[] = []
    for (const name of Object.keys(draft.value) as (keyof F & string)[]) {
      if (same(newest[name], base.value[name])) {
        if (!(name in clashes.value)) continue
      } else {
        changed.push(name)
        if (same(draft.value[name], base.value[name])) draft.value[name] = copy(newest[name])
      }
      if (!same(draft.value[name], newest[name])) clashing[name] = copy(newest[name])
    }
    base.value = copy(newest)
    version.value = seen
    clashes.value = clashing
    taken.value = changed
  }

  /** Puts another person's value in the place of what was typed. */
  function adopt(name: keyof F & string): void {
    const other = clashes.value[name]
    if (other === undefined) return
    draft.value[name] = copy(other) as F[keyof F & string]
    const rest = Object.fromEntries(
      Object.entries(clashes.value).filter(([field]) => field !== name),
    ) as Partial<F>
    clashes.value = rest
  }

  /**
   * Sends the form. After another person's change `newest` gives what is stored, and the form
   * stays open with both. Gives whether it was saved.
   */
  async function save(
    send: (fields: F, seen: number) => Promise<unknown>,
    newest?: () => Promise<{ values: F; version: number }>,
  ): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    trouble.value = ''
    try {
      await send(copy(draft.value), version.value)
      close()
      return true
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      trouble.value = error.message
      if (error.code === EDITED_MEANWHILE && newest) {
        try {
          const found = await newest()
          meet(found.values, found.version)
        } catch (again) {
          if (!(again instanceof Refused)) throw again
        }
      }
      return false
    } finally {
      busy.value = false
    }
  }

  return {
    isOpen,
    version,
    trouble,
    busy,
    draft,
    clashes,
    taken,
    dirty,
    open,
    close,
    adopt,
    save,
    meet,
  }
}

export type Form<F extends Fields> = ReturnType<typeof useForm<F>>
