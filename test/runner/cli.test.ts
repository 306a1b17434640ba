/** The built command as a person at a desk runs it: its own process, the environment of Azure's tools, a terminal. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Emulator, startEmulator } from '../../emulator/emulator.ts'
import { filesBelow, leaks } from '../support/leaks.ts'

const ENTRY = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))
const OLDER_NODE = '/usr/bin/node'

let cloud: Emulator
const folders: string[] = []
beforeAll(async () => {
  cloud = await startEmulator({ scenario: 'release-blocked' })
})
afterAll(async () => {
  await cloud.close()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly folder: string
}

interface Request {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly files?: Readonly<Record<string, string>>
  /** Ctrl+C as soon as the standard error says this. */
  readonly interruptAt?: string
}

/** Signed in with the emulator's secret, unless `env` says otherwise. */
async function defenderGate(
  args: readonly string[],
  { env = {}, files = {}, interruptAt }: Request = {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-desk-'))
  folders.push(folder)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const desk = {
    PATH: process.env['PATH'],
    HOME: folder,
    TMPDIR: folder,
    NODE_EXTRA_CA_CERTS: cloud.caPath,
    AZURE_TENANT_ID: cloud.tenantId,
    AZURE_CLIENT_ID: cloud.clientId,
    AZURE_CLIENT_SECRET: cloud.clientSecret,
  }
  const child = spawn(process.execPath, [ENTRY, ...args], { cwd: folder, env: { ...desk, ...env } })
  const text = { stdout: '', stderr: '' }
  let interrupted = false
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
      if (!interrupted && interruptAt !== undefined && text.stderr.includes(interruptAt)) {
        interrupted = child.kill('SIGINT')
      }
    })
  }
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const written = Object.fromEntries(filesBelow(folder).map(({ path, content }) => [path, content]))
  expect(leaks({ ...text, ...written }, [cloud.clientSecret, ...cloud.issued])).toEqual([])
  return { ...text, status, folder }
}

const origins = (): string[] => ['--authority-url', cloud.loginUrl, '--api-url', cloud.apiUrl]

