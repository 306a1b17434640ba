/** Several tenants with one application: side by side, each on its own, and only the one asked for. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CLIENT_ID, type Scenario, TENANT_ID } from '../../emulator/emulator.ts'
import { GateStage } from '../support/gate-world.ts'

const FABRIKAM = '33333333-3333-3333-3333-333333333333'
const WOODGROVE = '44444444-4444-4444-4444-444444444444'
let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open('partner')
})
afterAll(() => stage.close())

const NAMES = `tenants:
  - { id: ${TENANT_ID}, name: Contoso }
  - { id: ${FABRIKAM}, name: Fabrikam }
  - { id: ${WOODGROVE}, name: Woodgrove }
`
const CHECKS = 'checks:\n  - { id: open, incidents: {} }\n  - { id: new, alerts: {} }\n'
const three: Scenario = {
  tenants: [
    {},
    { id: FABRIKAM, domains: ['fabrikam.example'], incidents: [{ id: '517', severity: 'high' }] },
    { id: WOODGROVE, servicePrincipal: false },
  ],
}

describe('several tenants', () => {
  it('are asked side by side, and the failure of one hides no other', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml', 'tenant-id': '' },
      files: { 'g.yml': NAMES + CHECKS },
      scenario: three,
    })
    const results = run.report.checks.map(
      (check: { id: string; tenant: string; state: string; error?: { code: string } }) => [
        check.tenant,
        check.id,
        check.state,
        check.error?.code,
      ],
    )
    expect(results).toEqual([
      ['Contoso', 'open', 'clear', undefined],
      ['Contoso', 'new', 'clear', undefined],
      ['Fabrikam', 'open', 'findings', undefined],
      ['Fabrikam', 'new', 'clear', undefined],
      ['Woodgrove', 'open', 'error', expect.any(String)],
      ['Woodgrove', 'new', 'error', expect.any(String)],
    ])
    expect(run.outputs).toMatchObject({ verdict: 'failed', findings: '1', errors: '2', sarif: '' })
    expect(run.asked).toEqual({ token: 3, incidents: 2, alerts: 2 })
    expect(
      run.requests
        .filter(({ route }) => route === 'token')
        .map(({ path }) => path)
        .sort(),
    ).toEqual([TENANT_ID, FABRIKAM, WOODGROVE].map((id) => `/${id}/oauth2/v2.0/token`))
    const errors = run.lines.filter((line) => line.startsWith('::error '))
    expect(errors).toHaveLength(3)
    expect(errors.filter((line) => line.includes('Woodgrove'))).toHaveLength(2)
    for (const name of ['Contoso', 'Fabrikam', 'Woodgrove']) expect(run.summary).toContain(name)
  })

  it('that lacks consent gets the link for its administrator', async () => {
    const run = await stage.gate({ inputs: { check: 'incidents', 'tenant-id': WOODGROVE }, scenario: three })
    const { error } = run.report.checks[0]
    expect(error.hint).toContain(`${stage.cloud.loginUrl}/${WOODGROVE}/`)
    expect(error.hint).toMatch(new RegExp(`adminconsent\\?client_id=${CLIENT_ID}`))
    expect(error.hint).toMatch(/administrator/)
  })

  it('may be given by lines, commas and domains, and show by what was given', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents', 'tenant-id': `${TENANT_ID.toUpperCase()}\n Fabrikam.example ,` },
      scenario: three,
    })
    expect(
      run.report.checks.map((check: { tenant: string; state: string }) => [check.tenant.toLowerCase(), check.state]),
    ).toEqual([
      [TENANT_ID, 'clear'],
      ['fabrikam.example', 'findings'],
    ])
  })

  it('that are the same are refused', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents', 'tenant-id': `${TENANT_ID}, ${TENANT_ID}` },
      scenario: three,
    })
    expect(run.outputs['verdict']).toBe('error')
    expect(run.requests).toEqual([])
  })

  it('each have a run of their own in the SARIF file', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents', 'tenant-id': `${TENANT_ID},${FABRIKAM}` },
      scenario: three,
    })
    const sarif = JSON.parse(run.file('results.sarif')!)
    expect(sarif.runs.map((one: { results: unknown[] }) => one.results.length)).toEqual([0, 1])
    const ids = sarif.runs.map((one: { automationDetails: { id: string } }) => one.automationDetails.id)
    expect(new Set(ids).size).toBe(2)
    for (const [index, id] of [TENANT_ID, FABRIKAM].entries()) expect(ids[index]).toContain(id)
  })

  it('have fingerprints of their own for the same incident', async () => {
    const same = { id: '1', severity: 'high' }
    const run = await stage.gate({
      inputs: { check: 'incidents', 'tenant-id': `${TENANT_ID},${FABRIKAM}` },
      scenario: { tenants: [{ incidents: [same] }, { id: FABRIKAM, incidents: [same] }] },
    })
    const [a, b] = run.report.checks.map(
      (check: { findings: { fingerprint: string }[] }) => check.findings[0]!.fingerprint,
    )
    expect(a).not.toBe(b)
    const baseline = JSON.parse(run.file('baseline.json')!)
    expect(baseline.fingerprints).toEqual({ incidents: [a, b].sort() })
  })

  it('are paced and throttled each on its own', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents', 'tenant-id': `${TENANT_ID},${FABRIKAM}` },
      scenario: {
        ...three,
        faults: [{ route: 'incidents', action: 'retry-after', retryAfter: 400, tenant: FABRIKAM }],
      },
    })
    expect(run.report.checks.map((check: { state: string }) => check.state)).toEqual(['clear', 'error'])
  })
})

describe('a token of another tenant', () => {
  it('makes every check of the tenant an error, and is never used', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': CHECKS },
      scenario: {
        tenants: [{ incidents: [{ severity: 'high' }] }],
        faults: [{ route: 'token', action: 'wrong-tenant' }],
      },
    })
    expect(run.outputs).toMatchObject({ verdict: 'error', errors: '2', findings: '0' })
    expect(run.report.checks.map((check: { error: { code: string } }) => check.error.code)).toEqual([
      'wrong-tenant',
      'wrong-tenant',
    ])
    expect(run.asked).toEqual({ token: 1 })
  })

  it('is an error also by the records that come', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents' },
      scenario: {
        tenants: [{ incidents: [{ severity: 'high' }] }],
        faults: [{ route: 'incidents', action: 'wrong-tenant' }],
      },
    })
    expect(run.outputs['verdict']).toBe('error')
  })

  it('that can not be read is used as it is', async () => {
    const run = await stage.gate({ inputs: { check: 'incidents' }, scenario: { tokens: { opaque: true } } })
    expect(run.outputs['verdict']).toBe('passed')
  })
})

describe('permissions', () => {
  const run = (
    roles: string[],
    checks = 'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n  - { id: c, hunting: { query: DeviceInfo } }\n',
  ) => stage.gate({ inputs: { config: 'g.yml' }, files: { 'g.yml': checks }, scenario: { tenants: [{ roles }] } })

  it('that are missing are told at once, with all their names', async () => {
    const result = await run([])
    expect(result.outputs).toMatchObject({ verdict: 'error', errors: '3' })
    for (const check of result.report.checks) {
      expect(check.error.code).toBe('permission-missing')
      for (const role of ['SecurityIncident.Read.All', 'SecurityAlert.Read.All', 'ThreatHunting.Read.All']) {
        expect(`${check.error.message} ${check.error.hint}`).toContain(role)
      }
    }
  })

  it('that are wider do as well', async () => {
    const wide = 'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n'
    const result = await run(['SecurityIncident.ReadWrite.All', 'SecurityAlert.ReadWrite.All'], wide)
    expect(result.outputs['verdict']).toBe('passed')
  })

  it('that are missing for one check fail that check alone', async () => {
    const result = await run(['SecurityIncident.Read.All'])
    expect(result.report.checks.map((check: { state: string }) => check.state)).toEqual(['clear', 'clear', 'error'])
  })

  it('are told in the same words where only the service knows', async () => {
    const result = await stage.gate({
      inputs: { check: 'incidents' },
      scenario: { tokens: { opaque: true }, tenants: [{ roles: [] }] },
    })
    expect(result.report.checks[0].error.code).toBe('permission-missing')
    expect(result.report.checks[0].error.message).toContain('SecurityIncident.Read.All')
  })
})
