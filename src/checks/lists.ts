/** What counts in a list of incidents or alerts. The API's own filters are a hint: everything is looked at again here. */
import { type Answer, type ListQuestion, type RawFinding, SEVERITIES, type SecurityItem } from '../model.ts'
import { isoTime } from './times.ts'

/** States that a kind of record is known to have. Any other state may be an open one, so it counts. */
export interface States {
  readonly known: ReadonlySet<string>
  /** States that are never open, whatever the settings say. */
  readonly never: ReadonlySet<string>
}

/** Filters, takes each record once, and sorts: highest severity first, then newest. */
export function answerOf(items: readonly SecurityItem[], question: ListQuestion, states: States, now: Date): Answer {
  const seen = new Set<string>()
  const findings: RawFinding[] = []
  for (const item of items) {
    // Pages shift while they are read, so a record can come twice; it counts if either of them does.
    if (seen.has(item.id) || !counts(item, question, states, now)) continue
    if (item.id !== '') seen.add(item.id)
    findings.push(findingOf(item))
  }
  return { findings: findings.sort(worstFirst), truncated: false, columns: [], notes: [] }
}

function counts(item: SecurityItem, question: ListQuestion, states: States, now: Date): boolean {
  return (
    isOpen(item.status.toLowerCase(), question, states) &&
    (item.severity === 'unknown' || rank(item.severity) >= rank(question.minSeverity)) &&
    isRecent(item.createdAt, question.createdWithinMs, now) &&
    (question.kind === 'alerts' || hasTag(item.tags, question.tags)) &&
    !question.ignoreClassification.some((ignored) => ignored.toLowerCase() === item.classification.toLowerCase())
  )
}

function isOpen(status: string, question: ListQuestion, states: States): boolean {
  if (states.never.has(status)) return false
  return !states.known.has(status) || question.status.some((open) => open.toLowerCase() === status)
}

/** A date that can't be read may be a recent one. */
function isRecent(createdAt: string, withinMs: number | undefined, now: Date): boolean {
  if (withinMs === undefined) return true
  const created = isoTime(createdAt)
  return created === undefined || now.getTime() - Date.parse(created) <= withinMs
}

function hasTag(tags: readonly string[], wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true
  const lower = new Set(tags.map((tag) => tag.toLowerCase()))
  return wanted.some((tag) => lower.has(tag.toLowerCase()))
}

function findingOf(item: SecurityItem): RawFinding {
  const { id, severity, title, url, data } = item
  return { key: [id], severity, title, url, at: isoTime(item.createdAt), data }
}

function worstFirst(a: RawFinding, b: RawFinding): number {
  const [newer, older] = [b.at ?? '', a.at ?? '']
  return rank(b.severity) - rank(a.severity) || (newer > older ? 1 : newer < older ? -1 : 0)
}

function rank(severity: SecurityItem['severity']): number {
  return SEVERITIES.indexOf(severity)
}
