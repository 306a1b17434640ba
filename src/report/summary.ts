/**
 * The job summary: the page that people open on a release day. GitHub-flavoured Markdown without scripts, styles or pictures
 * from elsewhere, within a budget of bytes.
 */
import type { CheckResult, Problem, Run } from '../model.ts'
import { bytes, createPage, fitTable, fold, type Page } from './budget.ts'
import { severityChart, timeChart } from './charts.ts'
import { docsLink } from './docs-link.ts'
import { brief, forMarkdown, forMarkdownCode, forMarkdownCodeCell, forMarkdownHint, markdownLink } from './escape.ts'
import { findingsSection, suppressedFold } from './findings.ts'
import { nextSteps } from './next-steps.ts'
import {
  against,
  bySeverity,
  duration,
  fails,
  grouped,
  listed,
  many,
  rank,
  STATE_MARKS,
  severalTenants,
  severityWords,
} from './words.ts'

/** GitHub's limit for all summaries of a step is 1 MiB (1,048,576 bytes); over it, all of them are dropped. */
export const SUMMARY_BUDGET = 1_000_000

export interface SummaryOptions {
  readonly budgetBytes: number
  readonly links?: { readonly docs: string }
}

const TEXT = 600
/** A hint may hold a whole command to copy, such as the one that creates a federated credential. */
const HINT = 4000
const NAME = 120
const MOST_NOTES = 20
const MOST_ERRORS = 30
/** More clear checks than this are folded, where there are others to look at. */
const MOST_CLEAR = 6

/** Renders the run, which must be free of secrets (`redactRun`). */
export function renderSummary(run: Run, options: SummaryOptions): string {
  const tail = [nextSteps(run), footer(run, options.links?.docs)].filter((block) => block !== '').join('\n\n')
  const page = createPage(options.budgetBytes - bytes(tail) - 1)
  page.add(`## ${headline(run)}`)
  page.add(facts(run))
  page.add(stepLine(run))
  page.add(inputErrors(run.inputErrors, options.links?.docs))
  addChecks(page, run)
  addErrors(page, run, options.links?.docs)
  addCharts(page, run)
  addFindings(page, run)
  addNotes(page, run)
  return `${page.toString()}${tail}\n`
}

// --- the head -------------------------------------------------------------------------------------------------------

function headline(run: Run): string {
  switch (run.verdict) {
    case 'passed':
      return `✅ Defender Gate passed: ${run.checks.length === 1 ? 'the check is' : `all ${grouped(run.checks.length)} checks are`} clear`
    case 'failed':
      return `❌ Defender Gate failed: ${against(run).join('; ')}`
    case 'error':
      return `⚠️ Defender Gate could not tell: ${against(run).join('; ') || 'the run could not be finished'}`
  }
}

function facts(run: Run): string {
  const { findings, known, suppressed } = run.totals
  const tenants = new Set(run.checks.map((result) => result.tenant.id)).size
  const clear = run.checks.filter((result) => result.state === 'clear').length
  const severities = severityWords(run.checks)
  // Within the limits of a clear check, as the rows of a canary are: the headline leaves them out.
  const allowed = run.checks.reduce((sum, one) => sum + (one.state === 'clear' ? one.counts.findings : 0), 0)
  const parts = [
    findings === 0 && run.totals.errors > 0
      ? ''
      : `**${many(findings, 'finding')}**${severities === '' ? '' : ` (${severities})`}${allowed > 0 ? `, ${grouped(allowed)} allowed` : ''}`,
    run.verdict === 'passed' || clear === 0 ? '' : `${grouped(clear)} of ${many(run.checks.length, 'check')} clear`,
    known > 0 ? `${grouped(known)} known` : '',
    suppressed > 0 ? `${grouped(suppressed)} suppressed` : '',
    tenants > 1 ? many(tenants, 'tenant') : '',
    duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt)),
    run.rounds > 1 ? `asked ${grouped(run.rounds)} times` : '',
  ]
  return run.checks.length === 0 ? '' : parts.filter((part) => part !== '').join(' · ')
}

