/** The built action from end to end: what it asks, says, sets and writes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import { CLIENT_ID, CLIENT_SECRET, TENANT_ID } from '../../emulator/emulator.ts'
import { Stage } from '../support/step.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

const FINGERPRINT = expect.stringMatching(/^[0-9a-f]{64}$/)
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)

describe('a clear run', () => {
  it('passes, writes every file and says so', async () => {
    const step = await stage.step({
      scenario: { tenants: [{ incidents: [{ severity: 'low' }] }] },
      inputs: { check: 'incidents' },
    })
    expect(step.exitCode).toBe(0)
    expect(step.outputs).toEqual({
      verdict: 'passed',
      findings: '0',
      known: '0',
      suppressed: '0',
      errors: '0',
      'highest-severity': '',
      report: `${step.folder}/temp/defender-gate/report.json`,
      sarif: `${step.folder}/temp/defender-gate/results.sarif`,
      csv: `${step.folder}/temp/defender-gate/findings.csv`,
      'issue-urls': '[]',
    })
    expect(step.annotations).toEqual([])
    expect(step.summary).toContain('passed')
    expect(await step.read('csv')).toBe('check,tenant,severity,status,title,fingerprint,url,data\r\n')
    const sarif = JSON.parse(await step.read('sarif'))
    expect(sarif.version).toBe('2.1.0')
    expect(sarif.runs.map((run: { results: unknown[] }) => run.results)).toEqual([[]])
    expect(JSON.parse(await step.file(`${step.folder}/temp/defender-gate/baseline.json`))).toEqual({
      version: 1,
      fingerprints: {},
    })
  })

  it('makes one token request and one list request, as the service wants them', async () => {
    const step = await stage.step({ scenario: {}, inputs: { check: 'incidents' } })
    expect(step.requests.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['POST', `/${TENANT_ID}/oauth2/v2.0/token`, 200],
      ['GET', '/v1.0/security/incidents', 200],
    ])
    const [token, list] = step.requests
    const form = new URLSearchParams(token!.body)
    expect(form.get('grant_type')).toBe('client_credentials')
    expect(form.get('client_id')).toBe(CLIENT_ID)
    expect(form.get('client_secret')).toBe(CLIENT_SECRET)
    expect(form.get('scope')).toBe('https://graph.microsoft.com/.default')
    expect(Number(list!.query['$top'])).toBeLessThanOrEqual(50)
    expect(list!.query['$expand']).toBeUndefined()
    expect(list!.headers['prefer']).toBe('include-unknown-enum-members')
    expect(list!.headers['authorization']).toMatch(/^Bearer eyJ/)
  })

  it('writes nothing to the environment, the path or the state of the job', async () => {
    const step = await stage.step({ scenario: {}, inputs: { check: 'incidents' } })
    for (const name of ['env', 'path', 'state']) expect(await step.file(`${step.folder}/${name}`)).toBe('')
  })
})

describe('open incidents', () => {
  const scenario = {
    tenants: [
      {
        incidents: [
          {
            id: '7',
            displayName: 'Ransom | <b>note</b>\n::error::x',
            severity: 'high',
            createdDateTime: '2026-01-02T03:04:05Z',
          },
          { id: '8', severity: 'medium' },
          { id: '9', severity: 'high', status: 'resolved' },
          { id: '10', severity: 'high', status: 'redirected', redirectIncidentId: '7' },
          { id: '11', severity: 'high', classification: 'falsePositive' },
          { id: '12', severity: 'unknown', status: 'somethingNew', displayName: 'Odd' },
        ],
      },
    ],
  }

  it('fail the step, and every report tells them', async () => {
    const step = await stage.step({ scenario, inputs: { check: 'incidents' } })
    expect(step.exitCode).toBe(1)
    expect(step.outputs).toMatchObject({ verdict: 'failed', findings: '2', errors: '0', 'highest-severity': 'high' })
    expect(step.report).toEqual({
      version: 1,
      verdict: 'failed',
      startedAt: ISO,
      finishedAt: ISO,
      checks: [
        {
          id: 'incidents',
          title: expect.any(String),
          kind: 'incidents',
          tenant: TENANT_ID,
          state: 'findings',
          counts: { findings: 2, known: 0, suppressed: 0 },
          findings: [
            {
              fingerprint: FINGERPRINT,
              severity: 'high',
              title: 'Ransom | <b>note</b>\n::error::x',
              url: expect.stringMatching(/^https:/),
              status: 'new',
              data: expect.objectContaining({ id: '7', status: 'active' }),
            },
            {
              fingerprint: FINGERPRINT,
              severity: 'unknown',
              title: 'Odd',
              url: expect.stringMatching(/^https:/),
              status: 'new',
              data: expect.objectContaining({ id: '12', status: 'somethingNew' }),
            },
          ],
        },
      ],
    })
    const csv: string[][] = parse(await step.read('csv'))
    expect(csv[0]).toEqual(['check', 'tenant', 'severity', 'status', 'title', 'fingerprint', 'url', 'data'])
    expect(csv).toHaveLength(3)
    expect(csv[1]!.slice(0, 4)).toEqual(['incidents', TENANT_ID, 'high', 'new'])
    expect(csv[1]![5]).toBe(step.report.checks[0].findings[0].fingerprint)
    expect(JSON.parse(csv[1]![7]!)).toMatchObject({ id: '7' })
    const sarif = JSON.parse(await step.read('sarif'))
    expect(sarif.runs).toHaveLength(1)
    expect(sarif.runs[0].results).toHaveLength(2)
    expect(sarif.runs[0].tool.driver.rules).toHaveLength(1)
    expect(sarif.runs[0].automationDetails.id).toContain(TENANT_ID)
    expect(JSON.parse(await step.file(`${step.folder}/temp/defender-gate/baseline.json`))).toEqual({
      version: 1,
      fingerprints: {
        incidents: step.report.checks[0].findings.map((one: { fingerprint: string }) => one.fingerprint).sort(),
      },
    })
  })

  it('are one annotation, and not a word of them is in the log', async () => {
    const step = await stage.step({ scenario, inputs: { check: 'incidents' } })
    expect(step.annotations).toHaveLength(1)
    expect(step.annotations[0]).toMatchObject({ level: 'error' })
    expect(step.log).not.toMatch(/Ransom|note|Odd/)
    expect(step.final).toMatch(/2 findings/)
    expect(step.summary).toContain('Ransom')
    expect(step.summary).not.toContain('<b>note</b>')
  })

  it('in mode report fail nothing, and show what they would have done', async () => {
    const step = await stage.step({ scenario, inputs: { check: 'incidents', mode: 'report' } })
    expect(step.exitCode).toBe(0)
    expect(step.outputs).toMatchObject({ verdict: 'failed', findings: '2' })
    expect(step.annotations.map(({ level }) => level)).toEqual(['warning'])
    expect(step.summary).toMatch(/would have failed|would fail/i)
  })
})

describe('open alerts', () => {
  it('count by state, severity, classification and age', async () => {
    const step = await stage.step({
      scenario: {
        tenants: [
          {
            alerts: [
              { id: 'a1', severity: 'high', status: 'new', title: 'One' },
              { id: 'a2', severity: 'medium', status: 'inProgress' },
              { id: 'a3', severity: 'low', status: 'new' },
              { id: 'a4', severity: 'high', status: 'resolved' },
              { id: 'a5', severity: 'high', status: 'new', createdDateTime: '-9d' },
              { id: 'a6', severity: 'high', status: 'new', classification: 'informationalExpectedActivity' },
            ],
          },
        ],
      },
      inputs: { check: 'alerts', 'min-severity': 'Medium', 'created-within': 'P7D' },
    })
    expect(step.exitCode).toBe(1)
    expect(step.outputs).toMatchObject({ verdict: 'failed', findings: '2', 'highest-severity': 'high' })
    expect(step.report.checks[0].findings.map((one: { data: { id: string } }) => one.data.id).sort()).toEqual([
      'a1',
      'a2',
    ])
    expect(step.report.checks[0].kind).toBe('alerts')
  })
})

describe('a hunting query', () => {
  const KQL =
    'DeviceProcessEvents\n| where FileName == "ünïcode 🦊"   \n| project Timestamp, DeviceName, ProcessId, ReportId'
  const rows = [
    { Timestamp: '-2h', DeviceName: 'a', ProcessId: '9007199254740993', ReportId: 1 },
    { Timestamp: '-3h', DeviceName: 'b', ProcessId: '12', ReportId: 2 },
  ]

  it('arrives as it was written, with its time span', async () => {
    const step = await stage.step({
      scenario: { tenants: [{ hunting: [{ rows }] }] },
      inputs: { check: 'hunting', query: `${KQL}\n`, timespan: '12h', severity: 'low' },
    })
    expect(step.exitCode).toBe(1)
    const asked = step.requests.find(({ route }) => route === 'hunting')!
    expect(asked.path).toBe('/v1.0/security/runHuntingQuery')
    expect(JSON.parse(asked.body)).toEqual({ Query: `${KQL}\n`, Timespan: 'PT12H' })
    expect(step.outputs).toMatchObject({ verdict: 'failed', findings: '2', 'highest-severity': 'low' })
    expect(await step.read('report')).toContain('"ProcessId":9007199254740993')
    expect(step.log).not.toContain('9007199254740993')
  })

  it('with the default time span asks for one day', async () => {
    const step = await stage.step({ scenario: {}, inputs: { check: 'hunting', query: KQL } })
    expect(step.exitCode).toBe(0)
    expect(JSON.parse(step.requests[1]!.body).Timespan).toBe('P1D')
  })

  it('as a canary passes with rows and fails without', async () => {
    const inputs = { check: 'hunting', query: KQL, 'min-findings': '2' }
    const seen = await stage.step({ scenario: { tenants: [{ hunting: [{ rows }] }] }, inputs })
    expect([seen.exitCode, seen.outputs['verdict'], seen.outputs['findings']]).toEqual([0, 'passed', '2'])
    const blind = await stage.step({ scenario: {}, inputs })
    expect([blind.exitCode, blind.outputs['verdict'], blind.outputs['findings']]).toEqual([1, 'failed', '0'])
  })
})

describe('details', () => {
  const scenario = { tenants: [{ hunting: [{ rows: [{ DeviceName: 'secret-host-17', Timestamp: '-1h' }] }] }] }
  const inputs = { check: 'hunting', query: 'DeviceInfo | project Timestamp, DeviceName' }
  const everything = async (step: Awaited<ReturnType<Stage['step']>>): Promise<string> =>
    [
      step.log,
      step.summary,
      await step.read('report'),
      await step.read('csv'),
      await step.read('sarif'),
      JSON.stringify(step.outputs),
    ].join('\n')

  it.each([
    ['public', { repository: { private: false, visibility: 'public' } }],
    ['unknown', { schedule: '0 0 * * *' }],
    ['half told', { repository: {} }],
  ])('in a %s repository are counts, everywhere', async (_name, event) => {
    const step = await stage.step({ scenario, inputs, event })
    expect(step.outputs['findings']).toBe('1')
    expect(await everything(step)).not.toContain('secret-host-17')
    expect(step.report.checks[0].findings).toEqual([])
    expect(step.report.checks[0].counts).toEqual({ findings: 1, known: 0, suppressed: 0 })
    expect(await step.read('report')).not.toContain('"data"')
  })

  it.each([
    ['private', { repository: { private: true } }],
    ['internal', { repository: { private: true, visibility: 'internal' } }],
  ])('in a %s repository are full', async (_name, event) => {
    const step = await stage.step({ scenario, inputs, event })
    expect(step.summary).toContain('secret-host-17')
    expect(step.log).not.toContain('secret-host-17')
    expect(step.report.checks[0].findings[0].data.DeviceName).toBe('secret-host-17')
    expect(step.annotations.filter(({ level }) => level === 'warning')).toEqual([])
  })

  it('may be full in a public repository, with a warning', async () => {
    const step = await stage.step({
      scenario,
      inputs: { ...inputs, details: 'full' },
      event: { repository: { private: false } },
    })
    expect(step.summary).toContain('secret-host-17')
    expect(step.log).toMatch(/^::warning.*public/m)
  })

  it('may be counts in a private one', async () => {
    const step = await stage.step({ scenario, inputs: { ...inputs, details: 'COUNTS' } })
    expect(await everything(step)).not.toContain('secret-host-17')
  })
})

describe('report-dir', () => {
  it('may lie in the workspace', async () => {
    const step = await stage.step({ scenario: {}, inputs: { check: 'incidents', 'report-dir': 'out/gate' } })
    expect(step.outputs['report']).toBe(`${step.workspace}/out/gate/report.json`)
    expect(step.report.verdict).toBe('passed')
  })

  it('may lie in RUNNER_TEMP', async () => {
    const temp = stage.workspace()
    const step = await stage.step({
      scenario: {},
      inputs: { check: 'incidents', 'report-dir': `${temp}/a/b` },
      env: { RUNNER_TEMP: temp },
    })
    expect(step.outputs['report']).toBe(`${temp}/a/b/report.json`)
  })

  it('that is a file fails the step in the end, with every output set', async () => {
    const step = await stage.step({
      scenario: {},
      inputs: { check: 'incidents', 'report-dir': 'out' },
      files: { out: 'x' },
    })
    expect(step.exitCode).toBe(1)
    expect(step.outputs).toMatchObject({ report: '', sarif: '', csv: '' })
    expect(step.final).toMatch(/could not be written/)
  })
})
