/** Who is signed in. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { Refused, request, signedOut, useCsrfToken } from '@/api/client'
import type { Me, Role } from '@/api/types'
import { t } from '@/locales'

const HOME: Record<Role, string> = {
  seat: '/seat',
  unit: '/unit',
  supervisor: '/supervisor',
  administrator: '/admin/people',
}

// A unit's terminal, opened without a network, shows its own open cards to who used it last.
const LAST_UNIT = 'yihu.unit.me'

/** Loads the page again: nothing of the person before stays in it. */
export function startAnew(): void {
  location.assign('/')
}

export const useSessionStore = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const asked = ref(false)
  const notice = ref('') // for the sign-in page: why it is shown
  let last = '' // id of the person whose data the stores of this page hold
  let leaving = false // the server may tell of the end before it answers

  function become(person: Me | null): void {
    me.value = person
    if (person) last = person.user_id
    asked.value = true
    useCsrfToken(person?.csrf_token ?? '')
    try {
      if (person?.role === 'unit') {
        localStorage.setItem(LAST_UNIT, JSON.stringify({ ...person, csrf_token: '' }))
      } else localStorage.removeItem(LAST_UNIT)
    } catch {
      // Full or forbidden storage: without a network the page cannot be opened.
    }
  }

  /** The unit's person who used this browser last and did not sign out, while the server cannot
   * be asked; gives whether there is one. */
  function recall(): boolean {
    try {
      me.value ??= JSON.parse(localStorage.getItem(LAST_UNIT) ?? 'null') as Me | null
    } catch {
      return false
    }
    if (me.value) last = me.value.user_id
    return me.value !== null
  }

  /** Finds out, once, whether the browser has a valid session. */
  async function restore(): Promise<Me | null> {
    if (asked.value) return me.value
    try {
      become(await request<Me>('GET', '/api/session'))
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error
      become(null)
    }
    return me.value
  }

  /** The server says that nobody is signed in any more. */
  function expire(): void {
    if (me.value && !leaving)
      notice.value = t('登录已失效或已在别处退出，请重新登录；未保存的内容会保留。')
    become(null)
  }

  /**
   * Asks whether the session still holds; the client tells everybody where it does not.
   * Where another person has signed in meanwhile in this browser, the page starts anew.
   * Gives whether the session has another CSRF token than before.
   */
  async function verify(): Promise<boolean> {
    try {
      const person = await request<Me>('GET', '/api/session')
      if (!me.value) return false // signed out on this page meanwhile
      if (person.user_id !== me.value.user_id) {
        startAnew()
        return false
      }
      const renewed = person.csrf_token !== me.value.csrf_token
      become(person)
      return renewed
    } catch (error) {
      if (error instanceof Refused && error.status === 401) signedOut()
      return false
    }
  }

  /** Signs in; gives whether the page may go on with what its stores hold. */
  async function signIn(username: string, password: string): Promise<boolean> {
    const before = last
    const person = await request<Me>('POST', '/api/session', { username, password })
    become(person)
    notice.value = ''
    return before === '' || before === person.user_id
  }

  async function signOut(): Promise<void> {
    leaving = true
    try {
      await request<undefined>('DELETE', '/api/session')
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error
    } finally {
      leaving = false
    }
    become(null)
  }

  function home(): string {
    return me.value ? HOME[me.value.role] : '/login'
  }

  return { me, notice, restore, recall, verify, signIn, signOut, expire, become, home }
})
