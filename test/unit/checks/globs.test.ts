/** No pattern, however it is written, makes the gate read a file outside of the workspace. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { planChecks } from '../../../src/checks/index.ts'
import { createFiles } from '../../../src/files.ts'
import type { CheckSettings, Files } from '../../../src/model.ts'
import { globs } from '../../../src/settings/lists.ts'

let folder: string
let workspace: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'defender-gate-globs-')))
  workspace = join(folder, 'workspace')
  await mkdir(join(workspace, 'a/b'), { recursive: true })
  await mkdir(join(folder, 'out'))
  for (const path of ['workspace/a/in.kql', 'workspace/a/b/in.kql', 'out/secret.kql', 'secret.kql']) {
    await writeFile(join(folder, path), 'DeviceInfo')
  }
  await symlink(join(folder, 'out'), join(workspace, 'link'))
  await symlink(join(folder, 'secret.kql'), join(workspace, 'a/link.kql'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function checkOf(patterns: readonly string[]): CheckSettings {
  const policy = { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' } as const
  const source = { from: 'globs', patterns } as const
  const question = { kind: 'hunting', source, timespan: 'P1D', severity: 'medium', key: undefined } as const
  return { id: 'hunt', byInputs: false, title: undefined, policy, question }
}

/** The files that were read for these patterns. */
async function readFor(patterns: readonly string[]): Promise<string[]> {
  const read: string[] = []
  const files = createFiles(workspace)
  const watched: Files = {
    ...files,
    readText: async (path) => {
      read.push(await realpath(resolve(workspace, path)))
      return files.readText(path)
    },
  }
  const { checks: plan } = await planChecks([checkOf(patterns)], watched)
  // A file outside is an error that says so, and no pattern that was taken leads to nothing at all.
  expect(plan.length).toBeGreaterThan(0)
  return read
}

const WAYS = [
  '.',
  '..',
  '{.,}.',
  '.{.,x}',
  '[.][.]',
  '.[.]',
  '@(..)',
  '+(.)',
  '?(.).',
  '\\.\\.',
  '*',
  '**',
  'a',
  'b',
  'link',
  'out',
  'in.kql',
  'secret.kql',
  '{a,..}',
  '',
  '!(a)',
]
const pattern = fc.array(fc.constantFrom(...WAYS), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))

describe('patterns of query files', () => {
  it.each(['{.,}./secret.kql', '[.][.]/out/*', '.{.,}/secret.kql', 'a/.[.]/.[.]/out/*.kql', 'link/*', 'a/link.kql'])(
    '%s reads nothing outside',
    async (text) => {
      expect(await readFor([text])).toEqual([])
    },
  )

  it('read files of the workspace', async () => {
    expect((await readFor(['a/**/in.kql'])).sort()).toEqual([
      join(workspace, 'a/b/in.kql'),
      join(workspace, 'a/in.kql'),
    ])
  })

  it('lead to no file outside, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pattern, { minLength: 1, maxLength: 3 }), async (patterns) => {
        const taken = globs.read(patterns)
        if (!taken.ok) return
        for (const path of await readFor(taken.value)) expect(path.startsWith(`${workspace}/`)).toBe(true)
      }),
    )
  })
})
