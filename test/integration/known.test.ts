/** Findings that are known again: fingerprints, the baseline and its successor, suppressions and their end. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scenario } from '../../emulator/emulator.ts'
import { GateStage } from '../support/gate-world.ts'
import { hunted, refused } from '../support/hunted.ts'

const START = '2026-11-20T12:00:00.000Z'
let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open({}, START)
})
afterAll(() => stage.close())

const HUNT = { check: 'hunting', query: 'T' }
const COLUMNS = { Timestamp: 'DateTime', Seen: 'DateTime', ReportId: 'Int64', DeviceName: 'String', Hits: 'Int64' }
const row = (DeviceName: string, Hits: number, at = '2026-11-20T10:00:00Z', ReportId = 1) => ({
  Timestamp: at,
  Seen: at,
  ReportId,
  DeviceName,
  Hits,
})
const rows = (...list: ReturnType<typeof row>[]): Scenario => ({ faults: [hunted({ columns: COLUMNS, rows: list })] })
const prints = (run: { report: { checks: { findings: { fingerprint: string }[] }[] } }) =>
  run.report.checks.flatMap((check) => check.findings.map((one) => one.fingerprint))

describe('a fingerprint', () => {
  it('stays the same from run to run, whatever the order, the time stamps and the report ids', async () => {
    const first = await stage.gate({ inputs: HUNT, scenario: rows(row('a', 1), row('b', 2)) })
    const second = await stage.gate({
      inputs: HUNT,
      scenario: rows(row('b', 2, '2026-11-20T11:30:00Z', 77), row('a', 1, '2026-11-20T11:00:00Z', 99)),
    })
    expect(prints(second)).toEqual(prints(first).toReversed())
    expect(new Set(prints(first)).size).toBe(2)
    for (const print of prints(first)) expect(print).toMatch(/^[0-9a-f]{64}$/)
  })

  it('differs with any other column, unless key names the columns', async () => {
    const [a, b] = [
      await stage.gate({ inputs: HUNT, scenario: rows(row('a', 1)) }),
      await stage.gate({ inputs: HUNT, scenario: rows(row('a', 2)) }),
    ]
    expect(prints(a)).not.toEqual(prints(b))
    const keyed = { ...HUNT, key: 'devicename' }
    const [c, d] = [
      await stage.gate({ inputs: keyed, scenario: rows(row('a', 1)) }),
      await stage.gate({ inputs: keyed, scenario: rows(row('a', 2)) }),
    ]
    expect(prints(c)).toEqual(prints(d))
  })

  it('of an incident goes by its id', async () => {
    const of = async (incident: object) =>
      prints(
        await stage.gate({
          inputs: { check: 'incidents' },
          scenario: { tenants: [{ incidents: [{ id: '5', severity: 'high', ...incident }] }] },
        }),
      )
    expect(await of({ displayName: 'x', status: 'inProgress' })).toEqual(await of({ displayName: 'y' }))
    expect(await of({})).not.toEqual(await of({ id: '6' }))
  })

  it('differs between checks', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': 'checks:\n  - { id: a, incidents: {} }\n  - { id: b, incidents: {} }\n' },
      scenario: { tenants: [{ incidents: [{ id: '5', severity: 'high' }] }] },
    })
    expect(new Set(prints(run)).size).toBe(2)
  })

  it('keeps large numbers apart', async () => {
    const big = (Hits: string): Scenario => ({
      faults: [
        {
          route: 'hunting',
          action: 'status',
          status: 200,
          body: `{"schema":[{"name":"Hits","type":"Int64"}],"results":[{"Hits":${Hits}}]}`,
        },
      ],
    })
    const [a, b] = [
      await stage.gate({ inputs: HUNT, scenario: big('9007199254740992') }),
      await stage.gate({ inputs: HUNT, scenario: big('9007199254740993') }),
    ]
    expect(prints(a)).not.toEqual(prints(b))
    expect(a.file('report.json')).toContain('"Hits":9007199254740992')
    expect(b.file('report.json')).toContain('"Hits":9007199254740993')
    expect(b.file('findings.csv')).toContain('9007199254740993')
  })

  it('by a key column that the query does not return is an error', async () => {
    const run = await stage.gate({ inputs: { ...HUNT, key: 'DeviceNmae' }, scenario: rows() })
    expect([run.outputs['verdict'], run.report.checks[0].error.code]).toEqual(['error', 'key-column-missing'])
  })
})

describe('a baseline', () => {
  const two = rows(row('a', 1), row('b', 2))

  it('accepts what the run before wrote, and counts only what is new', async () => {
    const first = await stage.gate({ inputs: HUNT, scenario: two })
    const baseline = first.file('baseline.json')!
    expect(JSON.parse(baseline)).toEqual({ version: 1, fingerprints: { hunting: prints(first).toSorted() } })
    const files = { 'known.json': baseline }
    const inputs = { ...HUNT, baseline: 'known.json' }
    const same = await stage.gate({ inputs, files, scenario: two })
    expect(same.outputs).toMatchObject({ verdict: 'passed', findings: '0', known: '2', 'highest-severity': '' })
    expect(same.report.checks[0].findings.map((one: { status: string }) => one.status)).toEqual(['known', 'known'])
    expect(same.file('baseline.json')).toBe(baseline)
    const more = await stage.gate({ inputs, files, scenario: rows(row('c', 3), row('a', 1)) })
    expect(more.outputs).toMatchObject({ verdict: 'failed', findings: '1', known: '1' })
    expect(JSON.parse(more.file('baseline.json')!).fingerprints.hunting).toEqual(prints(more).toSorted())
    const sarif = JSON.parse(more.file('results.sarif')!)
    expect(sarif.runs[0].results.map((one: { baselineState: string }) => one.baselineState)).toEqual([
      'new',
      'unchanged',
    ])
  })

  it.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['no JSON', { 'known.json': 'x' }],
    ['of another version', { 'known.json': '{"version":2,"fingerprints":{}}' }],
    ['with something that is no fingerprint', { 'known.json': '{"version":1,"fingerprints":{"hunting":["abc"]}}' }],
    ['a folder', { 'known.json/x': '' }],
  ])('that is %s makes every check an error that says how to make one', async (_what, files) => {
    const run = await stage.gate({ inputs: { ...HUNT, baseline: 'known.json' }, files, scenario: two })
    expect(run.outputs).toMatchObject({ verdict: 'error', errors: '1', findings: '0', sarif: '' })
    expect(run.failed).toBe(true)
    expect(run.report.checks[0].error.code).toMatch(/^baseline-/)
    expect(run.report.checks[0].error.hint).toMatch(/baseline\.json/)
    expect(run.file('baseline.json')).toBeUndefined()
  })

  it('is not written anew while a check is in error, nor is the SARIF file', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml', 'on-error': 'warn' },
      files: { 'g.yml': 'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n' },
      scenario: { tenants: [{ incidents: [{ severity: 'high' }] }], faults: [refused('alerts')] },
    })
    expect(run.outputs).toMatchObject({ verdict: 'failed', sarif: '' })
    expect([run.file('baseline.json'), run.file('results.sarif')]).toEqual([undefined, undefined])
    expect(run.file('findings.csv')).toBeDefined()
  })

  it('counts against min-findings: known findings are none', async () => {
    const baseline = (await stage.gate({ inputs: HUNT, scenario: two })).file('baseline.json')!
    const run = await stage.gate({
      inputs: { ...HUNT, baseline: 'known.json', 'min-findings': '1' },
      files: { 'known.json': baseline },
      scenario: two,
    })
    expect(run.outputs).toMatchObject({ verdict: 'failed', known: '2' })
  })

  it('lies in the workspace, also through links', async () => {
    const run = await stage.gate({
      inputs: { ...HUNT, baseline: 'known.json' },
      files: { 'known.json': { link: '/etc/hostname' } },
      scenario: two,
    })
    expect(run.outputs['verdict']).toBe('error')
    expect(run.requests).toEqual([])
    expect(run.lines.join('\n')).toContain('`baseline`')
  })
})

describe('a suppression', () => {
  const config = (suppression: string, checks = '  - { id: lsass, hunting: { query: T } }') =>
    `checks:\n${checks}\nsuppressions:\n  - ${suppression}\n`
  const run = async (text: string, scenario: Scenario, files: Record<string, string> = {}) =>
    stage.gate({ inputs: { config: 'g.yml' }, files: { 'g.yml': text, ...files }, scenario })

  it('holds the rows whose columns are all equal, without regard to case, and is counted', async () => {
    stage.clock.set(START)
    const result = await run(
      config(
        '{ check: lsass, where: { DeviceName: BUILD-01, hits: 1 }, reason: EDR test host, owner: secops, expires: 2027-01-31 }',
      ),
      rows(row('build-01', 1), row('build-01', 2), row('web', 1)),
    )
    expect(result.outputs).toMatchObject({ verdict: 'failed', findings: '2', suppressed: '1' })
    expect(result.report.checks[0].findings.map((one: { status: string }) => one.status)).toEqual([
      'suppressed',
      'new',
      'new',
    ])
    const sarif = JSON.parse(result.file('results.sarif')!)
    expect(
      sarif.runs[0].results.filter((one: { suppressions: unknown[] }) => one.suppressions.length > 0),
    ).toHaveLength(1)
    expect(JSON.parse(result.file('baseline.json')!).fingerprints.lsass).toHaveLength(2)
    expect(result.summary).toContain('EDR test host')
    expect(result.summary).toContain('secops')
  })

  it.each([
    ['2026-11-20T00:00:00.000Z', '2026-11-20', true],
    ['2026-11-20T23:59:59.999Z', '2026-11-20', true],
    ['2026-11-21T00:00:00.000Z', '2026-11-20', false],
    ['2027-06-01T00:00:00.000Z', '2026-11-20', false],
  ])('at %s with the end %s holds: %s', async (now, expires, holds) => {
    stage.clock.set(now)
    const result = await run(
      config(`{ check: lsass, where: { DeviceName: a }, reason: r, expires: ${expires} }`),
      rows(row('a', 1)),
    )
    stage.clock.set(START)
    expect(result.outputs).toMatchObject(
      holds ? { verdict: 'passed', suppressed: '1' } : { verdict: 'failed', findings: '1', suppressed: '0' },
    )
    expect(result.lines.some((line) => /^::warning.*expired/i.test(line))).toBe(!holds)
    expect(/expired/i.test(result.summary)).toBe(!holds)
  })

  it.each([
    ['2026-11-05T12:00:00.000Z', false],
    ['2026-11-07T12:00:00.000Z', true],
  ])('is warned of from 14 days before its end (%s: %s)', async (now, warned) => {
    stage.clock.set(now)
    const result = await run(
      config('{ check: lsass, where: { DeviceName: a }, reason: r, expires: 2026-11-20 }'),
      rows(row('a', 1)),
    )
    stage.clock.set(START)
    expect(result.outputs['verdict']).toBe('passed')
    expect(result.lines.some((line) => line.startsWith('::warning') && line.includes('2026-11-20'))).toBe(warned)
  })

  it('that holds nothing is told as unused', async () => {
    const result = await run(
      config('{ check: lsass, where: { DeviceName: gone }, reason: r, expires: 2027-11-20 }'),
      rows(row('a', 1)),
    )
    expect(result.lines.join('\n')).toMatch(/unused/)
  })

  it('of incidents goes by id or title', async () => {
    const incidents = [
      { id: '1', severity: 'high', displayName: 'Known test' },
      { id: '2', severity: 'high', displayName: 'Other' },
      { id: '3', severity: 'high', displayName: 'Third' },
    ]
    const checks = '  - { id: open, incidents: {} }'
    const text = config(
      '{ check: open, where: { title: known TEST }, reason: r, expires: 2027-01-01 }\n  - { check: open, where: { id: 3 }, reason: r, expires: 2027-01-01 }',
      checks,
    )
    const result = await run(text, { tenants: [{ incidents }] })
    expect(result.outputs).toMatchObject({ findings: '1', suppressed: '2' })
  })

  it('of a check over queries covers its files, and may name one', async () => {
    const checks = '  - { id: hunts, hunting: { queries: "*.kql" } }'
    const files = { 'a.kql': 'A', 'b.kql': 'B' }
    const where = 'where: { DeviceName: a }, reason: r, expires: 2027-01-01'
    const all = await run(config(`{ check: hunts, ${where} }`, checks), rows(row('a', 1)), files)
    expect(all.outputs).toMatchObject({ verdict: 'passed', suppressed: '2' })
    const one = await run(config(`{ check: hunts/a.kql, ${where} }`, checks), rows(row('a', 1)), files)
    expect(one.outputs).toMatchObject({ verdict: 'failed', findings: '1', suppressed: '1' })
  })
})

describe('a check by inputs', () => {
  it('over queries is named by the path of each file', async () => {
    const run = await stage.gate({
      inputs: { check: 'hunting', queries: 'h/**/*.kql' },
      files: { 'h/b.kql': 'B', 'h/x/a.kql': 'A' },
      scenario: rows(row('a', 1)),
    })
    expect(run.report.checks.map((check: { id: string }) => check.id)).toEqual(['h/b.kql', 'h/x/a.kql'])
    expect(Object.keys(JSON.parse(run.file('baseline.json')!).fingerprints)).toEqual(['h/b.kql', 'h/x/a.kql'])
  })

  it('of the config file is named by its id and the path', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: {
        'g.yml': 'checks:\n  - { id: hunts, hunting: { queries: ["h/*.kql", "!h/b.kql"] } }\n',
        'h/a.kql': 'A',
        'h/b.kql': 'B',
      },
      scenario: rows(row('a', 1)),
    })
    expect(run.report.checks.map((check: { id: string }) => check.id)).toEqual(['hunts/h/a.kql'])
  })
})

it('nothing of a finding can be found in its fingerprint without the key', async () => {
  const run = await stage.gate({ inputs: HUNT, scenario: rows(row('a', 1)) })
  const [print] = prints(run)
  for (const text of ['a', '"a"', 'hunting', 'hunting\na'])
    expect(print).not.toBe(createHash('sha256').update(text).digest('hex'))
})
