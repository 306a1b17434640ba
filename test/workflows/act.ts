/** Runs a workflow with `act` on this machine, without containers, in a copy of what users get of the action. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Where `scripts/tools.sh` puts programs. */
const TOOLS =
  process.env['DEFENDER_GATE_TOOLS'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'defender-gate', 'tools')
const PLACES = [join(TOOLS, 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)]

/** `undefined` where it is not installed. */
export const ACT = PLACES.map((folder) => join(folder, 'act')).find((path) => existsSync(path))

/** One line of act's own log, in its JSON form. */
export interface ActRecord {
  readonly msg: string
  readonly jobID?: string
  readonly matrix?: Readonly<Record<string, string>>
  readonly step?: string
  readonly stepResult?: string
  /** A line that a step printed. */
  readonly raw_output?: boolean
  /** A command that act took out of a step's output. */
  readonly command?: string
  readonly raw?: string
}

export interface ActRun {
  readonly exitCode: number | null
  readonly records: readonly ActRecord[]
  /** What the steps printed, as the log shows it. */
  readonly lines: readonly string[]
  /** Everything that act itself printed. */
  readonly text: string
}

export interface ActOptions {
  readonly vars: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** More files of the repository. */
  readonly files?: Readonly<Record<string, string>>
}

export async function runAct(workflow: string, o: ActOptions): Promise<ActRun> {
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-act-'))
  const repository = join(folder, 'repository')
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(repository, path)), { recursive: true })
    writeFileSync(join(repository, path), content)
  }
  write(`.github/workflows/${workflow}`, readFileSync(join(import.meta.dirname, workflow), 'utf8'))
  for (const [path, content] of Object.entries(o.files ?? {})) write(path, content)
  write('event.json', JSON.stringify({ repository: { private: true, visibility: 'private' } }))
  for (const path of ['action.yml', 'dist']) cpSync(join(root, path), join(repository, path), { recursive: true })
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`])
  const flags = [
    'workflow_dispatch',
    ...['--workflows', `.github/workflows/${workflow}`, '--platform', 'ubuntu-latest=-self-hosted', '--json'],
    ...['--eventpath', 'event.json'],
    ...pairs('--var', o.vars),
    ...pairs('--secret', o.secrets),
    ...pairs('--env', o.env),
  ]
  // act looks for its settings and keeps its work below these; node is the one that runs the tests.
  const env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  }
  try {
    const child = spawn(ACT!, flags, { cwd: repository, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const text = Buffer.concat(chunks).toString('utf8')
    const records = text.split('\n').flatMap((line): ActRecord[] => (line.startsWith('{') ? [JSON.parse(line)] : []))
    const lines = records.filter((record) => record.raw_output).flatMap((record) => record.msg.trimEnd().split('\n'))
    return { exitCode, records, lines, text }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
