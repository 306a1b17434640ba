/** A cloud that answers late gives the gate time to rehearse. Nobody can tell from what it leaves behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import type { Http } from '../../src/model.ts'
import { createHttp } from '../../src/network/transport.ts'
import { GateStage } from '../support/gate-world.ts'
import { hunted } from '../support/hunted.ts'

let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open()
})
afterAll(() => stage.close())

const CONFIG = `checks:
  - id: rows
    hunting: { query: DeviceInfo, key: DeviceId }
  - id: open
    incidents: { min-severity: high }
`
const SCENARIO = {
  tenants: [{ incidents: [{ severity: 'high' }, { severity: 'low' }] }],
  faults: [hunted({ rows: [{ DeviceId: 'a|b', ProcessCommandLine: '<script>' }] })],
} as const

async function run(lateMs: number) {
  const { clock } = stage
  const log = { info: () => {}, warn: () => {}, debug: () => {} }
  const made = createHttp({ proxy: {}, clock, log, userAgent: 'defender-gate', random: () => 0.5 })
  const http: Http = {
    async send(request) {
      await sleep(lateMs)
      return made.send(request)
    },
  }
  try {
    const result = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': CONFIG },
      // Widened: the scenario is a constant here.
      scenario: SCENARIO as unknown as NonNullable<Parameters<GateStage['gate']>[0]>['scenario'] & object,
      http,
    })
    const { folder, lines, outputs, summary, asked, failed, finalMessage } = result
    const files = ['report.json', 'findings.csv', 'results.sarif', 'baseline.json'].map((name) => result.file(name))
    const left = JSON.stringify({ lines, outputs, summary, asked, failed, finalMessage, files })
    // Ids of requests are made at random.
    return left.replaceAll(folder, 'FOLDER').replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
  } finally {
    await made.close()
  }
}

it('leaves the same behind, word for word, whether it rehearsed or not', async () => {
  const near = await run(0)
  expect(near).toContain('a|b')
  const made = jest.spyOn(JSON, 'stringify')
  expect(await run(150)).toBe(near)
  // The answer that was made up, and what the report tells of it.
  const written = made.mock.results.map(({ value }) => String(value)).filter((text) => text.includes('made-up-1.dll'))
  expect(written.some((text) => text.startsWith('{"schema"'))).toBe(true)
  expect(written.some((text) => text.startsWith('{"fingerprint"'))).toBe(true)
})
