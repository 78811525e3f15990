import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { request, serverNow, signedOut, whenSignedOut, whenTokenRefused } from '@/api/client'
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

  it('is not told to who is just signing out', async () => {
    const session = useSessionStore()
    session.become({ ...ME })
    vi.stubGlobal('fetch', async (_path: string, init: RequestInit) => {
      me = null
      if (init.method === 'DELETE') await session.verify() // as its socket is closed at once
      return init.method === 'DELETE' ? answer(204, null) : answer(401, {})
    })
    await session.signOut()
    expect([session.me, session.notice]).toEqual([null, ''])
  })

  it('does not let another person go on with what the page holds', async () => {
    const session = useSessionStore()
    session.become({ ...ME })
    session.become(null)
    me = { ...ME, user_id: 'u2' }
    expect(await session.signIn('b', 'secret')).toBe(false)
  })
})

describe('the time of the server', () => {
  const HERE = Date.UTC(2026, 2, 1)
  const HOUR = 3600_000

  /** An answer that takes `took` ms; the server's clock is `ahead` ms of this machine's. */
  async function told(took: number, ahead: number): Promise<number> {
    vi.useFakeTimers({ now: HERE, toFake: ['Date'] })
    vi.stubGlobal('fetch', () => {
      vi.setSystemTime(HERE + took)
      const date = new Date(HERE + took / 2 + ahead).toUTCString()
      return Promise.resolve(new Response('{}', { headers: { Date: date } }))
    })
    await request('GET', '/api/session')
    return serverNow() - Date.now()
  }

  afterEach(async () => {
    await told(0, 0)
    vi.useRealTimers()
  })

  it('is known from a slow answer where this machine has another day', async () => {
    expect(Math.abs((await told(6_000, -100 * HOUR)) + 100 * HOUR)).toBeLessThan(4_000)
  })

  it('is known better from a quick answer than from a slow one', async () => {
    const quick = await told(100, HOUR)
    expect(Math.abs(quick - HOUR)).toBeLessThan(1_000)
    expect(await told(8_000, HOUR + 3_000)).toBe(quick)
  })

  it('is that of this machine where the two agree', async () => {
    expect(await told(9_000, 1_000)).toBe(0)
    expect(await told(10, 1_000)).toBe(0)
  })
})
