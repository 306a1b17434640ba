/** Title, body and comments of an issue. GitHub-flavoured Markdown in which nothing that others wrote can do anything. */
import type { CheckResult, Finding, Run } from '../model.ts'
import { bytes, createPage, fitTable, fold, type Page, type Table } from './budget.ts'
import { plain, tellingColumns } from './columns.ts'
import {
  brief,
  clip,
  forIssueTitle,
  forMarkdown,
  forMarkdownCode,
  forMarkdownCodeCell,
  markdownLink,
} from './escape.ts'
import { SEVERITY_MARKS, timeOf } from './findings.ts'
import { type Change, marker, writeMemory } from './issue-memory.ts'
import { nextSteps } from './next-steps.ts'
import { grouped, listed, many, ranked, severityWords } from './words.ts'

/** GitHub takes 65,536 characters. Bytes are counted here, which are never fewer, and some room is left. */
export const BODY_BUDGET = 60_000
const COMMENT_BUDGET = 20_000
/** GitHub takes 256 characters. */
const TITLE_LENGTH = 240
const NAME = 120
const CELL = 60
/** Rows in the open and in a fold; a comment has the first ones only. */
const TOP = 20
const FOLDED = 200
const MOST_GONE = 10
/** Bytes that are kept for the names of what is gone. */
const GONE_ROOM = 3000
const QUERY_LINK = 'Open this query in advanced hunting'

/** What all texts of an issue are made from. */
export interface IssueText {
  /** Free of secrets (`redactRun`), and the result in it. */
  readonly run: Run
  readonly result: CheckResult
  readonly key: string
  readonly change: Change | undefined
  /** Page of the workflow run. */
  readonly runUrl: string | undefined
}

/** Plain text. The tenant is named where it has a name, or where there are several. */
export function issueTitle({ run, result }: Pick<IssueText, 'run' | 'result'>): string {
  const { id, label } = result.tenant
  const named = label !== id || run.checks.some((other) => other.tenant.id !== id)
  const name = brief(result.check.title || result.check.id, NAME)
  return clip(forIssueTitle(`Defender Gate: ${name}${named ? ` (${brief(label, CELL)})` : ''}`), TITLE_LENGTH)
}

/** The body of an open issue. With `details: counts` it has counts and nothing of a finding. */
export function findingsBody(text: IssueText): string {
  const { run, result, change } = text
  const tail = [nextSteps(ofOne(text)), footer(text)].filter((block) => block !== '').join('\n\n')
  const page = startPage(text, tail)
  page.add(`### ❌ ${headline(result)}`)
  page.add(about(text))
  if (result.check.policy.mode === 'report')
    page.add('This check is in mode `report`: its findings do not fail the step.')
  page.add(changeLine(change))
  if (run.details === 'full') addFindings(page, text)
  return page.toString() + tail
}

/** The body of an issue that is closed. */
export function clearBody(text: IssueText): string {
  const tail = footer(text)
  const page = startPage(text, tail)
  page.add(`### ✅ ${clearSince(text)}`)
  page.add(about(text))
  page.add(goneList(text))
  return page.toString() + tail
}

/** For the ones who watch the issue: what they were not told of yet. */
export function addedComment(text: IssueText): string {
  const { run, result, change } = text
  const now = `now ${headline(result)}.${runLink(text)}`
  switch (change?.how) {
    case undefined:
    case 'unknown':
      return `What the last run had found could not be read: ${now}`
    case 'counted':
      return `**${many(change.added, 'more finding')}**: ${now}`
    case 'named': {
      const severities = severityWords([{ ...result, findings: change.added }])
      const page = createPage(COMMENT_BUDGET)
      page.add(`**${many(change.added.length, 'new finding')}** since the last run: ${severities}.${runLink(text)}`)
      if (run.details === 'full') addTables(page, result, change.added, 0)
      return page.toString().trimEnd()
    }
  }
}

