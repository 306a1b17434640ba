/** A whole config file through the built action: many checks, tenants, policies, suppressions, query files and their places. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { TENANT_ID } from '../../emulator/emulator.ts'
import { Stage, type Step } from '../support/step.ts'

const FABRIKAM = '33333333-3333-3333-3333-333333333333'
const CONFIG = `# yaml-language-server: $schema=schema/defender-gate.schema.json
tenants:
  - { id: ${TENANT_ID}, name: contoso }
  - { id: ${FABRIKAM}, name: fabrikam }
defaults:
  max-findings: 0
  min-severity: medium
checks:
  - id: open-incidents
    incidents: { tags: [payments] }
  - id: recent-alerts
    alerts: { created-within: 7d }
    mode: report
  - id: lsass-access
    title: LSASS memory read
    hunting:
      query-file: hunting/lsass.kql
      timespan: P1D
      severity: high
      key: [DeviceName]
  - id: folder
    hunting: { queries: [hunting/**/*.yaml, hunting/*.md] }
    on-error: warn
suppressions:
  - check: lsass-access
    where: { DeviceName: build-01 }
    reason: EDR test host
    owner: secops
    expires: 2099-01-31
`
const LSASS =
  '// LSASS\r\nDeviceProcessEvents\r\n| where ProcessCommandLine has "lsass"\r\n| project Timestamp, DeviceName, ReportId\r\n'
const BAD = 'name: Bad one\nquery: |\n  DeviceProcessEvnts\n  | take 1\n'
const FILES = {
  '.github/gate.yml': CONFIG,
  'hunting/lsass.kql': `\u{feff}${LSASS}`,
  'hunting/more/bad.yaml': BAD,
  'hunting/clear.md': '# Clear\n\n```kql\nDeviceInfo\n| where DeviceName == "nobody 🦊"\n```\n',
}

let stage: Stage
let step: Step
beforeAll(async () => {
  stage = await Stage.open()
  step = await stage.step({
    scenario: {
      tenants: [
        {
          incidents: [{ severity: 'medium', customTags: ['Payments'] }, { severity: 'high' }],
          alerts: [{ severity: 'medium', status: 'new' }],
          hunting: [
            {
              contains: 'lsass',
              rows: [
                { Timestamp: '-1h', DeviceName: 'BUILD-01', ReportId: 1 },
                { Timestamp: '-2h', DeviceName: 'web-1', ReportId: 2 },
              ],
            },
          ],
        },
        { id: FABRIKAM },
      ],
    },
    inputs: { config: '.github/gate.yml', 'tenant-id': '' },
    files: FILES,
  })
}, 60_000)
afterAll(() => stage.close())

describe('a config file', () => {
  it('is asked of every tenant, check by check', () => {
    const states = step.report.checks.map(
      (check: { tenant: string; id: string; state: string; title: string; counts: object }) => [
        check.tenant,
        check.id,
        check.state,
        check.counts,
      ],
    )
    const counts = (findings: number, suppressed = 0) => ({ findings, known: 0, suppressed })
    expect(states).toEqual([
      ['contoso', 'open-incidents', 'findings', counts(1)],
      ['contoso', 'recent-alerts', 'findings', counts(1)],
      ['contoso', 'lsass-access', 'findings', counts(1, 1)],
      ['contoso', 'folder/hunting/clear.md', 'clear', counts(0)],
      ['contoso', 'folder/hunting/more/bad.yaml', 'error', counts(0)],
      ['fabrikam', 'open-incidents', 'clear', counts(0)],
      ['fabrikam', 'recent-alerts', 'clear', counts(0)],
      ['fabrikam', 'lsass-access', 'clear', counts(0)],
      ['fabrikam', 'folder/hunting/clear.md', 'clear', counts(0)],
      ['fabrikam', 'folder/hunting/more/bad.yaml', 'error', counts(0)],
    ])
    expect(step.report.checks.map((check: { kind: string }) => check.kind).slice(0, 5)).toEqual([
      'incidents',
      'alerts',
      'hunting',
      'hunting',
      'hunting',
    ])
  })

  it('sums up', () => {
    expect(step.exitCode).toBe(1)
    expect(step.outputs).toMatchObject({
      verdict: 'failed',
      findings: '3',
      known: '0',
      suppressed: '1',
      errors: '2',
      'highest-severity': 'high',
      sarif: '',
    })
    expect(step.report.checks[2].title).toBe('LSASS memory read')
  })

  it('annotates each failing check once, on its query file and line', () => {
    const places = step.annotations.map(({ level, properties }) => [level, properties['file'], properties['line']])
    expect(places).toHaveLength(5)
    expect(places).toContainEqual(['error', undefined, undefined])
    expect(places).toContainEqual(['error', 'hunting/lsass.kql', '1'])
    expect(places.filter(([level]) => level === 'error')).toHaveLength(2)
    expect(places.filter(([level, path]) => level === 'warning' && path === 'hunting/more/bad.yaml')).toHaveLength(2)
  })

  it('sends each file as it stands, and signs in once a tenant', () => {
    const asked = step.requests.filter(({ route }) => route === 'hunting').map(({ body }) => JSON.parse(body).Query)
    expect(asked.filter((query) => query === LSASS)).toHaveLength(2)
    expect(asked.filter((query) => query.includes('nobody 🦊'))).toHaveLength(2)
    expect(step.requests.filter(({ route }) => route === 'token')).toHaveLength(2)
  })

  it('shows everything in the summary, and no row in the log', () => {
    for (const text of ['contoso', 'fabrikam', 'LSASS memory read', 'EDR test host', 'web-1'])
      expect(step.summary.replaceAll('&#8203;', '').replaceAll('\\', '')).toContain(text)
    expect(step.log).not.toMatch(/web-1|BUILD-01/)
    expect(Buffer.byteLength(step.summary)).toBeLessThan(1024 * 1024)
  })

  it('with an input that wins over every check', async () => {
    const again = await stage.step({
      inputs: { config: '.github/gate.yml', 'tenant-id': FABRIKAM, 'on-error': 'fail', 'max-findings': '5' },
      files: FILES,
    })
    expect(again.report.checks.map((check: { tenant: string }) => check.tenant)).toEqual(
      Array.from({ length: 5 }, () => FABRIKAM),
    )
    expect([again.exitCode, again.outputs['verdict']]).toEqual([1, 'error'])
    expect(again.annotations.map(({ level }) => level)).toContain('error')
  })

  it('with faults tells all of them, with lines', async () => {
    const wrong = await stage.step({
      inputs: { config: 'g.yml', mode: 'off', 'poll-interval': '0s' },
      files: { 'g.yml': 'checks:\n  - id: A\n    incidnts: {}\n  - id: b\n    alerts: { tags: [x] }\n' },
    })
    expect([wrong.exitCode, wrong.outputs['verdict'], wrong.requests]).toEqual([1, 'error', []])
    const text = wrong.annotations.map(({ message }) => message).join('\n')
    for (const told of ['`mode`', '`poll-interval`', 'Did you mean `incidents`?']) expect(text).toContain(told)
    const lines = wrong.annotations.map(({ properties }) => properties['line'])
    expect(lines.filter((line) => line !== undefined)).toEqual(expect.arrayContaining(['2', '3', '5']))
    expect(wrong.annotations.length).toBeGreaterThanOrEqual(5)
    expect(wrong.outputs['report']).not.toBe('')
  })
})

describe('the older API', () => {
  it('asks its own addresses, and warns of its end', async () => {
    const older = await stage.step({
      scenario: {
        tenants: [
          {
            incidents: [
              {
                id: '5',
                severity: 'high',
                displayName: 'Open',
                alerts: [{ id: 'a1', severity: 'high', status: 'new', title: 'Inlined' }],
              },
            ],
            hunting: [{ rows: [{ DeviceName: 'web-1' }] }],
          },
        ],
      },
      inputs: { config: 'g.yml', api: 'defender-xdr' },
      files: {
        'g.yml':
          'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n  - { id: c, hunting: { query: DeviceInfo | project DeviceName } }\n',
      },
    })
    expect(older.outputs).toMatchObject({ verdict: 'failed', findings: '3', errors: '0' })
    expect(new Set(older.requests.filter(({ origin }) => origin === 'api').map(({ path }) => path))).toEqual(
      new Set(['/api/incidents', '/api/advancedhunting/run']),
    )
    expect(new URLSearchParams(older.requests.find(({ route }) => route === 'token')!.body).get('scope')).toBe(
      'https://api.security.microsoft.com/.default',
    )
    expect(JSON.parse(older.requests.find(({ route }) => route === 'hunting')!.body)).toEqual({
      Query: 'DeviceInfo | project DeviceName',
    })
    expect(older.report.checks[0].findings[0]).toMatchObject({
      severity: 'high',
      title: 'Open',
      data: { id: '5', status: 'active' },
    })
    expect(older.report.checks[1].findings[0]).toMatchObject({ title: 'Inlined', data: { id: 'a1' } })
    expect(older.annotations.some(({ level, message }) => level === 'warning' && message.includes('2027-02-01'))).toBe(
      true,
    )
  })

  it('names its own permissions', async () => {
    const older = await stage.step({
      scenario: { tenants: [{ roles: [] }] },
      inputs: { check: 'hunting', query: 'DeviceInfo', api: 'defender-xdr' },
    })
    expect(older.codes).toEqual(['permission-missing'])
    expect(older.report.checks[0].error.message).toContain('AdvancedHunting.Read.All')
  })
})
