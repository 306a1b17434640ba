/** Waiting for a clear verdict: rounds, the last word, staying clear, errors on the way, tokens, cancelling. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scenario } from '../../emulator/emulator.ts'
import { GateStage } from '../support/gate-world.ts'

const START = '2026-11-20T12:00:00.000Z'
let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open({}, START)
})
afterAll(() => stage.close())

/** An open incident that is closed, and perhaps opened again, from the given list request on. */
const changing = (...changes: [after: number, status: string][]): Scenario => ({
  tenants: [
    {
      incidents: [
        {
          id: '1',
          severity: 'high',
          status: 'active',
          changes: changes.map(([afterRequests, status]) => ({ afterRequests, set: { status } })),
        },
      ],
    },
  ],
})

async function wait(scenario: Scenario, inputs: Record<string, string>, more: Parameters<GateStage['gate']>[0] = {}) {
  stage.clock.set(START)
  const run = await stage.gate({ inputs: { check: 'incidents', ...inputs }, scenario, ...more })
  const seconds = (Date.parse(run.report.finishedAt) - Date.parse(run.report.startedAt)) / 1000
  return { ...run, rounds: run.asked['incidents'], seconds, verdict: run.outputs['verdict'] }
}

describe('wait-timeout', () => {
  it('is not used up when the verdict is passed at once', async () => {
    const run = await wait(changing([0, 'resolved']), { 'wait-timeout': '1h' })
    expect([run.verdict, run.failed, run.rounds, run.seconds]).toEqual(['passed', false, 1, 0])
  })

  it('ends with the round that passes, a minute apart by default', async () => {
    const run = await wait(changing([3, 'resolved']), { 'wait-timeout': '1h' })
    expect([run.verdict, run.failed, run.rounds, run.seconds]).toEqual(['passed', false, 4, 180])
    expect(stage.clock.slept).toEqual([60_000, 60_000, 60_000])
  })

  it('asks as often as poll-interval says', async () => {
    const run = await wait(changing([2, 'resolved']), { 'wait-timeout': '1h', 'poll-interval': 'PT5M' })
    expect([run.verdict, run.rounds, run.seconds]).toEqual(['passed', 3, 600])
  })

  it('fails with the last state when the time is up, which is asked once more', async () => {
    const run = await wait(changing(), { 'wait-timeout': '150s' })
    expect([run.verdict, run.failed, run.rounds, run.seconds]).toEqual(['failed', true, 4, 150])
    expect(run.outputs['findings']).toBe('1')
  })

  it('passes when the last look is clear', async () => {
    const run = await wait(changing([3, 'resolved']), { 'wait-timeout': '150s' })
    expect([run.verdict, run.rounds, run.seconds]).toEqual(['passed', 4, 150])
  })

  it('without it asks once', async () => {
    const run = await wait(changing([1, 'resolved']), { 'poll-interval': '5s' })
    expect([run.verdict, run.rounds]).toEqual(['failed', 1])
  })

  it('says each round what is open and how long is left, and nothing of the findings', async () => {
    const run = await wait(changing([2, 'resolved']), { 'wait-timeout': '10m' })
    expect(run.lines.filter((line) => /left/.test(line))).toHaveLength(2)
    expect(run.lines.join('\n')).not.toMatch(/incident2/)
    expect(run.lines.filter((line) => line.startsWith('::error'))).toEqual([])
  })

  it('in mode report waits too, and never fails', async () => {
    const run = await wait(changing(), { 'wait-timeout': '2m', mode: 'report' })
    expect([run.verdict, run.failed, run.rounds]).toEqual(['failed', false, 3])
  })
})

describe('a round in error', () => {
  const faults = (request: number[]): Scenario => ({
    ...changing([2, 'resolved']),
    faults: [{ route: 'incidents', action: 'status', status: 403, request }],
  })

  it('does not end the wait', async () => {
    const run = await wait(faults([1, 2]), { 'wait-timeout': '10m' })
    expect([run.verdict, run.failed, run.rounds]).toEqual(['passed', false, 5])
  })

  it('is the verdict when it is the last', async () => {
    const run = await wait(
      { ...changing(), faults: [{ route: 'incidents', action: 'status', status: 403, request: [3] }] },
      { 'wait-timeout': '2m' },
    )
    expect([run.verdict, run.failed, run.rounds, run.outputs['errors']]).toEqual(['error', true, 3, '1'])
  })

  it('gives way to findings of the last', async () => {
    const run = await wait(
      { ...changing(), faults: [{ route: 'incidents', action: 'status', status: 403, request: [1, 2] }] },
      { 'wait-timeout': '2m' },
    )
    expect([run.verdict, run.rounds]).toEqual(['failed', 3])
  })

  it('by a sign-in that fails for a while does not end it either', async () => {
    const run = await wait(
      { ...changing([0, 'resolved']), faults: [{ route: 'token', action: 'status', status: 400, request: [1, 2] }] },
      { 'wait-timeout': '10m' },
    )
    expect([run.verdict, run.rounds, run.asked['token']]).toEqual(['passed', 1, 3])
  })
})

