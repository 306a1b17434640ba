/** `gate()` in this process, against the emulator, with a clock that both share and that nobody waits for. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { expect } from '@jest/globals'
import { type Emulator, type RecordedRequest, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { signInInputs } from '../../emulator/settings.ts'
import { createFiles } from '../../src/files.ts'
import { gate, type Outcome } from '../../src/gate.ts'
import type { Clock, Http } from '../../src/model.ts'
import { createHttp } from '../../src/network/transport.ts'
import { createLog, createRedactor } from '../../src/report/index.ts'
import { filesBelow, leaks } from './leaks.ts'

/** Sleeping takes no time and is written down. What is due `at` a time happens when the clock gets there. */
export class SharedClock implements Clock {
  readonly slept: number[] = []
  #now: number
  #due: { at: number; act: () => void }[] = []

  constructor(start: string) {
    this.#now = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#now)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    const until = this.#now + ms
    for (const { at, act } of this.#due.filter((due) => due.at <= until)) {
      this.#now = Math.max(this.#now, at)
      act()
    }
    this.#due = this.#due.filter((due) => due.at > until)
    signal?.throwIfAborted()
    this.#now = Math.max(this.#now, until)
  }

  /** Milliseconds from now. */
  after(ms: number, act: () => void): void {
    this.#due.push({ at: this.#now + ms, act })
  }

  set(time: string): void {
    this.#now = Date.parse(time)
    this.slept.length = 0
  }
}

export interface GateRequest {
  readonly inputs?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string | { readonly link: string }>>
  readonly visibility?: 'public' | 'private' | 'internal' | undefined
  readonly scenario?: Scenario
  readonly signal?: AbortSignal
  readonly http?: Http
  readonly serverUrl?: string
  readonly idToken?: { readonly requestUrl: string | undefined; readonly requestToken: string | undefined }
}

// biome-ignore lint/suspicious/noExplicitAny: a report is looked at from outside, field by field
type Anything = any

export interface GateResult extends Outcome {
  readonly outputs: Readonly<Record<string, string>>
  readonly lines: readonly string[]
  readonly summary: string
  readonly report: Anything
  readonly requests: readonly RecordedRequest[]
  readonly folder: string
  /** Text of a report file, `undefined` where there is none. */
  file(name: string): string | undefined
  /** Requests by route: `{ token: 1, incidents: 2 }`. */
  readonly asked: Readonly<Record<string, number>>
}

export class GateStage {
  readonly cloud: Emulator
  readonly clock: SharedClock
  readonly #folders: string[] = []

  private constructor(cloud: Emulator, clock: SharedClock) {
    this.cloud = cloud
    this.clock = clock
  }

  static async open(scenario: Scenario | string = {}, start = '2026-11-20T12:00:00.000Z'): Promise<GateStage> {
    const clock = new SharedClock(start)
    const cloud = await startEmulator({ scenario, now: () => clock.now() })
    // Only this one: OpenSSL looks an authority up by its name, and those of two emulators have the same.
    setDefaultCACertificates([cloud.caPem])
    return new GateStage(cloud, clock)
  }

  async close(): Promise<void> {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    await this.cloud.close()
    expect(this.cloud.failures).toEqual([])
  }

  async gate(request: GateRequest = {}): Promise<GateResult> {
    const { cloud, clock } = this
    if (request.scenario !== undefined) cloud.setScenario(request.scenario)
    const folder = mkdtempSync(join(tmpdir(), 'defender-gate-gate-'))
    this.#folders.push(folder)
    const [workspace, runnerTemp] = [join(folder, 'workspace'), join(folder, 'temp')]
    for (const path of [workspace, runnerTemp]) mkdirSync(path)
    for (const [path, content] of Object.entries(request.files ?? {})) {
      mkdirSync(dirname(join(workspace, path)), { recursive: true })
      if (typeof content === 'string') writeFileSync(join(workspace, path), content)
      else symlinkSync(content.link, join(workspace, path))
    }
    const inputs = Object.fromEntries(
      Object.entries({
        ...signInInputs(cloud),
        ...request.inputs,
      }).filter(([, value]) => value !== ''),
    )
    const lines: string[] = []
    const outputs: Record<string, string> = {}
    const redactor = createRedactor()
    const terminal = { line: (text: string) => void lines.push(text), mask: () => {} }
    const log = createLog(terminal, redactor.redact)
    const signal = request.signal ?? new AbortController().signal
    const http = createHttp({ proxy: {}, clock, log, userAgent: 'defender-gate', random: () => 0.5, signal })
    const summaryPath = join(folder, 'summary.md')
    const [from, given] = [cloud.requests.length, cloud.issued.length]
    let outcome: Outcome
    try {
      outcome = await gate({
        surroundings: {
          inputs,
          unknownInputs: [],
          workspace,
          runnerTemp,
          visibility: 'visibility' in request ? request.visibility : 'private',
        },
        idToken: request.idToken ?? { requestUrl: undefined, requestToken: undefined },
        serverUrl: request.serverUrl ?? 'https://github.com',
        files: createFiles(workspace),
        clock,
        http: request.http ?? http,
        log,
        terminal,
        protect: (secret) => redactor.protect(secret),
        redact: redactor.redact,
        setOutput: (name, value) => {
          outputs[name] = value
        },
        summaryPath,
        docsUrl: 'https://example.org/docs',
        signal,
      } as Parameters<typeof gate>[0])
    } finally {
      await http.close()
    }
    writeFileSync(summaryPath, '', { flag: 'a' })
    const requests = cloud.requests.slice(from)
    const reportPath = outputs['report'] ?? ''
    const text = (path: string): string | undefined => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    }
    const report = reportPath === '' ? undefined : JSON.parse(text(reportPath)!)
    const texts = Object.fromEntries(filesBelow(folder).map(({ path, content }) => [path, content]))
    const secrets = [...cloud.issued.slice(given), inputs['client-secret'] ?? '', cloud.oidcRequestToken]
    expect(leaks({ ...texts, log: lines.join('\n'), outputs: JSON.stringify(outputs) }, secrets)).toEqual([])
    const asked: Record<string, number> = {}
    for (const { route } of requests) asked[route] = (asked[route] ?? 0) + 1
    return {
      ...outcome,
      outputs,
      lines,
      summary: text(summaryPath) ?? '',
      report,
      requests,
      folder,
      file: (name) => text(join(dirname(reportPath), name)),
      asked,
    }
  }
}
