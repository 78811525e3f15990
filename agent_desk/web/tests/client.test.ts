import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { request, signedOut, whenSignedOut, whenTokenRefused } from '@/api/client'
import type { Me } from '@/api/types'
import { useSessionStore } from '@/stores/session'

const ME: Me = {
  user_id: 'u1',
  username: 'a',
  display_name: '张敏',
  role: 'seat',
  unit_id: null,
  unit_name: '',
  csrf_token: 'old',
  must_change_password: false,
}

let me: Me | null
let tokens: string[]

function answer(status: number, body: unknown): Promise<Response> {
  return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }))
}

beforeEach(() => {
  setActivePinia(createPinia())
  const session = useSessionStore()
  whenTokenRefused(() => session.verify())
  whenSignedOut(() => {
    session.expire()
  })
  me = { ...ME, csrf_token: 'new' }
  tokens = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (!me) return answer(401, { code: 'not_signed_in', message: '请先登录。' })
    if (path === '/api/session') return answer(200, me)
    const token = (init.headers as Record<string, string>)['X-CSRF-Token'] ?? ''
    tokens.push(token)
    if (token !== me.csrf_token) return answer(403, { code: 'forbidden', message: '凭证已失效' })
    return answer(200, { done: true })
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a refused CSRF token', () => {
  it('is renewed, as after signing in again in another tab', async () => {
    useSessionStore().become({ ...ME })
    await expect(request('POST', '/api/orders/1/send')).resolves.toEqual({ done: true })
    expect(tokens).toEqual(['old', 'new'])
  })

  it('is told where there is no newer one', async () => {
    me = { ...ME }
    useSessionStore().become(me)
    me = { ...ME, csrf_token: 'old' }
    vi.stubGlobal('fetch', (path: string) =>
      path === '/api/session'
        ? answer(200, me)
        : answer(403, { code: 'forbidden', message: '无权' }),
    )
    await expect(request('POST', '/api/orders/1/send')).rejects.toThrow('无权')
  })
})

describe('the end of a session', () => {
  it('is told on the sign-in page until somebody signs in', async () => {
    const session = useSessionStore()
    session.become({ ...ME })
    me = null
    await expect(request('GET', '/api/desk')).rejects.toThrow('请先登录')
    expect(session.me).toBeNull()
    expect(session.notice).toContain('登录已失效')
    me = { ...ME }
    expect(await session.signIn('a', 'secret')).toBe(true)
    expect(session.notice).toBe('')
  })

  it('is not told to whom was not signed in', () => {
    signedOut()
    expect(useSessionStore().notice).toBe('')
  })

  it('does not let another person go on with what the page holds', async () => {
    const session = useSessionStore()
    session.become({ ...ME })
    session.become(null)
    me = { ...ME, user_id: 'u2' }
    expect(await session.signIn('b', 'secret')).toBe(false)
  })
})
