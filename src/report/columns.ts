/** Which columns of a finding tell a reader most: a summary has room for a few. */
import type { CheckResult, Finding, Json } from '../model.ts'

/** Columns that name who, where and what in Microsoft's tables and in incidents and alerts, the most telling first. */
const TELLING = [
  'DeviceName',
  'AccountUpn',
  'AccountName',
  'AccountDisplayName',
  'InitiatingProcessAccountName',
  'FileName',
  'ProcessCommandLine',
  'InitiatingProcessFileName',
  'RemoteUrl',
  'RemoteIP',
  'SenderFromAddress',
  'RecipientEmailAddress',
  'Subject',
  'IPAddress',
  'Application',
  'ActionType',
  'InitiatingProcessCommandLine',
  'RegistryKey',
  'FolderPath',
  'id',
  'status',
  'assignedTo',
  'serviceSource',
  'category',
  'detectionSource',
  'classification',
  'tags',
].map((name) => name.toLowerCase())

/** Shown in columns of their own, or told by nobody. */
const LEFT_OUT = new Set([
  'severity',
  'title',
  'displayname',
  'reportid',
  'tenantid',
  'url',
  'incidentweburl',
  'alertweburl',
])
const SAMPLE = 50
const LONG = 60
const HASH = /^[0-9a-f]{32,}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/

/** The names of at most `most` columns, in the order of the answer. */
export function tellingColumns(result: CheckResult, findings: Iterable<Finding>, most: number): string[] {
  const sample = firstOf(findings)
  const names =
    result.columns.length > 0 ? result.columns : [...new Set(sample.flatMap((finding) => Object.keys(finding.data)))]
  const { ask } = result.check
  const key = 'query' in ask ? (ask.query.key ?? []) : []
  return names
    .map((name, index) => ({ name, index, score: score(name, sample, key) }))
    .filter((column) => column.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)
    .sort((a, b) => a.index - b.index)
    .map((column) => column.name)
}

function firstOf(findings: Iterable<Finding>): Finding[] {
  const first: Finding[] = []
  for (const finding of findings) if (first.push(finding) === SAMPLE) break
  return first
}

function score(name: string, sample: readonly Finding[], key: readonly string[]): number {
  if (LEFT_OUT.has(name.toLowerCase())) return 0
  const filled = sample.map((finding) => plain(finding.data[name])).filter((text) => text !== '' && text !== 'unknown')
  const first = filled[0]
  if (first === undefined || filled.every((text) => TIME.test(text))) return 0
  const place = TELLING.indexOf(name.toLowerCase())
  let points = 4
  if (key.some((column) => column.toLowerCase() === name.toLowerCase())) points += 5
  if (place >= 0) points += 6 - (4 * place) / TELLING.length
  if (filled.some((text) => text !== first)) points += 1
  if (filled.length * 2 < sample.length) points -= 2
  if (filled.every((text) => HASH.test(text))) points -= 3
  if (filled.every((text) => text.length > LONG)) points -= 2
  return Math.max(points, 0.1)
}

/** A value on one line; empty for null and for what is not there. Long texts come back cut, before anything is done to them. */
export function plain(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value.slice(0, 1000)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return value.slice(0, 20).join(', ').slice(0, 1000)
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? item.toString() : item)).slice(0, 1000)
}
