import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Emulator, GITHUB_TOKEN, startEmulator } from '../../emulator/emulator.ts'
import { signInInputs } from '../../emulator/settings.ts'
import { runStep, type StepResult } from '../../scripts/runner.ts'

const entry = new URL('../../dist/main/index.js', import.meta.url).pathname
const OPEN = {
  id: '77',
  displayName: 'Ransomware @octocat #1',
  severity: 'high',
  status: 'active',
  createdDateTime: '-1h',
} as const
let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {} })
})
afterAll(() => cloud.close())

async function step(inputs: Record<string, string> = {}): Promise<StepResult> {
  const result = await runStep({
    entry,
    inputs: {
      ...signInInputs(cloud),
      check: 'incidents',
      issue: 'true',
      'github-token': GITHUB_TOKEN,
      ...inputs,
    },
    env: {
      NODE_EXTRA_CA_CERTS: cloud.caPath,
      GITHUB_API_URL: cloud.githubUrl,
      GITHUB_REPOSITORY: 'contoso/payments',
      GITHUB_RUN_ID: '42',
    },
  })
  await result.cleanUp()
  return result
}

describe('issues, through the built action', () => {
  it('opens one, keeps it, and closes it when the check is clear', async () => {
    cloud.setScenario({ tenants: [{ incidents: [OPEN] }] })
    const first = await step()
    expect(first.exitCode).toBe(1)
    const urls = JSON.parse(first.outputs['issue-urls']!) as string[]
    expect(urls).toHaveLength(1)
    expect(cloud.issues.all).toHaveLength(1)
    expect(cloud.issues.all[0]).toMatchObject({ state: 'open' })

    const second = await step()
    expect(JSON.parse(second.outputs['issue-urls']!)).toEqual(urls)
    expect(cloud.issues.all).toHaveLength(1)

    cloud.setScenario({})
    const third = await step()
    expect(third.exitCode).toBe(0)
    expect(cloud.issues.all[0]).toMatchObject({ state: 'closed' })
  })

  it('a refusal by GitHub is a warning and leaves the verdict alone', async () => {
    cloud.setScenario({})
    const clear = await step({ 'github-token': 'ghs_wrong' })
    expect(clear.exitCode).toBe(0)
    cloud.setScenario({ tenants: [{ incidents: [OPEN] }] })
    const failed = await step({ 'github-token': 'ghs_wrong' })
    expect(failed.exitCode).toBe(1)
    expect(failed.outputs).toMatchObject({ verdict: 'failed', 'issue-urls': '[]' })
    expect(failed.stdout).toMatch(/^::warning::.*issue/im)
    expect(failed.stdout).not.toContain('ghs_wrong\n::error')
  })
})
