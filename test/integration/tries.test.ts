/** Tries, tokens and waiting for a service that is not ready. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scenario } from '../../emulator/emulator.ts'
import { GateStage } from '../support/gate-world.ts'
import { hunted } from '../support/hunted.ts'

const START = '2026-11-20T12:00:00.000Z'
let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open({}, START)
})
afterAll(() => stage.close())

type Fault = NonNullable<Scenario['faults']>[number]
async function ask(faults: Fault[], inputs: Record<string, string> = {}, more: Scenario = {}) {
  stage.clock.set(START)
  const run = await stage.gate({ inputs: { check: 'incidents', ...inputs }, scenario: { ...more, faults } })
  return { ...run, verdict: run.outputs['verdict'], error: run.report.checks[0]?.error, slept: [...stage.clock.slept] }
}

describe('one token request', () => {
  it('serves every check of a tenant', async () => {
    const checks = Array.from(
      { length: 20 },
      (_, index) =>
        `  - { id: c${index}, ${index % 3 === 0 ? 'incidents: {}' : index % 3 === 1 ? 'alerts: {}' : 'hunting: { query: T }'} }`,
    )
    stage.clock.set(START)
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': `checks:\n${checks.join('\n')}` },
      scenario: { faults: [hunted({ columns: { A: 'String' }, rows: [] })] },
    })
    expect(run.outputs['verdict']).toBe('passed')
    expect(run.asked).toEqual({ token: 1, incidents: 7, alerts: 7, hunting: 6 })
  })

  it('is all that a wrong secret makes, however many checks', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml', 'client-secret': 'wrong-secret-of-some-length' },
      files: {
        'g.yml':
          'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n  - { id: c, hunting: { query: T } }\n',
      },
      scenario: {},
    })
    expect(run.asked).toEqual({ token: 1 })
    expect(run.report.checks.map((check: { error: { code: string } }) => check.error.code)).toEqual([
      'secret-wrong',
      'secret-wrong',
      'secret-wrong',
    ])
  })
})

describe('an API answer 401 in mid-run', () => {
  it('gets exactly one new token, and the run goes on', async () => {
    const run = await ask(
      [{ route: 'incidents', action: 'status', status: 401, request: 2 }],
      { 'max-findings': '9' },
      {
        graph: { incidentsPageSize: 1 },
        tenants: [{ incidents: ['high', 'high', 'high'].map((severity) => ({ severity })) }],
      },
    )
    expect(run.verdict).toBe('passed')
    expect(run.asked['token']).toBe(2)
    const bearers = run.requests
      .filter(({ route }) => route === 'incidents')
      .map(({ headers }) => headers['authorization'])
    expect(new Set(bearers).size).toBe(2)
  })

  it('and again 401 is an error', async () => {
    const run = await ask([{ route: 'incidents', action: 'status', status: 401 }])
    expect([run.verdict, run.error.code]).toEqual(['error', 'token-refused'])
    expect(run.asked).toEqual({ token: 2, incidents: 2 })
  })

  it('is one of the five tries', async () => {
    const late = await ask([
      { route: 'incidents', action: 'status', status: 503, request: [1, 2, 3, 4] },
      { route: 'incidents', action: 'status', status: 401, request: 5 },
    ])
    expect([late.verdict, late.asked]).toEqual(['error', { token: 1, incidents: 5 }])
    const early = await ask([
      { route: 'incidents', action: 'status', status: 401, request: 1 },
      { route: 'incidents', action: 'status', status: 503 },
    ])
    expect([early.verdict, early.asked]).toEqual(['error', { token: 2, incidents: 5 }])
  })

  it('of many checks at once gets one new token for all', async () => {
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': 'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n' },
      scenario: {
        faults: [
          { route: 'incidents', action: 'status', status: 401, request: 1 },
          { route: 'alerts', action: 'status', status: 401, request: 1 },
        ],
      },
    })
    expect([run.outputs['verdict'], run.asked['token']]).toEqual(['passed', 2])
  })
})

describe('a request is tried', () => {
  it.each<[string, Fault]>([
    ['408', { route: 'incidents', action: 'status', status: 408 }],
    ['429', { route: 'incidents', action: 'status', status: 429 }],
    ['500', { route: 'incidents', action: 'status', status: 500 }],
    ['502', { route: 'incidents', action: 'status', status: 502 }],
    ['503', { route: 'incidents', action: 'status', status: 503 }],
    ['504', { route: 'incidents', action: 'status', status: 504 }],
    ['a connection broken before the answer', { route: 'incidents', action: 'reset-before-headers' }],
    ['a connection broken in the answer', { route: 'incidents', action: 'reset-after-headers' }],
  ])('five times for %s, and then is an error', async (_what, fault) => {
    const run = await ask([fault])
    expect([run.verdict, run.asked['incidents']]).toEqual(['error', 5])
    expect(run.error.hint).not.toBe('')
    expect(run.slept).toHaveLength(4)
  })

  it.each<[string, Fault]>([
    ['429', { route: 'incidents', action: 'status', status: 429, request: [1, 2, 3, 4] }],
    ['503', { route: 'incidents', action: 'status', status: 503, request: [1, 2, 3, 4] }],
    ['a broken connection', { route: 'incidents', action: 'reset-before-headers', request: [1, 2, 3, 4] }],
  ])('until the fifth time works, after %s', async (_what, fault) => {
    const run = await ask([fault])
    expect([run.verdict, run.asked['incidents']]).toEqual(['passed', 5])
  })

  it('again for hunting too, though it is a POST', async () => {
    const answer = hunted({ columns: { A: 'String' }, rows: [] })
    const run = await ask([{ route: 'hunting', action: 'status', status: 503, request: [1, 2] }, answer], {
      check: 'hunting',
      query: 'T',
    })
    expect([run.verdict, run.asked['hunting']]).toEqual(['passed', 3])
  })

  it.each([400, 401, 403, 404])('once for %d of the sign-in', async (status) => {
    const run = await ask([{ route: 'token', action: 'status', status }])
    expect([run.verdict, run.asked]).toEqual(['error', { token: 1 }])
  })

  it.each([400, 403, 404, 405, 410, 422])('once for %d', async (status) => {
    const run = await ask([{ route: 'incidents', action: 'status', status }])
    expect([run.verdict, run.asked['incidents']]).toEqual(['error', 1])
  })

  it('five times for the sign-in as well', async () => {
    const run = await ask([{ route: 'token', action: 'status', status: 503 }])
    expect([run.verdict, run.asked]).toEqual(['error', { token: 5 }])
  })

  it('five times in all for a sign-in that fails in several ways', async () => {
    const run = await ask([
      {
        route: 'token',
        action: 'status',
        status: 400,
        body: {
          error: 'temporarily_unavailable',
          error_description: 'AADSTS90033: A transient error has occurred.',
          error_codes: [90033],
        },
        request: [1, 2],
      },
      { route: 'token', action: 'status', status: 503 },
    ])
    expect([run.verdict, run.asked]).toEqual(['error', { token: 5 }])
  })

  it('five times in all for a passing error of the sign-in', async () => {
    const run = await ask([{ route: 'token', action: 'entra-error', code: 90033 }])
    expect([run.verdict, run.asked['token'], run.error.code]).toEqual(['error', 5, 'sign-in-unavailable'])
  })
})

describe('Retry-After', () => {
  it.each<[string, Partial<Fault>, number]>([
    ['seconds', { retryAfter: 7 } as Partial<Fault>, 7000],
    ['decimal seconds', { retryAfter: 2.128 } as Partial<Fault>, 2128],
    ['zero', { retryAfter: 0 } as Partial<Fault>, 0],
    ['five minutes', { retryAfter: 300 } as Partial<Fault>, 300_000],
  ])('in %s is waited for', async (_what, more, ms) => {
    const run = await ask([{ route: 'incidents', action: 'retry-after', request: 1, ...more } as Fault])
    expect([run.verdict, run.asked['incidents']]).toEqual(['passed', 2])
    expect(run.slept).toHaveLength(1)
    if (ms > 0) expect(run.slept[0]).toBe(ms)
  })

  it.each<[string, string, Record<string, string>]>([
    ['incidents', 'incidents', { check: 'incidents' }],
    ['hunting', 'hunting', { check: 'hunting', query: 'T' }],
  ])('of more than five minutes ends %s with the time to come back', async (_name, route, inputs) => {
    const run = await ask([{ route, action: 'retry-after', retryAfter: 360 }], inputs)
    expect([run.verdict, run.asked[route], run.slept]).toEqual(['error', 1, []])
    expect(run.error.code).toBe('retry-after-too-long')
    expect(`${run.error.message} ${run.error.hint}`).toContain('12:06')
  })

  it('of more than five minutes ends the sign-in with the time to come back', async () => {
    const run = await ask([{ route: 'token', action: 'retry-after', retryAfter: 3600 }])
    expect([run.verdict, run.asked, run.error.code]).toEqual(['error', { token: 1 }, 'sign-in-throttled'])
    expect(`${run.error.message} ${run.error.hint}`).toMatch(/60 minutes|13:00|1 h/)
  })
})

describe('a list', () => {
  const four = {
    graph: { incidentsPageSize: 1 },
    tenants: [{ incidents: ['low', 'high', 'low', 'high'].map((severity) => ({ severity })) }],
  }

  it('is followed to its end', async () => {
    const run = await ask([], { 'min-severity': 'informational' }, four)
    expect([run.outputs['findings'], run.asked['incidents']]).toEqual(['4', 4])
  })

  it('that breaks off on a later page is an error, not a part', async () => {
    const run = await ask(
      [{ route: 'incidents', action: 'status', status: 403, request: 2 }],
      { 'min-severity': 'informational' },
      four,
    )
    expect([run.verdict, run.outputs['findings'], run.outputs['errors']]).toEqual(['error', '0', '1'])
  })

  it.each(['next-link-elsewhere', 'next-link-loop'] as const)(
    'with %s is refused, and the token goes nowhere else',
    async (action) => {
      const run = await ask([{ route: 'incidents', action }])
      expect([run.verdict, run.error.code]).toEqual(['error', 'next-link-refused'])
      expect(run.requests.filter(({ origin }) => origin === 'github')).toEqual([])
    },
  )

  it.each([301, 302, 303, 307, 308])(
    'that redirects with %d is refused, and the token goes nowhere else',
    async (status) => {
      const run = await ask([{ route: 'incidents', action: 'redirect', status }])
      expect([run.verdict, run.error.code, run.asked['incidents']]).toEqual(['error', 'redirect-refused', 1])
      expect(run.requests.filter(({ origin }) => origin === 'github')).toEqual([])
    },
  )

  it('a sign-in that redirects is refused too', async () => {
    const run = await ask([{ route: 'token', action: 'redirect', status: 307 }])
    expect([run.verdict, run.asked]).toEqual(['error', { token: 1 }])
  })
})
