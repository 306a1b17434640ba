/** Small PNG files from screenshots: text on plain ground needs no more than 256 colours. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

interface Pixels {
  readonly width: number
  readonly height: number
  /** Red, green, blue for each pixel, row by row. */
  readonly rgb: Uint8Array
}

/** The same picture with a palette of its 256 most frequent colours; the others become the nearest of these. */
export function withPalette(png: Buffer): Buffer {
  const { width, height, rgb } = decode(png)
  const counts = new Map<number, number>()
  for (let i = 0; i < rgb.length; i += 3) counts.set(colourAt(rgb, i), (counts.get(colourAt(rgb, i)) ?? 0) + 1)
  const palette = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 256)
    .map(([colour]) => colour)
  const indexes = new Map(palette.map((colour, index) => [colour, index]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      const colour = colourAt(rgb, i)
      let index = indexes.get(colour)
      if (index === undefined) {
        index = nearest(colour, palette)
        indexes.set(colour, index)
      }
      rows[y * (width + 1) + 1 + x] = index
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const colourAt = (rgb: Uint8Array, i: number): number => (rgb[i]! << 16) | (rgb[i + 1]! << 8) | rgb[i + 2]!

function nearest(colour: number, palette: readonly number[]): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, other] of palette.entries()) {
    const red = (colour >> 16) - (other >> 16)
    const green = ((colour >> 8) & 255) - ((other >> 8) & 255)
    const blue = (colour & 255) - (other & 255)
    const distance = red * red + green * green + blue * blue
    if (distance < least) {
      least = distance
      best = index
    }
  }
  return best
}

/** Reads what a browser writes: 8 bits a channel, RGB or RGBA, not interlaced. */
function decode(png: Buffer): Pixels {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const [depth, type, , , interlaced] = png.subarray(24, 29)
  if (depth !== 8 || (type !== 2 && type !== 6) || interlaced !== 0) throw new Error('this form of PNG is not known')
  const data: Buffer[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const channels = type === 2 ? 3 : 4
  const raw = unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels)
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < raw.length; from += channels, to += 3) {
    rgb.set(raw.subarray(from, from + 3), to)
  }
  return { width, height, rgb }
}

/** The filters of PNG (specification, section 9). `before` is the number of bytes of a pixel. */
function unfilter(data: Buffer, row: number, height: number, before: number): Uint8Array {
  const out = new Uint8Array(row * height)
  for (let y = 0; y < height; y++) {
    const filter = data[y * (row + 1)]
    for (let x = 0; x < row; x++) {
      const at = y * row + x
      const left = x < before ? 0 : out[at - before]!
      const up = y === 0 ? 0 : out[at - row]!
      const corner = x < before || y === 0 ? 0 : out[at - row - before]!
      const guess =
        filter === 1
          ? left
          : filter === 2
            ? up
            : filter === 3
              ? (left + up) >> 1
              : filter === 4
                ? paeth(left, up, corner)
                : 0
      out[at] = data[y * (row + 1) + 1 + x]! + guess
    }
  }
  return out
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