/** @param byHand somebody had closed it while there were findings */
export function reopenedComment(text: IssueText, byHand: boolean): string {
  const what = headline(text.result)
  if (!byHand) return `The check has findings again: ${what}.${runLink(text)}`
  return `This was closed, but the check still has findings: ${what}. For what is expected, add a suppression with a reason and an end, or accept it in the baseline. Then the issue is closed by itself.${runLink(text)}`
}

export function clearComment(text: IssueText): string {
  return `✅ ${clearSince(text)}: ${reason(text.result)}.`
}

/** @param number of the issue that stays; in plain text, so that it is told of nothing */
export function duplicateComment(number: number): string {
  return `Two runs opened an issue for this check at the same time. Issue ${number} is kept, and this one is closed.`
}

// --- the pieces -----------------------------------------------------------------------------------------------------

function startPage(text: IssueText, tail: string): Page {
  const page = createPage(BODY_BUDGET - bytes(tail))
  page.add(`${marker(text.key)}\n${writeMemory(text.result, text.run.details)}`)
  return page
}

function headline(result: CheckResult): string {
  const { findings } = result.counts
  if (tooFew(result)) return `too few findings (${grouped(findings)})`
  const severities = severityWords([result])
  return many(findings, 'finding') + (severities === '' ? '' : ` (${severities})`)
}

function tooFew({ counts, check }: CheckResult): boolean {
  return counts.findings < check.policy.minFindings
}

function reason(result: CheckResult): string {
  return forMarkdown(brief(result.reason.replace(/\.$/, ''), 300))
}

