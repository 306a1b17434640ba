import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Json, Row } from '../../../src/model.ts'
import { ShapeError } from '../../../src/security-api/cells.ts'
import { HuntingReader, ROW_LIMIT } from '../../../src/security-api/hunting-reader.ts'

function decode(text: string | object) {
  const reader = new HuntingReader((): Row[] => [])
  reader.push(Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)))
  return reader.result(reader.end())
}

/** One row of one column. */
const cell = (type: string, json: string): Json =>
  decode(`{"schema":[{"name":"C","type":"${type}"}],"results":[{"C":${json}}]}`).rows[0]!['C']!

describe('cells', () => {
  it.each([
    ['SByte', '0', false],
    ['SByte', '1', true],
    ['sbyte', '1', true],
    ['Boolean', '1', true],
    ['SByte', 'true', true],
    ['SByte', '2', 2],
    ['SByte', '-1', -1],
    ['SByte', '{}', null],
    ['Int64', '{}', null],
    ['Int64', '0', 0],
    ['Int64', '1', 1],
    ['Int64', '9223372036854775807', 9223372036854775807n],
    ['Double', '1.5', 1.5],
    ['Double', '1e999', 'Infinity'],
    ['Double', '"NaN"', 'NaN'],
    ['DateTime', '{}', null],
    ['DateTime', '"2024-03-26T09:39:50.7688641Z"', '2024-03-26T09:39:50.7688641Z'],
    ['String', 'null', null],
    ['String', '""', ''],
    ['String', '"{}"', '{}'],
    ['Object', '{}', null],
    ['Object', '[]', []],
    ['Object', '[{"a":1},"{\\"b\\":2}"]', [{ a: 1 }, '{"b":2}']],
  ] as const)('%s %s is %p', (type, json, value) => {
    expect(cell(type, json)).toEqual(value)
  })

  it('strips dynamic values of type annotations on every level, and of nothing else', () => {
    const type = '#microsoft.graph.security.dynamicColumnValue'
    const value = {
      '@odata.type': type,
      'list@odata.type': '#Collection(String)',
      list: ['a', { '@odata.type': type, 'n@odata.type': '#Int64', n: 1, flag: true }],
      'old@data.type': '#X',
      'user@contoso.com': 'kept',
      inner: { '@odata.type': type },
    }
    expect(cell('Object', JSON.stringify(value))).toEqual({
      list: ['a', { n: 1, flag: true }],
      'user@contoso.com': 'kept',
      inner: {},
    })
  })

  it('keeps an empty dynamic object apart from a null', () => {
    expect(cell('Object', '{"@odata.type":"#microsoft.graph.security.dynamicColumnValue"}')).toEqual({})
  })
})

