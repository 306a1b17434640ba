/**
 * A run of `gate()` in this process, put together as `main.ts` does it, with the real transport over real sockets. Sleeping
 * costs no time; everything that the process would have written is kept.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import type { Emulator } from '../../emulator/emulator.ts'
import { createFiles } from '../../src/files.ts'
import { gate, type World } from '../../src/gate.ts'
import type { Clock, Run, Terminal } from '../../src/model.ts'
import type { Timeouts } from '../../src/network/failure.ts'
import { createHttp } from '../../src/network/transport.ts'
import { forLog } from '../../src/report/escape.ts'
import { createLog, createRedactor, runnerMasks } from '../../src/report/index.ts'
import { proxySecrets } from '../../src/world.ts'

/** Real time, but a sleep only moves it ahead. */
export class HurriedClock implements Clock {
  slept = 0
  now(): Date {
    return new Date(Date.now() + this.slept)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept += ms
  }
}

export interface GateRunOptions {
  readonly inputs: Readonly<Record<string, string>>
  readonly idToken?: World['idToken']
  readonly timeouts?: Partial<Timeouts>
  readonly visibility?: World['surroundings']['visibility']
  /** Where issues are kept. */
  readonly github?: World['github']
  /** `HTTPS_PROXY`; there is none where it is left out. */
  readonly proxy?: string
  /** Where the checked-out repository is; an empty folder where it is left out. */
  readonly workspace?: string
}

export interface GateRun {
  readonly run: Run
  readonly failed: boolean
  readonly outputs: Readonly<Record<string, string>>
  /** Lines of the log; the commands that register masks are set apart. */
  readonly log: readonly string[]
  readonly masks: readonly string[]
  /** Everything that was written, by where: the log, the summary, the outputs and each file. */
  readonly written: Readonly<Record<string, string>>
  /** Milliseconds that the run would have slept. */
  readonly sleptMs: number
}

/** Makes this process trust the emulator, as `NODE_EXTRA_CA_CERTS` does for the action. */
export function trust(cloud: Emulator): void {
  const trusted = tls.getCACertificates('default')
  if (!trusted.includes(cloud.caPem)) tls.setDefaultCACertificates([...trusted, cloud.caPem])
}

export async function runGate(o: GateRunOptions): Promise<GateRun> {
  const folder = await mkdtemp(join(tmpdir(), 'defender-gate-run-'))
  const workspace = o.workspace ?? folder
  const summaryPath = join(folder, 'summary.md')
  await writeFile(summaryPath, '')
  const lines: string[] = []
  const masks: string[] = []
  const outputs: Record<string, string> = {}
  const redactor = createRedactor()
  const terminal: Terminal = { line: (text) => void lines.push(text), mask: (secret) => void masks.push(secret) }
  const log = createLog(terminal, redactor.redact)
  const clock = new HurriedClock()
  const signal = new AbortController().signal
  const timeouts = o.timeouts === undefined ? {} : { timeouts: o.timeouts }
  const proxy = { https: o.proxy, http: undefined, no: undefined }
  const protect = (secret: string): void => {
    for (const form of runnerMasks(secret)) terminal.mask(form)
    redactor.protect(secret)
  }
  for (const secret of proxySecrets(proxy)) protect(secret)
  const http = createHttp({ proxy, clock, log, userAgent: 'defender-gate', signal, ...timeouts })
  try {
    const outcome = await gate({
      surroundings: {
        inputs: { ...o.inputs },
        unknownInputs: [],
        workspace,
        runnerTemp: folder,
        visibility: o.visibility ?? 'private',
      },
      idToken: o.idToken ?? { requestUrl: undefined, requestToken: undefined },
      serverUrl: 'https://github.com',
      files: createFiles(workspace),
      clock,
      http,
      log,
      terminal,
      protect,
      redact: redactor.redact,
      setOutput: (name, value) => void Object.assign(outputs, { [name]: value }),
      summaryPath,
      docsUrl: 'https://github.com/defender-gate/defender-gate/blob/main/docs',
      github: o.github,
      signal,
    })
    if (outcome.finalMessage !== undefined) lines.push(`::error::${forLog(redactor.redact(outcome.finalMessage))}`)
    return {
      run: outcome.run,
      failed: outcome.failed,
      outputs,
      log: lines,
      masks,
      written: {
        log: lines.join('\n'),
        summary: await readFile(summaryPath, 'utf8'),
        outputs: JSON.stringify(outputs),
        ...(await filesOf(join(folder, 'defender-gate'))),
      },
      sleptMs: clock.slept,
    }
  } finally {
    await http.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Content of every file below a folder, by its path; nothing where there is no folder. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(
      files.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const),
    ),
  )
}