function about({ run, result }: IssueText): string {
  const { known, suppressed } = result.counts
  const parts = [
    reason(result),
    `check ${forMarkdownCode(brief(result.check.id, NAME))}`,
    `tenant ${forMarkdownCode(brief(result.tenant.label, NAME))}`,
    known > 0 ? `${grouped(known)} known` : '',
    suppressed > 0 ? `${grouped(suppressed)} suppressed` : '',
    run.details === 'full' && result.portalUrl !== undefined ? queryLink(result.portalUrl) : '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** The query is part of the address, so it is left out where it is no link. */
function queryLink(address: string): string {
  const link = portalLink(QUERY_LINK, address)
  return link === QUERY_LINK ? '' : link
}

function changeLine(change: Change | undefined): string {
  if (change === undefined || change.how === 'unknown') return ''
  const added = change.how === 'named' ? change.added.length : change.added
  if (added + change.gone === 0) return '**Since the last run:** nothing new.'
  const [more, fewer] = change.how === 'named' ? ['new', 'gone'] : ['more', 'fewer']
  const parts = [
    added > 0 ? `${grouped(added)} ${more}` : '',
    change.gone > 0 ? `${grouped(change.gone)} ${fewer}` : '',
  ]
  const how = change.how === 'named' ? '' : ', counted by severity'
  return `**Since the last run:** ${listed(parts.filter((part) => part !== ''))}${how}.`
}

function clearSince({ run, runUrl }: IssueText): string {
  const time = utc(run.finishedAt)
  return `Clear since ${runUrl === undefined ? time : markdownLink(time, runUrl)}`
}

function runLink({ runUrl }: IssueText): string {
  return runUrl === undefined ? '' : ` ${markdownLink('Open the run', runUrl)}.`
}

function footer({ run, runUrl }: IssueText): string {
  const asked = `last asked ${utc(run.finishedAt)}`
  const said = [
    `Kept by Defender Gate, ${runUrl === undefined ? asked : markdownLink(asked, runUrl)}.`,
    'Every run writes this text anew: comment below, and do not edit it.',
    'The issue is closed by itself when the check is clear.',
    run.details === 'full' ? '' : 'Only counts are shown here.',
  ]
  return `<sub>${said.filter((one) => one !== '').join(' ')}</sub>`
}

function utc(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

/** The run as if there were nothing in it but this check: what to do next is about it alone. */
function ofOne({ run, result }: IssueText): Run {
  return { ...run, checks: [result], totals: { ...run.totals, errors: 0 }, inputErrors: [] }
}

// --- findings -------------------------------------------------------------------------------------------------------

function addFindings(page: Page, text: IssueText): void {
  const { result, change } = text
  const findings = ranked(result.findings, 'new')
  const added = new Set(change?.how === 'named' ? change.added : [])
  const rest = findings.filter((finding) => !added.has(finding))
  if (added.size > 0) {
    page.add('#### New since the last run')
    addTables(page, result, [...added], rest.length > 0 ? page.room / 2 : GONE_ROOM)
  }
  if (rest.length > 0) {
    if (added.size > 0) page.add('#### Still there')
    addTables(page, result, rest, GONE_ROOM)
  }
  page.add(goneList(text))
}

function goneList({ change }: IssueText): string {
  if (change?.how !== 'named' || change.gone === 0) return ''
  const titles = change.goneTitles.slice(0, MOST_GONE)
  const lines = titles.map((title) => `- ${forMarkdownCode(brief(title, CELL)) || 'untitled'}`)
  const more = change.gone - lines.length
  if (more > 0) lines.push(lines.length === 0 ? `- ${many(more, 'finding')}` : `- … and ${grouped(more)} more`)
  return `#### Gone since the last run\n\n${lines.join('\n')}`
}

/** @param spare bytes of the page that are left for what comes after */
function addTables(page: Page, result: CheckResult, findings: readonly Finding[], spare: number): void {
  const room = (): number => page.room - spare
  const top = tableOf(result, findings.slice(0, TOP), room() - 400)
  page.add(top.markdown)
  let { shown } = top
  if (shown === TOP && findings.length > TOP) {
    const more = tableOf(result, findings.slice(TOP, TOP + FOLDED), room() - 400)
    if (more.shown > 0 && page.add(fold(many(more.shown, 'more finding'), more.markdown))) shown += more.shown
  }
  if (shown < findings.length) page.add(`… and ${grouped(findings.length - shown)} more, in the files of the run.`)
}

/** Values stand in code spans, where GitHub looks for no mention, reference, link or emoji. */
function tableOf(result: CheckResult, findings: readonly Finding[], room: number): Table {
  const names = tellingColumns(result, findings, 3)
  const timed = findings.some((finding) => timeOf(finding.at) !== '')
  const heads = [
    'Severity',
    'Finding',
    ...names.map((name) => forMarkdownCodeCell(brief(name, CELL))),
    ...(timed ? ['When (UTC)'] : []),
  ]
  const row = (finding: Finding): string[] => [
    `${SEVERITY_MARKS[finding.severity]}&nbsp;${finding.severity}`,
    portalLink(forMarkdownCodeCell(brief(finding.title, NAME)) || 'untitled', finding.url),
    ...names.map((name) => forMarkdownCodeCell(brief(plain(finding.data[name]), CELL))),
    ...(timed ? [timeOf(finding.at)] : []),
  ]
  return fitTable(
    heads.map((head) => ({ head })),
    rowsOf(findings, row),
    room,
  )
}

/** Made one by one, so that rows that don't fit cost nothing. */
function* rowsOf(findings: readonly Finding[], row: (finding: Finding) => string[]): Generator<string[]> {
  for (const finding of findings) yield row(finding)
}

/** Microsoft's portals. A link to a page of GitHub would leave a reference there, and others lead anywhere. */
const PORTALS = /(^|\.)(microsoft\.com|microsoft\.us|apps\.mil|azure\.com|azure\.us)$/

function portalLink(markdown: string, address: string | undefined): string {
  const host = address !== undefined && URL.canParse(address) ? new URL(address).hostname : ''
  return PORTALS.test(host) ? markdownLink(markdown, address) : markdown
}
