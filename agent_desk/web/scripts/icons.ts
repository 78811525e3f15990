// The application's icons as PNG, drawn from the same few shapes as public/icon.svg.
import { deflateSync } from 'node:zlib'
import type { Plugin } from 'vite'

type Colour = [number, number, number, number] // red, green, blue, and how much covers

const BLUE = [0x17, 0x69, 0xc2] as const
const SAMPLES = 4 // per pixel and direction

/** What stands at a point of the 32 × 32 drawing. */
function at(x: number, y: number, round: number): Colour {
  if (round > 0) {
    const dx = Math.max(round - x, x - (32 - round), 0)
    const dy = Math.max(round - y, y - (32 - round), 0)
    if (dx * dx + dy * dy > round * round) return [0, 0, 0, 0]
  }
  const bar = Math.hypot(x - Math.min(25, Math.max(7, x)), y - 16) <= 2
  const ring = Math.abs(Math.hypot(x - 16, y - 16) - 11) <= 1
  const white = bar ? 1 : ring ? 0.45 : 0
  const [red, green, blue] = BLUE
  const mixed = (value: number) => value + (255 - value) * white
  return [mixed(red), mixed(green), mixed(blue), 255]
}

/** Pixels of the drawing, shrunk to `scale` of the picture around its middle. */
function pixels(size: number, round: number, scale: number): Buffer {
  const rows = Buffer.alloc(size * (1 + size * 4))
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const sum: Colour = [0, 0, 0, 0]
      for (let sample = 0; sample < SAMPLES * SAMPLES; sample += 1) {
        const px = column + ((sample % SAMPLES) + 0.5) / SAMPLES
        const py = row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES
        const x = 16 + ((px / size) * 32 - 16) / scale
        const y = 16 + ((py / size) * 32 - 16) / scale
        const [red, green, blue, cover] = at(x, y, round)
        sum[0] += red * cover
        sum[1] += green * cover
        sum[2] += blue * cover
        sum[3] += cover
      }
      const offset = row * (1 + size * 4) + 1 + column * 4
      const shade = (part: number) => (sum[3] > 0 ? Math.round(part / sum[3]) : 0)
      rows.set([shade(sum[0]), shade(sum[1]), shade(sum[2])], offset)
      rows[offset + 3] = Math.round(sum[3] / (SAMPLES * SAMPLES))
    }
  }
  return rows
}

const TABLE = Array.from({ length: 256 }, (_, value) => {
  let rest = value
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1
  return rest >>> 0
})

function checksum(bytes: Buffer): number {
  let rest = 0xffffffff
  for (const byte of bytes) rest = (TABLE[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8)
  return (rest ^ 0xffffffff) >>> 0
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data])
  const length = Buffer.alloc(4)
  const check = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(checksum(body))
  return Buffer.concat([length, body, check])
}

function png(size: number, round: number, scale: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 6, 0, 0, 0], 8) // 8 bits of red, green, blue and cover
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(pixels(size, round, scale), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Puts the icons among the built files. */
export function icons(): Plugin {
  return {
    name: 'yihu-icons',
    apply: 'build',
    generateBundle() {
      const files = {
        'icon-192.png': png(192, 7, 1),
        'icon-512.png': png(512, 7, 1),
        // A telephone cuts its own shape out of this one: nothing stands near the edge.
        'icon-maskable-512.png': png(512, 0, 0.72),
        'apple-touch-icon.png': png(180, 0, 0.85),
      }
      for (const [fileName, source] of Object.entries(files)) {
        this.emitFile({ type: 'asset', fileName, source })
      }
    },
  }
}
