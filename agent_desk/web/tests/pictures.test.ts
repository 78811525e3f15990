import { File as NodeFile } from 'node:buffer'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { NoPhoto, takePhoto } from '@/unit/pictures'

/** A file that can be read, which those of jsdom cannot. */
const made = (parts: (string | Uint8Array)[], name: string, type: string): File =>
  new NodeFile(parts, name, { type }) as unknown as File

const file = (head: string, name = '照片', type = ''): File =>
  made([new Uint8Array([0, 0, 0, 24]), head, new Uint8Array(40)], name, type)

/** A browser that reads none of these files. */
function unreadable(): void {
  vi.stubGlobal('createImageBitmap', () => Promise.reject(new Error('not an image')))
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('photos that the browser cannot read', () => {
  it.each([
    ['ftypheic', 'image/heic'],
    ['ftypheix', 'image/heic'],
    ['ftypmif1', 'image/heic'],
    ['ftypavif', 'image/avif'],
  ])('%s is sent as it is', async (head, type) => {
    unreadable()
    const photo = await takePhoto(file(head, 'IMG_0001.jpg', 'image/jpeg'))
    expect(photo.blob.type).toBe(type)
    expect(photo.blob.size).toBe(52)
  })

  it.each(['ftypisom', 'typheicx', '<html><b>', 'heic'])(
    '%s is refused, whatever its name',
    async (head) => {
      unreadable()
      const refused = takePhoto(file(head, 'IMG_0001.heic', 'image/heic'))
      await expect(refused).rejects.toThrow(NoPhoto)
      await expect(refused).rejects.toThrow('“IMG_0001.heic”不是可用的照片')
    },
  )

  it('refuses what is empty or too large before it is read', async () => {
    await expect(takePhoto(made([], 'a.heic', ''))).rejects.toThrow('是空文件')
    const large = file('ftypheic', 'b.heic')
    Object.defineProperty(large, 'size', { value: 20 * 1024 * 1024 + 1 })
    await expect(takePhoto(large)).rejects.toThrow('超过 20 MB')
  })
})
