/** The findings of one check as the job summary shows them: the most telling columns of the worst rows, the rest folded. */
import type { CheckResult, Details, Finding, Run, Severity } from '../model.ts'
import { bytes, createPage, fitTable, fold, type Table, type TableColumn } from './budget.ts'
import { plain, tellingColumns } from './columns.ts'
import { brief, forMarkdown, forMarkdownCode, forMarkdownCodeCell, markdownLink } from './escape.ts'
import { grouped, many, ranked, severityWords } from './words.ts'

const NAME = 120
const TITLE = 120
const CELL = 60
/** Rows in the open, and rows in the fold: more than this nobody reads on a web page. */
const TOP = 10
const FOLDED = 200

export const SEVERITY_MARKS: Readonly<Record<Severity, string>> = {
  high: '🔴',
  medium: '🟠',
  low: '🟡',
  informational: '🔵',
  unknown: '⚪',
}

interface SectionOptions {
  readonly details: Details
  readonly tenants: boolean
  /** Bytes that the section may take. */
  readonly room: number
}

/** Empty when not even its heading fits. With `counts` it has no text of a finding, and no link to one. */
export function findingsSection(result: CheckResult, options: SectionOptions): string {
  const page = createPage(options.room)
  const tenant = options.tenants ? ` · ${forMarkdown(brief(result.tenant.label, NAME))}` : ''
  if (!page.add(`### ❌ ${forMarkdown(brief(result.check.title, NAME))}${tenant}`)) return ''
  page.add(aboutLine(result))
  if (options.details === 'counts') return page.toString().trimEnd()
  const findings = ranked(result.findings, 'new')
  const columns = columnsFor(result, findings)
  const top = tableOf(columns, findings.slice(0, TOP), page.room - 500)
  page.add(top.markdown)
  let shown = top.shown
  if (shown === TOP && findings.length > TOP) {
    const more = findings.slice(TOP, TOP + FOLDED)
    const table = tableOf(columns, more, page.room - 800)
    if (table.shown > 0 && page.add(fold(many(table.shown, 'more finding'), table.markdown))) shown += table.shown
  }
  if (shown < findings.length)
    page.add(`… and ${grouped(findings.length - shown)} more, in \`findings.csv\` and \`report.json\`.`)
  return page.toString().trimEnd()
}

function aboutLine(result: CheckResult): string {
  const severities = severityWords([result])
  const parts = [
    forMarkdownCode(brief(result.check.id, NAME)),
    forMarkdown(brief(result.reason.replace(/\.$/, ''), 300)) + (severities === '' ? '' : ` (${severities})`),
    attackOf(result),
    result.portalUrl === undefined ? '' : markdownLink('Open this query in advanced hunting', result.portalUrl),
  ]
  return parts.filter((part) => part !== '' && part !== 'Open this query in advanced hunting').join(' · ')
}

/** Tactics and techniques of MITRE ATT&CK, as the query file names them. */
function attackOf({ check }: CheckResult): string {
  if (!('query' in check.ask)) return ''
  const { tactics, techniques } = check.ask.query
  return forMarkdown(brief([...tactics, ...techniques].join(', '), 300))
}

// --- the table ------------------------------------------------------------------------------------------------------

interface FindingColumn extends TableColumn {
  cell(finding: Finding): string
}

function columnsFor(result: CheckResult, findings: readonly Finding[]): readonly FindingColumn[] {
  const sample = findings.slice(0, TOP + FOLDED)
  const titled = sample.some((finding) => finding.title !== result.check.title || finding.url !== undefined)
  const timed = sample.some((finding) => timeOf(finding.at) !== '')
  const telling = tellingColumns(result, findings, titled || timed ? 3 : 4)
  return [
    { head: 'Severity', cell: (finding) => `${SEVERITY_MARKS[finding.severity]}&nbsp;${finding.severity}` },
    ...(titled ? [{ head: 'Finding', cell: titleCell }] : []),
    ...telling.map((name) => ({
      head: forMarkdown(brief(name, CELL)),
      cell: (finding: Finding) => forMarkdownCodeCell(brief(plain(finding.data[name]), CELL)),
    })),
    ...(timed ? [{ head: 'When (UTC)', cell: (finding: Finding) => timeOf(finding.at) }] : []),
  ]
}

function titleCell(finding: Finding): string {
  return markdownLink(forMarkdown(brief(finding.title, TITLE)) || 'untitled', finding.url)
}

/** `2026-11-20 08:00`; empty where there is no time. */
export function timeOf(at: string | undefined): string {
  const time = at === undefined ? Number.NaN : Date.parse(at)
  if (Number.isNaN(time)) return ''
  // Hyphens and a space that a narrow column can't break at.
  return new Date(time).toISOString().slice(0, 16).replaceAll('-', '\u2011').replace('T', '\u00a0')
}

function tableOf(columns: readonly FindingColumn[], findings: readonly Finding[], room: number): Table {
  return fitTable(columns, rowsOf(columns, findings), room)
}

/** Made one by one, so that rows that don't fit cost nothing. */
function* rowsOf(columns: readonly FindingColumn[], findings: readonly Finding[]): Generator<string[]> {
  for (const finding of findings) yield columns.map((column) => column.cell(finding))
}

// --- suppressed -----------------------------------------------------------------------------------------------------

/** The findings that suppressions hold, folded, each with why, by whom and until when; empty when there are none. */
export function suppressedFold(run: Run, room: number): string {
  const held = run.checks.flatMap((result) =>
    ranked(result.findings, 'suppressed').map((finding) => ({ result, finding })),
  )
  if (held.length === 0) return ''
  const columns = [{ head: 'Check' }, { head: 'Finding' }, { head: 'Reason' }, { head: 'Owner' }, { head: 'Until' }]
  const rows = held
    .slice(0, FOLDED)
    .map(({ result, finding }) => [
      forMarkdownCodeCell(brief(result.check.id, CELL)),
      titleCell(finding),
      forMarkdown(brief(finding.suppression?.reason ?? '', TITLE)),
      forMarkdown(brief(finding.suppression?.owner ?? '', CELL)),
      forMarkdown(brief(finding.suppression?.expires ?? '', CELL)),
    ])
  const table = fitTable(columns, rows, room - 400)
  if (table.shown === 0) return ''
  const more = held.length - table.shown
  const rest = more > 0 ? `\n\n… and ${grouped(more)} more, in \`findings.csv\`.` : ''
  const block = fold(`${many(held.length, 'suppressed finding')}`, table.markdown + rest)
  return bytes(block) > room ? '' : block
}
