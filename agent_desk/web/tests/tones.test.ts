import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as Tones from '@/softphone/tones'

interface Note {
  hertz: number
  at: number
}

/** A browser's sound that starts only when it is let. */
class SlowContext {
  static made: SlowContext | null = null
  static notes: Note[] = []
  state = 'suspended'
  currentTime = 5
  destination = {}
  private waiting: (() => void)[] = []

  constructor() {
    SlowContext.made = this
  }

  resume(): Promise<void> {
    if (this.state === 'running') return Promise.resolve()
    return new Promise((done) => {
      this.waiting.push(done)
    })
  }

  starts(): void {
    this.state = 'running'
    for (const done of this.waiting) done()
  }

  createOscillator(): unknown {
    const frequency = { value: 0 }
    return {
      frequency,
      connect: (node: unknown) => node,
      start: (at: number) => SlowContext.notes.push({ hertz: frequency.value, at }),
      stop: () => undefined,
    }
  }

  createGain(): unknown {
    const gain = { setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined }
    return { gain, connect: (node: unknown) => node, disconnect: () => undefined }
  }
}

async function fresh(): Promise<typeof Tones> {
  vi.resetModules()
  return await import('@/softphone/tones')
}

describe('a sound before the browser has started its audio', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
    vi.stubGlobal('AudioContext', SlowContext)
    SlowContext.notes = []
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('is heard as soon as it has, in its rhythm', async () => {
    const { emergencySound, maySound } = await fresh()
    emergencySound()
    expect(maySound()).toBe(false)
    expect(SlowContext.notes).toEqual([])
    SlowContext.made?.starts()
    await Promise.resolve()
    expect(SlowContext.notes).toEqual([
      { hertz: 660, at: 5 },
      { hertz: 880, at: 5.2 },
    ])
  })

  it('is left out where the browser allows it only much later', async () => {
    const { emergencySound } = await fresh()
    emergencySound()
    vi.advanceTimersByTime(60_000)
    SlowContext.made?.starts()
    await Promise.resolve()
    expect(SlowContext.notes).toEqual([])
    emergencySound()
    expect(SlowContext.notes).toHaveLength(2)
  })
})
