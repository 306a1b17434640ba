/** Entry of the second action: checks query files offline. The Kusto language service is loaded only once it is needed. */
import { join } from 'node:path'
import { setFailed, setOutput } from '@actions/core'
import { badFailOn, KQL_CODES, queriesMissing, unknownInput } from './errors/kql.ts'
import { asGateError, GateErrors } from './errors.ts'
import { createFiles } from './files.ts'
import type { FailOn, Validation } from './kql/index.ts'
import { docsLink } from './report/docs-link.ts'
import {
  forCommand,
  forCommandProperty,
  forLog,
  forMarkdownCell,
  forMarkdownCode,
  forMarkdownCodeCell,
  markdownLink,
  visible,
} from './report/escape.ts'
import { validateQueries } from './validate-queries.ts'
import { docsUrl, readInputs, variable } from './world.ts'

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

async function validate(): Promise<string | undefined> {
  const started = performance.now()
  const inputs = takeInputs()
  const validation = await validateQueries({ ...inputs, files })
  const kql = await import('./kql/index.ts')
  const sarif = join(variable(env, 'RUNNER_TEMP') ?? workspace, 'defender-gate', 'validate.sarif')
  const codes = { ...KQL_CODES, ...(await import('./errors/checks.ts')).CHECKS_CODES }
  await files.write(sarif, `${JSON.stringify(kql.toSarif(validation, { codes, escape: visible }), null, 2)}\n`)
  for (const diagnostic of validation.diagnostics) print(kql.annotation(diagnostic, ESCAPING))
  await writeSummary(kql.summary(validation, ESCAPING, `${docsUrl(env)}/troubleshooting.md`))
  setOutputs(validation.verdict, validation, sarif)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  print(
    forLog(
      `Checked ${validation.files.length} files in ${seconds} s: ${validation.errors} errors, ${validation.warnings} warnings.`,
    ),
  )
  return validation.verdict === 'failed' ? kql.finalMessage(validation) : undefined
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
  const said = `${error.message.slice(0, 4000)} ${error.hint}`.trim()
  const docs = docsLink(docsUrl(env), error.code)
  const more = markdownLink(forMarkdownCode(error.code), docs)
  await writeSummary(`## Hunting queries: error\n\n${forMarkdownCell(said)} (${more})\n`).catch(() => undefined)
  setFailed(forLog(`Defender Gate: ${said} See ${docs}`))
}
