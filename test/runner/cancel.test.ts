/** A run that is cut short: cancelled by the runner, or met by a fault of its surroundings. It still says all that it has to. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scenario } from '../../emulator/emulator.ts'
import { Stage, type StepRequest } from '../support/step.ts'

let stage: Stage
beforeAll(async () => {
  stage = await Stage.open()
})
afterAll(() => stage.close())

/** Runs a step and sends the signal when the route has been asked so often. */
async function cancelled(request: StepRequest, when: { route: string; times: number }, signal: NodeJS.Signals) {
  const from = stage.cloud.requests.length
  let sentAt = 0
  const step = await stage.step({
    ...request,
    onStart: (kill) => {
      const watch = setInterval(() => {
        const seen = stage.cloud.requests.slice(from).filter(({ route }) => route === when.route).length
        if (seen < when.times) return
        clearInterval(watch)
        // A moment for the answer to come in.
        setTimeout(() => {
          sentAt = performance.now()
          kill(signal)
        }, 200)
      }, 20)
    },
  })
  return { ...step, endedAfterMs: performance.now() - sentAt }
}

const open: Scenario = { tenants: [{ incidents: [{ severity: 'high' }] }] }

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it('in a request that hangs ends the step at once, as an error', async () => {
    const step = await cancelled(
      { scenario: { faults: [{ route: 'incidents', action: 'stall-headers' }] }, inputs: { check: 'incidents' } },
      { route: 'incidents', times: 1 },
      signal,
    )
    expect([step.exitCode, step.outputs['verdict'], step.codes]).toEqual([1, 'error', ['cancelled']])
    expect(step.endedAfterMs).toBeLessThan(5000)
    expect(step.summary).toMatch(/cancelled/i)
  })

  it('in a wait ends the step at once, with the last state', async () => {
    const step = await cancelled(
      { scenario: open, inputs: { check: 'incidents', 'wait-timeout': '1h', 'poll-interval': '30m' } },
      { route: 'incidents', times: 1 },
      signal,
    )
    expect([step.exitCode, step.outputs['verdict'], step.outputs['findings']]).toEqual([1, 'failed', '1'])
    expect(step.endedAfterMs).toBeLessThan(5000)
  })
})

it('SIGINT during the sign-in ends the step at once, as an error', async () => {
  const step = await cancelled(
    { scenario: { faults: [{ route: 'token', action: 'stall-body' }] }, inputs: { check: 'incidents' } },
    { route: 'token', times: 1 },
    'SIGINT',
  )
  expect([step.exitCode, step.outputs['verdict']]).toEqual([1, 'error'])
  expect(step.endedAfterMs).toBeLessThan(5000)
})

it('SIGINT while waiting to try again ends the step at once', async () => {
  const step = await cancelled(
    {
      scenario: { faults: [{ route: 'incidents', action: 'retry-after', retryAfter: 200 }] },
      inputs: { check: 'incidents' },
    },
    { route: 'incidents', times: 1 },
    'SIGINT',
  )
  expect([step.exitCode, step.outputs['verdict'], step.codes]).toEqual([1, 'error', ['cancelled']])
  expect(step.endedAfterMs).toBeLessThan(5000)
})

it('SIGINT keeps what other checks have found', async () => {
  const step = await cancelled(
    {
      scenario: { ...open, faults: [{ route: 'alerts', action: 'stall-headers' }] },
      inputs: { config: 'g.yml' },
      files: { 'g.yml': 'checks:\n  - { id: a, incidents: {} }\n  - { id: b, alerts: {} }\n' },
    },
    { route: 'alerts', times: 1 },
    'SIGINT',
  )
  expect([step.outputs['verdict'], step.outputs['findings'], step.outputs['errors'], step.outputs['sarif']]).toEqual([
    'failed',
    '1',
    '1',
    '',
  ])
})

it('the process ends soon after the work, though the server keeps its connections', async () => {
  const step = await stage.step({ scenario: {}, inputs: { check: 'incidents' } })
  expect(step.durationMs).toBeLessThan(5000)
})

describe('a fault of the surroundings', () => {
  it('a summary that can not be written fails the step in the end', async () => {
    const step = await stage.step({
      scenario: {},
      inputs: { check: 'incidents' },
      env: { GITHUB_STEP_SUMMARY: '/nowhere/at/all/summary.md' },
    })
    expect([step.exitCode, step.outputs['verdict']]).toEqual([1, 'passed'])
    expect(step.final).toMatch(/could not be written/)
  })

  it('without RUNNER_TEMP and without a summary the step works', async () => {
    const step = await stage.step({
      scenario: {},
      inputs: { check: 'incidents', 'report-dir': 'out' },
      env: { RUNNER_TEMP: '', GITHUB_STEP_SUMMARY: '' },
    })
    expect([step.exitCode, step.outputs['verdict']]).toEqual([0, 'passed'])
  })

  it('without RUNNER_TEMP the reports go to the workspace', async () => {
    const step = await stage.step({ scenario: {}, inputs: { check: 'incidents' }, env: { RUNNER_TEMP: '' } })
    expect([step.exitCode, step.outputs['verdict']]).toEqual([0, 'passed'])
    expect(step.outputs['report']).toMatch(/\/defender-gate\/report\.json$/)
  })

  it('an event that can not be read counts as a public repository', async () => {
    const step = await stage.step({
      scenario: open,
      inputs: { check: 'incidents' },
      env: { GITHUB_EVENT_PATH: '/nowhere/event.json' },
    })
    expect(step.outputs['findings']).toBe('1')
    expect(step.report.checks[0].findings).toEqual([])
  })

  it('variables that MSAL listens to lead nowhere else', async () => {
    const step = await stage.step({
      scenario: {},
      inputs: { check: 'incidents' },
      env: {
        MSAL_FORCE_REGION: 'westeurope',
        REGION_NAME: 'westeurope',
        AZURE_AUTHORITY_HOST: 'https://example.invalid',
      },
    })
    expect([step.exitCode, step.requests.length]).toEqual([0, 2])
  })
})

describe('a fault of our own', () => {
  // Loaded before the action: it breaks something that the action relies on.
  const broken = (script: string) => ({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` })

  it.each([
    ['in the run', 'Date.prototype.toISOString = () => { throw new TypeError("broken") }'],
    ['beside the run', 'setTimeout(() => { throw new TypeError("broken") }, 400)'],
    ['in a promise that nobody waits for', 'setTimeout(() => void Promise.reject(new TypeError("broken")), 400)'],
  ])('%s is an error that says so, with every output set', async (_where, script) => {
    const step = await stage.step({
      scenario: { faults: [{ route: 'incidents', action: 'slow-headers', ms: 3000 }] },
      inputs: { check: 'incidents' },
      env: broken(script),
    })
    expect([step.exitCode, step.outputs['verdict'], step.outputs['report']]).toEqual([1, 'error', ''])
    expect(step.final).toMatch(/a fault of its own: TypeError: broken.*bug/)
  })

  it('in what only saves time is not noticed', async () => {
    const script = "import net from 'node:net'; net.connect = () => { throw new TypeError('broken') }"
    const step = await stage.step({ scenario: {}, inputs: { check: 'incidents' }, env: broken(script) })
    expect([step.exitCode, step.outputs['verdict'], step.requests.length]).toEqual([0, 'passed', 2])
  })
})
