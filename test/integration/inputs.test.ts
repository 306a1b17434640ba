/** Strict inputs: everything wrong is told in one run, by name, with what was given and what is allowed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { GateStage } from '../support/gate-world.ts'

let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open()
})
afterAll(() => stage.close())

const decode = (line: string): string => line.replaceAll('%0A', '\n').replaceAll('%25', '%')

/** The problems of a run that asked nothing. */
async function problems(inputs: Record<string, string>, files: Record<string, string> = {}): Promise<string[]> {
  const run = await stage.gate({ inputs: { check: 'incidents', ...inputs }, files, scenario: {} })
  expect(run.requests).toEqual([])
  expect(run.outputs).toMatchObject({
    verdict: 'error',
    findings: '0',
    known: '0',
    suppressed: '0',
    sarif: '',
    'issue-urls': '[]',
  })
  expect(Object.keys(run.outputs)).toHaveLength(10)
  expect(run.failed).toBe(true)
  expect(run.report.verdict).toBe('error')
  const told = run.lines.filter((line) => line.startsWith('::error ')).map(decode)
  expect(told.length).toBeGreaterThan(0)
  return told
}

const QUERY = { check: 'hunting', query: 'DeviceInfo' }
type Wrong = [name: string, given: string, allowed: RegExp, more?: Record<string, string>]

describe('a wrong value is told with the input, what was given and what is allowed', () => {
  const wrong: Wrong[] = [
    ['tenant-id', 'not a tenant', /GUID/],
    ['tenant-id', 'contoso.com, common', /GUID|domain/],
    ['client-id', 'abc', /GUID/],
    ['cloud', 'china', /gcc-high/],
    ['cloud', 'publik', /public/],
    ['api', 'graphql', /defender-xdr/],
    ['authority-url', 'http://login.example.com', /https/],
    ['authority-url', 'https://login.example.com/tenant', /origin/],
    ['api-url', 'http://graph.example.com', /https/],
    ['api-url', 'graph.example.com', /https/],
    ['api-url', 'https://user:pass@graph.example.com', /origin/],
    ['check', 'incident', /incidents/],
    ['timespan', 'yesterday', /ISO 8601|s, m, h, d/, QUERY],
    ['timespan', '10', /s, m, h, d/, QUERY],
    ['timespan', '1.5h', /s, m, h, d/, QUERY],
    ['timespan', '-1d', /s, m, h, d/, QUERY],
    ['severity', 'critical', /informational/, QUERY],
    ['min-severity', 'severe', /informational/],
    ['status', 'active, open', /awaitingAction/],
    ['created-within', '7 days', /duration/],
    ['ignore-classification', 'falsePositives', /falsePositive/],
    ['max-findings', '10x', /whole number/],
    ['max-findings', '-1', /whole number/],
    ['max-findings', '1.5', /whole number/],
    ['max-findings', '1e3', /whole number/],
    ['min-findings', 'few', /whole number/],
    ['mode', 'enforced', /report/],
    ['on-error', 'ignore', /warn/],
    ['wait-timeout', '1y', /duration/],
    ['poll-interval', '0s', /1s/, { 'wait-timeout': '5m' }],
    ['poll-interval', 'PT0S', /1s/, { 'wait-timeout': '5m' }],
    ['clear-for', '5', /duration/, { 'wait-timeout': '10m' }],
    ['details', 'all', /counts/],
    ['issue', 'yes', /true.*false/],
    ['issue', '1', /true.*false/],
  ]
  // Jest takes a parameter that is not there for a callback.
  const whole = wrong.map(([name, given, allowed, more = {}]) => [name, given, allowed, more] as const)
  it.each(whole)('%s: %s', async (name, given, allowed, more) => {
    const told = await problems({ ...more, [name]: given })
    const own = told.find((line) => line.includes(`\`${name}\``))
    expect(own).toMatch(allowed)
    const shown = given.split(',').at(-1)!.trim()
    if (!given.includes('pass@')) expect(own).toContain(shown)
    else expect(told.join()).not.toContain('pass@')
  })
})