describe('rows', () => {
  it('reads the Graph form', () => {
    const answer = {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults',
      schema: [
        { name: 'Timestamp', type: 'DateTime' },
        { name: 'Known', type: 'SByte' },
        { name: 'Gone', type: 'String' },
      ],
      results: [{ Timestamp: '2026-01-01T00:00:00Z', 'Known@odata.type': '#SByte', Known: 1 }],
    }
    expect(decode(answer)).toEqual({
      columns: [
        { name: 'Timestamp', type: 'datetime' },
        { name: 'Known', type: 'sbyte' },
        { name: 'Gone', type: 'string' },
      ],
      rows: [{ Timestamp: '2026-01-01T00:00:00Z', Known: true, Gone: null }],
      truncated: false,
    })
  })

  it('reads the form of the older API', () => {
    const { columns, rows } = decode({ Stats: {}, Schema: [{ Name: 'A', Type: 'Int64' }], Results: [{ A: 1 }] })
    expect(columns).toEqual([{ name: 'A', type: 'int64' }])
    expect(rows).toEqual([{ A: 1 }])
  })

  it('finds columns under camel-cased keys, but not one column under the name of another', () => {
    const schema = [{ Name: 'DeviceId' }, { Name: 'Name' }, { Name: 'name' }]
    expect(decode({ schema, results: [{ deviceId: 'x', Name: 'N' }] }).rows).toEqual([
      { DeviceId: 'x', Name: 'N', name: null },
    ])
  })

  it('treats names of object members as columns like any other', () => {
    const text =
      '{"schema":[{"name":"__proto__"},{"name":"constructor"},{"name":"toString"}],"results":[{"__proto__":{"x":1},"constructor":"c"}]}'
    const row = decode(text).rows[0]!
    expect(Object.keys(row)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).toEqual({ x: 1 })
    expect(row['x']).toBeUndefined()
    expect(row['toString']).toBeNull()
    expect(row['hasOwnProperty']).toBeUndefined()
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('keeps a __proto__ key inside dynamic values harmless', () => {
    const value = cell('Object', '{"__proto__":{"polluted":1}}') as { polluted?: unknown }
    expect(value.polluted).toBeUndefined()
    expect(Object.keys(value)).toEqual(['__proto__'])
  })

  it('reads an answer with a schema and no results as no rows', () => {
    const schema = [{ name: 'A', type: 'String' }]
    for (const answer of [{ schema }, { schema, results: null }, { schema, results: [] }]) {
      expect(decode(answer)).toEqual({ columns: [{ name: 'A', type: 'string' }], rows: [], truncated: false })
    }
  })

  it('takes an empty list of results at its word, with or without a schema', () => {
    expect(decode({ results: [] })).toEqual({ columns: [], rows: [], truncated: false })
  })

  it('takes columns, and the types that are told, from the rows where there is no schema', () => {
    const results = [{ A: 1 }, { 'B@odata.type': '#SByte', B: 0, '@odata.type': '#x' }]
    for (const answer of [{ results }, { schema: null, results }, { schema: [], results }]) {
      expect(decode(answer)).toEqual({
        columns: [
          { name: 'A', type: '' },
          { name: 'B', type: 'sbyte' },
        ],
        rows: [
          { A: 1, B: null },
          { A: null, B: false },
        ],
        truncated: false,
      })
    }
  })

  it.each([
    ['null', 'null in place of an object'],
    ['[]', 'a list in place of an object'],
    ['{}', 'neither a schema nor results'],
    ['{"value":[]}', 'neither a schema nor results'],
    ['{"schema":null,"results":null}', 'neither a schema nor results'],
    ['{"results":[{}]}', 'rows without a schema and without columns'],
    ['{"schema":{"name":"A"},"results":[]}', 'a schema that is an object'],
    ['{"schema":[{"type":"String"}],"results":[]}', 'a schema column without a name'],
    ['{"schema":["A"],"results":[]}', 'a schema column without a name'],
    ['{"schema":[{"name":"A"}],"results":{"A":1}}', 'results that are an object'],
    ['{"schema":[{"name":"A"}],"results":[[1]]}', 'a row that is a list'],
    ['{"schema":[{"name":"A"}],"results":[null]}', 'a row that is null'],
    ['{"schema":[{"name":"A"}],"results":["secret"]}', 'a row that is a string'],
    ['{"schema":[{"name":"A"}],"results":[{"B":1}]}', 'a row with none of the columns of the schema'],
  ])('refuses %s: %s', (text, message) => {
    expect(() => decode(text)).toThrow(new ShapeError(message))
  })

  it('says that a result was cut off exactly from the row limit on', () => {
    const rows = (count: number) => ({
      schema: [{ name: 'A' }],
      results: Array.from({ length: count }, () => ({ A: 1 })),
    })
    expect(decode(rows(ROW_LIMIT - 1)).truncated).toBe(false)
    expect(decode(rows(ROW_LIMIT)).truncated).toBe(true)
  })

  it('gives back every value that went through the encoding of the service', () => {
    fc.assert(
      fc.property(table, ({ kinds, rows }) => {
        const schema = kinds.map((kind, i) => ({ name: `Col${i}`, type: kind }))
        const results = rows.map((row) => encodeRow(kinds, row))
        const body = `{"schema":${JSON.stringify(schema)},"results":[${results.join(',')}]}`
        expect(decode(body).rows.map((row) => Object.values(row))).toEqual(rows)
      }),
    )
  })
})

// --- the encoding of the service ------------------------------------------------------------------------------------

const key = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => !/^\d+$|@/.test(name) && name !== '__proto__')
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))
const VALUES: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  String: fc.string({ unit: 'binary' }),
  SByte: fc.boolean(),
  Int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(exact),
  DateTime: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  Object: tree.filter((value) => typeof value === 'object' && value !== null),
}

const table = fc.array(fc.constantFrom(...Object.keys(VALUES)), { minLength: 1, maxLength: 5 }).chain((kinds) =>
  fc.record({
    kinds: fc.constant(kinds),
    rows: fc.array(fc.tuple(...kinds.map((kind) => fc.option(VALUES[kind]!, { freq: 5 }))), { maxLength: 5 }),
  }),
)

function exact(value: bigint): Json {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function encodeRow(kinds: readonly string[], values: readonly Json[]): string {
  const cells = values.map((value, i) => `"Col${i}@odata.type":"#${kinds[i]}","Col${i}":${encode(kinds[i]!, value)}`)
  return `{${cells.join(',')}}`
}

function encode(kind: string, value: Json): string {
  if (value === null) return kind === 'String' ? 'null' : '{}'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'bigint') return String(value)
  return JSON.stringify(annotated(value))
}

function annotated(value: Json): unknown {
  if (Array.isArray(value)) return value.map(annotated)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([name, inner]) => [
    [`${name}@odata.type`, '#X'],
    [name, annotated(inner)],
  ])
  return Object.fromEntries([['@odata.type', '#microsoft.graph.security.dynamicColumnValue'], ...entries])
}
