/**
 * The page's one socket: typed messages, a jittered reconnect, and a resync after every gap.
 *
 * Messages that arrive while a resync is under way wait for it, so that an older snapshot
 * never undoes a newer message; merging a message twice does no harm.
 */
import type { SocketMessage } from '@/api/types'

export type Link = 'connecting' | 'open' | 'lost'

export interface SocketLike {
  onopen: ((event: Event) => void) | null
  onmessage: ((event: MessageEvent) => void) | null
  onclose: ((event: CloseEvent) => void) | null
  send(data: string): void
  close(): void
}

export interface DeskSocketOptions {
  connect: () => SocketLike
  onMessage: (message: SocketMessage) => void
  /** Fetches everything again; rejects where that failed. */
  resync: () => Promise<void>
  onLink: (link: Link) => void
  /** A connection ended or could not be had; `opened` whether it ever was open. */
  onClosed: (opened: boolean) => void
  random?: () => number
}

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 10_000
const PING_MS = 25_000
const SILENCE_MS = 30_000 // the server sends a pulse every few seconds
const MOST_WAITING = 2_000

export class DeskSocket {
  private socket: SocketLike | null = null
  private retry: ReturnType<typeof setTimeout> | null = null
  private ping: ReturnType<typeof setInterval> | null = null
  private silence: ReturnType<typeof setTimeout> | null = null
  private failures = 0
  private stopped = true
  private opened = false // whether the present connection ever was open
  private waiting: SocketMessage[] | null = null
  private resyncAgain = false

  constructor(private readonly options: DeskSocketOptions) {}

  start(): void {
    if (!this.stopped) return
    this.stopped = false
    this.open()
  }

  stop(): void {
    this.stopped = true
    this.clearTimers()
    const socket = this.socket
    this.socket = null
    socket?.close()
  }

  /** Tries at once instead of waiting for the delay to pass, as when the network is back. */
  hurry(): void {
    if (this.stopped || this.socket) return
    this.clearTimers()
    this.open()
  }

  /** Gives the connection up, as when the network went away: a dead one may say nothing for long. */
  giveUp(): void {
    const socket = this.socket
    if (!socket) return
    this.lose(socket)
    socket.close()
  }

  /** The delay before the next try: doubled each time, between half and all of it. */
  delay(): number {
    const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures)
    const random = this.options.random ?? Math.random
    return full / 2 + (full / 2) * random()
  }

  private open(): void {
    this.options.onLink('connecting')
    const socket = this.options.connect()
    this.socket = socket
    this.opened = false
    this.listen()
    socket.onopen = () => {
      if (this.socket !== socket) return
      this.opened = true
      this.listen()
      this.ping = setInterval(() => {
        socket.send('{}')
      }, PING_MS)
      void this.resync()
    }
    socket.onmessage = (event) => {
      if (this.socket !== socket) return
      this.listen()
      this.receive(String(event.data))
    }
    socket.onclose = () => {
      this.lose(socket)
    }
  }

  private lose(socket: SocketLike): void {
    if (this.socket !== socket) return
    this.socket = null
    this.clearTimers()
    this.options.onLink('lost')
    this.options.onClosed(this.opened)
    this.tryLater()
  }

  /** Counts the silence from now on. */
  private listen(): void {
    if (this.silence !== null) clearTimeout(this.silence)
    this.silence = setTimeout(() => {
      this.giveUp()
    }, SILENCE_MS)
  }

  private receive(text: string): void {
    let message: SocketMessage
    try {
      message = JSON.parse(text) as SocketMessage
    } catch {
      return
    }
    if (message.type === 'resync') {
      void this.resync()
    } else if (this.waiting) {
      this.waiting.push(message)
      if (this.waiting.length > MOST_WAITING) this.socket?.close()
    } else {
      this.options.onMessage(message)
    }
  }

  private async resync(): Promise<void> {
    if (this.waiting) {
      this.resyncAgain = true
      return
    }
    this.waiting = []
    let socket: SocketLike | null
    do {
      this.resyncAgain = false
      socket = this.socket
      try {
        await this.options.resync()
      } catch {
        if (this.resyncAgain) continue // meanwhile another connection opened
        this.waiting = null
        if (this.socket === socket) this.giveUp()
        return
      }
    } while (this.resyncAgain)
    const waited = this.waiting
    this.waiting = null
    if (!socket || this.socket !== socket || !this.opened) return
    this.failures = 0
    this.options.onLink('open')
    for (const message of waited) this.options.onMessage(message)
  }

  private tryLater(): void {
    if (this.stopped) return
    this.retry = setTimeout(() => {
      this.retry = null
      this.open()
    }, this.delay())
    this.failures += 1
  }

  private clearTimers(): void {
    if (this.retry !== null) clearTimeout(this.retry)
    if (this.ping !== null) clearInterval(this.ping)
    if (this.silence !== null) clearTimeout(this.silence)
    this.silence = null
    this.retry = null
    this.ping = null
  }
}
