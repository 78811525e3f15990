/** Talks to the server: JSON, the CSRF header, time-outs, and errors as `Refused`. */
import { t } from '@/locales'
import { refusal } from '@/locales/problems'
import type { Problem } from './types'

/** An answer that is not the one asked for; `message` is a sentence for the user. */
export class Refused extends Error {
  constructor(
    readonly status: number, // HTTP status; 0 where the server was not reached
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'Refused'
  }

  /** Whether trying the same again later may succeed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

const TIMEOUT_MS = 15_000
const FILE_TIMEOUT_MS = 120_000
const CLOCK_TOLERANCE_MS = 2_000

let csrfToken = ''
let clockOffsetMs = 0
let onSignedOut: () => void = () => undefined
let renewToken: () => Promise<boolean> = () => Promise.resolve(false)

export function useCsrfToken(token: string): void {
  csrfToken = token
}

/** Calls `handler` when the server says that nobody is signed in any more. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

/** Asks `renew` for a newer CSRF token when one is refused; it gives whether there is one. */
export function whenTokenRefused(renew: () => Promise<boolean>): void {
  renewToken = renew
}

/** Tells that nobody is signed in any more. */
export function signedOut(): void {
  onSignedOut()
}

/** The server's time in milliseconds, as far as its answers tell. */
export function serverNow(): number {
  return Date.now() + clockOffsetMs
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Sends a request, with further headers where there are any, and gives the JSON of the answer,
 * `undefined` for an empty one.
 * Throws `Refused` for everything else, a time-out and a lost connection included.
 */
export async function request<T>(
  method: Method,
  path: string,
  body?: unknown,
  further: Record<string, string> = {},
): Promise<T> {
  const token = csrfToken
  try {
    return await once<T>(method, path, body, further)
  } catch (error) {
    // Whoever signs in again in another tab changes this tab's token.
    const stale = error instanceof Refused && error.status === 403 && method !== 'GET'
    if (!stale || (token === csrfToken && !(await renewToken()))) throw error
    return await once<T>(method, path, body, further)
  }
}

/** Sends a file as it is, with more time; otherwise as `request`. */
export const upload = <T>(path: string, file: Blob): Promise<T> => request<T>('POST', path, file)

async function once<T>(
  method: Method,
  path: string,
  body: unknown,
  further: Record<string, string>,
): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const isFile = body instanceof Blob
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken
  if (body !== undefined)
    headers['Content-Type'] = isFile ? body.type || 'text/csv' : 'application/json'
  Object.assign(headers, further)
  let answer: Response
  let text: string
  const started = Date.now()
  try {
    answer = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(isFile ? FILE_TIMEOUT_MS : TIMEOUT_MS),
      ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
    })
    text = await answer.text()
  } catch {
    throw new Refused(0, 'unreachable', t('连接不到服务器，请检查网络；已填写的内容保留在本机。'))
  }
  noteServerTime(answer.headers.get('Date'), started)
  if (answer.ok) {
    try {
      return (text ? JSON.parse(text) : undefined) as T
    } catch {
      throw new Refused(502, 'unexpected', t('服务器的回答无法识别，请稍后重试。'))
    }
  }
  const problem = readProblem(text)
  if (answer.status === 401 && path !== '/api/session') onSignedOut()
  throw new Refused(
    answer.status,
    problem?.code ?? 'unexpected',
    problem
      ? refusal(problem.code, problem.message)
      : t('服务器未能完成操作（{status}），请稍后重试。', { status: answer.status }),
  )
}

function readProblem(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text)
    if (value && typeof value === 'object' && 'message' in value && 'code' in value) {
      return value as Problem
    }
  } catch {
    // not JSON: a proxy's page, say
  }
  return null
}

function noteServerTime(date: string | null, started: number): void {
  const told = date ? Date.parse(date) : NaN
  if (Number.isNaN(told)) return
  const ended = Date.now()
  // The header has whole seconds; its middle is the best guess.
  const offset = told + 500 - (started + ended) / 2
  const doubt = (ended - started) / 2 + 500
  // A slow answer betters nothing, but tells of a clock that is wrong by days.
  const slow = ended - started > CLOCK_TOLERANCE_MS
  if (slow && Math.abs(offset - clockOffsetMs) <= doubt + CLOCK_TOLERANCE_MS) return
  clockOffsetMs = Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : 0
}
