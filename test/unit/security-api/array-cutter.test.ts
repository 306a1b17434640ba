import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ArrayCutter } from '../../../src/security-api/array-cutter.ts'
import { MAX_DEPTH, parseExact } from '../../../src/security-api/json.ts'

/** The document in pieces of these sizes, over and over. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

interface Cut {
  readonly rest: unknown
  readonly members: Readonly<Record<string, unknown>>
  readonly batches: readonly (readonly unknown[])[]
  readonly digits: boolean
}

/** However strings are gone over: by search at first, by a loop later. */
function cut(text: string | Buffer, sizes: readonly number[] = [1]): Cut {
  const [looped, searched] = [cutOnce(text, sizes, 0), cutOnce(text, sizes, undefined)]
  expect(searched).toEqual(looped)
  expect(cutOnce(text, sizes, 20)).toEqual(looped)
  return searched
}

function cutOnce(text: string | Buffer, sizes: readonly number[], cold: number | undefined): Cut {
  const members: Record<string, unknown> = Object.create(null)
  const batches: unknown[][] = []
  let digits = false
  const cutter = new ArrayCutter(
    {
      cutsArray: (name) => name === 'rows' && batches.length === 0,
      member: (name, value) => {
        members[name] = parseExact({ bytes: value })
      },
      batch: (elements, long) => {
        batches.push(parseExact({ bytes: elements }) as unknown[])
        digits ||= long
      },
    },
    cold,
  )
  for (const piece of pieces(Buffer.from(text), sizes)) cutter.push(piece)
  return { rest: parseExact({ bytes: cutter.end() }), members, batches, digits }
}

const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 })
const small = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 })
const blank = fc.stringMatching(/^[ \t\r\n]{0,3}$/)

