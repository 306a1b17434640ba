import { describe, expect, it } from '@jest/globals'
import { locate, type QueryFile, readQueryFile } from '../../../src/checks/query-files.ts'
import { KQL_CODES } from '../../../src/errors/kql.ts'
import { GateError } from '../../../src/errors.ts'
import { annotation, finalMessage, summary } from '../../../src/kql/report.ts'
import { toSarif } from '../../../src/kql/sarif.ts'
import { DEFENDER_SCHEMA } from '../../../src/kql/schema.ts'
import type { Diagnostic, FailOn, Validation } from '../../../src/kql/validate-files.ts'
import {
  forCommand,
  forCommandProperty,
  forMarkdown,
  forMarkdownCodeCell,
  visible,
} from '../../../src/report/escape.ts'
import { validateFiles } from './support.ts'

const escaping = {
  command: forCommand,
  property: forCommandProperty,
  markdownCell: forMarkdown,
  markdownCodeCell: forMarkdownCodeCell,
}

function validate(files: Record<string, string>, failOn: FailOn = 'error'): Promise<Validation> {
  return validateFiles<QueryFile>({
    files: Object.keys(files),
    read: async (path) => files[path]!,
    readQueryFile,
    locate,
    schema: DEFENDER_SCHEMA,
    failOn,
  })
}

const places = ({ diagnostics }: Validation): readonly string[] =>
  diagnostics.map(
    ({ file, line, column, endLine, endColumn, code }) => `${file}:${line}:${column}-${endLine}:${endColumn} ${code}`,
  )

describe('places', () => {
  it('are exact in a file with a byte-order mark, CRLF and letters of two units', async () => {
    const validation = await validate({
      'a.kql': '\u{feff}// \u{1f50d} hunt\r\nDeviceInfo\r\n| where "\u{1f512}" == DeviceNam\r\n',
    })
    expect(places(validation)).toEqual(['a.kql:3:17-3:26 kql-unknown-column'])
  })

  it('are exact in a YAML block', async () => {
    const validation = await validate({
      'a.yaml':
        'name: x\nquery: |\n    // first\n    DeviceInfo\n    | where DeviceNam == "x"\n\n    | wher 1 == 1\nid: y\n',
    })
    expect(places(validation)).toEqual(['a.yaml:5:13-5:22 kql-unknown-column', 'a.yaml:7:7-7:11 kql-syntax'])
  })

  it('are exact in a Markdown fence', async () => {
    const validation = await validate({ 'a.md': '# Title\n\n## Query\n\n```kql\nDeviceInf\n| take 1\n```\n' })
    expect(places(validation)).toEqual(['a.md:6:1-6:10 kql-unknown-table'])
  })

  it('name the lines of the file for two queries', async () => {
    const validation = await validate({ 'a.yaml': 'query: |\n  DeviceInfo | count\n\n  DeviceEvents | count\n' })
    expect(validation.diagnostics).toEqual([
      expect.objectContaining({
        line: 4,
        column: 3,
        message: expect.stringContaining('two queries found at lines 2 and 4'),
      }),
    ])
  })

  it('are those of the reader where the file is no query', async () => {
    const validation = await validate({ 'b.yaml': 'name: x\n', 'a.kql': '// nothing\n', 'c.exe': 'x' })
    expect(validation.diagnostics.map(({ file, severity }) => `${file} ${severity}`)).toEqual([
      'a.kql error',
      'b.yaml error',
      'c.exe error',
    ])
    expect(validation.verdict).toBe('failed')
  })
})

describe('the files', () => {
  it('are all checked, and told in order', async () => {
    const validation = await validate({ 'b.kql': 'DeviceInf', 'a.kql': 'DeviceInfo | wher 1', 'c.kql': 'DeviceInfo' })
    expect(places(validation).map((place) => place.split(':')[0])).toEqual(['a.kql', 'b.kql'])
    expect(validation).toMatchObject({ verdict: 'failed', errors: 1, warnings: 1, files: ['b.kql', 'a.kql', 'c.kql'] })
  })

  it('fail for warnings only when that is asked for', async () => {
    expect(await validate({ 'a.kql': 'DeviceInf' })).toMatchObject({ verdict: 'passed', errors: 0, warnings: 1 })
    expect(await validate({ 'a.kql': 'DeviceInf' }, 'warning')).toMatchObject({ verdict: 'failed' })
    expect(await validate({ 'a.kql': 'DeviceInfo' }, 'warning')).toMatchObject({ verdict: 'passed' })
  })

  it('are custom detections where they have the shape', async () => {
    const query = 'DeviceInfo | summarize count() by OSPlatform'
    const detection = `displayName: x\nqueryCondition:\n  queryText: ${query}\n`
    expect(places(await validate({ 'a.yaml': detection }))).toEqual([
      expect.stringMatching(/^a\.yaml:3:14.*kql-detection-columns/),
      expect.stringMatching(/^a\.yaml:3:14.*kql-detection-columns/),
    ])
    expect(places(await validate({ 'a.yaml': `name: x\nquery: ${query}\n` }))).toEqual([])
  })

  it('know their key columns', async () => {
    const yaml = [
      'query: DeviceInfo | project DeviceId',
      'entityMappings: [{ entityType: Host, fieldMappings: [{ identifier: HostName, columnName: DeviceName }] }]',
    ].join('\n')
    expect(places(await validate({ 'a.yaml': yaml }))).toEqual([expect.stringContaining('kql-key-missing')])
  })

  it('keep a fault of one from the others', async () => {
    const validation = await validateFiles({
      files: ['a', 'b', 'c'],
      read: async (path) => {
        if (path === 'a')
          throw new GateError('query-file-outside', 'Outside.', 'Hint.', { place: { file: 'a', line: 7 } })
        return 'DeviceInfo'
      },
      readQueryFile: (path, text) => {
        if (path === 'b') throw new TypeError('boom')
        return { text, key: [] }
      },
      locate: () => ({ line: 1, column: 1 }),
      schema: DEFENDER_SCHEMA,
      failOn: 'error',
    })
    expect(validation.diagnostics.map(({ code, line }) => `${code} ${line}`)).toEqual([
      'query-file-outside 7',
      'internal-error 1',
    ])
  })
})

