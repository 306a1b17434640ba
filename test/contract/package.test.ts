/** The npm package as a release publishes it: packed, unpacked, and run where nothing else is installed. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

const root = join(import.meta.dirname, '..', '..')
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string; readonly mode: number }[]
}

let folder: string
let staged: string
let desk: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'defender-gate-package-'))
  staged = join(folder, 'staged')
  desk = join(folder, 'desk')
  mkdirSync(desk)
  execFileSync(process.execPath, ['scripts/package-cli.mjs', '--to', staged], { cwd: root })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pack = (...options: string[]): Packed =>
  JSON.parse(
    execFileSync('npm', ['pack', '--json', ...options], {
      cwd: staged,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )[0]

describe('the npm package', () => {
  it('holds the command, the schema, a page and the licence, and nothing else', () => {
    const paths = pack('--dry-run').files.map(({ path }) => path)
    expect(paths.filter((path) => !path.startsWith('dist/cli/')).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
      'schema/defender-gate.schema.json',
    ])
    expect(paths).toEqual(expect.arrayContaining(['dist/cli/index.js', 'dist/cli/licenses.txt']))
  })

  it('may be published, needs Node 24, and brings no other package and no script', () => {
    const manifest = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'))
    expect(manifest).toMatchObject({ name: 'defender-gate', version: own['version'], engines: { node: '>=24' } })
    const url = 'git+https://github.com/defender-gate/defender-gate.git'
    expect(manifest.repository).toEqual({ type: 'git', url })
    const unwanted = ['private', 'scripts', 'dependencies', 'devDependencies', 'optionalDependencies', 'overrides']
    expect(Object.keys(manifest).filter((key) => unwanted.includes(key))).toEqual([])
    // The repository itself is never published by mistake.
    expect(own['private']).toBe(true)
  })

  it('has a page whose links lead to GitHub', () => {
    const links = [...readFileSync(join(staged, 'README.md'), 'utf8').matchAll(/\]\(([^)]+)\)/g)].map(
      (match) => match[1]!,
    )
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((link) => !/^(?:https:\/\/|#)/.test(link))).toEqual([])
    expect(links).toContain(`https://github.com/defender-gate/defender-gate/blob/v${own['version']}/README.md#inputs`)
  })

  it('runs from an empty folder with nothing installed', () => {
    const { filename } = pack('--pack-destination', folder)
    execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder])
    writeFileSync(join(desk, 'good.kql'), 'DeviceProcessEvents\n| where FileName == "x"\n')
    writeFileSync(join(desk, 'odd.kql'), 'DeviceProcessEvents\n| where FileNam == "x"\n')
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(folder, 'package', 'dist/cli/index.js'), ...args], {
        cwd: desk,
        env: { PATH: process.env['PATH'] },
        encoding: 'utf8',
      })
    expect(run('--version')).toMatchObject({ status: 0, stdout: `${own['version']}\n`, stderr: '' })
    const validated = run('validate', '*.kql')
    expect(validated).toMatchObject({ status: 0, stderr: '' })
    expect(validated.stdout).toContain("odd.kql:2:9: warning: 'FileNam'")
    expect(run('--check', 'incidents').stderr).toContain('The environment holds no credential')
  })

  it('is made in a new folder only', () => {
    const again = spawnSync(process.execPath, ['scripts/package-cli.mjs', '--to', desk], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(again.status).not.toBe(0)
    expect(again.stderr).toContain('EEXIST')
  })
})
