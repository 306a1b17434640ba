/** Starts what is measured, and the processes beside it. */
import { type ChildProcess, execFileSync, fork as forkProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CLIENT_ID, TENANT_ID } from './answers.ts'
import type { Addresses } from './server.ts'

export const here = (name: string): string => join(import.meta.dirname, name)
export const root = (name: string): string => join(import.meta.dirname, '..', name)
const SECRET = 'bench~secret.0123456789abcdefghij'

/** Milliseconds, and MiB of the largest process. */
export interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly peak: number
  readonly exit: number
}

export interface Command {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Exit status that shows that it did its work. */
  readonly exit: number
  readonly before?: () => void
}

let interpreter: string | undefined
/** The interpreter itself: version managers put a slow script in front of it. */
export function python(): string {
  interpreter ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
  return interpreter
}

const children: ChildProcess[] = []
const folders: string[] = []

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'defender-gate-bench-'))
  folders.push(made)
  return made
}

/** Ends the processes and removes the folders. */
export function tidy(): void {
  for (const child of children) if (child.connected) child.disconnect()
  for (const made of folders) rmSync(made, { recursive: true, force: true })
}

/** Starts one of the scripts here; resolves with what it sends first. It ends with the bench at the latest. */
export function fork<T>(script: string, args: readonly string[]): Promise<T> {
  const child = forkProcess(here(script), args, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  children.push(child)
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
  })
}

export const startServer = (): Promise<Addresses> => fork('server.ts', [])

/** The same server behind a link with that round trip. */
export async function far(near: Addresses, roundTripMs: number): Promise<Addresses> {
  const ports = [near.login, near.api].map((url) => new URL(url).port)
  const [login, api] = await fork<number[]>('delay-proxy.ts', [String(roundTripMs), ...ports])
  return { ...near, login: `https://localhost:${login}`, api: `https://localhost:${api}` }
}

/** Runs it once, in its own process, with only the variables that it needs. */
export async function cost({ command, env, before }: Command, expected?: number): Promise<Cost> {
  before?.()
  const result = join(folder(), 'cost.json')
  const base = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', LANG: 'C.UTF-8' }
  const child = spawn(python(), [here('measure.py'), result, ...command], {
    env: { ...base, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said = (said + data).slice(-4000)))
  await new Promise((resolve) => child.once('close', resolve))
  const measured = JSON.parse(readFileSync(result, 'utf8')) as Cost
  if (expected !== undefined && measured.exit !== expected) {
    throw new Error(`${command.join(' ')} ended with ${measured.exit}: ${said}`)
  }
  return measured
}

/** One round after the other, each command once a round, so that what else the machine does meets all alike. */
export async function interleaved(
  commands: readonly Command[],
  runs: number,
  warmUps = 2,
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(commands.map(({ name }) => [name, []]))
  for (let round = -warmUps; round < runs; round += 1) {
    for (const command of commands) {
      const measured = await cost(command, command.exit)
      if (round >= 0) costs.get(command.name)!.push(measured)
    }
  }
  return costs
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * What the scripts of a peer need to know. They trust the roots that the gate trusts, too: a script that asks the real cloud has
 * to load them, which takes each of its processes a good while.
 */
export function peerEnv({ login, api, roots }: Addresses, query: string): Record<string, string> {
  return {
    LOGIN_URL: login,
    API_URL: api,
    TENANT_ID,
    CLIENT_ID,
    CLIENT_SECRET: SECRET,
    QUERY: query,
    CURL_CA_BUNDLE: roots,
    SSL_CERT_FILE: roots,
  }
}

export interface GateOptions {
  readonly name?: string
  readonly entry?: string
  readonly inputs: Readonly<Record<string, string>>
  /** Files of the workspace by name. */
  readonly files?: Readonly<Record<string, string>>
  readonly exit: number
}

/** The built action as a runner starts it, in a private repository. */
export function gate({ login, api, ca }: Addresses, o: GateOptions): Command & { readonly folder: string } {
  const at = folder()
  for (const name of ['temp', 'workspace']) mkdirSync(join(at, name))
  for (const [name, content] of Object.entries(o.files ?? {})) writeFileSync(join(at, 'workspace', name), content)
  writeFileSync(join(at, 'event.json'), '{"repository":{"private":true,"visibility":"private"}}')
  const inputs = {
    'tenant-id': TENANT_ID,
    'client-id': CLIENT_ID,
    'client-secret': SECRET,
    'authority-url': login,
    'api-url': api,
    ...o.inputs,
  }
  const env = {
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_PATH: join(at, 'event.json'),
    GITHUB_WORKSPACE: join(at, 'workspace'),
    GITHUB_OUTPUT: join(at, 'output'),
    GITHUB_STEP_SUMMARY: join(at, 'summary.md'),
    GITHUB_REPOSITORY: 'contoso/payments',
    RUNNER_TEMP: join(at, 'temp'),
    NODE_EXTRA_CA_CERTS: ca,
  }
  const before = (): void => {
    for (const name of ['output', 'summary.md']) writeFileSync(join(at, name), '')
  }
  const command = [process.execPath, o.entry ?? root('dist/main/index.js')]
  return { name: o.name ?? 'Defender Gate', command, env, exit: o.exit, before, folder: at }
}