const diagnostic = (more: Partial<Diagnostic> = {}): Diagnostic => ({
  file: 'hunting/a.kql',
  line: 3,
  column: 9,
  endLine: 3,
  endColumn: 12,
  severity: 'warning',
  code: 'kql-unknown-column',
  message: "'x' is no known column",
  ...more,
})

const validation = (diagnostics: readonly Diagnostic[]): Validation => ({
  verdict: 'failed',
  files: ['hunting/a.kql'],
  errors: diagnostics.filter(({ severity }) => severity === 'error').length,
  warnings: diagnostics.filter(({ severity }) => severity === 'warning').length,
  diagnostics,
})

describe('annotations', () => {
  it('name file, line and column', () => {
    expect(annotation(diagnostic(), escaping)).toBe(
      "::warning file=hunting/a.kql,line=3,col=9,endLine=3,endColumn=12,title=kql-unknown-column::hunting/a.kql:3:9: 'x' is no known column",
    )
    expect(annotation(diagnostic({ endLine: 4 }), escaping)).toContain('line=3,col=9,title=')
  })

  it('let nothing of a file become a command', () => {
    const hostile = 'x\n::set-output name=a::b\r##[error]%0A\u001b[31m'
    const line = annotation(diagnostic({ file: 'a,b:c\n::error::.kql', message: hostile }), escaping)
    expect(line.split(/[\r\n]/)).toHaveLength(1)
    expect(line).not.toContain('##[')
    expect(line).not.toContain('\u001b')
    expect(line).toContain('file=a%2Cb%3Ac')
  })
})

describe('the summary', () => {
  it('shows errors first and escapes what files say', () => {
    const markdown = summary(
      validation([
        diagnostic({ message: '<img src=x> @team | [a](b)' }),
        diagnostic({ severity: 'error', code: 'kql-syntax' }),
      ]),
      escaping,
    )
    const rows = markdown.split('\n').filter((line) => line.startsWith('| error') || line.startsWith('| warning'))
    expect(rows.map((row) => row.split(' ')[1])).toEqual(['error', 'warning'])
    expect(markdown).not.toContain('<img')
    expect(markdown).not.toContain('@team')
    expect(markdown).toContain('1 file, 1 error, 1 warning.')
  })

  it('stays below what GitHub takes', () => {
    const many = Array.from({ length: 3000 }, () => diagnostic({ message: 'é'.repeat(400) }))
    const markdown = summary(validation(many), escaping)
    expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024)
    expect(markdown).toMatch(/\d+ more diagnostics: see the log/)
  })

  it('has a final sentence with the counts', () => {
    expect(finalMessage(validation([diagnostic()]))).toContain('0 errors and 1 warning in 1 query file.')
  })
})

describe('SARIF', () => {
  const sarif = (diagnostics: readonly Diagnostic[]) =>
    toSarif(validation(diagnostics), { codes: KQL_CODES, escape: visible }) as { version: string; runs: Run[] }
  interface Run {
    tool: { driver: { rules: { id: string; help?: { text: string } }[] } }
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      message: { text: string }
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: object } }[]
      partialFingerprints: Record<string, string>
    }[]
  }

  it('has a rule a code and a result a diagnostic', () => {
    const { version, runs } = sarif([
      diagnostic(),
      diagnostic({ code: 'kql-syntax', severity: 'error', endLine: undefined }),
    ])
    const [run] = runs
    expect(version).toBe('2.1.0')
    expect(run!.tool.driver.rules.map((rule) => rule.id)).toEqual(['kql-syntax', 'kql-unknown-column'])
    expect(run!.tool.driver.rules[0]!.help!.text).not.toBe('')
    expect(run!.results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level])).toEqual([
      ['kql-unknown-column', 1, 'warning'],
      ['kql-syntax', 0, 'error'],
    ])
    expect(run!.results[0]!.locations[0]!.physicalLocation.region).toEqual({
      startLine: 3,
      startColumn: 9,
      endLine: 3,
      endColumn: 12,
    })
    expect(run!.results[1]!.locations[0]!.physicalLocation.region).toEqual({ startLine: 3, startColumn: 9 })
  })

  it('keeps a fingerprint when lines move, and tells equal faults apart', () => {
    const print = (diagnostics: readonly Diagnostic[]) =>
      sarif(diagnostics).runs[0]!.results.map((result) => result.partialFingerprints['defenderGate/v1'])
    const [first, second] = print([diagnostic(), diagnostic({ line: 9 })])
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(first).not.toBe(second)
    expect(print([diagnostic({ line: 40 })])).toEqual([first])
  })

  it('encodes paths, makes text visible, and is there without results', () => {
    const [result] = sarif([diagnostic({ file: 'a b/ü#%.kql', message: 'x\u202ey' })]).runs[0]!.results
    expect(result!.locations[0]!.physicalLocation.artifactLocation.uri).toBe('a%20b/%C3%BC%23%25.kql')
    expect(result!.message.text).toBe('x\\u{202e}y')
    expect(sarif([]).runs[0]!.results).toEqual([])
  })
})
