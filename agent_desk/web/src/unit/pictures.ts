/** Photos made small on the telephone before they are kept and sent. */
import { t } from '@/locales'
import { type KeptPhoto, newKey } from './actions'

export const MOST_PHOTOS = 9
const MOST_BYTES = 20 * 1024 * 1024
const LONGEST = 2048 // pixels, as the server keeps them
const QUALITY = 0.85
const SENDABLE = ['image/jpeg', 'image/png', 'image/webp']
/** Brands of the container of HEIC, HEIF and AVIF, which the server reads in any case. */
const BRANDS = /^ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|(avi[fs]))$/ // the group is AVIF's

/** Why a file is no photo; `message` is a sentence for the user. */
export class NoPhoto extends Error {}

/**
 * The file as a JPEG of at most 2048 pixels a side, or as it is where this browser cannot read
 * HEIC or AVIF and the server can; rejects with `NoPhoto`.
 */
export async function takePhoto(file: File): Promise<KeptPhoto> {
  if (file.size > MOST_BYTES) {
    throw new NoPhoto(t('“{name}”超过 20 MB，请压缩或重新拍摄。', { name: shortName(file) }))
  }
  if (file.size === 0) throw new NoPhoto(t('“{name}”是空文件。', { name: shortName(file) }))
  return { key: newKey(), blob: await shrink(file) }
}

async function shrink(file: File): Promise<Blob> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    return await asTaken(file)
  }
  try {
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(bitmap.width * scale))
    canvas.height = Math.max(1, Math.round(bitmap.height * scale))
    const brush = canvas.getContext('2d')
    if (!brush) return await asItIs(file)
    brush.fillStyle = '#fff' // a JPEG has no transparency
    brush.fillRect(0, 0, canvas.width, canvas.height)
    brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    const small = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, 'image/jpeg', QUALITY)
    })
    return small ?? (await asItIs(file))
  } finally {
    bitmap.close()
  }
}

/** Where the telephone cannot make it small, the server does. */
async function asItIs(file: File): Promise<Blob> {
  return SENDABLE.includes(file.type) ? file : await asTaken(file)
}

/** A HEIC or AVIF photo by its first bytes; browsers do not know the type of every such file. */
async function asTaken(file: File): Promise<Blob> {
  const head = new Uint8Array(
    await file
      .slice(4, 12)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  )
  const brand = BRANDS.exec(String.fromCharCode(...head))
  if (brand) return file.slice(0, file.size, brand[1] ? 'image/avif' : 'image/heic')
  throw new NoPhoto(
    t('“{name}”不是可用的照片：请使用 JPEG、PNG、WebP 或 HEIC 图片。', { name: shortName(file) }),
  )
}

function shortName(file: File): string {
  const letters = [...file.name]
  return letters.length > 24
    ? `${letters.slice(0, 12).join('')}…${letters.slice(-10).join('')}`
    : file.name
}
