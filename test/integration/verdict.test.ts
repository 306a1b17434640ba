/** The truth table: what findings and errors do to verdict and step, by mode and on-error, wherever they are set. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { GateStage } from '../support/gate-world.ts'
import { hunted, refused } from '../support/hunted.ts'

let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open()
})
afterAll(() => stage.close())

type State = 'clear' | 'findings' | 'error'
type Row = [states: State[], mode: string, onError: string, verdict: string, fails: boolean]

const TABLE: Row[] = [
  [['clear'], 'enforce', 'fail', 'passed', false],
  [['clear'], 'report', 'warn', 'passed', false],
  [['findings'], 'enforce', 'fail', 'failed', true],
  [['findings'], 'enforce', 'warn', 'failed', true],
  [['findings'], 'report', 'fail', 'failed', false],
  [['findings'], 'report', 'warn', 'failed', false],
  [['error'], 'enforce', 'fail', 'error', true],
  [['error'], 'report', 'fail', 'error', true],
  [['error'], 'enforce', 'warn', 'error', false],
  [['error'], 'report', 'warn', 'error', false],
  [['findings', 'error'], 'enforce', 'fail', 'failed', true],
  [['findings', 'error'], 'report', 'fail', 'failed', true],
  [['findings', 'error'], 'enforce', 'warn', 'failed', true],
  [['findings', 'error'], 'report', 'warn', 'failed', false],
  [['clear', 'error'], 'enforce', 'fail', 'error', true],
  [['clear', 'findings'], 'enforce', 'fail', 'failed', true],
]

/** The incidents are in the first state, the alerts in the second. */
function scenario([incidents, alerts = 'clear']: readonly State[]) {
  return {
    tenants: [
      {
        incidents: incidents === 'findings' ? [{ severity: 'high' }] : [],
        alerts: alerts === 'findings' ? [{ severity: 'high', status: 'new' }] : [],
      },
    ],
    faults: [
      ...(incidents === 'error' ? [refused('incidents')] : []),
      ...(alerts === 'error' ? [refused('alerts')] : []),
    ],
  }
}
const CHECKS = 'checks:\n  - id: one\n    incidents:\n  - id: two\n    alerts:\n'

describe('the verdict', () => {
  it.each(TABLE)(
    '%j in mode %s with on-error %s is %s, and the step fails: %s',
    async (states, mode, onError, verdict, fails) => {
      const ways = [
        { inputs: { config: 'g.yml', mode, 'on-error': onError }, files: { 'g.yml': CHECKS } },
        {
          inputs: { config: 'g.yml' },
          files: { 'g.yml': `defaults: { mode: ${mode}, on-error: ${onError} }\n${CHECKS}` },
        },
        {
          inputs: { config: 'g.yml' },
          files: {
            'g.yml': CHECKS.replaceAll(
              /^ {2}- id: .*$/gm,
              (line) => `${line}\n    mode: ${mode}\n    on-error: ${onError}`,
            ),
          },
        },
      ]
      for (const way of ways) {
        const run = await stage.gate({ ...way, scenario: scenario(states) })
        expect(run.outputs['verdict']).toBe(verdict)
        expect(run.report.verdict).toBe(verdict)
        expect(run.failed).toBe(fails)
        expect(run.finalMessage === undefined).toBe(!fails)
        expect(run.report.checks.map((check: { state: string }) => check.state)).toEqual([
          states[0],
          states[1] ?? 'clear',
        ])
        expect(run.outputs['errors']).toBe(String(states.filter((state) => state === 'error').length))
        const errors = run.lines.filter((line) => line.startsWith('::error '))
        const failing = states.filter(
          (state) => (state === 'findings' && mode === 'enforce') || (state === 'error' && onError === 'fail'),
        )
        expect(errors).toHaveLength(failing.length)
      }
    },
  )

  it('weighs each check by its own policy', async () => {
    const config = `checks:
  - id: watched
    mode: report
    incidents:
  - id: shaky
    on-error: warn
    alerts:
`
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': config },
      scenario: scenario(['findings', 'error']),
    })
    expect([run.outputs['verdict'], run.failed]).toEqual(['failed', false])
  })

  it('of findings within max-findings is passed, and they are shown', async () => {
    const inputs = { check: 'incidents', 'max-findings': '2' }
    const incidents = [{ severity: 'high' }, { severity: 'high' }]
    const within = await stage.gate({ inputs, scenario: { tenants: [{ incidents }] } })
    expect(within.outputs).toMatchObject({ verdict: 'passed', findings: '2', 'highest-severity': 'high' })
    expect(within.report.checks[0].state).toBe('clear')
    expect(within.report.checks[0].findings).toHaveLength(2)
    const beyond = await stage.gate({
      inputs,
      scenario: { tenants: [{ incidents: [...incidents, { severity: 'high' }] }] },
    })
    expect(beyond.outputs).toMatchObject({ verdict: 'failed', findings: '3' })
  })

  it('min-findings lifts the default limit, and both together are a range', async () => {
    const of = async (count: number, inputs: Record<string, string>) => {
      const incidents = Array.from({ length: count }, () => ({ severity: 'high' }))
      const run = await stage.gate({
        inputs: { check: 'incidents', ...inputs },
        scenario: { tenants: [{ incidents }] },
      })
      return run.outputs['verdict']
    }
    expect(await of(1, { 'min-findings': '2' })).toBe('failed')
    expect(await of(2, { 'min-findings': '2' })).toBe('passed')
    expect(await of(9, { 'min-findings': '2' })).toBe('passed')
    expect(await of(3, { 'min-findings': '1', 'max-findings': '3' })).toBe('passed')
    expect(await of(4, { 'min-findings': '1', 'max-findings': '3' })).toBe('failed')
    expect(await of(0, { 'min-findings': '1', 'max-findings': '3' })).toBe('failed')
  })

  it('ranks severities with unknown lowest', async () => {
    const of = async (...severities: string[]) => {
      const incidents = severities.map((severity) => ({ severity }))
      const run = await stage.gate({
        inputs: { check: 'incidents', 'min-severity': 'informational' },
        scenario: { tenants: [{ incidents }] },
      })
      return [run.outputs['findings'], run.outputs['highest-severity']]
    }
    expect(await of('unknown')).toEqual(['1', 'unknown'])
    expect(await of('unknown', 'informational')).toEqual(['2', 'informational'])
    expect(await of('low', 'medium', 'unknown')).toEqual(['3', 'medium'])
    expect(await of()).toEqual(['0', ''])
  })
})