describe('clear-for', () => {
  it('opens only after the verdict has stayed passed that long', async () => {
    const run = await wait(changing([1, 'resolved']), { 'wait-timeout': '1h', 'clear-for': '5m' })
    expect([run.verdict, run.failed, run.seconds]).toEqual(['passed', false, 360])
    expect(run.rounds).toBe(7)
  })

  it('begins anew with every finding', async () => {
    const run = await wait(changing([0, 'resolved'], [2, 'active'], [3, 'resolved']), {
      'wait-timeout': '1h',
      'clear-for': '3m',
    })
    expect([run.verdict, run.seconds]).toEqual(['passed', 360])
  })

  it('begins anew with every error', async () => {
    const scenario: Scenario = {
      ...changing([0, 'resolved']),
      faults: [{ route: 'incidents', action: 'status', status: 403, request: [3] }],
    }
    const run = await wait(scenario, { 'wait-timeout': '1h', 'clear-for': '3m' })
    expect([run.verdict, run.seconds]).toEqual(['passed', 360])
  })

  it('that is not reached in time does not open the gate', async () => {
    const run = await wait(changing([8, 'resolved']), { 'wait-timeout': '10m', 'clear-for': '5m' })
    expect(run.failed).toBe(true)
    expect(run.verdict).not.toBe('passed')
    expect(run.seconds).toBe(600)
  })

  it.each(['warn', 'fail'])('that is not reached fails the step with on-error: %s', async (onError) => {
    const run = await wait(changing([8, 'resolved']), {
      'wait-timeout': '10m',
      'clear-for': '5m',
      'on-error': onError,
    })
    expect([run.verdict, run.failed, run.report.checks[0].error.code]).toEqual(['error', true, 'not-clear-long-enough'])
    expect(run.lines.filter((line) => line.startsWith('::error'))).toHaveLength(1)
    expect(run.finalMessage).toContain('1 of 1 check could not be evaluated')
    expect(run.summary).not.toContain('does not fail the step')
  })

  it('shorter than the poll interval is looked at when it is over', async () => {
    const run = await wait(changing([0, 'resolved']), {
      'wait-timeout': '1h',
      'poll-interval': '10m',
      'clear-for': '2m',
    })
    expect([run.verdict, run.seconds, run.rounds]).toEqual(['passed', 120, 2])
  })
})

describe('in a long wait', () => {
  it('a token is renewed when it runs out, and not before', async () => {
    const run = await wait(
      { ...changing([130, 'resolved']), tokens: { lifetimeSeconds: 3599 } },
      { 'wait-timeout': '3h' },
    )
    expect([run.verdict, run.rounds]).toEqual(['passed', 131])
    expect(run.asked['token']).toBe(3)
    expect(run.requests.filter(({ status }) => status === 401)).toEqual([])
  })

  it('by OIDC each exchange has an ID token of its own', async () => {
    const { oidcRequestUrl: requestUrl, oidcRequestToken: requestToken } = stage.cloud
    const run = await wait(
      changing([130, 'resolved']),
      { 'wait-timeout': '3h', 'client-secret': '' },
      { idToken: { requestUrl, requestToken } },
    )
    expect([run.verdict, run.asked['token'], run.asked['oidc']]).toEqual(['passed', 3, 3])
    const used = run.requests
      .filter(({ route }) => route === 'token')
      .map(({ body }) => new URLSearchParams(body).get('client_assertion'))
    expect(new Set(used).size).toBe(3)
  })
})

describe('cancelling', () => {
  it('between two rounds ends the wait, with the last state as it was', async () => {
    const cancel = new AbortController()
    stage.clock.set(START)
    stage.clock.after(90_000, () => cancel.abort(new Error('cancelled')))
    const run = await stage.gate({
      inputs: { check: 'incidents', 'wait-timeout': '1h' },
      scenario: changing(),
      signal: cancel.signal,
    })
    expect([run.outputs['verdict'], run.failed, run.asked['incidents']]).toEqual(['failed', true, 2])
    expect(Object.keys(run.outputs)).toHaveLength(10)
  })

  it('while it is clear, but not yet for long enough, is no pass', async () => {
    const cancel = new AbortController()
    stage.clock.set(START)
    stage.clock.after(90_000, () => cancel.abort(new Error('cancelled')))
    const run = await stage.gate({
      inputs: { check: 'incidents', 'wait-timeout': '1h', 'clear-for': '30m' },
      scenario: changing([0, 'resolved']),
      signal: cancel.signal,
    })
    expect(run.outputs['verdict']).not.toBe('passed')
    expect(run.failed).toBe(true)
  })

  it('before anything was asked is an error, with every output set', async () => {
    const cancel = new AbortController()
    cancel.abort(new Error('cancelled'))
    const run = await stage.gate({ inputs: { check: 'incidents' }, scenario: {}, signal: cancel.signal })
    expect([run.outputs['verdict'], run.failed, run.requests]).toEqual(['error', true, []])
    expect(run.report.checks[0].error.code).toBe('cancelled')
  })
})
