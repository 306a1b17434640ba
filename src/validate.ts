/** Entry of the second action: checks query files offline. The Kusto language service is loaded only once it is needed. */
import { isAbsolute, join, posix, relative } from 'node:path'
import { setFailed, setOutput } from '@actions/core'
import { locate, MAX_QUERY_FILE_BYTES, type QueryFile, readQueryFile } from './checks/query-files.ts'
import { outside, tooLarge, unreadable } from './errors/checks.ts'
import { badFailOn, badSchema, KQL_CODES, noFiles, queriesMissing, unknownInput } from './errors/kql.ts'
import { asGateError, GateError, GateErrors } from './errors.ts'
import { createFiles } from './files.ts'
import type { FailOn, Validation } from './kql/index.ts'
import {
  forCommand,
  forCommandProperty,
  forLog,
  forMarkdownCell,
  forMarkdownCodeCell,
  visible,
} from './report/escape.ts'
import { readInputs, variable } from './world.ts'

const INPUT_NAMES = ['queries', 'schema', 'fail-on'] as const
const ESCAPING = {
  command: forCommand,
  property: forCommandProperty,
  markdownCell: forMarkdownCell,
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
  const problems = unknownInputs.map((name) =>
    unknownInput(
      name,
      INPUT_NAMES.find((known) => known.startsWith(name)),
    ),
  )
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

/** Throws where the path leads out of the workspace; symbolic links count for what they point at. */
async function assertInside(path: string): Promise<void> {
  const inside = relative(await files.realPath('.'), await files.realPath(path))
  if (inside === '..' || /^\.\.[/\\]/.test(inside) || isAbsolute(inside)) throw outside(path)
}

async function readQuery(path: string): Promise<string> {
  try {
    await assertInside(path)
    const size = await files.size(path)
    if (size > MAX_QUERY_FILE_BYTES) throw tooLarge(path, size, MAX_QUERY_FILE_BYTES)
    return await files.readText(path)
  } catch (thrown) {
    throw thrown instanceof GateError ? thrown : unreadable(path, thrown)
  }
}

async function readSchemaText(path: string): Promise<string> {
  try {
    await assertInside(path)
    return await files.readText(path)
  } catch (thrown) {
    const why = thrown instanceof GateError ? 'it lies outside the workspace' : 'it can not be read'
    throw badSchema(path, [why], thrown)
  }
}

/**
 * Half of the memory of a run is garbage that V8 sees no need to collect: 500 queries leave 450 MiB without these limits on how
 * fast its heap may grow, and 250 MiB with them, at the same speed.
 */
async function limitMemory(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
}

async function validate(): Promise<string | undefined> {
  const started = performance.now()
  const inputs = takeInputs()
  const found = [...new Set((await files.glob(inputs.queries)).map((path) => posix.normalize(path)))]
  if (found.length === 0) throw noFiles(inputs.queries)
  await limitMemory()
  const kql = await import('./kql/index.ts')
  const validation = await kql.validateFiles<QueryFile>({
    files: found,
    read: readQuery,
    readQueryFile,
    locate,
    schema: inputs.schema === undefined ? kql.DEFENDER_SCHEMA : await withExtra(inputs.schema, kql),
    failOn: inputs.failOn,
  })
  const sarif = join(variable(env, 'RUNNER_TEMP') ?? workspace, 'defender-gate', 'validate.sarif')
  const codes = { ...KQL_CODES, ...(await import('./errors/checks.ts')).CHECKS_CODES }
  await files.write(sarif, `${JSON.stringify(kql.toSarif(validation, { codes, escape: visible }), null, 2)}\n`)
  for (const diagnostic of validation.diagnostics) print(kql.annotation(diagnostic, ESCAPING))
  await writeSummary(kql.summary(validation, ESCAPING))
  setOutputs(validation.verdict, validation, sarif)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  print(
    forLog(
      `Checked ${found.length} files in ${seconds} s: ${validation.errors} errors, ${validation.warnings} warnings.`,
    ),
  )
  return validation.verdict === 'failed' ? kql.finalMessage(validation) : undefined
}

async function withExtra(path: string, kql: typeof import('./kql/index.ts')) {
  const { readSchema } = await import('./kql/schema-file.ts')
  return kql.mergeSchemas(kql.DEFENDER_SCHEMA, readSchema(path, await readSchemaText(path)))
}

function setOutputs(verdict: 'passed' | 'failed' | 'error', validation: Validation | undefined, sarif: string): void {
  setOutput('verdict', verdict)
  setOutput('files', String(validation?.files.length ?? 0))
  setOutput('errors', String(validation?.errors ?? 0))
  setOutput('warnings', String(validation?.warnings ?? 0))
  setOutput('sarif', sarif)
}

async function writeSummary(markdown: string): Promise<void> {
  const path = variable(env, 'GITHUB_STEP_SUMMARY')
  if (path !== undefined) await files.append(path, `${markdown}\n`)
}

try {
  const message = await validate()
  if (message !== undefined) setFailed(forLog(message))
} catch (thrown) {
  // Only words of it are printed: the stack of the language service would bring a source line of 4 MB.
  const error = asGateError(thrown)
  setOutputs('error', undefined, '')
  const text = `${error.message.slice(0, 4000)} ${error.hint}`.trim()
  await writeSummary(`## Hunting queries: error\n\n${forMarkdownCell(text)}\n`).catch(() => undefined)
  setFailed(forLog(`Defender Gate: ${text}`))
}
