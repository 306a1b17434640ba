import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createFiles } from '../../src/files.ts'

let folder: string
let workspace: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'defender-gate-files-')))
  workspace = join(folder, 'workspace')
  await mkdir(join(workspace, 'hunting/deep'), { recursive: true })
  await mkdir(join(folder, 'outside'))
  for (const name of ['hunting/a.kql', 'hunting/b.yaml', 'hunting/deep/c.kql', 'hunting/with space.kql']) {
    await writeFile(join(workspace, name), 'x')
  }
  await symlink(join(folder, 'outside'), join(workspace, 'way-out'))
  await symlink(join(folder, 'outside/not-yet'), join(workspace, 'dangling'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('files of the workspace', () => {
  it('globs files only, sorted, relative, without those that a ! pattern names', async () => {
    const files = createFiles(workspace)
    expect(await files.glob(['hunting/**/*.kql'])).toEqual([
      'hunting/a.kql',
      'hunting/deep/c.kql',
      'hunting/with space.kql',
    ])
    expect(await files.glob(['hunting/**', '!hunting/deep/**', '!**/*space*'])).toEqual([
      'hunting/a.kql',
      'hunting/b.yaml',
    ])
    expect(await files.glob(['hunting/a.kql', 'hunting/*.kql', 'nothing/*.kql'])).toEqual([
      'hunting/a.kql',
      'hunting/with space.kql',
    ])
    expect(await files.glob(['!hunting/**'])).toEqual([])
  })

  it('resolves links, those of a folder that a new file would go into, and those that lead nowhere yet', async () => {
    const files = createFiles(workspace)
    expect(await files.realPath('hunting/a.kql')).toBe(join(workspace, 'hunting/a.kql'))
    expect(await files.realPath('new/report.json')).toBe(join(workspace, 'new/report.json'))
    expect(await files.realPath('way-out/report.json')).toBe(join(folder, 'outside/report.json'))
    expect(await files.realPath('dangling')).toBe(join(folder, 'outside/not-yet'))
    expect(await files.realPath('dangling/report.json')).toBe(join(folder, 'outside/not-yet/report.json'))
  })

  it('makes the folders of what it writes, and appends', async () => {
    const files = createFiles(workspace)
    await files.write('reports/deep/a.txt', 'one')
    await files.append('reports/deep/a.txt', ' two')
    expect(await files.readText('reports/deep/a.txt')).toBe('one two')
    expect(await files.exists('reports/deep/a.txt')).toBe(true)
    expect(await files.exists('reports/b.txt')).toBe(false)
    expect(await files.size('reports/deep/a.txt')).toBe(7)
  })

  it('says why a folder can not be made, and ends', async () => {
    const files = createFiles(workspace)
    await expect(files.write('hunting/a.kql/b/c.txt', 'x')).rejects.toMatchObject({ code: 'ENOTDIR' })
    // Node's own recursive mkdir asks for this one for ever.
    if (process.platform === 'linux')
      await expect(files.write('/proc/none/here/c.txt', 'x')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
