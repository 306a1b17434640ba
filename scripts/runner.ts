/** Runs a built action exactly as a runner does: its own process, inputs as variables, results in files. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface StepOptions {
  /** The built entry, `dist/main/index.js`. */
  readonly entry: string
  readonly inputs: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** The event that started the workflow; a private repository where it is left out. */
  readonly event?: unknown
  /** The checked-out repository; an empty folder where it is left out. */
  readonly workspace?: string
  readonly nodeArguments?: readonly string[]
  /** Called with the process, to cancel it the way a runner does. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void
}

export interface StepResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  readonly summary: string
  readonly outputs: Readonly<Record<string, string>>
  readonly durationMs: number
  /** Folder of the run: `temp/` is RUNNER_TEMP, `workspace/` the default workspace. */
  readonly folder: string
  readonly file: (path: string) => Promise<string>
  readonly cleanUp: () => Promise<void>
}

export async function runStep(o: StepOptions): Promise<StepResult> {
  const folder = await mkdtemp(join(tmpdir(), 'defender-gate-step-'))
  const [temp, workspace] = [join(folder, 'temp'), o.workspace ?? join(folder, 'workspace')]
  await mkdir(temp, { recursive: true })
  await mkdir(workspace, { recursive: true })
  const files = {
    GITHUB_OUTPUT: 'output',
    GITHUB_STEP_SUMMARY: 'summary.md',
    GITHUB_ENV: 'env',
    GITHUB_PATH: 'path',
    GITHUB_STATE: 'state',
  }
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]))
  for (const path of Object.values(paths)) await writeFile(path, '')
  const eventPath = join(folder, 'event.json')
  await writeFile(eventPath, JSON.stringify(o.event ?? { repository: { private: true, visibility: 'private' } }))
  const inherited = Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot'].flatMap((name) =>
      process.env[name] ? [[name, process.env[name]]] : [],
    ),
  )
  const env = {
    ...inherited,
    GITHUB_ACTIONS: 'true',
    CI: 'true',
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_REPOSITORY: 'contoso/payments',
    ...paths,
    ...Object.fromEntries(Object.entries(o.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    ...o.env,
  }
  const began = performance.now()
  const child = spawn(process.execPath, [...(o.nodeArguments ?? []), o.entry], {
    env,
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  o.onStart?.((signal) => child.kill(signal))
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  const durationMs = performance.now() - began
  return {
    exitCode,
    stdout,
    stderr,
    durationMs,
    folder,
    summary: await readFile(paths['GITHUB_STEP_SUMMARY']!, 'utf8'),
    outputs: parseOutputs(await readFile(paths['GITHUB_OUTPUT']!, 'utf8')),
    file: (path) => readFile(path, 'utf8'),
    cleanUp: () => rm(folder, { recursive: true, force: true }),
  }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The runner's file of outputs: `name=value`, or `name<<delimiter`, lines, delimiter. */
export function parseOutputs(content: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = content.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    const heredoc = /^([^=<]+)<<(.+)$/.exec(line)
    if (heredoc) {
      const value: string[] = []
      while (++i < lines.length && lines[i] !== heredoc[2]) value.push(lines[i]!)
      outputs[heredoc[1]!] = value.join('\n')
    } else if (line.includes('=')) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1)
    }
  }
  return outputs
}

/** The log as GitHub shows it: commands turned into what they draw, masked values replaced by `***`. */
export function showLog(stdout: string, colour = true): string {
  const paint = (code: number, line: string): string => (colour ? `\u001b[${code}m${line}\u001b[0m` : line)
  const decode = (value: string): string => value.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
  const masks: string[] = []
  const shown: string[] = []
  for (const line of stdout.split('\n')) {
    const command = /^::([a-z-]+)( [^:]*(?::(?!:)[^:]*)*)?::(.*)$/.exec(line)
    const value = decode(command?.[3] ?? '')
    switch (command?.[1]) {
      case undefined:
        shown.push(line)
        break
      case 'add-mask':
        masks.push(...value.split('\n').filter((mask) => mask !== ''))
        break
      case 'debug':
        break
      case 'group':
        shown.push(`▾ ${value}`)
        break
      case 'endgroup':
        break
      case 'error':
        shown.push(paint(31, `Error: ${value}`))
        break
      case 'warning':
        shown.push(paint(33, `Warning: ${value}`))
        break
      case 'notice':
        shown.push(paint(36, `Notice: ${value}`))
        break
      default:
        shown.push(line)
    }
  }
  return masks
    .sort((a, b) => b.length - a.length)
    .reduce((log, mask) => log.replaceAll(mask, '***'), shown.join('\n'))
    .trimEnd()
}