/** What the step does with a verdict that is not its own outcome. */
function stepLine(run: Run): string {
  if (run.verdict === 'passed' || run.stepFails) return ''
  const reported = run.checks.filter((result) => result.state === 'findings').length
  const warned = run.checks.filter((result) => result.state === 'error').length
  const would: string[] = []
  if (reported > 0) would.push(`${many(reported, 'check')} with findings in mode \`report\``)
  if (warned > 0) would.push(`${many(warned, 'check')} in error with \`on-error: warn\``)
  const wish = [reported > 0 ? '`mode: enforce`' : '', warned > 0 ? '`on-error: fail`' : ''].filter((one) => one !== '')
  return `**The step goes on:** ${listed(would)}. With ${listed(wish)} it would have failed.`
}

function inputErrors(problems: readonly Problem[], docs: string | undefined): string {
  const shown = problems.slice(0, MOST_ERRORS).map((problem) => `- ${problemText(problem, docs)}`)
  const more = problems.length - shown.length
  return [...shown, ...(more > 0 ? [`- … and ${grouped(more)} more, in the log.`] : [])].join('\n')
}

function problemText(problem: Problem, docs: string | undefined): string {
  const message = forMarkdownHint(brief(problem.message, TEXT))
  const place =
    problem.place === undefined
      ? ''
      : ` (${forMarkdownCode(brief(`${problem.place.file}:${problem.place.line}`, NAME))})`
  const code = forMarkdownCode(brief(problem.code, NAME))
  const more = docs === undefined ? code : markdownLink(code, docsLink(docs, problem.code))
  if (problem.hint === '') return `${message}${place} (${more})`
  return `${message}${place}<br>**What to do:** ${forMarkdownHint(brief(problem.hint, HINT))} (${more})`
}

// --- the checks -----------------------------------------------------------------------------------------------------

const STATE_ORDER = ['findings', 'error', 'clear'] as const

function addChecks(page: Page, run: Run): void {
  if (run.checks.length === 0) return
  const tenants = severalTenants(run)
  const { known, suppressed } = run.totals
  const columns = [
    { head: 'Check' },
    ...(tenants ? [{ head: 'Tenant' }] : []),
    { head: 'State' },
    { head: 'Findings', right: true },
    ...(known > 0 ? [{ head: 'Known', right: true }] : []),
    ...(suppressed > 0 ? [{ head: 'Suppressed', right: true }] : []),
    { head: 'Reason' },
  ]
  const sorted = run.checks.toSorted((a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state))
  const row = (result: CheckResult): string[] => [
    checkName(result),
    ...(tenants ? [forMarkdown(brief(result.tenant.label, NAME))] : []),
    stateWord(result),
    result.state === 'error' ? '–' : grouped(result.counts.findings),
    ...(known > 0 ? [grouped(result.counts.known)] : []),
    ...(suppressed > 0 ? [grouped(result.counts.suppressed)] : []),
    reasonCell(result),
  ]
  const clear = sorted.filter((result) => result.state === 'clear')
  const folded = clear.length > MOST_CLEAR && clear.length < sorted.length ? clear : []
  const open = sorted.slice(0, sorted.length - folded.length)
  const table = fitTable(columns, open.map(row), page.room * 0.4)
  const more = fitTable(columns, folded.map(row), page.room * 0.2)
  page.add(table.markdown)
  if (more.shown > 0) page.add(fold(`✅ ${many(folded.length, 'check')} clear`, more.markdown))
  const left = sorted.length - table.shown - more.shown
  if (left > 0) page.add(`… and ${many(left, 'more check', 'more checks')} in \`report.json\`.`)
}

function checkName(result: CheckResult): string {
  const { id, title } = result.check
  const code = forMarkdownCodeCell(brief(id, NAME))
  return title === id || title === '' ? code : `${forMarkdown(brief(title, NAME))}<br>${code}`
}

