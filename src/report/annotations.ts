/** Annotations: what GitHub shows at the head of the run and beside the line of a query file. */
import type { CheckResult, Problem, Run } from '../model.ts'
import { docsLink } from './docs-link.ts'
import { brief, forCommand, forCommandProperty } from './escape.ts'
import { against, fails, listed, many, severalTenants, severityWords } from './words.ts'

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  /** One line or several. */
  readonly message: string
  readonly file?: string
  readonly line?: number
}

const TITLE_LENGTH = 200
const LINE_LENGTH = 2000

/**
 * One annotation a failing check, errors first, because the runner shows ten of a kind at most; then a warning for each check
 * that failed without failing the step, and for each note of the run. No text of a finding is in them: they are in the log too.
 * `docs` is the folder of the documentation, for a link behind each hint.
 */
export function annotate(run: Run, docs?: string): Annotation[] {
  const tenants = severalTenants(run)
  const checks = run.checks
    .filter((result) => result.state !== 'clear')
    .map((result) => annotateCheck(result, tenants, docs))
  const inputs = run.inputErrors.map((problem): Annotation => {
    const message = `${problem.message}\n${hintLine(problem, docs)}`.trimEnd()
    return { level: 'error', title: `Defender Gate: ${problem.code}`, message, ...placeOf(problem.place) }
  })
  const notes = run.notes.map((note): Annotation => ({ level: 'warning', title: 'Defender Gate', message: note }))
  const all = [...inputs, ...checks, ...notes]
  return [...all.filter((one) => one.level === 'error'), ...all.filter((one) => one.level !== 'error')]
}

function annotateCheck(result: CheckResult, withTenant: boolean, docs: string | undefined): Annotation {
  const level = fails(result) ? 'error' : 'warning'
  const tenant = withTenant ? ` (${result.tenant.label})` : ''
  const title = `Defender Gate: ${result.check.title}${tenant}`
  // GitHub's log shows the message without its title.
  const message = `${result.check.id}${tenant}: ${messageOf(result, docs)}`
  return { level, title, message, ...placeOf(result.error?.place ?? fileOf(result)) }
}

function messageOf(result: CheckResult, docs: string | undefined): string {
  if (result.error !== undefined) return `${result.error.message}\n${hintLine(result.error, docs)}`.trimEnd()
  const severities = severityWords([result])
  return `${result.reason}${severities === '' ? '' : `\nBy severity: ${severities}.`}`
}

/** What to do, and where more is said about it. */
function hintLine({ code, hint }: Problem, docs: string | undefined): string {
  return docs === undefined ? hint : `${hint} See ${docsLink(docs, code)}`.trimStart()
}

function fileOf(result: CheckResult): { file: string; line: number } | undefined {
  const { ask } = result.check
  if (ask.kind !== 'hunting') return undefined
  if ('problem' in ask) return ask.problem.place ?? (ask.file === undefined ? undefined : { file: ask.file, line: 1 })
  return ask.query.file === undefined ? undefined : { file: ask.query.file.path, line: ask.query.file.line }
}

function placeOf(place: { file: string; line: number } | undefined): { file?: string; line?: number } {
  return place === undefined ? {} : { file: place.file, line: place.line }
}

/** The annotation as a workflow command, redacted and escaped. */
export function annotationCommand(annotation: Annotation, redact: (text: string) => string): string {
  const { level, title, message, file, line } = annotation
  const properties = [`title=${forCommandProperty(brief(redact(title), TITLE_LENGTH))}`]
  if (file !== undefined) properties.push(`file=${forCommandProperty(redact(file))}`)
  if (line !== undefined) properties.push(`line=${line}`)
  const lines = redact(message).split('\n')
  return `::${level} ${properties.join(',')}::${lines.map((one) => forCommand(brief(one, LINE_LENGTH))).join('%0A')}`
}

/**
 * The one message with which the step fails; `undefined` when it doesn't. `problems` are reports that could not be written.
 * Not escaped: hand it to `forCommand`, or to `core.setFailed` after `forLog`.
 */
export function finalMessage(
  run: Run,
  problems: readonly { readonly code: string; readonly message: string }[] = [],
): string | undefined {
  if (!run.stepFails && problems.length === 0) return undefined
  const causes = run.stepFails ? against(failingPart(run)) : []
  if (run.stepFails && causes.length === 0) causes.push('the run could not be finished')
  if (problems.length === 0) return `Defender Gate: ${listed(causes)}. ${nextStep(run, true)}`
  causes.push(`${run.stepFails ? '' : `the verdict is ${run.verdict}, but `}not everything could be reported`)
  const others = problems.length === 1 ? '' : ` (${many(problems.length - 1, 'more problem')} in the log)`
  const summary = problems.every(({ code }) => code !== 'summary-not-written')
  return `Defender Gate: ${listed(causes)}. ${problems[0]!.message}${others} ${nextStep(run, summary)}`
}

/** Only what makes the step fail: a check in mode `report` is no cause. */
function failingPart(run: Run): Run {
  const checks = run.checks.map((result) => (fails(result) ? result : { ...result, state: 'clear' as const }))
  return {
    ...run,
    checks,
    totals: { ...run.totals, errors: checks.filter((result) => result.state === 'error').length },
  }
}

/** `summary` says whether there is one to look at. */
function nextStep(run: Run, summary: boolean): string {
  if (run.inputErrors.length > 0) return 'Correct the settings that the annotations name, and run the step again.'
  return `The ${summary ? 'job summary' : 'log'} says what was found and what to do.`
}