describe('a check that could not be evaluated to the end', () => {
  const hunting = { check: 'hunting', query: 'DeviceInfo' }

  it('is no error where a hunting answer has a schema and no results', async () => {
    const run = await stage.gate({
      inputs: hunting,
      scenario: { faults: [hunted({ columns: { A: 'String' }, rows: undefined })] },
    })
    expect(run.outputs).toMatchObject({ verdict: 'passed', findings: '0' })
  })

  it.each([
    ['neither schema nor results', {}],
    ['null', null],
    ['a list', []],
    ['rows that are no objects', { schema: [{ name: 'A', type: 'String' }], results: [1] }],
    ['results that are no list', { schema: [{ name: 'A', type: 'String' }], results: {} }],
    ['an error inside', { error: { code: 'x', message: 'y' }, schema: [], results: [] }],
  ])('is an error for an answer with %s', async (_what, body) => {
    const scenario = {
      faults: [{ route: 'hunting', action: 'status' as const, status: 200, body: JSON.stringify(body) }],
    }
    const run = await stage.gate({ inputs: hunting, scenario })
    expect([run.outputs['verdict'], run.failed, run.outputs['errors']]).toEqual(['error', true, '1'])
    expect(run.report.checks[0].error).toEqual({
      code: 'answer-unreadable',
      message: expect.any(String),
      hint: expect.any(String),
    })
    expect(run.outputs['sarif']).toBe('')
    expect(run.file('baseline.json')).toBeUndefined()
  })

  it.each([
    ['no value', { '@odata.context': 'x' }],
    ['a value that is no list', { value: {} }],
    ['an entry that is no object', { value: [null] }],
    ['a record without an id', { value: [{ status: 'active', severity: 'high' }] }],
  ])('is an error for a list with %s', async (_what, body) => {
    const scenario = { faults: [{ route: 'incidents', action: 'status' as const, status: 200, body }] }
    const run = await stage.gate({ inputs: { check: 'incidents' }, scenario })
    expect([run.outputs['verdict'], run.failed]).toEqual(['error', true])
  })

  const rows = Array.from({ length: 100_000 }, () => ({ A: 'x' }))
  it.each([
    ['more allowed than came', { 'max-findings': '200000' }],
    ['too few for a canary', { 'min-findings': '100001' }],
  ])('is an error for a cut-off result with %s', async (_what, limits) => {
    const run = await stage.gate({
      inputs: { ...hunting, details: 'counts', ...limits },
      scenario: { faults: [hunted({ rows })] },
    })
    expect([run.outputs['verdict'], run.failed]).toEqual(['error', true])
    expect(run.report.checks[0].error.code).toBe('result-cut-off')
  })

  it('hides no other check, and every one is reported', async () => {
    const config = `checks:
  - { id: a, hunting: { query: DeviceInfo } }
  - { id: b, incidents: }
  - { id: c, alerts: }
  - { id: d, hunting: { queries: "none/*.kql" } }
  - { id: e, hunting: { query-file: missing.kql } }
`
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': config },
      scenario: { tenants: [{ incidents: [{ severity: 'high' }] }], faults: [refused('hunting')] },
    })
    const states = run.report.checks.map((check: { id: string; state: string; error?: { code: string } }) => [
      check.id,
      check.state,
      check.error?.code,
    ])
    expect(states).toEqual([
      ['a', 'error', 'kql-error'],
      ['b', 'findings', undefined],
      ['c', 'clear', undefined],
      ['d', 'error', 'queries-none'],
      ['e', 'error', 'query-file-unreadable'],
    ])
    expect(run.outputs).toMatchObject({ verdict: 'failed', errors: '3', findings: '1', sarif: '' })
    expect(run.lines.filter((line) => line.startsWith('::error '))).toHaveLength(4)
    for (const id of ['a', 'b', 'c', 'd', 'e']) expect(run.summary).toContain(id)
  })
})