function stateWord(result: CheckResult): string {
  const goesOn = result.state === 'clear' || fails(result) ? '' : '<br><sub>does not fail the step</sub>'
  return `${STATE_MARKS[result.state]}&nbsp;${result.state}${goesOn}`
}

function reasonCell(result: CheckResult): string {
  return forMarkdown(brief(result.error?.message ?? result.reason, 160))
}

/** One picture at most: over time where the findings have times, else by severity. */
function addCharts(page: Page, run: Run): void {
  const chart = (run.details === 'full' ? timeChart(run.checks) : undefined) ?? severityChart(run.checks)
  if (chart !== undefined) page.add(`${chart.block}\n\n${chart.words}`)
}

// --- what went wrong ------------------------------------------------------------------------------------------------

/** Checks that fail for the same reason are told in one go: fifty tenants without consent are one piece of work. */
function addErrors(page: Page, run: Run, docs: string | undefined): void {
  const inError = run.checks.filter((result) => result.error !== undefined)
  const groups = Map.groupBy(inError, ({ error }) => JSON.stringify([error!.code, error!.message, error!.hint]))
  if (groups.size === 0) return
  page.add('### ⚠️ Could not be evaluated')
  const blocks = [...groups.values()].map(
    (results) => `- ${checkNames(results, run)}<br>${problemText(results[0]!.error!, docs)}`,
  )
  const shown = blocks.slice(0, MOST_ERRORS)
  page.add(shown.join('\n'))
  if (shown.length < blocks.length)
    page.add(`… and ${many(blocks.length - shown.length, 'more error')} in \`report.json\`.`)
}

function checkNames(results: readonly CheckResult[], run: Run): string {
  const tenants = severalTenants(run)
  const names = results.slice(0, 10).map((result) => {
    const tenant = tenants ? ` (${forMarkdown(brief(result.tenant.label, NAME))})` : ''
    return `**${forMarkdownCode(brief(result.check.id, NAME))}**${tenant}`
  })
  const rest = results.length - names.length
  return names.join(', ') + (rest > 0 ? ` and ${grouped(rest)} more` : '')
}

/** Each check gets an equal share of the room that is left, so that the first can't crowd out the last. */
function addFindings(page: Page, run: Run): void {
  const results = run.checks.filter((result) => result.state === 'findings').toSorted((a, b) => highest(b) - highest(a))
  let missing = 0
  const rest = 4000
  for (const [index, result] of results.entries()) {
    const share = Math.floor((page.room - rest) / (results.length - index))
    const section = findingsSection(result, { details: run.details, tenants: severalTenants(run), room: share })
    if (section === '' || !page.add(section)) missing += 1
  }
  if (missing > 0) page.add(`… and ${many(missing, 'more check')} with findings in \`report.json\`.`)
  if (run.details === 'full') page.add(suppressedFold(run, page.room / 2))
  else if (run.totals.findings > 0)
    page.add(
      'Only counts are shown here. Where everyone who can read this page may read findings, set `details: full`.',
    )
}

function highest(result: CheckResult): number {
  return Math.max(-1, ...bySeverity([result]).map(([severity]) => rank(severity)))
}

function addNotes(page: Page, run: Run): void {
  const notes = [
    ...new Set([
      ...run.notes,
      ...run.checks.flatMap((result) => result.notes.map((note) => `${result.check.id}: ${note}`)),
    ]),
  ]
  if (notes.length === 0) return
  const shown = notes.slice(0, MOST_NOTES).map((note) => `- ${forMarkdownHint(brief(note, TEXT))}`)
  const more = notes.length - shown.length
  page.add(`### 📌 Notes\n\n${shown.join('\n')}${more > 0 ? `\n- … and ${grouped(more)} more.` : ''}`)
}

function footer(run: Run, docs: string | undefined): string {
  const time = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`
  const parts = [
    `Started ${time(run.startedAt)}`,
    `finished ${time(run.finishedAt)}`,
    docs === undefined ? 'Defender Gate' : markdownLink('Defender Gate', docs),
  ]
  return `<sub>${parts.join(' · ')}</sub>`
}
