import { describe, expect, it } from '@jest/globals'
import { format, readExport, refresh, type SchemaData } from '../../../scripts/refresh-schema.ts'
import { GateError } from '../../../src/errors.ts'
import { speedUp } from '../../../src/kql/kusto-speed.ts'
import { nearest } from '../../../src/kql/nearest.ts'
import { DEFENDER_SCHEMA, mergeSchemas, SCALAR_TYPES } from '../../../src/kql/schema.ts'
import { readSchema } from '../../../src/kql/schema-file.ts'

describe('the bundled schema', () => {
  it('is in the form that users may give', () => {
    const read = readSchema('bundled', JSON.stringify(DEFENDER_SCHEMA))
    expect(Object.keys(read.tables)).toHaveLength(66)
    expect(read.functions.map((described) => described.name)).toEqual(
      expect.arrayContaining(['FileProfile', 'DeviceFromIP', 'SeenBy', 'AssignedIPAddresses']),
    )
  })

  it('is merged with another, which wins', () => {
    const own = { name: 'FileProfile', call: 'function', parameters: [], result: 'string' } as const
    const merged = mergeSchemas(DEFENDER_SCHEMA, {
      tables: { DeviceInfo: { A: 'string' }, X_CL: {} },
      functions: [own],
    })
    expect(merged.tables['DeviceInfo']).toEqual({ A: 'string' })
    expect(merged.tables['DeviceEvents']).toEqual(DEFENDER_SCHEMA.tables['DeviceEvents'])
    expect(merged.functions.filter(({ name }) => name === 'FileProfile')).toEqual([own])
    expect(merged.functions).toHaveLength(DEFENDER_SCHEMA.functions.length)
  })
})

describe('a schema file', () => {
  const refusal = (content: string): string => {
    try {
      readSchema('s.json', content)
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GateError)
      expect((thrown as GateError).code).toBe('validate-schema')
      return (thrown as GateError).message
    }
    throw new Error('not refused')
  }

  it('may have tables alone, functions alone, and a byte-order mark', () => {
    expect(readSchema('s.json', '\u{feff}{"tables":{"X_CL":{"A":"string"}}}').tables).toEqual({ X_CL: { A: 'string' } })
    const described = { name: 'F', call: 'function', parameters: [{ name: 'x', type: 'string' }], result: 'long' }
    expect(readSchema('s.json', JSON.stringify({ functions: [described] })).functions).toEqual([described])
  })

  it.each([
    ['{', 'it is no JSON'],
    ['[]', 'the file: '],
    ['{}', 'neither tables nor functions'],
    ['{"table":{}}', 'unknown key table'],
    ['{"tables":{"X":{"A":"text"}}}', 'tables.X.A: is no Kusto type (bool, datetime'],
    ['{"tables":{"X Y":{"A":"string"}}}', 'is no name of a table'],
    ['{"tables":{"X":["A"]}}', 'tables.X: '],
    ['{"functions":[{"name":"F","call":"call","result":"string"}]}', 'functions.0.call: '],
    ['{"functions":[{"name":"F","call":"invoke","result":"rows"}]}', 'functions.0.result: is none of input'],
    ['{"functions":[{"name":"F","call":"invoke","result":"input","body":"x"}]}', 'functions.0: unknown key body'],
  ])('is refused: %s', (content, why) => {
    expect(refusal(content)).toContain(why)
  })

  it('is refused with every problem, up to ten', () => {
    const tables = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`T${index}`, { A: 'text' }]))
    const message = refusal(JSON.stringify({ tables }))
    expect(message.match(/is no Kusto type/g)).toHaveLength(10)
    expect(message).toContain('and 4 more')
  })
})

describe('the nearest name', () => {
  it.each([
    ['DeviceNam', ['DeviceId', 'DeviceName'], 'DeviceName'],
    ['devicename', ['DeviceId', 'DeviceName'], 'DeviceName'],
    ['dsc', ['asc', 'desc'], 'desc'],
    ['Zebra', ['DeviceId', 'DeviceName'], undefined],
    ['x', ['y', 'z'], undefined],
    ['same', ['same'], undefined],
    ['anything', [], undefined],
  ])('of %s in %j is %s', (name, candidates, near) => {
    expect(nearest(name, candidates)).toBe(near)
  })
})

