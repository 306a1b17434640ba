/** The files that programs read: JSON, CSV and SARIF, each judged by a parser or schema that nobody here wrote. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'csv-parse/sync'
import type { Details, Finding, Run } from '../../../src/model.ts'
import { csvChunks } from '../../../src/report/csv.ts'
import { jsonChunks } from '../../../src/report/json.ts'
import { emptyOutputs, OUTPUT_NAMES, outputs } from '../../../src/report/outputs.ts'
import { renderSarif } from '../../../src/report/sarif.ts'
import { HOSTILE, HOSTILE_ALL, HOSTILE_TEXTS } from '../../support/hostile.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, makeRun, PROBLEM, TENANT } from './make-run.ts'

const schema = JSON.parse(
  readFileSync(new URL('../../fixtures/sarif/sarif-schema-2.1.0.json', import.meta.url), 'utf8'),
)
// The schema is of draft 4, whose only differences that matter here are its own name and address.
delete schema.$schema
delete schema.id
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const validSarif = ajv.compile(schema)

const jsonOf = (run: Run): string => [...jsonChunks(run)].join('')
const csvOf = (run: Run): string => [...csvChunks(run)].join('')

const PLACE = { place: '.github/defender-gate.yml' }

interface SarifLog {
  // biome-ignore lint/suspicious/noExplicitAny: the schema has judged the shape
  readonly runs: readonly any[]
}

function sarifOf(run: Run): SarifLog {
  const { files } = renderSarif(run, PLACE)
  expect(files).toHaveLength(1)
  const log = JSON.parse(files[0]!)
  validSarif(log)
  expect(validSarif.errors ?? []).toEqual([])
  return log
}

/** Every hostile text in every place that others write. */
function hostileRun(more: Partial<Run> = {}): Run {
  const finding = (text: string): Finding =>
    makeFinding({
      title: text,
      url: `https://a.example/${text.toWellFormed()}`,
      data: { [text]: text, nested: [{ [text]: [text] }], big: 2n ** 64n },
    })
  return makeRun(
    [
      makeResult(
        huntingCheck(
          'hunt',
          { text: HOSTILE_ALL, description: HOSTILE_ALL, tactics: [HOSTILE_ALL], techniques: [HOSTILE_ALL] },
          { title: HOSTILE_ALL },
        ),
        {
          tenant: { ...TENANT, label: HOSTILE_ALL },
          findings: HOSTILE_TEXTS.map(finding),
          columns: HOSTILE_TEXTS,
        },
      ),
    ],
    more,
  )
}

describe('report.json', () => {
  it('has the shape of the contract', () => {
    const run = makeRun([
      makeResult(listCheck('a', { title: 'A' }), {
        findings: [
          makeFinding({
            fingerprint: 'f1',
            title: 'T',
            url: 'https://a.example/x',
            data: { big: 12345678901234567890n, n: null },
          }),
          makeFinding({ fingerprint: 'f2', status: 'known', url: 'javascript:x', severity: 'low' }),
        ],
      }),
      makeResult(huntingCheck('b'), { error: PROBLEM }),
    ])
    const text = jsonOf(run)
    expect(text).toContain('"big":12345678901234567890')
    expect(JSON.parse(text)).toEqual({
      version: 1,
      verdict: 'failed',
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      checks: [
        {
          id: 'a',
          title: 'A',
          kind: 'incidents',
          tenant: 'contoso',
          state: 'findings',
          counts: { findings: 1, known: 1, suppressed: 0 },
          findings: [
            {
              fingerprint: 'f1',
              severity: 'high',
              title: 'T',
              url: 'https://a.example/x',
              status: 'new',
              data: { big: Number('12345678901234567890'), n: null },
            },
            { fingerprint: 'f2', severity: 'low', title: 'Suspicious access to LSASS', status: 'known', data: {} },
          ],
        },
        {
          id: 'b',
          title: 'b',
          kind: 'hunting',
          tenant: 'contoso',
          state: 'error',
          counts: { findings: 0, known: 0, suppressed: 0 },
          error: PROBLEM,
          findings: [],
        },
      ],
    })
  })

  it('holds no data and no finding with counts, and no place of an error', () => {
    const run = makeRun(
      [makeResult(listCheck('a'), { findings: [makeFinding({ title: 'Named', data: { cell: 'secretive' } })] })],
      { details: 'counts' },
    )
    const text = jsonOf(run)
    expect(text).not.toMatch(/data|Named|secretive/)
    expect(JSON.parse(text).checks[0]).toMatchObject({ findings: [], counts: { findings: 1 } })
  })

  it('is valid without checks, and with every hostile text in every place', () => {
    expect(JSON.parse(jsonOf(makeRun([])))).toMatchObject({ version: 1, checks: [] })
    const run = hostileRun()
    const read = JSON.parse(jsonOf(run)).checks[0]
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      expect(read.findings[index].title).toBe(text.toWellFormed())
      expect(Object.keys(read.findings[index].data)).toContain(text.toWellFormed())
    }
  })

  it('prints no command when somebody prints the file', () => {
    for (const line of jsonOf(hostileRun()).split(/[\n\r\u0085\u2028\u2029]/)) expect(line).not.toMatch(/^\s*::|##\[/)
  })
})

