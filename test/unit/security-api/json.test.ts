import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { MAX_DEPTH, parseExact } from '../../../src/security-api/json.ts'

const parse = (text: string | Buffer): unknown => parseExact({ bytes: Buffer.from(text) })

describe('exact JSON', () => {
  it('reads integers up to 2^53 as numbers and those beyond as bigint', () => {
    expect(
      parse('[9007199254740991,9007199254740992,-9007199254740993,18446744073709551615,1234567890123456]'),
    ).toEqual([9007199254740991, 9007199254740992n, -9007199254740993n, 18446744073709551615n, 1234567890123456])
  })

  it('takes no digits of fractions, exponents and strings for integers', () => {
    const text =
      '[1.12345678901234567,12345678901234567e2,1e-12345678901234567,"12345678901234567","\\"12345678901234567"]'
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it('keeps strings next to long integers as they are, escapes and other scripts too', () => {
    const strings = [
      '12345678901234567',
      '"',
      '\\',
      '\\"',
      'ü→𝕏',
      '\u0000',
      '{"a":12345678901234567}',
      ',12345678901234567,',
    ]
    const text = `[12345678901234567,${strings.map((entry) => JSON.stringify(entry)).join(',')},98765432109876543]`
    expect(parse(text)).toEqual([12345678901234567n, ...strings, 98765432109876543n])
  })

  it('keeps keys as they are', () => {
    expect(parse('{"12345678901234567":12345678901234567}')).toEqual({ '12345678901234567': 12345678901234567n })
  })

  it.each([
    '',
    '{',
    '[1',
    '{"a":12345678901234567',
    '[0012345678901234567]',
    '[12345678901234567-8]',
    '[+12345678901234567]',
    '[12345678901234567 98765432109876543]',
    '[x12345678901234567]',
    '"12345678901234567',
    '[1,12345678901234567,]',
    '12345678901234567}',
  ])('refuses %j, which is no JSON', (text) => {
    expect(() => parse(text)).toThrow(SyntaxError)
  })

  it('refuses bytes that are no UTF-8', () => {
    expect(() => parse(Buffer.from([0x22, 0xff, 0x22]))).toThrow(SyntaxError)
  })

  it('skips a byte-order mark', () => {
    expect(parse('\ufeff[12345678901234567]')).toEqual([12345678901234567n])
    expect(parse('\ufeff[1]')).toEqual([1])
  })

  it('refuses deep nesting before it can end the stack', () => {
    expect(parse('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH))).toBeDefined()
    expect(() => parse('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1))).toThrow(RangeError)
    expect(() => parse('{"a":'.repeat(100_000))).toThrow(RangeError)
    expect(parse(JSON.stringify('['.repeat(1000)))).toBe('['.repeat(1000))
  })

  it('sets no prototype from a __proto__ key', () => {
    const value = parse('{"__proto__":{"polluted":12345678901234567}}') as object
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('lets go of the bytes', () => {
    const source = { bytes: Buffer.from('[12345678901234567]') }
    parseExact(source)
    expect(source.bytes).toHaveLength(0)
  })

  it('reads whatever JSON.stringify writes as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value)
        expect(parse(text)).toEqual(asExact(JSON.parse(text)))
      }),
    )
  })

  it('keeps every integer exact', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.bigInt())), (entries) => {
        const text = `[${entries.map(([name, value]) => `{${JSON.stringify(name)}:${value}}`).join(',')}]`
        const read = parse(text) as Record<string, number | bigint>[]
        expect(read.map((entry) => Object.values(entry).map(String))).toEqual(
          entries.map(([, value]) => [String(value)]),
        )
      }),
    )
  })
})

/** What `JSON.parse` gives, with numbers that stand for long integers made exact: JSON.stringify writes such up to 1e21. */
function asExact(value: unknown): unknown {
  if (typeof value === 'number')
    return /^-?\d{16,}$/.test(String(value)) && !Number.isSafeInteger(value) ? BigInt(String(value)) : value
  if (Array.isArray(value)) return value.map(asExact)
  if (typeof value !== 'object' || value === null) return value
  return Object.defineProperties(
    {},
    Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        { value: asExact(inner), enumerable: true, writable: true, configurable: true },
      ]),
    ),
  )
}