describe('the short ways through the runtime', () => {
  const runtime = () => ({
    Bridge: { ref: (owner: Record<string, unknown>, name: string) => ({ v: `original ${String(owner[name])}` }) },
    System: {
      Array: {
        getCount: (_list: object, _type?: object) => -1,
        getItem: (_list: object, _index: number, _type?: object): unknown => 'original',
      },
    },
  })
  const type = class {}

  it('answer what the lists themselves say, else what the original says', () => {
    const made = runtime()
    speedUp(made)
    const { Bridge, System } = made
    const list = { Count: 2, getItem: (index: number) => index * 10 }
    expect(System.Array.getCount(list, type)).toBe(2)
    expect(System.Array.getCount([1, 2, 3])).toBe(3)
    expect(System.Array.getCount({})).toBe(-1)
    expect(System.Array.getItem(list, 1, type)).toBe(10)
    expect(System.Array.getItem(['a'], 0, type)).toBe('a')
    expect(System.Array.getItem(['a'], 0)).toBe('original')
    expect(System.Array.getItem({}, 0, type)).toBe('original')
    const owner: Record<string, unknown> = { x: 1 }
    const reference = Bridge.ref(owner, 'x') as { v: unknown }
    reference.v = 5
    expect([owner['x'], reference.v]).toEqual([5, 5])
    expect(Bridge.ref(owner, null as unknown as string).v).toBe('original undefined')
  })

  it('leave a runtime alone that looks different', () => {
    expect(() => speedUp({})).not.toThrow()
    expect(() => speedUp({ Bridge: {}, System: {} })).not.toThrow()
  })
})

describe('refresh-schema', () => {
  const data: SchemaData = {
    retrieved: '2026-01-01',
    source: 'pages',
    uncertain: { DeviceInfo: ['Old', 'Name'], Other: ['A'] },
    tables: { DeviceInfo: { Name: 'string', Old: 'string', DeviceID: 'string' }, Other: { A: 'int' } },
  }
  const rows = [
    { TableName: 'DeviceInfo', ColumnName: 'Name', ColumnType: 'dynamic' },
    { TableName: 'DeviceInfo', ColumnName: 'DeviceId', ColumnType: 'string' },
    { TableName: 'AlertNew', ColumnName: 'Time', ColumnType: 'datetime' },
  ]

  it('reads an array, an answer of the API and CSV', () => {
    const csv = '\u{feff}"TableName",ColumnName,ColumnOrdinal,"ColumnType"\r\nDeviceInfo,"Name",0,dynamic\r\n'
    const [first] = readExport(JSON.stringify(rows))
    expect(first).toEqual({ table: 'DeviceInfo', column: 'Name', type: 'dynamic' })
    expect(readExport(JSON.stringify({ schema: [], results: rows }))).toHaveLength(3)
    expect(readExport(csv)).toEqual([first])
  })

  it.each(['{}', '[{"TableName":"A B","ColumnName":"X","ColumnType":"int"}]', '[{"TableName":"A","ColumnName":"X"}]'])(
    'refuses %s',
    (content) => {
      expect(() => readExport(content)).toThrow(/export/)
    },
  )

  it('lets types and spellings of the tenant win, and keeps what it lacks', () => {
    const { data: after, changes } = refresh(data, readExport(JSON.stringify(rows)), '2026-11-20', false)
    expect(after.tables).toEqual({
      AlertNew: { Time: 'datetime' },
      DeviceInfo: { Name: 'dynamic', Old: 'string', DeviceId: 'string' },
      Other: { A: 'int' },
    })
    expect(Object.keys(after.tables)).toEqual(['AlertNew', 'DeviceInfo', 'Other'])
    expect(after.uncertain).toEqual({ DeviceInfo: ['Old'], Other: ['A'] })
    expect(after.retrieved).toBe('2026-11-20')
    expect(changes).toHaveLength(5)
    expect(refresh(after, readExport(JSON.stringify(rows)), '2026-11-20', false).changes).toEqual([])
  })

  it('prunes only tables that the export has', () => {
    const { data: after } = refresh(data, readExport(JSON.stringify(rows)), '2026-11-20', true)
    expect(after.tables['DeviceInfo']).toEqual({ Name: 'dynamic', DeviceId: 'string' })
    expect(after.tables['Other']).toEqual({ A: 'int' })
  })

  it('gives the form that the bundled data have', async () => {
    const { readFileSync } = await import('node:fs')
    const content = readFileSync(new URL('../../../src/kql/advanced-hunting-schema.data.json', import.meta.url), 'utf8')
    expect(format(JSON.parse(content))).toBe(content)
    expect(SCALAR_TYPES).toContain('guid')
  })
})
