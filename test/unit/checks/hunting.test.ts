import { describe, expect, it } from '@jest/globals'
import { ask } from '../../../src/checks/index.ts'
import type {
  Answer,
  Column,
  HuntingResult,
  Json,
  PlannedCheck,
  Query,
  Row,
  SecurityApi,
  Sink,
} from '../../../src/model.ts'

function query(more: Partial<Query> = {}): Query {
  return {
    text: 'DeviceEvents',
    timespan: 'P1D',
    severity: 'medium',
    key: undefined,
    file: undefined,
    description: undefined,
    tactics: [],
    techniques: [],
    ...more,
  }
}

function columns(...specs: string[]): Column[] {
  return specs.map((spec) => {
    const [name, type = 'string'] = spec.split(':')
    return { name: name!, type }
  })
}

async function hunt(result: Partial<HuntingResult>, wish: Partial<Query> = {}): Promise<Answer> {
  const asked: unknown[] = []
  const api = {
    hunt: async (text: string, timespan: string, open: (columns: readonly Column[]) => Sink<Row>) => {
      asked.push([text, timespan])
      const { columns: names = [], rows: given = [], truncated = false } = result
      const rows = open(names)
      for (const row of given) rows.push(row)
      return { columns: names, rows, truncated }
    },
  } as unknown as SecurityApi
  const answer = await ask({ ask: { kind: 'hunting', query: query(wish) } } as PlannedCheck, api, new Date(), () => [])
  expect(asked).toEqual([['DeviceEvents', 'P1D']])
  return answer
}

async function keys(names: readonly Column[], row: Row, wish: Partial<Query> = {}): Promise<readonly Json[]> {
  return (await hunt({ columns: names, rows: [row] }, wish)).findings[0]!.key
}

const ROW = {
  Timestamp: '2026-06-15T10:00:00.7688641Z',
  DeviceName: 'pc-1',
  Seen: '2026-06-14T00:00:00Z',
  ReportId: 7n,
  Port: 443,
  Extra: { b: 1, a: [true] },
}
const COLUMNS = columns(
  'Timestamp:datetime',
  'DeviceName',
  'Seen:datetime',
  'ReportId:int64',
  'Port:int32',
  'Extra:dynamic',
)

describe('key', () => {
  it('is by default every column but times and ReportId', async () => {
    expect(await keys(COLUMNS, ROW)).toEqual(['pc-1', 443, { b: 1, a: [true] }])
  })

  it('leaves times out by name or by type, in any case', async () => {
    const names = columns(
      'TIMESTAMP:string',
      'timegenerated:string',
      'reportID:string',
      'X:datetimeoffset',
      'Y:system.datetime',
      'A',
    )
    expect(await keys(names, { A: 'a' })).toEqual(['a'])
  })

  it('is every column where nothing else would be left', async () => {
    expect(await keys(columns('Timestamp:datetime'), { Timestamp: 't' })).toEqual(['t'])
    expect(
      await keys(columns('ReportId:int64', 'TimeGenerated:datetime'), { ReportId: 1, TimeGenerated: 't' }),
    ).toEqual([1, 't'])
  })

  it('is the wished columns in their order, in any case, each once; times and ReportId too', async () => {
    const key = ['port', 'DEVICENAME', 'Port', 'Timestamp', 'reportid']
    expect(await keys(COLUMNS, ROW, { key })).toEqual([443, 'pc-1', ROW.Timestamp, 7n])
  })

  it('takes the column that is spelled exactly so before one in another case', async () => {
    expect(await keys(columns('a', 'A'), { a: 1, A: 2 }, { key: ['a'] })).toEqual([1])
    expect(await keys(columns('a', 'A'), { a: 1, A: 2 }, { key: ['A'] })).toEqual([2])
  })

  it('must be in the result, also when no row came', async () => {
    const asking = hunt({ columns: COLUMNS, rows: [] }, { key: ['DeviceName', 'DeviceIdd', 'Other'] })
    await expect(asking).rejects.toMatchObject({ code: 'key-column-missing' })
    await expect(asking).rejects.toThrow('DeviceIdd, Other')
  })

  it('that is missing is told with the columns that look like it, and no other: a name may be a value', async () => {
    const pivoted = columns('DeviceName', 'alice', 'build-01')
    const hint = (key: readonly string[]) =>
      hunt({ columns: pivoted, rows: [] }, { key }).catch((thrown: { hint: string }) => thrown.hint)
    expect(await hint(['DeviceNam'])).toContain('Did you mean DeviceName?')
    expect(await hint(['DeviceNam'])).not.toMatch(/alice|build/)
    expect(await hint(['Nope'])).not.toMatch(/mean|alice|build|DeviceName/)
  })

  it('can not be looked for where there is neither schema nor row', async () => {
    expect((await hunt({}, { key: ['X'] })).findings).toEqual([])
  })

  it('falls back to the default, with a note, where the entities of the file are not all returned', async () => {
    const wish = { key: ['DeviceName', 'AccountUpn'], keyFromFile: true }
    const answer = await hunt({ columns: COLUMNS, rows: [ROW] }, wish)
    expect(answer.findings[0]!.key).toEqual(['pc-1', 443, { b: 1, a: [true] }])
    expect(answer.notes).toEqual([expect.stringContaining('AccountUpn')])
    expect(await keys(COLUMNS, ROW, { key: ['deviceName'], keyFromFile: true })).toEqual(['pc-1'])
  })

  it('never is empty for rows without a schema, so that one row does not stand for all', async () => {
    expect(await keys([], { A: 'x', B: 1 })).toEqual(['x', 1])
  })

  it('takes a missing or inherited cell for null', async () => {
    expect(await keys(columns('A', 'constructor', '__proto__'), { A: 'x' })).toEqual(['x', null, null])
  })
})

