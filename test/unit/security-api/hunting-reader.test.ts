import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Column, Row } from '../../../src/model.ts'
import { ShapeError } from '../../../src/security-api/cells.ts'
import { HuntingReader } from '../../../src/security-api/hunting-reader.ts'

const SCHEMA = '"schema":[{"name":"A","type":"Int64"},{"name":"On","type":"SByte"}]'
const COLUMNS = [
  { name: 'A', type: 'int64' },
  { name: 'On', type: 'sbyte' },
]

interface Watched {
  readonly reader: HuntingReader<Row[]>
  readonly opened: (readonly Column[])[]
  readonly rows: Row[]
}

function watched(): Watched {
  const rows: Row[] = []
  const opened: (readonly Column[])[] = []
  const reader = new HuntingReader((columns) => {
    opened.push(columns)
    return rows
  })
  return { reader, opened, rows }
}

function read(text: string, size = 5) {
  const { reader, opened } = watched()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
  const result = reader.result(reader.end())
  return { ...result, opened }
}

describe('a hunting answer', () => {
  it('hands rows on while it arrives, once the columns are known', () => {
    const { reader, opened, rows } = watched()
    reader.push(Buffer.from(`{${SCHEMA}`))
    expect(opened).toEqual([])
    reader.push(Buffer.from(`,"results":[`))
    expect(opened).toEqual([COLUMNS])
    const row = JSON.stringify({ A: 1, On: 1, Noise: 'x'.repeat(1000) })
    reader.push(Buffer.from(Array(200).fill(row).join()))
    expect(rows.length).toBeGreaterThan(100)
    expect(rows[0]).toEqual({ A: 1, On: true })
  })

  it.each([
    ['before the rows', `{${SCHEMA},"results":[{"A":1,"On":1},{"A":2,"On":0}]}`],
    ['behind the rows', `{"results":[{"A":1,"On":1},{"A":2,"On":0}],${SCHEMA}}`],
  ])('is judged by its schema, %s', (_, text) => {
    const rows = [
      { A: 1, On: true },
      { A: 2, On: false },
    ]
    expect(read(text)).toEqual({ columns: COLUMNS, rows, truncated: false, opened: [COLUMNS] })
  })

  it('is the same whatever the order of its members, and wherever its pieces end', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.constant(null),
    )
    fc.assert(
      fc.property(
        fc.array(cell, { maxLength: 9 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        fc.integer({ min: 1, max: 30 }),
        (cells, order, size) => {
          const texts = cells.map((value) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value)))
          const results = `"results":[${texts.map((text) => `{"A":${text}}`).join()}]`
          const members = ['"schema":[{"name":"A"}]', results, '"@odata.context":"x"']
          const { rows } = read(`{${order.map((index) => members[index]).join()}}`, size)
          const exact = (value: unknown) =>
            typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
          expect(rows.map((row) => row['A'])).toEqual(cells.map(exact))
        },
      ),
    )
  })

  it('asks for what takes the rows also where there are none, and just once', () => {
    for (const text of [
      `{${SCHEMA},"results":[]}`,
      `{"results":[],${SCHEMA}}`,
      `{${SCHEMA}}`,
      `{${SCHEMA},"results":null}`,
    ]) {
      expect(read(text)).toEqual({ columns: COLUMNS, rows: [], truncated: false, opened: [COLUMNS] })
    }
  })

  it.each([
    [`{${SCHEMA},${SCHEMA},"results":[]}`, 'a schema that came twice'],
    [`{${SCHEMA},"results":[],${SCHEMA}}`, 'a schema that came twice'],
    [`{${SCHEMA},"Schema":[],"results":[]}`, 'a schema that came twice'],
    [`{${SCHEMA},"results":[{"A":1}],"results":[]}`, 'results that came twice'],
    [`{${SCHEMA},"results":[{"A":1}],"results":null}`, 'results that came twice'],
    [`{${SCHEMA},"results":null,"Results":[{"A":1}]}`, 'results that came twice'],
    [`{${SCHEMA},"r\\u0065sults":[],"results":[{"A":1}]}`, 'results that came twice'],
  ])('is refused where it says two things: %s', (text, message) => {
    expect(() => read(text)).toThrow(new ShapeError(message))
  })

  it.each(['[,{"A":1}]', '[{"A":1},]', '[{"A":1},,{"A":1}]', '[,]'])(
    'is no JSON with the results %s, in one batch or several',
    (results) => {
      const padded = results.replaceAll(',', `,${' '.repeat(70_000)}`)
      for (const text of [results, padded, padded.replaceAll(',', `${' '.repeat(70_000)},`)]) {
        expect(() => read(`{${SCHEMA},"results":${text}}`, 10_000)).toThrow(SyntaxError)
        expect(() => read(`{"results":${text},${SCHEMA}}`, 10_000)).toThrow(SyntaxError)
      }
    },
  )

  it('keeps rows in order that come before their schema, in many batches', () => {
    const results = Array.from({ length: 5_000 }, (_, n) => ({ A: n, Noise: 'x'.repeat(50) }))
    for (const schema of [`,${SCHEMA}`, '']) {
      const { rows } = read(`{"results":${JSON.stringify(results)}${schema}}`, 10_000)
      expect(rows.map((row) => row['A'])).toEqual(results.map(({ A }) => A))
    }
  })

  it('is no JSON where a row is no UTF-8', () => {
    const { reader } = watched()
    const bytes = Buffer.from(`{${SCHEMA},"results":[{"A":"x"}]}`)
    bytes[bytes.indexOf('x')] = 0xff
    reader.push(bytes)
    expect(() => reader.end()).toThrow(SyntaxError)
  })

  it('is told to be broken before anything that it says', () => {
    const { reader } = watched()
    reader.push(Buffer.from(`{${SCHEMA},"results":[null,{"B":1}`))
    expect(() => reader.end()).toThrow(SyntaxError)
  })

  it('keeps what the taker throws to the end', () => {
    const reader = new HuntingReader((): Row[] => {
      throw new Error('no key')
    })
    reader.push(Buffer.from(`{${SCHEMA},"results":[{"A":1}]}`))
    const answer = reader.end()
    expect(() => reader.result(answer)).toThrow('no key')
  })
})
