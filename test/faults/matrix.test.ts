/** Every route × every fault: the gate never opens on one, ends in time, sets every output and says what happened. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Emulator, startEmulator } from '../../emulator/emulator.ts'
import { signInInputs } from '../../emulator/settings.ts'
import { gatePart, PAGE } from '../../scripts/reliability.ts'
import { runStep } from '../../scripts/runner.ts'
import { IDENTITY_CODES } from '../../src/errors/identity.ts'
import { NETWORK_CODES } from '../../src/errors/network.ts'
import { SECURITY_API_CODES } from '../../src/errors/security-api.ts'
import { OUTPUT_NAMES } from '../../src/report/outputs.ts'
import { LeakDetector } from '../support/leak-detector.ts'
import { FAULTS } from './faults.ts'
import { type CellResult, cells, control, nameOf, runCells } from './matrix.ts'
import { ROUTES } from './routes.ts'

const ALL = cells()
const CODES = new Set(Object.keys({ ...NETWORK_CODES, ...IDENTITY_CODES, ...SECURITY_API_CODES }))

let results: readonly CellResult[] = []
let controls: readonly CellResult[] = []
beforeAll(async () => {
  controls = await runCells(ROUTES.map(control), 4)
  results = await runCells(ALL)
}, 300_000)

it('covers every route with every fault that can be', () => {
  expect(FAULTS.length).toBeGreaterThanOrEqual(64)
  for (const route of ROUTES) {
    const missing = FAULTS.filter((fault) => !ALL.some((cell) => cell.route === route && cell.fault === fault))
    const known = route.kind === 'list' && route.name !== 'older-incidents' ? [] : [/tenant|nextLink/]
    expect(missing.filter(({ title }) => !known.some((pattern) => pattern.test(title)))).toEqual([])
  }
})

describe('without any fault the gate opens', () => {
  it.each(ROUTES.map((route, index) => [route.title, index] as const))('%s', (_title, index) => {
    expect(controls[index]).toMatchObject({ verdict: 'passed', failed: false, strayed: 0 })
  })
})

describe('cell', () => {
  it.each(ALL.map((cell, index) => [nameOf(cell), index] as const))('%s', (_name, index) => {
    const result = results[index]!
    const { cell, gate, message } = result
    if (cell.expected === undefined) {
      expect({ verdict: result.verdict, failed: result.failed }).toEqual({ verdict: 'passed', failed: false })
      // Two rows of hunting, where five are allowed.
      expect(gate.outputs).toMatchObject({
        verdict: 'passed',
        findings: cell.route.kind === 'hunting' ? '2' : '0',
        errors: '0',
      })
    } else {
      const { code, tries, says } = cell.expected
      expect({ verdict: result.verdict, failed: result.failed, code: result.code }).toEqual({
        verdict: 'error',
        failed: true,
        code,
      })
      expect(CODES).toContain(result.code)
      expect(message).toMatch(says)
      expect(result.hint).toMatch(/^[A-Z].{20,}/s)
      if (tries !== undefined) expect(result.tries).toBe(tries)
      expect(gate.outputs).toMatchObject({
        verdict: 'error',
        findings: '0',
        errors: '1',
        sarif: '',
        'highest-severity': '',
      })
      expect(Object.keys(gate.written)).not.toContain('baseline.json')
      // The cause is where people look: annotation and summary; the step ends with one final message.
      expect(gate.log.filter((line) => line.startsWith('::error title='))).toHaveLength(1)
      expect(gate.log.filter((line) => line.startsWith('::error::'))).toHaveLength(1)
      expect(gate.log.at(-1)).toMatch(/^::error::/)
      expect(gate.written['summary']).toContain('Could not be evaluated')
      expect(JSON.parse(gate.written['report.json']!).checks).toMatchObject([{ state: 'error', error: { code } }])
    }
    expect(Object.keys(gate.outputs).sort()).toEqual([...OUTPUT_NAMES].sort())
    // A redirect or a link that was followed would show on another host.
    expect(result.strayed).toBe(0)
    expect(result.tries).toBeLessThanOrEqual(5)
    expect(result.realMs).toBeLessThan(60_000)
    expect(gate.sleptMs).toBeLessThan(60_000)
  })

  it('writes no secret anywhere', () => {
    for (const { secrets, written } of results) expect(new LeakDetector(secrets).find(written)).toEqual([])
  })
})

it('docs/reliability.md tells what became of the cells', () => {
  // Made by `node scripts/reliability.ts`.
  expect(readFileSync(PAGE, 'utf8').split('## Issues')[0]).toBe(gatePart(results))
})

describe('the built action', () => {
  const entry = new URL('../../dist/main/index.js', import.meta.url).pathname
  const sample = [
    { action: 'reset-after-headers', request: 1 },
    { action: 'truncated-json' },
    { action: 'html-200' },
    { action: 'wrong-content-type' },
    { action: 'empty-204' },
    { action: 'redirect' },
    { action: 'wrong-tenant' },
    { action: 'next-link-elsewhere' },
    { action: 'big-body' },
    { action: 'retry-after', retryAfter: 3600 },
  ] as const
  let cloud: Emulator
  beforeAll(async () => {
    cloud = await startEmulator({ scenario: {} })
  })
  afterAll(() => cloud.close())

  it.each(sample)('%j', async (fault) => {
    cloud.setScenario({
      tenants: [{ incidents: [{ severity: 'high', classification: 'falsePositive' }] }],
      faults: [{ ...fault, route: 'incidents' }],
    })
    const step = await runStep({
      entry,
      inputs: {
        ...signInInputs(cloud),
        check: 'incidents',
      },
      env: { NODE_EXTRA_CA_CERTS: cloud.caPath },
    })
    try {
      const opens = fault.action === 'reset-after-headers'
      expect(step.stderr).toBe('')
      expect(step.exitCode).toBe(opens ? 0 : 1)
      expect(step.outputs['verdict']).toBe(opens ? 'passed' : 'error')
      expect(Object.keys(step.outputs).sort()).toEqual([...OUTPUT_NAMES].sort())
      expect(step.durationMs).toBeLessThan(20_000)
    } finally {
      await step.cleanUp()
    }
  })
})
