import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, h, nextTick, shallowRef } from 'vue'
import type { UtteranceInfo } from '@/api/types'
import CorrectableText from '@/components/CorrectableText.vue'
import { utterance } from './make'

const HEARD = '在孟洲街道'
const REALLY = '在濛洲街道'

function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })
}

describe('a text that can be corrected', () => {
  const send = vi.fn<typeof fetch>()
  const shown = shallowRef<UtteranceInfo>(utterance(0, HEARD))
  let root: HTMLElement
  let remove: () => void

  beforeEach(() => {
    vi.stubGlobal('fetch', send)
    send.mockReset()
    shown.value = utterance(0, HEARD)
    root = document.createElement('div')
    document.body.append(root)
    const app = createApp({
      render: () =>
        h(CorrectableText, {
          utterance: shown.value,
          onCorrected: (one: UtteranceInfo) => {
            shown.value = one
          },
        }),
    })
    app.mount(root)
    remove = () => {
      app.unmount()
      root.remove()
    }
  })

  afterEach(() => {
    remove()
    vi.unstubAllGlobals()
  })

  async function write(text: string): Promise<HTMLInputElement> {
    root.querySelector<HTMLElement>('[data-testid=correct]')?.click()
    await nextTick()
    const input = root.querySelector('input')
    if (!input) throw new Error('nothing to write into')
    input.value = text
    input.dispatchEvent(new Event('input'))
    return input
  }

  function press(input: HTMLInputElement, key: string, isComposing = false): void {
    input.dispatchEvent(new KeyboardEvent('keydown', { key, isComposing, bubbles: true }))
  }

  it('saves with Enter and shows who wrote what', async () => {
    const saved = { ...utterance(0, REALLY), heard_text: HEARD }
    send.mockResolvedValue(answer(saved))
    press(await write(REALLY), 'Enter')
    await vi.waitFor(() => {
      expect(root.querySelector('input')).toBeNull()
    }, 30_000)
    const [path, init] = send.mock.calls[0] ?? []
    expect(path).toBe(`/api/utterances/${saved.id}/text`)
    expect(JSON.parse(String(init?.body))).toEqual({ text: REALLY, seen: HEARD })
    expect(root.textContent).toContain(REALLY)
    expect(root.textContent).toContain(`原转写「${HEARD}」`)
  })

  it('keeps what stood there with Esc, unchanged or empty text', async () => {
    press(await write(REALLY), 'Escape')
    await nextTick()
    press(await write('  '), 'Enter')
    await nextTick()
    press(await write(HEARD), 'Enter')
    await nextTick()
    expect(root.querySelector('input')).toBeNull()
    expect(root.textContent).toContain(HEARD)
    expect(send).not.toHaveBeenCalled()
  })

  it('leaves Enter to characters that are being composed', async () => {
    const input = await write(REALLY)
    press(input, 'Enter', true)
    press(input, 'Escape', true)
    await nextTick()
    expect(root.querySelector('input')).toBe(input)
    expect(send).not.toHaveBeenCalled()
  })

  it('keeps what was written when it could not be saved', async () => {
    send.mockResolvedValue(answer({ code: 'conflict', message: '刚被他人改过' }, 409))
    const input = await write(REALLY)
    press(input, 'Enter')
    await vi.waitFor(() => {
      expect(send).toHaveBeenCalledOnce()
    }, 30_000)
    await vi.waitFor(() => {
      expect(input.disabled).toBe(false)
    }, 30_000)
    expect(root.querySelector('input')?.value).toBe(REALLY)
  })
})
