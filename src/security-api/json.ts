/**
 * JSON with exact integers. `JSON.parse` rounds integers beyond 2^53, and process and file ids of hunting tables are that
 * large: rounded, two different rows could look the same.
 *
 * The bytes are scanned once. Where they hold no long integer, plain `JSON.parse` does the work. Else each long integer is
 * replaced by a string with a random tag before parsing, and by a `bigint` afterwards. A reviver that reads
 * `context.source` gives the same result, but took twice the time and more than twice the heap on an answer of 70 MB.
 */
import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'

/** Deepest nesting that is read. It keeps recursion over hostile answers far from the end of the stack. */
export const MAX_DEPTH = 128

/** Integers longer than this are left to `JSON.parse`: no type of the service is longer than 34 digits. */
const MAX_DIGITS = 400
const LONG_INTEGER = /^-?[1-9]\d{15,}$/

const QUOTE = 0x22
const BACKSLASH = 0x5c
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const UPPER_E = 0x45
const LOWER_E = 0x65
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const NOTHING = Buffer.alloc(0)

/** An object of an answer, before anything is known about it. */
export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Like `JSON.parse`, with integers that a `number` can't hold as `bigint`. Empties `source` on the way, so that neither
 * bytes nor text of a large answer are held beside what they were parsed to. A byte-order mark is skipped.
 * @throws SyntaxError when the bytes are no JSON in UTF-8, RangeError when it is nested deeper than `MAX_DEPTH`. Their
 *   messages may quote the input: don't show them.
 */
export function parseExact(source: { bytes: Buffer }): unknown {
  if (!isUtf8(source.bytes)) throw new SyntaxError('not UTF-8')
  const long = longIntegers(source.bytes)
  const tag = long.length === 0 ? undefined : `${randomBytes(9).toString('base64url')}:`
  if (tag !== undefined) source.bytes = tagged(source.bytes, long, tag)
  const text = textOf(source)
  const parsed: unknown = JSON.parse(text)
  return tag === undefined ? parsed : untag(parsed, tag)
}

function textOf(source: { bytes: Buffer }): string {
  const { bytes } = source
  source.bytes = NOTHING
  return bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
}

/** Start and end of each integer outside strings that a `number` can't hold, as a flat list. Holds the depth as well. */
function longIntegers(bytes: Buffer): number[] {
  const found: number[] = []
  let depth = 0
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
    } else if (byte === MINUS || (byte >= DIGIT_0 && byte <= DIGIT_9)) {
      const end = endOfNumber(bytes, at)
      if (end - at >= 16 && end - at <= MAX_DIGITS && isLong(bytes.toString('latin1', at, end))) found.push(at, end)
      at = end
    } else {
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth += 1
        if (depth > MAX_DEPTH) throw new RangeError('nested too deeply')
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1
      }
      at += 1
    }
  }
  return found
}

/** The place behind the closing quote; past the end where there is none. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** The place behind the whole number, with its fraction and exponent, so that their digits aren't taken for integers. */
function endOfNumber(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length && isNumberPart(bytes[at]!)) at += 1
  return at
}

function isNumberPart(byte: number): boolean {
  if (byte >= DIGIT_0 && byte <= DIGIT_9) return true
  return byte === POINT || byte === LOWER_E || byte === UPPER_E || byte === PLUS || byte === MINUS
}

function isLong(token: string): boolean {
  return LONG_INTEGER.test(token) && !Number.isSafeInteger(Number(token))
}

/** A copy of the bytes with each of the integers as a string that starts with the tag. */
function tagged(bytes: Buffer, long: readonly number[], tag: string): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length + (long.length / 2) * (tag.length + 2))
  let read = 0
  let written = 0
  for (let i = 0; i < long.length; i += 2) {
    const start = long[i]!
    const end = long[i + 1]!
    written += bytes.copy(copy, written, read, start)
    written += copy.write(`"${tag}`, written, 'latin1')
    written += bytes.copy(copy, written, start, end)
    copy[written] = QUOTE
    written += 1
    read = end
  }
  bytes.copy(copy, written, read)
  return copy
}

/** In place: `JSON.parse` makes own properties only, so that writing to an existing `__proto__` key sets no prototype. */
function untag(value: unknown, tag: string): unknown {
  if (typeof value === 'string') return value.startsWith(tag) ? BigInt(value.slice(tag.length)) : value
  if (typeof value !== 'object' || value === null) return value
  const record = value as JsonObject
  for (const key of Object.keys(record)) {
    const before = record[key]
    const after = untag(before, tag)
    if (after !== before) record[key] = after
  }
  return value
}
