/** The run as a person at a terminal reads it: a table of the checks, what went wrong, and what was found. */
import type { CheckResult, CheckState, Finding, Problem, Run, Severity, Verdict } from '../model.ts'
import { plain, tellingColumns } from './columns.ts'
import { docsLink } from './docs-link.ts'
import { brief, forLog } from './escape.ts'
import { timeOf } from './findings.ts'
import { against, duration, fails, grouped, listed, many, ranked, severalTenants, severityWords } from './words.ts'

export interface TerminalLook {
  readonly colour: boolean
  /** Columns of the terminal; `undefined` where nothing is to be cut, as in a file. */
  readonly width: number | undefined
  readonly docs: string
  /** Where the report files are; `undefined` when none were written. */
  readonly reportDir: string | undefined
}

/** Findings of one check on the terminal; the rest is in the report files. */
const MOST_FINDINGS = 20
const MOST_COLUMNS = 4
const CELL = 48
const NAME = 60
const TEXT = 1000
const GAP = '  '

type Paint = 'red' | 'yellow' | 'green' | 'cyan' | 'dim' | 'bold'
const CODES: Readonly<Record<Paint, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}
const STATE_LOOK: Readonly<Record<CheckState, readonly [string, Paint]>> = {
  clear: ['✓', 'green'],
  findings: ['✗', 'red'],
  error: ['!', 'yellow'],
}
const VERDICT_LOOK: Readonly<Record<Verdict, readonly [string, Paint]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  error: ['!', 'yellow'],
}
const SEVERITY_PAINT: Readonly<Record<Severity, Paint>> = {
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  informational: 'dim',
  unknown: 'bold',
}

/** A cell: text that is safe to print, and its colour. */
interface Cell {
  readonly text: string
  readonly paint?: Paint
  readonly right?: boolean
}

/**
 * The lines to print. The run must be free of secrets (`redactRun`). Every text of it is escaped here: no escape sequence
 * and no command of a runner comes through, and the colours are ours alone.
 */
export function renderTerminal(run: Run, look: TerminalLook): string[] {
  const paint = (text: string, how: Paint | undefined): string => {
    if (!look.colour || how === undefined || text === '') return text
    const [on, off] = CODES[how]
    return `\u001b[${on}m${text}\u001b[${off}m`
  }
  const [mark, how] = VERDICT_LOOK[run.verdict]
  const lines = ['', paint(paint(`${mark} ${headline(run)}`, how), 'bold')]
  const block = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push('', ...(title === '' ? [] : [paint(title, 'bold')]), ...body)
  }
  block('', table(checkRows(run), look.width, paint))
  block('What is wrong', problemLines(run, look.docs, paint))
  if (run.details === 'full') {
    for (const result of run.checks.filter((one) => one.state === 'findings' && one.findings.length > 0)) {
      block(sectionTitle(result, run), findingLines(result, look, paint))
    }
  } else if (run.totals.findings > 0) block('', ['Only counts are shown. For the findings: --details full'])
  block('Notes', noteLines(run))
  block('', endLines(run, look))
  return lines
}

function headline(run: Run): string {
  const time = duration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))
  switch (run.verdict) {
    case 'passed':
      return `passed: ${run.checks.length === 1 ? 'the check is' : `all ${grouped(run.checks.length)} checks are`} clear (${time})`
    case 'failed':
      return `failed: ${listed(against(run))} (${time})`
    case 'error':
      return `error: ${listed(against(run)) || 'the run could not be finished'} (${time})`
  }
}

// --- the checks -----------------------------------------------------------------------------------------------------

function checkRows(run: Run): Cell[][] {
  if (run.checks.length === 0) return []
  const tenants = severalTenants(run)
  const { known, suppressed } = run.totals
  const head = [
    ...['', 'Check', ...(tenants ? ['Tenant'] : []), 'State', 'Findings'],
    ...[...(known > 0 ? ['Known'] : []), ...(suppressed > 0 ? ['Suppressed'] : []), 'Reason'],
  ]
  const number = (count: number): Cell => ({ text: grouped(count), right: true })
  const rows = run.checks.map((result): Cell[] => {
    const [mark, paint] = STATE_LOOK[result.state]
    const goesOn = result.state === 'clear' || fails(result) ? '' : ' (goes on)'
    return [
      { text: mark, paint },
      { text: safe(result.check.id, NAME) },
      ...(tenants ? [{ text: safe(result.tenant.label, NAME) }] : []),
      { text: result.state + goesOn, paint },
      result.state === 'error' ? { text: '–', right: true } : number(result.counts.findings),
      ...(known > 0 ? [number(result.counts.known)] : []),
      ...(suppressed > 0 ? [number(result.counts.suppressed)] : []),
      { text: safe(result.error?.message ?? result.reason, TEXT) },
    ]
  })
  return [head.map((text) => ({ text, paint: 'dim' })), ...rows]
}

