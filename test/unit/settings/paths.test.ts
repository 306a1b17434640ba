import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createFiles } from '../../../src/files.ts'
import { complaints, settingsOf } from './helper.ts'

let root: string
let workspace: string
let runnerTemp: string
const CONFIG = 'checks: [{ id: a, hunting: { query-file: queries/a.kql } }]\n'

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'defender-gate-paths-')))
  workspace = join(root, 'repo')
  runnerTemp = join(root, 'temp')
  for (const folder of ['repo/queries', 'repo-evil', 'temp', 'outside'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(workspace, 'gate.yml'), CONFIG)
  writeFileSync(join(root, 'outside/gate.yml'), CONFIG)
  writeFileSync(join(root, 'repo-evil/gate.yml'), CONFIG)
  symlinkSync('../outside', join(workspace, 'out'))
  symlinkSync('../outside/gate.yml', join(workspace, 'linked.yml'))
  symlinkSync('gate.yml', join(workspace, 'inner.yml'))
  symlinkSync('loop', join(workspace, 'loop'))
  symlinkSync(workspace, join(root, 'alias'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const world = (more = {}) => ({ workspace, runnerTemp, files: createFiles(workspace), ...more })
const take = (inputs: Record<string, string>, more = {}) => settingsOf({ inputs, more: world(more) })
const refuse = (inputs: Record<string, string>, more = {}) => complaints({ inputs, more: world(more) })

describe('config', () => {
  it.each(['gate.yml', './gate.yml', 'queries/../gate.yml', 'inner.yml', '../repo/gate.yml'])(
    '%s is inside',
    async (config) => {
      await expect(take({ config })).resolves.toMatchObject({
        checks: [{ id: 'a', question: { source: { path: 'queries/a.kql' } } }],
      })
    },
  )

  it('may be absolute inside the workspace, and the workspace may be reached by a link', async () => {
    await expect(take({ config: join(workspace, 'gate.yml') })).resolves.toBeDefined()
    const linked = join(root, 'alias')
    await expect(take({ config: 'gate.yml' }, { workspace: linked, files: createFiles(linked) })).resolves.toBeDefined()
  })

  it.each([
    '../outside/gate.yml',
    '../repo-evil/gate.yml',
    'out/gate.yml',
    'linked.yml',
    '/etc/passwd',
    'out/none.yml',
    'queries/../../outside/gate.yml',
    '..',
  ])('%s is outside', async (config) => {
    expect(await refuse({ config })).toContain('which leads out of the workspace')
  })

  it('may be no folder and no loop', async () => {
    expect(await refuse({ config: 'queries' })).toContain('can not be read as a file')
    expect(await refuse({ config: '.' })).toContain('can not be read as a file')
    expect(await refuse({ config: 'loop' })).toContain('a path whose folders and links can be followed')
    expect(await refuse({ config: 'gate.yml/x' })).toContain('a path whose folders and links can be followed')
    expect(await refuse({ config: 'a\u0000b' })).toContain('`config` is "a\\u{0}b", but must be a path')
  })

  it('names files inside only', async () => {
    writeFileSync(
      join(workspace, 'leaky.yml'),
      'checks:\n  - { id: a, hunting: { query-file: out/gate.yml } }\n  - { id: b, hunting: { query-file: /etc/passwd } }',
    )
    const all = await refuse({ config: 'leaky.yml' })
    expect(all).toContain(
      'leaky.yml:2:37: `checks[0].hunting.query-file` is "out/gate.yml", which leads out of the workspace.',
    )
    expect(all).toContain('leaky.yml:3:37: `checks[1].hunting.query-file` is "/etc/passwd"')
  })
})

describe('baseline', () => {
  it('is relative to the workspace, and need not exist yet', async () => {
    await expect(take({ check: 'alerts', baseline: './a/../security/baseline.json' })).resolves.toMatchObject({
      baseline: 'security/baseline.json',
    })
    await expect(take({ check: 'alerts', baseline: join(workspace, 'b.json') })).resolves.toMatchObject({
      baseline: 'b.json',
    })
  })

  it.each(['../b.json', 'out/b.json', '/b.json'])('%s is outside', async (baseline) => {
    expect(await refuse({ check: 'alerts', baseline })).toContain('The input `baseline`')
  })

  it('is not looked for in RUNNER_TEMP', async () => {
    expect(await refuse({ check: 'alerts', baseline: join(runnerTemp, 'b.json') })).toContain(
      'leads out of the workspace',
    )
  })
})

describe('report-dir', () => {
  it('lies in RUNNER_TEMP by default', async () => {
    await expect(take({ check: 'alerts' })).resolves.toMatchObject({ reportDir: join(runnerTemp, 'defender-gate') })
  })

  it('may lie in the workspace or in RUNNER_TEMP', async () => {
    await expect(take({ check: 'alerts', 'report-dir': 'reports/gate' })).resolves.toMatchObject({
      reportDir: join(workspace, 'reports/gate'),
    })
    await expect(take({ check: 'alerts', 'report-dir': join(runnerTemp, 'x') })).resolves.toMatchObject({
      reportDir: join(runnerTemp, 'x'),
    })
    await expect(take({ check: 'alerts', 'report-dir': '../temp/x' })).resolves.toMatchObject({
      reportDir: join(runnerTemp, 'x'),
    })
  })

  it.each(['../outside', 'out', 'out/new/folder', '/var/reports', '../repo-evil'])(
    '%s is outside',
    async (reportDir) => {
      expect(await refuse({ check: 'alerts', 'report-dir': reportDir })).toContain(
        'which leads out of the workspace and `RUNNER_TEMP`',
      )
    },
  )

  it('a link in place of the default folder does not lead out', async () => {
    const linkedTemp = join(root, 'temp2')
    mkdirSync(linkedTemp)
    symlinkSync(join(root, 'outside'), join(linkedTemp, 'defender-gate'))
    expect(await refuse({ check: 'alerts' }, { runnerTemp: linkedTemp })).toContain('`report-dir`')
  })
})