describe('findings.csv', () => {
  const read = (text: string): string[][] => parse(text, { record_delimiter: '\r\n' })

  it('has a row a finding, in the columns of the contract', () => {
    const run = makeRun([
      makeResult(listCheck('a'), {
        findings: [
          makeFinding({
            fingerprint: 'f1',
            title: 'x, "y"',
            url: 'https://a.example/',
            status: 'suppressed',
            data: { a: 'b,"c"', n: 2n ** 64n },
          }),
        ],
      }),
    ])
    const text = csvOf(run)
    expect(text.startsWith('check,tenant,severity,status,title,fingerprint,url,data\r\n')).toBe(true)
    expect(text.endsWith('\r\n')).toBe(true)
    expect(read(text)[1]).toEqual([
      'a',
      'contoso',
      'high',
      'suppressed',
      'x, "y"',
      'f1',
      'https://a.example/',
      '{"a":"b,\\"c\\"","n":18446744073709551616}',
    ])
  })

  it('has its header only with counts, and without findings', () => {
    const header = 'check,tenant,severity,status,title,fingerprint,url,data\r\n'
    expect(csvOf(hostileRun({ details: 'counts' }))).toBe(header)
    expect(csvOf(makeRun([]))).toBe(header)
  })

  it('parses back with every hostile text, and begins no cell with a formula', () => {
    const rows = read(csvOf(hostileRun()))
    expect(rows).toHaveLength(HOSTILE_TEXTS.length + 1)
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      const row = rows[index + 1]!
      expect(row).toHaveLength(8)
      for (const cell of row) expect(cell).not.toMatch(/^[\s"]*[=+\-@＝＋－＠]|^[\t\r\n]/u)
      expect(Object.keys(JSON.parse(row[7]!))).toContain(text.toWellFormed())
    }
  })

  it('goes on over many chunks', () => {
    const findings = Array.from({ length: 1201 }, (_, index) => makeFinding({ title: `t${index}` }))
    const rows = read(csvOf(makeRun([makeResult(listCheck('a'), { findings })])))
    expect(rows.slice(1).map((row) => row[4])).toEqual(findings.map((finding) => finding.title))
  })
})

describe('results.sarif', () => {
  it('has one run a tenant and one rule a check, also without results', () => {
    const tenants = ['a', 'b'].map((label) => ({ id: `${label}.example`, label }))
    const run = makeRun(
      tenants.flatMap((tenant) => [
        makeResult(listCheck('one'), { tenant }),
        makeResult(huntingCheck('two'), { tenant }),
      ]),
    )
    const { runs } = sarifOf(run)
    expect(runs.map((one) => one.automationDetails.id)).toEqual([
      'defender-gate/a.example/',
      'defender-gate/b.example/',
    ])
    for (const one of runs) {
      expect(one.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(['one', 'two'])
      expect(one.results).toEqual([])
    }
  })

  it('tells each finding with level, place, fingerprint, state, suppression and link', () => {
    const suppression = { check: 'hunt', where: {}, reason: 'EDR test host', owner: 'secops', expires: '2027-01-31' }
    const findings = [
      makeFinding({
        fingerprint: 'f1',
        severity: 'high',
        url: 'https://a.example/1',
        data: { DeviceName: 'build-01' },
      }),
      makeFinding({ fingerprint: 'f2', severity: 'medium', status: 'known' }),
      makeFinding({ fingerprint: 'f3', severity: 'low', status: 'suppressed', suppression }),
      makeFinding({ fingerprint: 'f4', severity: 'unknown', status: 'suppressed' }),
    ]
    const { results } = sarifOf(
      makeRun([
        makeResult(listCheck('list')),
        makeResult(huntingCheck('hunt', { file: { path: 'my queries/é.kql', line: 3 } }), { findings }),
      ]),
    ).runs[0]
    expect(results[0]).toMatchObject({
      ruleId: 'hunt',
      ruleIndex: 1,
      level: 'error',
      message: { text: 'Suspicious access to LSASS (DeviceName: build-01)' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'my%20queries/%C3%A9.kql', uriBaseId: '%SRCROOT%' },
            region: { startLine: 3 },
          },
        },
      ],
      partialFingerprints: { primaryLocationLineHash: 'f1:1', 'defenderGate/v1': 'f1' },
      baselineState: 'new',
      suppressions: [],
      hostedViewerUri: 'https://a.example/1',
    })
    expect(results.map((one: { level: string }) => one.level)).toEqual(['error', 'warning', 'note', 'warning'])
    expect(results[1].baselineState).toBe('unchanged')
    expect(results[2].suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'EDR test host (until 2027-01-31, owner secops)' },
    ])
    expect(results[3].suppressions[0]).toMatchObject({
      kind: 'external',
      justification: expect.stringContaining('suppression'),
    })
  })

  it('shows list checks and inline queries on one steady file', () => {
    const run = makeRun([
      makeResult(listCheck('list'), { findings: [makeFinding()] }),
      makeResult(huntingCheck('inline', { file: undefined }), { findings: [makeFinding()] }),
    ])
    for (const result of sarifOf(run).runs[0].results) {
      expect(result.locations[0].physicalLocation).toEqual({
        artifactLocation: { uri: '.github/defender-gate.yml', uriBaseId: '%SRCROOT%' },
        region: { startLine: 1 },
      })
    }
  })

  it('has rules with help, MITRE tags and the highest severity that they have', () => {
    const query = {
      severity: 'low',
      description: 'Reads LSASS.',
      tactics: ['CredentialAccess'],
      techniques: ['T1003.001', 't1059', 'bad"tag'],
    } as const
    const rule = (severity: Finding['severity']) =>
      sarifOf(
        makeRun([
          makeResult(huntingCheck('lsass-access', query, { title: 'LSASS memory read' }), {
            findings: [makeFinding({ severity })],
          }),
        ]),
      ).runs[0].tool.driver.rules[0]
    expect(rule('medium')).toMatchObject({
      id: 'lsass-access',
      name: 'LsassAccess',
      shortDescription: { text: 'LSASS memory read' },
      fullDescription: { text: 'Reads LSASS.' },
      defaultConfiguration: { level: 'warning' },
      properties: {
        'security-severity': '5.5',
        tags: [
          'security',
          'microsoft-defender',
          'hunting',
          'external/attack/T1003.001',
          'external/attack/T1059',
          'external/attack/credential-access',
        ],
      },
    })
    expect(rule('medium').help.markdown).toContain('```kusto\nDeviceProcessEvents')
    expect(rule('informational').properties['security-severity']).toBe('3.0')
    expect(rule('high').properties['security-severity']).toBe('8.0')
  })

  it('tells with counts that there is a finding, and nothing of it', () => {
    const run = hostileRun({ details: 'counts' })
    const { results } = sarifOf(run).runs[0]
    expect(new Set(results.map((one: { message: { text: string } }) => one.message.text))).toEqual(
      new Set(['A finding of the check hunt, severity high. Its details are withheld.']),
    )
    for (const result of results) expect(Object.keys(result)).not.toContain('hostedViewerUri')
  })

  it('is valid with every hostile text in every place, and makes no link and no placeholder of any', () => {
    const { results } = sarifOf(hostileRun()).runs[0]
    expect(results).toHaveLength(HOSTILE_TEXTS.length)
    for (const result of results) {
      expect(result.message.text).not.toMatch(/(?<!\\)[[\]]|(?<!\{)\{(?!\{)/)
      expect(result.message.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
    }
    expect(results.find((one: { message: { text: string } }) => one.message.text.includes('evil'))).toBeDefined()
    expect(HOSTILE['sarifText']).toContain('](')
  })

  it('keeps the worst of too many, new ones first, and says how many it left out', () => {
    const of = (count: number, more: Partial<Finding>): Finding[] =>
      Array.from({ length: count }, () => makeFinding(more))
    const findings = [
      ...of(100, { severity: 'low' }),
      ...of(24_950, { severity: 'medium' }),
      ...of(3, { severity: 'high', status: 'known' }),
      ...of(20, { severity: 'high' }),
    ]
    const run = makeRun([makeResult(listCheck('a'), { findings })])
    const { files, leftOut } = renderSarif(run, PLACE)
    const { results, invocations } = JSON.parse(files[0]!).runs[0]
    const count = (severity: string): number =>
      results.filter((one: { properties: { severity: string } }) => one.properties.severity === severity).length
    expect([results.length, count('high'), count('medium'), count('low')]).toEqual([25_000, 20, 24_950, 30])
    expect(leftOut).toBe(73)
    expect(invocations[0].toolExecutionNotifications[0].message.text).toContain('73 findings')
  })

  it('writes the same results with counts as with details, but for what is withheld', () => {
    const severities = ['high', 'low', 'high'] as const
    const findings = severities.flatMap((severity) =>
      (['new', 'known', 'suppressed'] as const).map((status) => makeFinding({ severity, status })),
    )
    const checks = [makeResult(listCheck('a'), { findings }), makeResult(listCheck('b'), { findings: [makeFinding()] })]
    const of = (details: Details) =>
      sarifOf(makeRun(checks, { details })).runs[0].results.map(
        ({ message: _, suppressions, ...rest }: Record<string, unknown>) => ({
          ...rest,
          held: (suppressions as []).length,
        }),
      )
    expect(of('counts')).toEqual(of('full'))
    expect(of('counts')).toHaveLength(10)
  })

  it('puts twenty tenants into a file', () => {
    const run = makeRun(
      Array.from({ length: 45 }, (_, index) => makeResult(listCheck('a'), { tenant: { id: `t${index}`, label: 'x' } })),
    )
    const { files } = renderSarif(run, PLACE)
    expect(files.map((file) => JSON.parse(file).runs.length)).toEqual([20, 20, 5])
    for (const file of files) expect(validSarif(JSON.parse(file))).toBe(true)
  })
})

describe('outputs', () => {
  it('are all set, always', () => {
    const run = makeRun([
      makeResult(listCheck('a'), {
        findings: [makeFinding(), makeFinding({ status: 'known' }), makeFinding({ status: 'suppressed' })],
      }),
    ])
    const values = outputs(run, { report: '/r.json', sarif: '', csv: '/f.csv' }, ['https://github.com/o/r/issues/1'])
    expect(values).toEqual({
      verdict: 'failed',
      findings: '1',
      known: '1',
      suppressed: '1',
      errors: '0',
      'highest-severity': 'high',
      report: '/r.json',
      sarif: '',
      csv: '/f.csv',
      'issue-urls': '["https://github.com/o/r/issues/1"]',
    })
    expect(outputs(makeRun([]), { report: '', sarif: '', csv: '' })).toMatchObject({
      'highest-severity': '',
      'issue-urls': '[]',
    })
    expect(Object.keys(emptyOutputs())).toEqual([...OUTPUT_NAMES])
    expect(emptyOutputs().verdict).toBe('error')
  })
})