/** Checks that fail for the same reason are told in one go. */
function problemLines(run: Run, docs: string, paint: (text: string, how: Paint | undefined) => string): string[] {
  const told = new Map<string, { problem: Problem; checks: string[] }>()
  const tenants = severalTenants(run)
  const add = (problem: Problem, check: string | undefined): void => {
    const same = JSON.stringify([problem.code, problem.message, problem.hint])
    const entry = told.get(same) ?? { problem, checks: [] }
    if (check !== undefined) entry.checks.push(check)
    told.set(same, entry)
  }
  for (const problem of run.inputErrors) add(problem, undefined)
  for (const { error, check, tenant } of run.checks) {
    if (error !== undefined) add(error, tenants ? `${check.id} (${tenant.label})` : check.id)
  }
  return [...told.values()].flatMap(({ problem, checks }) => [
    ...(checks.length === 0 ? [] : [`${paint('!', 'yellow')} ${safe(listed(checks.slice(0, 10)), TEXT)}`]),
    `${checks.length === 0 ? `${paint('!', 'yellow')} ` : '  '}${safe(problem.message, TEXT)}`,
    ...(problem.hint === '' ? [] : [`  ${safe(problem.hint, TEXT)}`]),
    paint(`  ${safe(docsLink(docs, problem.code), TEXT)}`, 'dim'),
  ])
}

// --- the findings ---------------------------------------------------------------------------------------------------

function sectionTitle(result: CheckResult, run: Run): string {
  const tenant = severalTenants(run) ? ` (${result.tenant.label})` : ''
  const severities = severityWords([result])
  return `${safe(`${result.check.title}${tenant}`, NAME)}${severities === '' ? '' : `: ${severities}`}`
}

function findingLines(
  result: CheckResult,
  look: TerminalLook,
  paint: (text: string, how: Paint | undefined) => string,
): string[] {
  const findings = ranked(result.findings, 'new')
  const shown = findings.slice(0, MOST_FINDINGS)
  if (shown.length === 0) return []
  const titled = shown.some((finding) => finding.title !== result.check.title)
  const timed = shown.some((finding) => timeOf(finding.at) !== '')
  const telling = tellingColumns(result, shown, MOST_COLUMNS - (titled ? 1 : 0))
  const head = ['Severity', ...(timed ? ['When (UTC)'] : []), ...(titled ? ['Finding'] : [])]
  const rows = shown.map((finding): Cell[] => [
    { text: finding.severity, paint: SEVERITY_PAINT[finding.severity] },
    ...(timed ? [{ text: shortTime(finding) }] : []),
    ...(titled ? [{ text: safe(finding.title, CELL) }] : []),
    ...telling.map((name) => ({ text: safe(plain(finding.data[name]), CELL) })),
  ])
  const names = telling.map((name) => safe(name, CELL))
  const header = [...head, ...names].map((text): Cell => ({ text, paint: 'dim' }))
  const rest = findings.length - shown.length
  const where = look.reportDir === undefined ? 'give --report-dir for all of them' : 'see findings.csv'
  return [
    ...table([header, ...rows], look.width, paint),
    ...(rest > 0 ? [`… and ${many(rest, 'more finding')}: ${where}`] : []),
  ]
}

function shortTime(finding: Finding): string {
  return timeOf(finding.at).replaceAll('\u2011', '-').replaceAll('\u00a0', ' ')
}

// --- the end --------------------------------------------------------------------------------------------------------

function noteLines(run: Run): string[] {
  const ofChecks = run.checks.flatMap(({ check, notes }) => notes.map((note) => `${check.id}: ${note}`))
  return [...new Set([...run.notes, ...ofChecks])].map((note) => `- ${safe(note, TEXT)}`)
}

function endLines(run: Run, look: TerminalLook): string[] {
  const goesOn = run.verdict !== 'passed' && !run.stepFails
  return [
    ...(goesOn ? ['Exit status 0 all the same: mode report, or on-error warn.'] : []),
    ...(look.reportDir === undefined ? [] : [`Reports: ${safe(look.reportDir, TEXT)}`]),
  ]
}

// --- tables ---------------------------------------------------------------------------------------------------------

/** Text of others on one line: nothing invisible, no escape sequence, no workflow command. */
function safe(text: string, longest: number): string {
  return forLog(brief(text, longest))
}

/** Aligned columns, in at most `width` columns of the terminal: the widest gives way first. */
function table(
  rows: readonly (readonly Cell[])[],
  width: number | undefined,
  paint: (text: string, how: Paint | undefined) => string,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => cellWidth(row[column]?.text ?? ''))))
  const room = (width ?? Number.POSITIVE_INFINITY) - GAP.length * (widths.length - 1)
  narrow(widths, room)
  return rows.map((row) =>
    row
      .map(({ text, paint: how, right }, column) => {
        const shown = cut(text, widths[column]!)
        const space = ' '.repeat(Math.max(0, widths[column]! - cellWidth(shown)))
        return right ? space + paint(shown, how) : paint(shown, how) + space
      })
      .join(GAP)
      .trimEnd(),
  )
}

const NARROWEST = 8

function narrow(widths: number[], room: number): void {
  let over = widths.reduce((sum, each) => sum + each, 0) - room
  while (over > 0) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) return
    widths[widths.indexOf(widest)] = widest - 1
    over -= 1
  }
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

/** Columns that a terminal gives to a text: two for East Asian characters and emoji, none for combining marks. */
export function cellWidth(text: string): number {
  let width = 0
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}

function cut(text: string, columns: number): string {
  if (cellWidth(text) <= columns) return text
  let kept = ''
  let width = 0
  for (const character of text) {
    width += cellWidth(character)
    if (width > columns - 1) break
    kept += character
  }
  return `${kept}…`
}
