import { describe, expect, it } from '@jest/globals'
import { locate, readQueryFile } from '../../../src/checks/query-files.ts'
import { GateError } from '../../../src/errors.ts'

async function failure(path: string, content: string): Promise<GateError> {
  const thrown = await readQueryFile(path, content).catch((error: unknown) => error)
  if (!(thrown instanceof GateError)) throw new Error('no GateError was thrown')
  return thrown
}

const TWO_DIALECTS = `//Shows logons

//Microsoft Sentinel query
DeviceEvents
| where TimeGenerated > ago(1d)

//Advanced Hunting query

//Data connector required
DeviceEvents
| where Timestamp > ago(1d)
`

describe('whole-file queries', () => {
  it.each(['q.kql', 'q.csl', 'q.kusto', 'q.txt', 'Q.KQL', 'a/b.c/q.Txt'])('reads %s as it stands', async (path) => {
    const content = '// What\r\nDeviceEvents\r\n| take 1 \r\n'
    const file = await readQueryFile(path, content)
    expect(file).toMatchObject({ text: content, line: 1, indent: 0, title: 'What', severity: undefined, key: [] })
  })

  it('takes off the byte-order mark and nothing else', async () => {
    const file = await readQueryFile('q.kql', '\u{feff}  T\t| take 1 // 🦈\r\n\r\n')
    expect(file.text).toBe('  T\t| take 1 // 🦈\r\n\r\n')
    expect(locate(file, 2)).toEqual({ line: 1, column: 3 })
  })

  it('refuses files without a query, and names them', async () => {
    for (const content of ['', ' \n\t\n', '// one\n  // two', '\u{feff}']) {
      const error = await failure('hunting/none.kql', content)
      expect(error.code).toBe('query-empty')
      expect(error.message).toContain('hunting/none.kql')
      expect(error.place).toEqual({ file: 'hunting/none.kql', line: 1 })
    }
  })

  it('gives the advanced-hunting part of a file with the markers of public collections', async () => {
    const file = await readQueryFile('q.kql', TWO_DIALECTS)
    expect(file.text).toBe('\n//Data connector required\nDeviceEvents\n| where Timestamp > ago(1d)\n')
    expect(file.line).toBe(8)
    expect(file.title).toBe('Shows logons')
    expect(locate(file, file.text.indexOf('Timestamp'))).toEqual({ line: 11, column: 9 })
  })

  it('ends the part at a Sentinel marker, with CRLF as it is', async () => {
    const file = await readQueryFile(
      'q.kql',
      '// Advanced Hunting Query\r\nA\r\n| take 1\r\n// Microsoft Sentinel Query\r\nB\r\n',
    )
    expect(file.text).toBe('A\r\n| take 1\r\n')
    expect(file.line).toBe(2)
  })

  it.each([
    '//Advanced hunting query',
    '  //  ADVANCED   HUNTING  QUERY  ',
    '// Advanced Hunting queries',
    "//Advanced Hunting query, includes SessionId's ",
    '//Advanced Hunting query. Only 30 days of data',
    '//Advanced Hunting query - depending on the string',
    '// Advanced-hunting query:',
  ])('takes %j for a marker', async (marker) => {
    const file = await readQueryFile('q.kql', `//Microsft Sentinel query\nS\n${marker}\nA`)
    expect(file.text).toBe('A')
  })

  it.each([
    '// Advanced Hunting query for network devices',
    '// the advanced hunting query',
    'print "//Advanced Hunting query"',
    'T //Advanced Hunting query',
  ])('takes %j for no marker', async (line) => {
    const content = `S | take 1\n${line}\n| take 2`
    expect((await readQueryFile('q.kql', content)).text).toBe(content)
  })

  it('takes a file that has only the Sentinel marker as one query', async () => {
    const content = '//Microsoft Sentinel query\nS'
    expect((await readQueryFile('q.kql', content)).text).toBe(content)
  })

  it('does not fall back to the other part when the one for advanced hunting is empty', async () => {
    const error = await failure('q.kql', '//Microsoft Sentinel query\nS\n//Advanced Hunting query\n// none\n')
    expect(error.code).toBe('query-empty')
    expect(error.place?.line).toBe(4)
  })

  it('does not choose between two advanced-hunting parts', async () => {
    const error = await failure('q.kql', '//Advanced Hunting query\nA\n\n//Advanced Hunting query\nB')
    expect(error.code).toBe('query-file-ambiguous')
    expect(error.message).toContain('lines 1, 4')
  })

  it.each([
    ['// ======\n// Title: LSASS read\nT', 'LSASS read'],
    ['//\n// DESCRIPTION:\n//  Finds it \nT', 'Finds it'],
    ['T\n// later', undefined],
    ['//Advanced Hunting query\n//Real title\nT', 'Real title'],
    [`// ${'é'.repeat(300)}\nT`, `${'é'.repeat(199)}…`],
  ])('finds the title of %j', async (content, title) => {
    expect((await readQueryFile('q.kql', content)).title).toBe(title)
  })
})

describe('what no file may be', () => {
  it.each(['q.sql', 'q', 'q.kql.bak', '.kql/q', 'kql', 'q.markdown'])('refuses the extension of %s', async (path) => {
    const error = await failure(path, 'T')
    expect(error.code).toBe('query-file-extension')
    expect(error.hint).toContain('.kql, .csl, .kusto, .txt, .yaml, .yml, .md')
  })

  it('refuses more than 1 MiB, counted in bytes', async () => {
    const fits = `T${' '.repeat(1024 * 1024 - 1)}`
    expect((await readQueryFile('q.kql', fits)).text).toBe(fits)
    expect((await failure('q.kql', `${fits} `)).code).toBe('query-file-too-large')
    expect((await failure('q.kql', `T${'é'.repeat(524_288)}`)).code).toBe('query-file-too-large')
  })

  it.each(['q.kql', 'q.yaml', 'q.md'])('refuses what was no UTF-8: %s', async (path) => {
    const error = await failure(path, 'query: T\n\n// caf\u{fffd}')
    expect(error).toMatchObject({ code: 'query-file-encoding', place: { file: path, line: 3 } })
    expect((await failure(path, 'T\0a\0b\0')).code).toBe('query-file-encoding')
  })
})
