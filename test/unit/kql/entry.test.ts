import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'

const ENTRY = fileURLToPath(new URL('../../../src/validate.ts', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'defender-gate-validate-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let runs = 0

/** Runs the action as a runner does, over these files. */
function run(files: Record<string, string>, inputs: Record<string, string>) {
  runs += 1
  const folder = join(root, String(runs))
  const workspace = join(folder, 'work')
  for (const name of ['work', 'temp']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'outside.kql'), 'DeviceInfo')
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), join(workspace, path))
    else writeFileSync(join(workspace, path), content)
  }
  const [outputs, summary] = [join(folder, 'outputs'), join(folder, 'summary.md')]
  writeFileSync(outputs, '')
  const done = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ENTRY], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: join(folder, 'temp'),
      GITHUB_OUTPUT: outputs,
      GITHUB_STEP_SUMMARY: summary,
    },
  })
  const set = readFileSync(outputs, 'utf8').matchAll(/^([\w-]+)<<(\S+)\n(.*?)\n?\2$/gms)
  return {
    status: done.status,
    log: done.stdout,
    errors: done.stdout.split('\n').filter((line) => line.startsWith('::error::')),
    stderr: done.stderr,
    outputs: Object.fromEntries([...set].map(([, name, , value]) => [name, value])),
    summary: readFileSync(summary, 'utf8'),
  }
}

describe('the entry', () => {
  it('tells faults with their places, and fails with one message', () => {
    const done = run(
      {
        'hunting/a.kql': 'DeviceInfo\n| wher DeviceName == "x"\n',
        'hunting/b.yaml': 'query: |\n  DeviceInfo\n  | where DeviceNam == "::error::x"\n',
        'hunting/c.kql': 'Own_CL | where Host == Servers("x")\n',
        'schema.json': JSON.stringify({
          tables: { Own_CL: { Host: 'string' } },
          functions: [
            { name: 'Servers', call: 'function', parameters: [{ name: 'x', type: 'string' }], result: 'string' },
          ],
        }),
        'hunting/leave.kql': 'no kql at all',
      },
      { queries: 'hunting/*.*\n!hunting/leave.kql', schema: 'schema.json' },
    )
    expect(done.stderr).toBe('')
    expect(done.status).toBe(1)
    const sarif = done.outputs['sarif'] ?? ''
    expect(done.outputs).toEqual({ verdict: 'failed', files: '3', errors: '1', warnings: '1', sarif })
    expect(JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results).toHaveLength(2)
    expect(done.log).toContain('::error file=hunting/a.kql,line=2,col=3,')
    expect(done.log).toContain('::warning file=hunting/b.yaml,line=3,col=11,')
    expect(done.errors).toHaveLength(1)
    expect(done.summary).toContain('hunting/a.kql:2:3')
  })

  it('passes warnings, or fails for them when asked', () => {
    const files = { 'a.kql': 'DeviceInf | take 1' }
    const passed = run(files, { queries: '*.kql' })
    expect([passed.status, passed.outputs['verdict'], passed.errors]).toEqual([0, 'passed', []])
    const failed = run(files, { queries: '*.kql', 'fail-on': 'Warning' })
    expect([failed.status, failed.outputs['verdict'], failed.outputs['warnings']]).toEqual([1, 'failed', '1'])
  })

  it('refuses files that lie outside the workspace', () => {
    const done = run({ 'link.kql': '-> ../outside.kql' }, { queries: 'link.kql\n../outside.kql' })
    expect(done.status).toBe(1)
    expect(done.outputs).toMatchObject({ verdict: 'failed', files: '2', errors: '2' })
    expect(done.log).toContain('outside the workspace')
  })

  it.each([
    ['no file matches', { queries: 'none/*.kql' }, ['none/*.kql']],
    ['every wrong input is told', { 'fail-on': 'never', querys: 'x' }, ['fail-on', 'querys', 'queries is missing']],
    ['the schema is missing', { queries: '*.kql', schema: 'none.json' }, ['none.json']],
    ['the schema is outside', { queries: '*.kql', schema: '../x.json' }, ['../x.json']],
  ])('is in error where %s', (_, inputs, words) => {
    const done = run({ 'a.kql': 'DeviceInfo' }, inputs as unknown as Record<string, string>)
    expect(done.status).toBe(1)
    expect(done.outputs).toEqual({ verdict: 'error', files: '0', errors: '0', warnings: '0', sarif: '' })
    expect(done.errors).toHaveLength(1)
    for (const word of words) expect(done.errors[0]).toContain(word)
    expect(done.summary).toContain('error')
    expect(done.log.length + done.stderr.length).toBeLessThan(5000)
  })
})

describe('validate/action.yml', () => {
  it('has the inputs and outputs of the entry', () => {
    const action = parse(readFileSync(new URL('../../../validate/action.yml', import.meta.url), 'utf8'))
    expect(Object.keys(action.inputs)).toEqual(['queries', 'schema', 'fail-on'])
    expect(Object.keys(action.outputs)).toEqual(['verdict', 'files', 'errors', 'warnings', 'sarif'])
    expect(action.runs).toEqual({ using: 'node24', main: '../dist/validate/index.js' })
  })
})
