/** Who is signed in. */
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { Refused, request, signedOut, useCsrfToken } from '@/api/client'
import type { Me, Role } from '@/api/types'

const HOME: Record<Role, string> = {
  seat: '/seat',
  unit: '/unit',
  supervisor: '/supervisor',
  administrator: '/supervisor',
}

export const useSessionStore = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const asked = ref(false)

  function become(person: Me | null): void {
    me.value = person
    asked.value = true
    useCsrfToken(person?.csrf_token ?? '')
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

  /** Asks whether the session still holds; the client tells everybody where it does not. */
  async function verify(): Promise<void> {
    try {
      await request<Me>('GET', '/api/session')
    } catch (error) {
      if (error instanceof Refused && error.status === 401) signedOut()
    }
  }

  async function signIn(username: string, password: string): Promise<Me> {
    const person = await request<Me>('POST', '/api/session', { username, password })
    become(person)
    return person
  }

  async function signOut(): Promise<void> {
    try {
      await request<undefined>('DELETE', '/api/session')
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error
    }
    become(null)
  }

  function home(): string {
    return me.value ? HOME[me.value.role] : '/login'
  }

  return { me, restore, verify, signIn, signOut, become, home }
})