describe('what does not go together is told', () => {
  it.each<[name: string, inputs: Record<string, string>, says: RegExp]>([
    ['client-id missing', { 'client-id': '' }, /client-id/],
    ['tenant-id missing', { 'tenant-id': '' }, /tenant-id/],
    ['neither check nor config', { check: '' }, /check.*config/s],
    ['both check and config', { config: 'g.yml' }, /check.*config/s],
    ['secret and certificate', { 'client-certificate': 'x' }, /client-secret.*client-certificate/s],
    ['hunting without a query', { check: 'hunting' }, /query.*queries/s],
    ['query and queries', { check: 'hunting', query: 'T', queries: '*.kql' }, /query.*queries/s],
    ['query for incidents', { query: 'T' }, /`query`.*incidents/],
    ['queries for alerts', { check: 'alerts', queries: '*.kql' }, /`queries`.*alerts/],
    ['timespan for incidents', { timespan: '1d' }, /`timespan`/],
    ['severity for incidents', { severity: 'low' }, /`severity`/],
    ['key for incidents', { key: 'A' }, /`key`/],
    ['status for hunting', { ...QUERY, status: 'active' }, /`status`/],
    ['min-severity for hunting', { ...QUERY, 'min-severity': 'low' }, /`min-severity`/],
    ['created-within for hunting', { ...QUERY, 'created-within': '1d' }, /`created-within`/],
    ['tags for alerts', { check: 'alerts', tags: 'a' }, /`tags`/],
    ['tags for hunting', { ...QUERY, tags: 'a' }, /`tags`/],
    [
      'ignore-classification for hunting',
      { ...QUERY, 'ignore-classification': 'truePositive' },
      /`ignore-classification`/,
    ],
    ['incident state for alerts', { check: 'alerts', status: 'awaitingAction' }, /`status`/],
    ['timespan with the older API', { ...QUERY, api: 'defender-xdr', timespan: '1d' }, /`timespan`.*defender-xdr/],
    ['clear-for without wait-timeout', { 'clear-for': '5m' }, /clear-for.*wait-timeout/],
    ['clear-for as long as wait-timeout', { 'clear-for': '5m', 'wait-timeout': '5m' }, /clear-for.*wait-timeout/],
    ['min above max', { 'min-findings': '5', 'max-findings': '2' }, /min-findings.*max-findings/],
    ['baseline outside', { baseline: '../baseline.json' }, /`baseline`/],
    ['report-dir outside', { 'report-dir': '/etc/defender-gate' }, /`report-dir`/],
    ['config outside', { check: '', config: '../../g.yml' }, /`config`/],
    ['config missing', { check: '', config: 'none.yml' }, /`config`.*none\.yml/],
    ['queries outside', { check: 'hunting', queries: '../**/*.kql' }, /`queries`/],
  ])('%s', async (_name, inputs, says) => {
    expect((await problems(inputs)).join('\n')).toMatch(says)
  })

  it('the questions, with a config file, one by one', async () => {
    const questions = {
      query: 'T',
      queries: '*.kql',
      timespan: '1d',
      severity: 'low',
      key: 'A',
      status: 'active',
      'min-severity': 'low',
      'created-within': '1d',
      tags: 'a',
      'ignore-classification': 'truePositive',
    }
    const told = await problems(
      { check: '', config: 'g.yml', ...questions },
      { 'g.yml': 'checks: [{ id: a, incidents: {} }]' },
    )
    expect(told).toHaveLength(10)
    for (const name of Object.keys(questions)) expect(told.join('\n')).toContain(`\`${name}\``)
  })
})

describe('all problems', () => {
  it('are told in one run, those of the file with its lines', async () => {
    const config = `tenants: []
defaults:
  max-findngs: 1
checks:
  - id: Bad Id
    incidents: { min-severity: critical }
  - id: same
    alerts: { tags: [a] }
  - id: same
    hunting: { query: T, query-file: a.kql }
  - id: nothing
suppressions:
  - check: nowhere
    where: {}
    reason: x
    expires: 2026-02-30
`
    const told = await problems(
      { check: '', config: 'g.yml', mode: 'x', issue: 'yes', 'max-findings': 'many', cloud: 'moon', 'client-id': '' },
      { 'g.yml': config },
    )
    const all = told.join('\n')
    for (const name of ['mode', 'issue', 'max-findings', 'cloud', 'client-id']) expect(all).toContain(`\`${name}\``)
    for (const line of [1, 3, 5, 6, 8, 9, 10, 11, 13, 14, 16])
      expect(all).toMatch(new RegExp(`file=g\\.yml,line=${line}\\b`))
    expect(all).toContain('Did you mean `max-findings`?')
  })

  it('never show a secret', async () => {
    const secret = 'sup3r~secret-Value/42'
    const run = await stage.gate({
      inputs: {
        check: secret,
        mode: `x${secret}x`,
        'client-secret': secret,
        'tenant-id': secret,
        'report-dir': `../${secret}`,
      },
      scenario: {},
    })
    expect(run.outputs['verdict']).toBe('error')
    expect([...run.lines, run.summary, run.finalMessage, JSON.stringify(run.report)].join('\n')).not.toContain(secret)
  })

  it('always fail the step, whatever mode and on-error say', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents', mode: 'report', 'on-error': 'warn', 'max-findings': 'x' },
    })
    expect([run.failed, run.outputs['verdict']]).toEqual([true, 'error'])
  })
})

describe('forms', () => {
  const verdict = async (inputs: Record<string, string>) =>
    (await stage.gate({ inputs: { check: 'incidents', ...inputs }, scenario: {} })).outputs['verdict']

  it.each<Record<string, string>>([
    { issue: 'FALSE' },
    { mode: 'Enforce', 'on-error': 'WARN', details: 'Full', cloud: 'Public', api: 'GRAPH', check: 'Incidents' },
    { status: 'ACTIVE,inprogress\nResolved' },
    { 'min-severity': 'HIGH', 'ignore-classification': 'FALSEPOSITIVE' },
    { 'created-within': 'pt12h' },
    { 'created-within': '2w' },
    { 'wait-timeout': '0s' },
    { 'wait-timeout': 'P1D', 'poll-interval': 'PT1S', 'clear-for': '0s' },
    { 'tenant-id': '11111111-1111-1111-1111-111111111111,\n' },
    { 'tenant-id': 'CONTOSO.onmicrosoft.com' },
    { 'max-findings': '007' },
    { 'report-dir': './out/../reports' },
    { query: '  ', queries: '', timespan: '' },
  ])('%j are taken', async (inputs) => {
    expect(await verdict(inputs)).toBe('passed')
  })
})
