import { mount } from './mount'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { useBusy } from '@/realtime/useBusy'
import { useKeptText } from '@/realtime/useKeptText'
import { useKeys } from '@/realtime/useKeys'
import { useLeaveGuard } from '@/realtime/useLeaveGuard'
import { onlyTab } from '@/softphone/onlyTab'

describe('function keys', () => {
  const pressed: string[] = []
  let blocked = false
  let unmount: () => void

  function press(key: string, values: KeyboardEventInit = {}): boolean {
    const event = new KeyboardEvent('keydown', { key, cancelable: true, ...values })
    window.dispatchEvent(event)
    return event.defaultPrevented
  }

  beforeEach(() => {
    pressed.length = 0
    blocked = false
    unmount = mount(() => {
      useKeys({ F9: () => pressed.push('F9') }, () => blocked)
    })
  })
  afterEach(() => {
    unmount()
  })

  it('run their action, and only the used ones are kept from the browser', () => {
    expect(press('F9')).toBe(true)
    expect(press('F3')).toBe(false)
    expect(press('F9', { ctrlKey: true })).toBe(false)
    expect(pressed).toEqual(['F9'])
  })

  it('do nothing while held down, in a dialog, or in a half-composed word', () => {
    expect(press('F9', { repeat: true })).toBe(true)
    expect(press('F9', { isComposing: true })).toBe(true)
    blocked = true
    expect(press('F9')).toBe(true)
    expect(pressed).toEqual([])
  })
})

describe('leaving the page', () => {
  it('is asked about only while something is at stake', () => {
    let talking = false
    const unmount = mount(() => {
      useLeaveGuard(() => talking)
    })
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true })
      window.dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(leave()).toBe(false)
    talking = true
    expect(leave()).toBe(true)
    unmount()
    expect(leave()).toBe(false)
  })
})

describe('an action on an order', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('does not run again for the second half of a double click, nor hold up other orders', async () => {
    const { busy, run } = useBusy()
    const done: string[] = []
    const act = (id: string) =>
      run(id, () => {
        done.push(id)
        return Promise.resolve()
      })
    await act('a')
    await act('a')
    await act('b')
    expect(done).toEqual(['a', 'b'])
    await vi.advanceTimersByTimeAsync(600)
    expect(busy.value.size).toBe(0)
    await act('a')
    expect(done).toEqual(['a', 'b', 'a'])
  })

  it('is over when it failed', async () => {
    const { busy, run } = useBusy()
    await expect(run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await vi.advanceTimersByTimeAsync(600)
    expect(busy.value.size).toBe(0)
  })
})

describe('a kept text', () => {
  it('comes back after a reload, and is forgotten when it is emptied', async () => {
    localStorage.clear()
    const text = useKeptText('k')
    text.value = '到场'
    await nextTick()
    const again = useKeptText('k')
    expect(again.value).toBe('到场')
    again.value = ''
    expect(localStorage.getItem('k')).toBeNull()
  })
})

describe('the telephone of several tabs', () => {
  it('is this tab where the browser has no locks', async () => {
    const release = await onlyTab('phone', new AbortController().signal)
    release()
  })
})