describe('npx defender-gate', () => {
  it('asks and ends as the action does: the verdict in a table, exit status 1, nothing written', async () => {
    const run = await defenderGate(['--check', 'incidents', ...origins()])
    expect(run.status).toBe(1)
    expect(run.stdout).toMatch(/✗ failed: 1 finding in 1 of 1 check/)
    expect(run.stdout).toMatch(/^✗ {2}incidents {2}findings {9}1 {2}1 finding, none allowed$/m)
    expect(run.stdout).not.toContain('Multi-stage')
    expect(run.stdout).not.toContain('\u001b')
    expect(run.stderr).toContain('signing in with a client secret')
    expect(readdirSync(run.folder)).toEqual([])
  })

  it('shows findings with --details full, and colours them where that is wanted', async () => {
    const args = ['--check', 'incidents', '--details', 'full', ...origins()]
    const run = await defenderGate(args, { env: { FORCE_COLOR: '1' } })
    expect(run.stdout).toContain('Multi-stage incident')
    expect(run.stdout).toContain('\u001b[31mhigh\u001b[39m')
    expect(run.stdout).not.toContain('Notes')
    expect((await defenderGate(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain('\u001b')
  })

  it('passes with status 0, prints JSON and writes reports where it is told', async () => {
    const args = ['--check', 'incidents', '--created-within', '1h', '--json', '--report-dir', 'out', ...origins()]
    const run = await defenderGate(args)
    expect(run.status).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({ version: 1, verdict: 'passed' })
    expect(readdirSync(join(run.folder, 'out')).sort()).toEqual([
      'baseline.json',
      'findings.csv',
      'report.json',
      'results.sarif',
    ])
    expect(readFileSync(join(run.folder, 'out/report.json'), 'utf8')).toBe(run.stdout)
    expect(run.stderr).toContain('✓ passed')
  })

  it('takes the config file of the action; its tenants go before AZURE_TENANT_ID, and an option before both', async () => {
    const stranger = '99999999-9999-9999-9999-999999999999'
    const gate = (tenants: string) => ({ 'gate.yml': `${tenants}checks: [{ id: open, incidents: {} }]\n` })
    const own = `tenants: [{ id: ${cloud.tenantId}, name: contoso }]\n`
    const args = ['--config', 'gate.yml', ...origins()]
    const env = { AZURE_TENANT_ID: stranger }
    expect((await defenderGate(args, { env, files: gate(own) })).stdout).toContain('✗ failed')
    const elsewhere = await defenderGate(args, { env, files: gate('') })
    expect(elsewhere.stdout).toContain('error')
    expect(elsewhere.stdout).toMatch(/docs\/troubleshooting\.md#tenant-not-found/)
    const option = await defenderGate([...args, '--tenant-id', stranger], { files: gate(own) })
    expect(option.stdout).toContain('#tenant-not-found')
  })

  it('tells wrong settings with status 1, and asks nothing', async () => {
    const asked = cloud.requests.length
    const run = await defenderGate(['--check', 'incidents', '--min-severity', 'urgent', '--query', 'T', ...origins()])
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('error: 2 wrong settings')
    expect(run.stdout).toContain('The option --min-severity is "urgent"')
    expect(run.stdout).toContain('#input-not-for-check')
    expect(cloud.requests).toHaveLength(asked)
  })

  it('says how tenant and app are named here, and the values of variables as such', async () => {
    const env = { AZURE_TENANT_ID: undefined, AZURE_CLIENT_ID: 'my-app' }
    const run = await defenderGate(['--check', 'incidents', '--baseline', '../gone.json', ...origins()], { env })
    expect(run.stdout).toContain('Set --tenant-id or AZURE_TENANT_ID')
    expect(run.stdout).toContain('The variable AZURE_CLIENT_ID is "my-app"')
    expect(run.stdout).not.toMatch(/workspace|actions\/checkout|The input /)
  })

  it('refuses a folder for reports that can not be one, before anything is asked', async () => {
    const asked = cloud.requests.length
    const none = process.platform === 'linux' ? ['/proc/none'] : []
    for (const folder of ['afile', 'afile/below', ...none]) {
      const args = ['--check', 'incidents', '--report-dir', folder, ...origins()]
      const run = await defenderGate(args, { files: { afile: '' } })
      expect({ folder, status: run.status, stdout: run.stdout }).toEqual({ folder, status: 1, stdout: '' })
      expect(run.stderr).toContain(`No reports can be written to ${folder}, which --report-dir names`)
    }
    expect(cloud.requests).toHaveLength(asked)
  })

  it('leaves no report of an earlier run where the settings are wrong', async () => {
    const files = { 'out/report.json': '{"verdict":"passed"}', 'out/results.sarif': '{}' }
    const run = await defenderGate(['--check', 'nothing', '--report-dir', 'out'], { files })
    expect(run.status).toBe(1)
    expect(run.stdout).toContain('Reports: out')
    expect(readdirSync(join(run.folder, 'out')).sort()).toEqual(['findings.csv', 'report.json'])
    expect(JSON.parse(readFileSync(join(run.folder, 'out/report.json'), 'utf8'))).toMatchObject({ verdict: 'error' })
  })

  it.each([
    ['thrown beside the run', "setTimeout(() => { throw new Error('boom') }, 300)", 'Error: boom'],
    [
      'waited for and never there',
      "import timers from 'node:timers/promises'; import { syncBuiltinESMExports } from 'node:module'; timers.setImmediate = () => new Promise(() => {}); syncBuiltinESMExports()",
      'the run stopped before its end',
    ],
  ])('ends with status 1 and one sentence when something is %s', async (_, code, says) => {
    const url = `data:text/javascript,${encodeURIComponent(code)}`
    const args = ['--config', 'gone.yml', '--authority-url', cloud.loginUrl, '--api-url', cloud.apiUrl]
    const wait = says.includes('boom') ? ['--check', 'incidents', '--wait-timeout', '10m', ...origins()] : args
    const run = await defenderGate(wait, { env: { NODE_OPTIONS: `--import ${url}` } })
    expect(run.status).toBe(1)
    expect(run.stderr).toContain(says)
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })

  it('refuses a secret on the command line, and a desk without a credential', async () => {
    const typed = await defenderGate(['--check', 'alerts', '--client-secret', 'typed-secret-value'])
    expect(typed).toMatchObject({ status: 1, stdout: '' })
    expect(typed.stderr).toContain('The option --client-secret is refused')
    expect(typed.stderr).not.toContain('typed-secret-value')
    const none = await defenderGate(['--check', 'alerts'], { env: { AZURE_CLIENT_SECRET: undefined } })
    expect(none.status).toBe(1)
    expect(none.stderr).toContain('Set AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH')
  })

  it('ends on Ctrl+C with what is known, and with the status of an interruption', async () => {
    const args = ['--check', 'incidents', '--wait-timeout', '10m', '--poll-interval', '5m', ...origins()]
    const run = await defenderGate(args, { interruptAt: 'asking again in' })
    expect(run.status).toBe(130)
    expect(run.stdout).toMatch(/^[✗!] (failed|error)/m)
  })

  it('has a help and a version, and shows the help where nothing is asked', async () => {
    const help = await defenderGate(['--help'])
    expect(help.status).toBe(0)
    expect(help.stdout).toContain('defender-gate validate <globs>')
    expect(help.stdout).not.toContain('--client-secret')
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await defenderGate(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
    expect(await defenderGate([])).toMatchObject({ status: 1, stdout: '', stderr: help.stdout })
  })

  const major = existsSync(OLDER_NODE)
    ? Number(spawnSync(OLDER_NODE, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }).stdout)
    : 24
  ;(major < 24 ? it : it.skip)('tells an older Node in one sentence', () => {
    const { status, stdout, stderr } = spawnSync(OLDER_NODE, [ENTRY, '--check', 'incidents'], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^defender-gate needs Node\.js 24 or later, and this is Node\.js \d+\.\d+\.\d+\.\n$/)
  })

  const script = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
  ;(script ? it : it.skip)('shows findings and colours to a person at a terminal', () => {
    const command = [process.execPath, ENTRY, '--check', 'incidents', ...origins()].join(' ')
    const env = {
      ...{ PATH: process.env['PATH'], TERM: 'xterm', NODE_EXTRA_CA_CERTS: cloud.caPath },
      ...{ AZURE_TENANT_ID: cloud.tenantId, AZURE_CLIENT_ID: cloud.clientId, AZURE_CLIENT_SECRET: cloud.clientSecret },
    }
    return new Promise<void>((resolve, reject) => {
      const child = spawn('script', ['-qec', command, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      child.once('close', (status) => {
        try {
          expect(status).toBe(1)
          expect(text).toContain('Multi-stage')
          expect(text).toContain('\u001b[31m')
          resolve()
        } catch (thrown) {
          reject(thrown)
        }
      })
    })
  })
})

describe('npx defender-gate validate', () => {
  const files = {
    'hunting/good.kql': 'DeviceProcessEvents\n| where FileName == "x"\n',
    'hunting/odd.kql': 'DeviceProcessEvents\n| where FileNam == "x"\n',
    'broken/bad.kql': 'DeviceProcessEvents\n| where (\n',
  }

  it('names file, line and column, and needs no credential', async () => {
    const env = { AZURE_CLIENT_SECRET: undefined, AZURE_CLIENT_ID: undefined }
    const run = await defenderGate(['validate', 'hunting/*.kql'], { files, env })
    expect(run.stdout).toMatch(/^hunting\/odd\.kql:2:9: warning: .*'FileName'\? \(kql-unknown-column\)$/m)
    expect(run.stdout).toContain('✓ passed: 0 errors and 1 warning in 2 files')
    expect(run.status).toBe(0)
  })

  it('fails on errors, with --fail-on warning on both, and where no file matches', async () => {
    const bad = await defenderGate(['validate', '**/*.kql'], { files })
    expect(bad.status).toBe(1)
    expect(bad.stdout).toMatch(/^broken\/bad\.kql:\d+:\d+: error: /m)
    expect((await defenderGate(['validate', 'hunting/*.kql', '--fail-on', 'warning'], { files })).status).toBe(1)
    const none = await defenderGate(['validate', 'nowhere/*.kql'], { files })
    expect(none.status).toBe(1)
    expect(none.stderr).toContain('#validate-no-files')
    expect(none.stderr).not.toMatch(/workspace|actions\/checkout/)
    expect((await defenderGate(['validate'], { files })).stderr).toContain('#cli-globs')
    expect((await defenderGate(['validate', 'a', '--fail-on', 'never'], { files })).stderr).toContain(
      '#validate-fail-on',
    )
  })
})