describe('rows', () => {
  it('are findings each, also with the same key', async () => {
    const answer = await hunt({ columns: COLUMNS, rows: [ROW, ROW] }, { severity: 'high' })
    expect(answer.findings).toHaveLength(2)
    expect(answer.findings[0]).toMatchObject({
      severity: 'high',
      url: undefined,
      at: '2026-06-15T10:00:00.768Z',
      data: ROW,
    })
    expect(answer).toMatchObject({ truncated: false, notes: [], columns: COLUMNS.map(({ name }) => name) })
  })

  it('say that they were cut off', async () => {
    const answer = await hunt({ columns: COLUMNS, rows: [ROW], truncated: true })
    expect(answer).toMatchObject({ truncated: true, notes: [expect.stringContaining('cut the result off at 1 rows')] })
  })

  it.each([
    ['Timestamp before other times', columns('Seen:datetime', 'Timestamp:string'), '2026-06-15T10:00:00.768Z'],
    ['the first time else', columns('DeviceName', 'Seen:datetime'), '2026-06-14T00:00:00.000Z'],
    ['none else', columns('DeviceName', 'Port:int64'), undefined],
  ])('happened at %s', async (_, names, at) => {
    expect((await hunt({ columns: names, rows: [ROW] })).findings[0]!.at).toBe(at)
  })

  it.each([null, '1', 'soon', 20260615, {}])('happened at no time where the cell holds %j', async (value) => {
    const { findings } = await hunt({
      columns: columns('Timestamp:datetime', 'A'),
      rows: [{ Timestamp: value, A: 'a' }],
    })
    expect(findings[0]!.at).toBeUndefined()
  })
})

describe('title', () => {
  const titleOf = async (names: readonly Column[], row: Row): Promise<string> =>
    (await hunt({ columns: names, rows: [row] })).findings[0]!.title

  it('is made from the most telling columns', async () => {
    const names = columns('FolderPath', 'RemoteUrl', 'FileName', 'AccountName', 'AccountUpn', 'DeviceName')
    const row = { FolderPath: 'p', RemoteUrl: 'u', FileName: 'f', AccountName: 'n', AccountUpn: '', DeviceName: 'd' }
    expect(await titleOf(names, row)).toBe('d · n · f · u')
  })

  it('is made from the first texts where no telling column has a value', async () => {
    const names = columns('Timestamp:datetime', 'N:int64', 'A', 'B', 'DeviceName')
    expect(
      await titleOf(names, { Timestamp: '2026-01-01T00:00:00Z', N: 5, A: 'a', B: 'b\n\tc', DeviceName: null }),
    ).toBe('a · b c')
  })

  it('names numbers by their columns where there is no text', async () => {
    expect(await titleOf(columns('Count:int64', 'Big:int64'), { Count: 5, Big: 2n ** 60n })).toBe(
      'Count 5 · Big 1152921504606846976',
    )
  })

  it('is never empty, and never long', async () => {
    expect(await titleOf(columns('A:dynamic'), { A: { x: 1 } })).toBe('row without text')
    const long = await titleOf(columns('DeviceName'), { DeviceName: `${'🦈'.repeat(500)}` })
    expect([...long]).toHaveLength(80)
    expect(long.isWellFormed()).toBe(true)
  })
})
