/**
 * The built action as a runner runs it, against the emulator. After every step it is checked for what the contract
 * promises of each: outputs, exit status, one final message, no secret anywhere.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from '@jest/globals'
import { type Emulator, type RecordedRequest, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { signInInputs } from '../../emulator/settings.ts'
import { runStep, type StepResult, showLog } from '../../scripts/runner.ts'
import { filesBelow, leaks } from './leaks.ts'

export const ENTRY = fileURLToPath(new URL('../../dist/main/index.js', import.meta.url))

export const OUTPUTS = [
  'verdict',
  'findings',
  'known',
  'suppressed',
  'errors',
  'highest-severity',
  'report',
  'sarif',
  'csv',
  'issue-urls',
] as const

export interface StepRequest {
  /** Over those that sign in to the emulator with its secret; an empty text takes one away. */
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly event?: unknown
  /** Files of the workspace by path; a link is `{ link: target }`. */
  readonly files?: Readonly<Record<string, string | Buffer | { readonly link: string }>>
  /** Replaces the emulator's scenario before the step. */
  readonly scenario?: Scenario
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void
  /** More that must not show anywhere. */
  readonly secrets?: readonly string[]
}

export interface Annotation {
  readonly level: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

// biome-ignore lint/suspicious/noExplicitAny: a report is looked at from outside, field by field
type Anything = any

export interface Step extends StepResult {
  /** Annotations in order, the final message (without a title) left out. */
  readonly annotations: readonly Annotation[]
  readonly final: string | undefined
  /** stdout without the commands that register masks. */
  readonly log: string
  /** `report.json`; `undefined` where there is none. */
  readonly report: Anything
  /** What the emulator was asked during the step. */
  readonly requests: readonly RecordedRequest[]
  readonly workspace: string
  /** Text of an output's file. */
  read(output: 'report' | 'sarif' | 'csv'): Promise<string>
  /** `code` of each check's error in the report. */
  readonly codes: readonly (string | undefined)[]
}

export class Stage {
  readonly cloud: Emulator
  readonly #folders: string[] = []

  private constructor(cloud: Emulator) {
    this.cloud = cloud
  }

  static async open(scenario: Scenario | string = {}): Promise<Stage> {
    return new Stage(await startEmulator({ scenario }))
  }

  async close(): Promise<void> {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
    await this.cloud.close()
    expect(this.cloud.failures).toEqual([])
  }

  /** The inputs that sign in with the emulator's secret. */
  get signIn(): Record<string, string> {
    const { cloud } = this
    return {
      ...signInInputs(cloud),
      'github-token': 'ghs_0123456789abcdefghijklmnopqrstuvwxyz',
    }
  }

  workspace(files: StepRequest['files'] = {}): string {
    const folder = mkdtempSync(join(tmpdir(), 'defender-gate-workspace-'))
    this.#folders.push(folder)
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(join(folder, path), content)
      else symlinkSync(content.link, join(folder, path))
    }
    return folder
  }

  async step(request: StepRequest = {}): Promise<Step> {
    const { cloud } = this
    if (request.scenario !== undefined) cloud.setScenario(request.scenario)
    const inputs = Object.fromEntries(
      Object.entries({ ...this.signIn, ...request.inputs }).filter(([, value]) => value !== ''),
    )
    const workspace = this.workspace(request.files)
    const [from, given] = [cloud.requests.length, cloud.issued.length]
    const result = await runStep({
      entry: ENTRY,
      inputs,
      workspace,
      env: { NODE_EXTRA_CA_CERTS: cloud.caPath, ...request.env },
      ...(request.event === undefined ? {} : { event: request.event }),
      ...(request.onStart === undefined ? {} : { onStart: request.onStart }),
    })
    this.#folders.push(result.folder)
    const step = await lookAt(result, workspace, cloud.requests.slice(from))
    const certificate = inputs['client-certificate']?.split('\n').filter((line) => line.length > 30) ?? []
    const secrets = [
      ...cloud.issued.slice(given),
      cloud.oidcRequestToken,
      ...[inputs['client-secret'], inputs['github-token']].filter((value) => value !== undefined),
      ...certificate,
      ...(request.secrets ?? []),
    ]
    promisedOfEach(step, secrets)
    return step
  }
}

async function lookAt(result: StepResult, workspace: string, requests: readonly RecordedRequest[]): Promise<Step> {
  const { stdout, outputs } = result
  const lines = stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'))
  const all = lines.flatMap(annotationOf)
  const path = outputs['report'] ?? ''
  const report = path === '' ? undefined : JSON.parse(await result.file(path))
  return {
    ...result,
    workspace,
    requests,
    report,
    log: lines.join('\n'),
    annotations: all.filter(({ properties }) => 'title' in properties),
    final: all.find(({ level, properties }) => level === 'error' && !('title' in properties))?.message,
    codes: (report?.checks ?? []).map((check: Anything) => check.error?.code),
    read: (output) => result.file(outputs[output] ?? ''),
  }
}

const decode = (text: string): string =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')

function annotationOf(line: string): Annotation[] {
  const match = /^::(error|warning|notice)(?: ([^:]*))?::(.*)$/.exec(line)
  if (match === null) return []
  const [, level = '', properties = '', message = ''] = match
  const pairs = properties.split(',').filter((pair) => pair !== '')
  return [
    {
      level,
      message: decode(message),
      properties: Object.fromEntries(
        pairs.map((pair) => [pair.split('=')[0], decode(pair.slice(pair.indexOf('=') + 1))]),
      ),
    },
  ]
}

/** What the contract promises of every run, however it ends. */
function promisedOfEach(step: Step, secrets: readonly string[]): void {
  const { outputs, exitCode, stdout } = step
  expect(step.stderr).toBe('')
  expect(Object.keys(outputs).sort()).toEqual([...OUTPUTS].sort())
  expect(['passed', 'failed', 'error']).toContain(outputs['verdict'])
  for (const name of ['findings', 'known', 'suppressed', 'errors']) expect(outputs[name]).toMatch(/^\d+$/)
  expect(Array.isArray(JSON.parse(outputs['issue-urls']!))).toBe(true)

  expect([0, 1]).toContain(exitCode)
  const finals = stdout.split('\n').filter((line) => line.startsWith('::error::'))
  expect(finals).toHaveLength(exitCode!)
  if (exitCode === 1) expect(stdout.trimEnd().split('\n').at(-1)).toBe(finals[0])
  if (exitCode === 0 && outputs['verdict'] !== 'passed') expect(step.summary).not.toBe('')

  if (step.report !== undefined) {
    expect(step.report.version).toBe(1)
    expect(step.report.verdict).toBe(outputs['verdict'])
  }
  const texts = Object.fromEntries(filesBelow(step.folder).map(({ path, content }) => [path, content]))
  const written = Object.fromEntries(filesBelow(step.workspace).map(({ path, content }) => [path, content]))
  const shown = showLog(stdout, false)
  expect(leaks({ ...texts, ...written, log: step.log, shown, stderr: step.stderr }, secrets)).toEqual([])
}

/** Runs several at a time, each on a stage of its own, and gives the results in order. */
export async function side<T, R>(
  stages: readonly Stage[],
  items: readonly T[],
  run: (item: T, stage: Stage) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  await Promise.all(
    stages.map(async (stage) => {
      for (let index = next++; index < items.length; index = next++) results[index] = await run(items[index]!, stage)
    }),
  )
  return results
}
