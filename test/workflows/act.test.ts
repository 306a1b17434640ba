/** The action as workflows use it, run by `act`: a runner that nobody here wrote. Skipped where act is not installed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Emulator, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { OUTPUT_NAMES } from '../../src/report/outputs.ts'
import { HOSTILE_TEXTS } from '../support/hostile.ts'
import { LeakDetector } from '../support/leak-detector.ts'
import { ACT, type ActRun, runAct } from './act.ts'

;(ACT === undefined ? describe.skip : describe)(
  'workflows, run by act (skipped without act: scripts/tools.sh installs it)',
  () => {
    let cloud: Emulator
    beforeAll(async () => {
      cloud = await startEmulator({ scenario: {} })
    })
    afterAll(() => cloud.close())

    async function act(
      workflow: string,
      scenario: Scenario,
      more: { vars?: Record<string, string>; files?: Record<string, string> } = {},
    ): Promise<ActRun> {
      cloud.setScenario(scenario)
      return runAct(workflow, {
        vars: {
          TENANT_ID: cloud.tenantId,
          CLIENT_ID: cloud.clientId,
          LOGIN_URL: cloud.loginUrl,
          API_URL: cloud.apiUrl,
          ...more.vars,
        },
        ...(more.vars?.['CLIENT_SECRET'] === undefined ? { secrets: { CLIENT_SECRET: cloud.clientSecret } } : {}),
        env: { NODE_EXTRA_CA_CERTS: cloud.caPath },
        ...(more.files === undefined ? {} : { files: more.files }),
      })
    }

    it('outputs reach later steps and jobs; continue-on-error and if: failure() do what they should', async () => {
      const run = await act('outcomes.yml', {
        tenants: [{ alerts: [{ severity: 'high' }, { severity: 'high' }] }],
        faults: [{ route: 'hunting', action: 'html-200' }],
      })
      const said = run.lines.filter((line) => /^(?:opens|after|goes-on|stops|deploy)\b/.test(line)).sort()
      expect(said).toEqual([
        'after, passed',
        'goes-on, failed 2 high success',
        'opens, files are there',
        'opens, passed 0 [] passed',
        'stops, if failure error 1 []',
      ])
      expect(run.exitCode).toBe(1)
    }, 120_000)

    it('a matrix has a gate in each leg', async () => {
      const run = await act('matrix.yml', {
        tenants: [{ incidents: [{ severity: 'low', alerts: [{ severity: 'high' }] }] }],
        faults: [{ route: 'hunting', action: 'truncated-json' }],
      })
      const said = run.lines.filter((line) => line.startsWith('matrix, ')).sort()
      expect(said).toEqual([
        'matrix, alerts defender-xdr, failed 1 0',
        'matrix, alerts graph, failed 1 0',
        'matrix, hunting defender-xdr, error 0 1',
        'matrix, hunting graph, error 0 1',
        'matrix, incidents defender-xdr, passed 0 0',
        'matrix, incidents graph, passed 0 0',
      ])
      expect(run.exitCode).toBe(0)
    }, 120_000)

    it('what the gate masks stays hidden when a later step prints it', async () => {
      const secret = `spare.s3cret~${'x'.repeat(3)}-0123456789-abcdefghij`
      const scenario = { apps: [{ secrets: [secret] }], tenants: [{ incidents: [{ severity: 'high' }] }] }
      const run = await act('masks.yml', scenario, { vars: { CLIENT_SECRET: secret } })
      // Before the gate ran nothing hides it, so the test can tell.
      expect(run.lines).toContain(`before ${secret}`)
      const after = run.lines.filter((line) => /^(?:plain|base64|shifted|hex|uri|tenant|no token)/.test(line))
      expect(after).toEqual([
        'plain ***',
        'base64 ***',
        expect.stringMatching(/^shifted .{0,5}\*\*\*.{0,3}$/),
        'hex ***',
        'uri ***',
        `tenant ${cloud.tenantId}`,
        'no token in the environment',
      ])
      const tokens = Object.fromEntries(cloud.issued.map((token, index) => [`token ${index}`, token]))
      expect(new LeakDetector(tokens).find({ log: run.lines.join('\n') })).toEqual([])
    }, 120_000)

    it('titles that are commands do nothing, in the log and in files that are printed', async () => {
      const titles = [
        ...HOSTILE_TEXTS,
        '::set-env name=OWNED::yes',
        '::add-path::/evil',
        '::add-mask::banana',
        '::stop-commands::x',
        '##[set-env name=OWNED]yes',
      ]
      const config = `checks:
  - id: incidents
    incidents: {}
  - id: alerts
    alerts: {}
  - id: rows
    hunting: { query: DeviceInfo | project DeviceName }
`
      const run = await act(
        'hostile.yml',
        {
          tenants: [
            {
              incidents: titles.map((displayName) => ({ severity: 'high', displayName, customTags: [displayName] })),
              alerts: titles.map((title) => ({ severity: 'high', title })),
              hunting: [{ rows: titles.map((DeviceName) => ({ DeviceName })) }],
            },
          ],
        },
        { files: { 'gate.yml': config } },
      )
      expect(run.lines).toContain('verdict failed, a banana stays a banana')
      expect(run.lines).toContain(`outputs ${[...OUTPUT_NAMES].sort().join()}`)
      expect(run.lines).toContain('path 0')
      expect(run.lines).toContain('owned []')
      expect(run.lines).toContain('a banana still is a banana')
      // All that act took for commands: the gate's own, in the gate's own step.
      const commands = run.records.filter((record) => record.raw !== undefined)
      expect(new Set(commands.map(({ step }) => step))).toEqual(new Set(['./']))
      expect(new Set(commands.map(({ command }) => command))).toEqual(new Set(['add-mask', 'error']))
      for (const { raw } of commands) expect(raw).not.toMatch(/owned|banana|octocat/)
      expect(commands.filter(({ command }) => command === 'error')).toHaveLength(4)
      expect(run.exitCode).toBe(0)
    }, 120_000)
  },
)
