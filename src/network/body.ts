/** Reads the body of an answer, whole or piece by piece, unpacks it, and stops at the size cap. */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Sink } from '../model.ts'

/** The body is larger than allowed. */
export class TooLarge extends Error {}

/** The body is packed in a way that was not asked for. */
export class UnknownEncoding extends Error {}

/** What the gate can unpack. Other encodings gain little over gzip on JSON and cost another decoder each. */
export const ACCEPT_ENCODING = 'gzip'

/** From this size on, a body is gathered in one large buffer instead of a list of pieces. */
const LARGE = 1024 * 1024

/** Larger pieces than the default 16 KiB: each costs a round trip to the thread pool. */
const UNPACK_CHUNK = 256 * 1024

const NOTHING = Buffer.alloc(0)

/**
 * The unpacked body; with `sink` its pieces go there instead, and nothing is left. `maxBytes` holds for what arrives and for
 * what comes out of it, so that a small answer can't unpack into a huge one. Errors: `TooLarge`, `UnknownEncoding`, whatever
 * broke the stream, a zlib error for damage.
 */
export async function readBody(
  stream: Readable,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  sink?: Sink<Buffer>,
): Promise<Buffer> {
  try {
    const length = Number(headers['content-length'])
    if (length > maxBytes) throw new TooLarge()
    switch (headers['content-encoding']?.trim().toLowerCase() ?? '') {
      case '':
      case 'identity':
        return sink
          ? await pass(stream, maxBytes, sink)
          : await gather(stream, maxBytes, Number.isSafeInteger(length) ? length : maxBytes)
      case 'gzip':
      case 'x-gzip':
        return await unpack(stream, maxBytes, sink)
      default:
        throw new UnknownEncoding()
    }
  } catch (thrown) {
    // Without a listener the error of destroying would count as uncaught.
    stream.on('error', () => {}).destroy()
    throw thrown
  }
}

async function unpack(stream: Readable, maxBytes: number, sink: Sink<Buffer> | undefined): Promise<Buffer> {
  let arrived = 0
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      arrived += piece.length
      if (arrived > maxBytes) throw new TooLarge()
      yield piece
    }
  }
  let body: Buffer | undefined
  const unzip = createGunzip({ chunkSize: UNPACK_CHUNK })
  try {
    await pipeline(stream, counted, unzip, async (source: AsyncIterable<Buffer>) => {
      body = await (sink ? pass(source, maxBytes, sink) : gather(source, maxBytes, maxBytes))
    })
  } catch (thrown) {
    // Some servers name an encoding for a body of no bytes, which is no valid gzip.
    if (arrived === 0 && (thrown as { code?: unknown }).code === 'Z_BUF_ERROR') return NOTHING
    throw thrown
  }
  return body ?? NOTHING
}

async function pass(source: AsyncIterable<Buffer>, maxBytes: number, sink: Sink<Buffer>): Promise<Buffer> {
  let size = 0
  for await (const piece of source) {
    size += piece.length
    if (size > maxBytes) throw new TooLarge()
    sink.push(piece)
  }
  return NOTHING
}

/**
 * A large body goes piece by piece into one buffer of `expected` bytes. The system only backs the part that is written
 * to, so there is never a second copy, as there would be on joining a list.
 */
async function gather(source: AsyncIterable<Buffer>, maxBytes: number, expected: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let large: Buffer | undefined
  let size = 0
  for await (const piece of source) {
    if (size + piece.length > maxBytes) throw new TooLarge()
    if (large === undefined && size + piece.length > LARGE) {
      large = Buffer.allocUnsafeSlow(Math.max(expected, size + piece.length))
      Buffer.concat(pieces).copy(large)
      pieces.length = 0
    }
    if (large) piece.copy(large, size)
    else pieces.push(piece)
    size += piece.length
  }
  return large ? large.subarray(0, size) : Buffer.concat(pieces, size)
}
