import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SocketMessage } from '@/api/types'
import { DeskSocket, type Link, type SocketLike } from '@/realtime/deskSocket'

/** The other end of the line. */
class Line implements SocketLike {
  onopen: SocketLike['onopen'] = null
  onmessage: SocketLike['onmessage'] = null
  onclose: SocketLike['onclose'] = null
  sent: string[] = []

  send(data: string): void {
    this.sent.push(data)
  }
  close(): void {
    this.drop()
  }
  open(): void {
    this.onopen?.(new Event('open'))
  }
  say(message: unknown): void {
    this.onmessage?.(new MessageEvent('message', { data: JSON.stringify(message) }))
  }
  drop(): void {
    this.onclose?.(new CloseEvent('close'))
  }
}

const HELPERS = {
  type: 'helpers',
  helpers: { telephony: true, speech: true, suggestion: true },
} satisfies SocketMessage
const NOBODY = { type: 'agent', agent: null } satisfies SocketMessage

function desk(resync: () => Promise<void> = () => Promise.resolve()) {
  const lines: Line[] = []
  const seen: string[] = []
  const links: Link[] = []
  let resyncs = 0
  const socket = new DeskSocket({
    connect: () => {
      const line = new Line()
      lines.push(line)
      return line
    },
    onMessage: (message) => seen.push(message.type),
    resync: () => {
      resyncs += 1
      return resync()
    },
    onLink: (link) => links.push(link),
    onClosed: (opened) => seen.push(opened ? 'was open' : 'never open'),
    random: () => 0,
  })
  const line = () => lines[lines.length - 1] as Line
  return { socket, lines, line, seen, links, count: () => resyncs }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the desk socket', () => {
  it('fetches everything when it opens, then hands messages on', async () => {
    const { socket, line, seen, links, count } = desk()
    socket.start()
    line().open()
    await settle()
    line().say(HELPERS)
    expect(count()).toBe(1)
    expect(seen).toEqual(['helpers'])
    expect(links).toEqual(['connecting', 'open'])
  })

  it('holds messages back until the snapshot is in', async () => {
    let arrive: () => void = () => undefined
    const { socket, line, seen } = desk(() => new Promise((resolve) => (arrive = resolve)))
    socket.start()
    line().open()
    line().say(NOBODY)
    line().say(HELPERS)
    await settle()
    expect(seen).toEqual([])
    arrive()
    await settle()
    expect(seen).toEqual(['agent', 'helpers'])
  })

  it('connects again after a loss, with growing and bounded delays, and fetches again', async () => {
    const { socket, line, lines, count, links } = desk()
    socket.start()
    line().open()
    await settle()
    line().drop()
    expect(links.at(-1)).toBe('lost')
    await vi.advanceTimersByTimeAsync(249)
    expect(lines).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(lines).toHaveLength(2)
    line().open()
    await settle()
    expect(count()).toBe(2)
    expect(links.at(-1)).toBe('open')

    const delays: number[] = []
    for (let tries = 0; tries < 8; tries += 1) {
      delays.push(socket.delay())
      line().drop()
      await vi.advanceTimersByTimeAsync(10_000)
    }
    expect(delays.slice(0, 3)).toEqual([250, 500, 1000])
    expect(Math.max(...delays)).toBe(5000)
  })

  it('tells whether a lost connection ever was open', async () => {
    const { socket, line, seen } = desk()
    socket.start()
    line().drop()
    await vi.advanceTimersByTimeAsync(1000)
    line().open()
    await settle()
    line().drop()
    expect(seen).toEqual(['never open', 'was open'])
  })

  it('fetches again when the server says that it fell behind', async () => {
    const { socket, line, seen, count } = desk()
    socket.start()
    line().open()
    await settle()
    line().say({ type: 'resync' })
    line().say(HELPERS)
    expect(seen).toEqual([])
    await settle()
    expect(count()).toBe(2)
    expect(seen).toEqual(['helpers'])
  })

  it('starts over when fetching fails', async () => {
    const { socket, line, lines, links } = desk(() => Promise.reject(new Error('down')))
    socket.start()
    line().open()
    await settle()
    expect(links.at(-1)).toBe('lost')
    await vi.advanceTimersByTimeAsync(1000)
    expect(lines).toHaveLength(2)
  })

  it('hurries when the network is back, and stays closed once stopped', async () => {
    const { socket, line, lines } = desk()
    socket.start()
    line().drop()
    socket.hurry()
    expect(lines).toHaveLength(2)
    socket.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(lines).toHaveLength(2)
  })

  it('connects again when it hears nothing, although no end of the connection is told', async () => {
    const { socket, line, lines, links } = desk()
    socket.start()
    line().open()
    await settle()
    await vi.advanceTimersByTimeAsync(29_000)
    line().say({ type: 'pulse' })
    await vi.advanceTimersByTimeAsync(29_000)
    expect(links.at(-1)).toBe('open')
    const dead = line()
    dead.close = () => undefined
    await vi.advanceTimersByTimeAsync(1_250)
    expect(lines).toHaveLength(2)
    dead.say(HELPERS)
    dead.drop()
    expect(lines).toHaveLength(2)
  })

  it('opens although the snapshot of a lost connection was still under way', async () => {
    const arrivals: (() => void)[] = []
    const { socket, line, links, seen } = desk(
      () => new Promise((resolve) => arrivals.push(resolve)),
    )
    socket.start()
    line().open()
    socket.giveUp()
    await vi.advanceTimersByTimeAsync(250)
    line().open()
    line().say(HELPERS)
    arrivals[0]?.()
    await settle()
    expect(links.at(-1)).toBe('connecting')
    arrivals[1]?.()
    await settle()
    expect(links.at(-1)).toBe('open')
    expect(seen).toEqual(['was open', 'helpers'])
  })

  it('ignores what is not JSON', async () => {
    const { socket, line, seen } = desk()
    socket.start()
    line().open()
    await settle()
    line().onmessage?.(new MessageEvent('message', { data: 'nonsense' }))
    line().say(HELPERS)
    expect(seen).toEqual(['helpers'])
  })
})
