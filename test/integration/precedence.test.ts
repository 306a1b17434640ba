/** Input before config file before default, key by key, seen from outside. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scenario } from '../../emulator/emulator.ts'
import { GateStage } from '../support/gate-world.ts'
import { hunted, refused } from '../support/hunted.ts'

let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open()
})
afterAll(() => stage.close())

const incidents = (...severities: string[]): Scenario => ({
  tenants: [{ incidents: severities.map((severity) => ({ severity })) }],
})
const DENY: Scenario = { faults: [refused('incidents')] }
const TWO = incidents('high', 'high')

async function verdictOf(
  scenario: Scenario,
  layers: { input?: string; check?: string; defaults?: string },
  key: string,
) {
  const lines = [
    ...(layers.defaults === undefined ? [] : ['defaults:', `  ${key}: ${layers.defaults}`]),
    'checks:',
    '  - id: one',
    ...(layers.check === undefined ? [] : [`    ${key}: ${layers.check}`]),
    '    incidents:',
  ]
  const run = await stage.gate({
    inputs: { config: 'g.yml', ...(layers.input === undefined ? {} : { [key]: layers.input }) },
    files: { 'g.yml': lines.join('\n') },
    scenario,
  })
  return `${run.outputs['verdict']} ${run.failed ? 'fails' : 'holds'}`
}

describe('policy: input, then check, then defaults, then the default', () => {
  const cases: [key: string, scenario: Scenario, layers: Parameters<typeof verdictOf>[1], is: string][] = [
    ['max-findings', TWO, {}, 'failed fails'],
    ['max-findings', TWO, { defaults: '2' }, 'passed holds'],
    ['max-findings', TWO, { defaults: '2', check: '1' }, 'failed fails'],
    ['max-findings', TWO, { defaults: '1', check: '2' }, 'passed holds'],
    ['max-findings', TWO, { defaults: '2', check: '2', input: '0' }, 'failed fails'],
    ['max-findings', TWO, { defaults: '0', check: '0', input: '2' }, 'passed holds'],
    ['min-findings', TWO, { defaults: '2' }, 'passed holds'],
    ['min-findings', TWO, { defaults: '2', check: '3' }, 'failed fails'],
    ['min-findings', TWO, { defaults: '3', check: '2' }, 'passed holds'],
    ['min-findings', TWO, { check: '3', input: '1' }, 'passed holds'],
    ['min-findings', TWO, { check: '1', input: '3' }, 'failed fails'],
    ['mode', TWO, { defaults: 'report' }, 'failed holds'],
    ['mode', TWO, { defaults: 'report', check: 'enforce' }, 'failed fails'],
    ['mode', TWO, { defaults: 'enforce', check: 'report' }, 'failed holds'],
    ['mode', TWO, { check: 'report', input: 'enforce' }, 'failed fails'],
    ['mode', TWO, { check: 'enforce', input: 'REPORT' }, 'failed holds'],
    ['on-error', DENY, {}, 'error fails'],
    ['on-error', DENY, { defaults: 'warn' }, 'error holds'],
    ['on-error', DENY, { defaults: 'warn', check: 'fail' }, 'error fails'],
    ['on-error', DENY, { check: 'fail', input: 'warn' }, 'error holds'],
    ['on-error', DENY, { check: 'warn', input: 'fail' }, 'error fails'],
  ]
  it.each(cases)('%s (%#)', async (key, scenario, layers, is) => {
    expect(await verdictOf(scenario, layers, key)).toBe(is)
  })

  it('an empty input is not given', async () => {
    expect(await verdictOf(TWO, { check: '2', input: '   ' }, 'max-findings')).toBe('passed holds')
  })
})

describe('questions: check, then defaults, then the default', () => {
  const found = async (
    kind: 'incidents' | 'alerts',
    scenario: Scenario,
    layers: { check?: string; defaults?: string },
    key: string,
  ) => {
    const defaults = layers.defaults === undefined ? '' : `defaults: { ${key}: ${layers.defaults} }\n`
    const own = layers.check === undefined ? '{}' : `{ ${key}: ${layers.check} }`
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': `${defaults}checks:\n  - { id: one, ${kind}: ${own} }\n` },
      scenario,
    })
    expect(run.report.checks[0].error).toBeUndefined()
    return run.outputs['findings']
  }
  const each = incidents('low', 'medium', 'high')
  const states: Scenario = {
    tenants: [
      {
        incidents: ['active', 'inProgress', 'awaitingAction', 'resolved', 'weird'].map((status) => ({
          status,
          severity: 'high',
        })),
      },
    ],
  }
  const ages: Scenario = {
    tenants: [{ incidents: ['-1h', '-25h', '-9d'].map((createdDateTime) => ({ createdDateTime, severity: 'high' })) }],
  }
  const tags: Scenario = {
    tenants: [
      {
        incidents: [
          { severity: 'high', customTags: ['Prod'] },
          { severity: 'high', systemTags: ['VIP'] },
          { severity: 'high' },
        ],
      },
    ],
  }
  const classes: Scenario = {
    tenants: [
      {
        incidents: ['falsePositive', 'informationalExpectedActivity', 'truePositive', null].map((classification) => ({
          classification,
          severity: 'high',
        })),
      },
    ],
  }
  const cases: [key: string, scenario: Scenario, layers: { check?: string; defaults?: string }, count: string][] = [
    ['min-severity', each, {}, '1'],
    ['min-severity', each, { defaults: 'low' }, '3'],
    ['min-severity', each, { defaults: 'low', check: 'MEDIUM' }, '2'],
    ['status', states, {}, '4'],
    ['status', states, { defaults: '[resolved]' }, '2'],
    ['status', states, { defaults: '[resolved]', check: '"Active, inprogress"' }, '3'],
    ['created-within', ages, {}, '3'],
    ['created-within', ages, { defaults: '2d' }, '2'],
    ['created-within', ages, { defaults: '2d', check: 'PT12H' }, '1'],
    ['tags', tags, {}, '3'],
    ['tags', tags, { defaults: '[prod, vip]' }, '2'],
    ['tags', tags, { defaults: '[prod, vip]', check: 'VIP' }, '1'],
    ['ignore-classification', classes, {}, '2'],
    ['ignore-classification', classes, { defaults: '[truepositive]' }, '3'],
    ['ignore-classification', classes, { defaults: '[truepositive]', check: '[]' }, '4'],
  ]
  it.each(cases)('%s (%#)', async (key, scenario, layers, count) => {
    expect(await found('incidents', scenario, layers, key)).toBe(count)
  })

  it('the states of alerts are their own', async () => {
    const scenario: Scenario = {
      tenants: [{ alerts: ['new', 'inProgress', 'resolved', 'weird'].map((status) => ({ status, severity: 'high' })) }],
    }
    expect(await found('alerts', scenario, {}, 'status')).toBe('3')
    expect(await found('alerts', scenario, { check: '[resolved]' }, 'status')).toBe('2')
  })

  const asked = async (layers: { check?: string; defaults?: string }, key: string) => {
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: {
        'g.yml': `${layers.defaults === undefined ? '' : `defaults: { ${key}: ${layers.defaults} }\n`}checks:
  - id: one
    hunting:
      query: DeviceInfo
${layers.check === undefined ? '' : `      ${key}: ${layers.check}\n`}`,
      },
      scenario: { faults: [hunted({ rows: [{ A: 'x', B: 'y' }] })] },
    })
    return { timespan: JSON.parse(run.requests.find(({ route }) => route === 'hunting')!.body).Timespan, run }
  }

  it('timespan', async () => {
    expect((await asked({}, 'timespan')).timespan).toBe('P1D')
    expect((await asked({ defaults: '3d' }, 'timespan')).timespan).toBe('P3D')
    expect((await asked({ defaults: '3d', check: 'PT6H' }, 'timespan')).timespan).toBe('PT6H')
  })

  it('severity', async () => {
    const of = async (layers: { check?: string; defaults?: string }) =>
      (await asked(layers, 'severity')).run.outputs['highest-severity']
    expect(await of({})).toBe('medium')
    expect(await of({ defaults: 'low' })).toBe('low')
    expect(await of({ defaults: 'low', check: 'high' })).toBe('high')
  })

  it('key', async () => {
    const of = async (layers: { check?: string; defaults?: string }) =>
      (await asked(layers, 'key')).run.report.checks[0].findings[0].fingerprint
    const [all, a, b, both] = [
      await of({}),
      await of({ defaults: '[A]' }),
      await of({ defaults: '[A]', check: '[B]' }),
      await of({ check: '"A, B"' }),
    ]
    expect(new Set([all, a, b]).size).toBe(3)
    expect(both).toBe(all)
  })
})

describe('tenants', () => {
  const config =
    'tenants:\n  - { id: 33333333-3333-3333-3333-333333333333, name: Fabrikam }\nchecks:\n  - { id: one, incidents: {} }\n'
  const scenario: Scenario = {
    tenants: [{}, { id: '33333333-3333-3333-3333-333333333333', incidents: [{ severity: 'high' }] }],
  }

  it('come from the file under their names', async () => {
    const run = await stage.gate({ inputs: { config: 'g.yml', 'tenant-id': '' }, files: { 'g.yml': config }, scenario })
    expect(run.report.checks.map((check: { tenant: string }) => check.tenant)).toEqual(['Fabrikam'])
    expect(run.outputs['verdict']).toBe('failed')
  })

  it('are replaced by the input', async () => {
    const run = await stage.gate({ inputs: { config: 'g.yml' }, files: { 'g.yml': config }, scenario })
    expect(run.report.checks.map((check: { tenant: string }) => check.tenant)).toEqual([stage.cloud.tenantId])
    expect(run.outputs['verdict']).toBe('passed')
  })
})
