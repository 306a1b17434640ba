/** The second action: checks query files offline. The Kusto language service is loaded only once it is needed. */
import { join } from 'node:path'
import { setFailed, setOutput } from '@actions/core'
import { badFailOn, KQL_CODES, queriesMissing, unknownInput } from './errors/kql.ts'
import { reportsNotWritten, summaryNotWritten } from './errors/report.ts'
import { asGateError, GateError, GateErrors } from './errors.ts'
import { createFiles } from './files.ts'
import type { FailOn, Validation } from './kql/index.ts'
import { docsLink } from './report/docs-link.ts'
import {
  forCommand,
  forCommandProperty,
  forLog,
  forMarkdown,
  forMarkdownCode,
  forMarkdownCodeCell,
  markdownLink,
  visible,
} from './report/escape.ts'
import { secondThread } from './second-thread.ts'
import { nearest } from './settings/show.ts'
import { validateQueries } from './validate-queries.ts'
import { docsUrl, readInputs, variable } from './world.ts'

const INPUT_NAMES = ['queries', 'schema', 'fail-on'] as const
const ESCAPING = {
  command: forCommand,
  property: forCommandProperty,
  markdownCell: forMarkdown,
  markdownCodeCell: forMarkdownCodeCell,
}

const env = process.env
const workspace = variable(env, 'GITHUB_WORKSPACE') ?? process.cwd()
const files = createFiles(workspace)
const print = (line: string): void => void process.stdout.write(`${line}\n`)

interface Inputs {
  readonly queries: readonly string[]
  readonly schema: string | undefined
  readonly failOn: FailOn
}

/** Every wrong input is told, not only the first. */
function takeInputs(): Inputs {
  const { inputs, unknownInputs } = readInputs(env, INPUT_NAMES)
  const problems = unknownInputs.map((name) => unknownInput(name, nearest(name, INPUT_NAMES)))
  const queries = (inputs['queries'] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (queries.length === 0) problems.push(queriesMissing())
  const failOn = (inputs['fail-on'] ?? 'error').toLowerCase()
  if (failOn !== 'error' && failOn !== 'warning') problems.push(badFailOn(inputs['fail-on']!))
  if (problems.length === 1) throw problems[0]
  if (problems.length > 1) {
    const together = problems.map((problem) => `${problem.message} ${problem.hint}`).join(' ')
    throw new GateErrors('validate-inputs', together, '', problems)
  }
  return { queries, schema: inputs['schema'], failOn: failOn === 'warning' ? 'warning' : 'error' }
}

/** Resolves with the sentence that fails the step. The annotations come first: nothing that can't be written may cost them. */
async function validate(script: string): Promise<string | undefined> {
  const started = performance.now()
  const inputs = takeInputs()
  const validation = await validateQueries({ ...inputs, files, beside: secondThread(script, workspace) })
  const kql = await import('./kql/index.ts')
  for (const diagnostic of validation.diagnostics) print(kql.annotation(diagnostic, ESCAPING))
  for (const note of validation.notes) print(`::warning title=Defender Gate::${forCommand(note)}`)
  const sarif = await writeSarif(validation, kql)
  const summary = await writeSummary(kql.summary(validation, ESCAPING, `${docsUrl(env)}/troubleshooting.md`))
  setOutputs(validation.verdict, validation, sarif instanceof GateError ? '' : sarif)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  print(forLog(`Checked in ${seconds} s: ${kql.counts(validation)}.`))
  const failed = validation.verdict === 'failed' ? [kql.finalMessage(validation)] : []
  const unwritten = [sarif, summary].filter((done) => done instanceof GateError)
  return [...failed, ...unwritten.map(({ message, hint }) => `${message} ${hint}`)].join(' ') || undefined
}

/** The path of the file, or why there is none. */
async function writeSarif(validation: Validation, kql: typeof import('./kql/index.ts')): Promise<string | GateError> {
  const folder = join(variable(env, 'RUNNER_TEMP') ?? workspace, 'defender-gate')
  const path = join(folder, 'validate.sarif')
  const codes = { ...KQL_CODES, ...(await import('./errors/checks.ts')).CHECKS_CODES }
  const text = `${JSON.stringify(kql.toSarif(validation, { codes, escape: visible }), null, 2)}\n`
  return files.write(path, text).then(
    () => path,
    (thrown: unknown) => reportsNotWritten(folder, ['validate.sarif'], thrown),
  )
}

function setOutputs(verdict: 'passed' | 'failed' | 'error', validation: Validation | undefined, sarif: string): void {
  setOutput('verdict', verdict)
  setOutput('files', String(validation?.files.length ?? 0))
  setOutput('errors', String(validation?.errors ?? 0))
  setOutput('warnings', String(validation?.warnings ?? 0))
  setOutput('sarif', sarif)
}

async function writeSummary(markdown: string): Promise<GateError | undefined> {
  const path = variable(env, 'GITHUB_STEP_SUMMARY')
  if (path === undefined) return undefined
  return files.append(path, `${markdown}\n`).then(() => undefined, summaryNotWritten)
}

let ended = false

/** Nothing may end without a verdict. Only words are printed: the language service's stack would bring a line of 4 MB. */
async function crash(thrown: unknown): Promise<void> {
  ended = true
  const error = asGateError(thrown)
  try {
    setOutputs('error', undefined, '')
  } catch (unset) {
    print(forLog(`The outputs were not set: ${asGateError(unset).message}`))
  }
  const said = `${error.message.slice(0, 4000)} ${error.hint}`.trim()
  const docs = docsLink(docsUrl(env), error.code)
  const more = markdownLink(forMarkdownCode(error.code), docs)
  await writeSummary(`## Hunting queries: error\n\n${forMarkdown(said)} (${more})\n`)
  setFailed(forLog(`Defender Gate: ${said} See ${docs}`))
}

/** `script` is the entry, which a second thread runs, too. */
export async function validateAction(script: string): Promise<void> {
  // What is thrown beside the run is a fault of our own too, and so is a run that waits for what never comes.
  process.once('uncaughtException', (thrown) => void crash(thrown).finally(() => process.exit()))
  process.once('beforeExit', () => {
    if (!ended) void crash(new Error('the run stopped before its end'))
  })
  try {
    const message = await validate(script)
    ended = true
    if (message !== undefined) setFailed(forLog(message))
  } catch (thrown) {
    await crash(thrown)
  }
}