describe('what is cut out of a document', () => {
  it('is its array, element by element, and what is left is the document with that array empty', () => {
    const { rest, members, batches } = cut('\ufeff { "a" : {"rows":[0]} , "rows" : [ 1 , {"b":"]"} ] , "z" : [2] }')
    expect(batches).toEqual([[1, { b: ']' }]])
    expect(rest).toEqual({ a: { rows: [0] }, rows: [], z: [2] })
    expect(members).toEqual({ a: { rows: [0] }, z: [2] })
  })

  it('is the same for any document, wherever its pieces end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ stringUnit: 'binary' }), { maxLength: 6 }),
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), { noNullPrototype: true }),
        blank,
        small,
        (rows, others, space, lengths) => {
          delete others['rows']
          const list = `[${space}${rows.map((row) => JSON.stringify(row)).join(`${space},${space}`)}${space}]`
          const members = Object.entries(others).map(
            ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
          )
          members.splice(members.length / 2, 0, `"rows"${space}:${space}${list}`)
          const text = `${space}{${members.join(`${space},`)}${space}}`
          const found = cut(text, lengths)
          expect(found.batches.flat()).toEqual(exact(list))
          expect(found.rest).toEqual(exact(text.replace(list, () => '[]')))
        },
      ),
    )
  })

  it('comes in batches of some size, also where one element is larger', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 150_000 }), { maxLength: 9 }), sizes, (lengths, by) => {
        const rows = lengths.map((length, index) => ({ index, text: 'ü'.repeat(length / 2) }))
        const found = cut(JSON.stringify({ rows }), by)
        expect(found.batches.flat()).toEqual(rows)
        const bytes = JSON.stringify(rows).length
        expect(found.batches.length).toBeLessThanOrEqual(1 + bytes / 32_768)
      }),
      { numRuns: 30 },
    )
    const many = cut(JSON.stringify({ rows: Array.from({ length: 50_000 }, (_, n) => n) }), [16_384])
    expect(many.batches.length).toBeGreaterThan(2)
    expect(many.batches.flat()).toHaveLength(50_000)
  })

  it('is told from brackets, commas and quotes within strings', () => {
    const text = fc.array(fc.constantFrom('"', '\\', ']', '}', ',', '[', '{', ':', 'ü', '\n'), { maxLength: 9 })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), small, (texts, by) => {
        const rows = texts.map((signs) => ({ [signs.join('')]: signs.join('') }))
        expect(cut(JSON.stringify({ rows, z: 1 }), by)).toMatchObject({ batches: [rows], rest: { rows: [], z: 1 } })
      }),
    )
  })

  it('is never cut within an element, and what comes behind many batches is found', () => {
    const element = { list: Array.from({ length: 30_000 }, (_, n) => n), text: ',"'.repeat(9_000) }
    const rows = [element, element, element]
    const found = cut(JSON.stringify({ a: 1, rows, z: { b: 'y'.repeat(400_000) } }), [10_000])
    expect(found.batches).toEqual([[element], [element], [element]])
    expect(found.members).toEqual({ a: 1, z: { b: 'y'.repeat(400_000) } })
  })

  it('is found under a name with escapes', () => {
    expect(cut('{"r\\u006fws":[1]}').batches).toEqual([[1]])
  })

  it('is only an array of the outermost object', () => {
    for (const text of [
      '[{"rows":[1]}]',
      '{"a":{"rows":[1]}}',
      '{"rows":{"rows":[1]}}',
      '{"rows":"[1]"}',
      '{"a":"\\"rows\\":[1]"}',
    ]) {
      expect(cut(text)).toMatchObject({ batches: [], rest: JSON.parse(text) })
    }
  })

  it.each([
    '[',
    '{',
    '{"rows":[',
    '{"rows":[1',
    '{"rows":[1,',
    '{"rows":[{"a":"\\',
    '{"rows":[1]',
    '{"rows":[1}}',
    '{"rows":[1]]',
  ])('refuses %j, which is no JSON', (text) => {
    expect(() => cut(text)).toThrow(SyntaxError)
  })

  it('refuses whatever JSON.parse refuses', () => {
    const signs = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '1',
      '"rows"',
      '"rows":[',
      '{"rows":[',
      'null',
      ' ',
      '\u00e9',
    )
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 14 }), small, (parts, lengths) => {
        const text = parts.join('')
        let found: Cut | undefined
        try {
          found = cut(text, lengths)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SyntaxError)
        }
        // An empty batch beside others is an element that is missing: the reader's to refuse.
        if (found !== undefined && !(found.batches.length > 1 && found.batches.some((batch) => batch.length === 0))) {
          expect(() => JSON.parse(text)).not.toThrow()
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses bytes that are no UTF-8, also where a piece ends within them', () => {
    const bytes = Buffer.from('{"rows":["x"]}')
    bytes[bytes.indexOf('x')] = 0xc3
    expect(() => cut(bytes)).toThrow(SyntaxError)
    expect(cut('{"rows":["\u{1f600}\\ud83d\\ude00"]}').batches).toEqual([['\u{1f600}\u{1f600}']])
  })

  it('refuses deep nesting, in the array and beside it', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(cut(`{"rows":[${nested(MAX_DEPTH - 2)}]}`).batches).toHaveLength(1)
    expect(() => cut(`{"rows":[${nested(MAX_DEPTH - 1)}]}`)).toThrow(RangeError)
    expect(() => cut(`{"a":${nested(MAX_DEPTH)}}`)).toThrow(RangeError)
    expect(() => cut(`{"rows":[${'{"a":'.repeat(100_000)}`, [1000])).toThrow(RangeError)
  })

  it('tells of long runs of digits outside of strings, also over the end of a piece', () => {
    expect(cut('{"rows":[123456789012345,"1234567890123456"]}').digits).toBe(false)
    expect(cut('{"rows":[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8]}').digits).toBe(false)
    expect(cut('{"rows":[9007199254740993]}')).toMatchObject({ digits: true, batches: [[9007199254740993n]] })
    expect(cut('{"rows":[1],"a":9007199254740993}').digits).toBe(false)
  })
})

const exact = (text: string): unknown => parseExact({ bytes: Buffer.from(text) })
