/** Hunting: each row of the result is a finding. */
import { distance } from 'fastest-levenshtein'
import { keyColumnMissing } from '../errors/checks.ts'
import type { Answer, Column, Json, Query, RawFinding, Row, SecurityApi, Severity, Sink } from '../model.ts'
import { isoTime } from './times.ts'

/** Two rows with the same key are two findings. `open` gives what takes the findings of an answer as they arrive. */
export async function askHunting<Findings extends Sink<RawFinding>>(
  query: Query,
  api: SecurityApi,
  open: () => Findings,
): Promise<Answer<Findings>> {
  const { rows, truncated } = await api.hunt(
    query.text,
    query.timespan,
    (columns) => new RowsAsFindings(query, columns, open()),
  )
  if (truncated) rows.notes.push(`The service cut the result off at ${rows.count} rows: there may be more.`)
  return { findings: rows.findings, truncated, columns: rows.shape.columns.map(({ name }) => name), notes: rows.notes }
}

/** Turns each row into a finding as it comes, in time in proportion to the number of cells. */
export class RowsAsFindings<Findings extends Sink<RawFinding>> implements Sink<Row> {
  readonly findings: Findings
  readonly shape: Shape
  readonly notes: string[] = []
  count = 0

  constructor(query: Query, columns: readonly Column[], findings: Findings) {
    this.findings = findings
    this.shape = {
      columns,
      key: keyColumns(query, columns, this.notes),
      severity: query.severity,
      titled: titleColumns(columns),
      time: timeColumn(columns),
    }
  }

  push(row: Row): void {
    this.count += 1
    this.findings.push(new RowFinding(row, this.shape))
  }
}

/** What the findings of one result have in common. */
interface Shape {
  readonly columns: readonly Column[]
  readonly key: readonly string[]
  readonly severity: Severity
  readonly titled: TitleColumns
  readonly time: string | undefined
}

/** A row as a finding. Its title and time are made when they are asked for: with `details: counts` nobody does. */
class RowFinding implements RawFinding {
  readonly data: Row
  readonly url: undefined
  readonly #shape: Shape

  constructor(row: Row, shape: Shape) {
    this.data = row
    this.#shape = shape
  }

  get key(): readonly Json[] {
    const { key } = this.#shape
    // Rows without columns must not all share an empty key, by which one accepted row would accept them all.
    return key.length > 0 ? key.map((name) => cell(this.data, name)) : Object.values(this.data)
  }

  get severity(): Severity {
    return this.#shape.severity
  }

  get title(): string {
    return rowTitle(this.data, this.#shape.titled)
  }

  get at(): string | undefined {
    const { time } = this.#shape
    return time === undefined ? undefined : isoTime(cell(this.data, time))
  }
}

function cell(row: Row, name: string): Json {
  return Object.hasOwn(row, name) ? row[name]! : null
}

// --- key ------------------------------------------------------------------------------------------------------------

/**
 * Names of the key columns as the result spells them. A wished key must be there, also when no row came: a misspelled one
 * would else be found out only on the day of the first finding. Entities of a query file are no wish: where the query
 * does not return them all, the default key holds.
 */
function keyColumns(query: Query, columns: readonly Column[], notes: string[]): readonly string[] {
  const { key } = query
  if (key === undefined || key.length === 0) return defaultKey(columns)
  // Neither schema nor rows: there is nothing to look for the columns in.
  if (columns.length === 0) return []
  const exact = new Set(columns.map(({ name }) => name))
  const folded = new Map(columns.map(({ name }) => [name.toLowerCase(), name]))
  const find = (name: string): string | undefined => (exact.has(name) ? name : folded.get(name.toLowerCase()))
  const missing = key.filter((name) => find(name) === undefined)
  if (missing.length === 0) return [...new Set(key.flatMap((name) => find(name) ?? []))]
  if (query.keyFromFile !== true) {
    throw keyColumnMissing(missing, meantBy(missing, columns))
  }
  notes.push(
    `The query does not return ${missing.join(', ')}, which its file names as entities: findings are known by the default key.`,
  )
  return defaultKey(columns)
}

/** The columns whose names are a slip of the pen away from one of these. */
function meantBy(missing: readonly string[], columns: readonly Column[]): readonly string[] {
  const close = (a: string, b: string): boolean =>
    a.length > 4 && Math.abs(a.length - b.length) <= 2 && distance(a.toLowerCase(), b.toLowerCase()) <= 2
  return columns.map(({ name }) => name).filter((name) => missing.some((wished) => close(wished, name)))
}

/** Every column except time stamps and `ReportId`, which differ each time the same thing is seen; else every column. */
function defaultKey(columns: readonly Column[]): readonly string[] {
  const lasting = columns.filter(({ name, type }) => !isTime(name, type) && name.toLowerCase() !== 'reportid')
  return (lasting.length > 0 ? lasting : columns).map(({ name }) => name)
}

const TIME_NAMES = new Set(['timestamp', 'timegenerated'])

/** Type names are an open set: Graph writes `DateTime`, others are plausible (`DateTimeOffset`, `System.DateTime`). */
function isTime(name: string, type: string): boolean {
  return TIME_NAMES.has(name.toLowerCase()) || /datetime/i.test(type)
}

function timeColumn(columns: readonly Column[]): string | undefined {
  const named = columns.find(({ name }) => TIME_NAMES.has(name.toLowerCase()))
  return (named ?? columns.find(({ name, type }) => isTime(name, type)))?.name
}

// --- title ----------------------------------------------------------------------------------------------------------

/** What tells a row to a person, most telling first: where, who, what, whereto. One of each line is enough. */
const TELLING: readonly (readonly string[])[] = [
  ['devicename', 'computer', 'hostname', 'hostcustomentity'],
  [
    'accountupn',
    'accountname',
    'initiatingprocessaccountupn',
    'initiatingprocessaccountname',
    'accountdisplayname',
    'userprincipalname',
    'recipientemailaddress',
    'accountcustomentity',
  ],
  ['filename', 'processcommandline', 'initiatingprocessfilename', 'subject', 'application', 'title', 'actiontype'],
  ['remoteurl', 'remoteip', 'url', 'senderfromaddress', 'ipaddress', 'ipcustomentity'],
]
const TITLE_PARTS = 4
const PART_LENGTH = 80

interface TitleColumns {
  /** Groups of columns; the first of a group that has a value is shown. */
  readonly telling: readonly (readonly string[])[]
  /** For rows where none of these has a value. */
  readonly others: readonly string[]
}

function titleColumns(columns: readonly Column[]): TitleColumns {
  const folded = new Map(columns.map(({ name }) => [name.toLowerCase(), name]))
  const telling = TELLING.map((group) => group.flatMap((name) => folded.get(name) ?? []))
  const others = columns.filter(({ name, type }) => !isTime(name, type) && name.toLowerCase() !== 'reportid')
  return { telling: telling.filter((group) => group.length > 0), others: others.map(({ name }) => name) }
}

function rowTitle(row: Row, columns: TitleColumns): string {
  const parts: string[] = []
  for (const group of columns.telling) {
    for (const name of group) {
      const text = shown(cell(row, name), false)
      if (text === undefined) continue
      parts.push(text)
      break
    }
  }
  if (parts.length === 0) firstOf(row, columns.others, false, parts)
  if (parts.length === 0) firstOf(row, columns.others, true, parts)
  return parts.join(' · ') || 'row without text'
}

function firstOf(row: Row, names: readonly string[], numbers: boolean, parts: string[]): void {
  for (const name of names) {
    if (parts.length === TITLE_PARTS) return
    const text = shown(cell(row, name), numbers)
    // A number says nothing without its name.
    if (text !== undefined) parts.push(numbers ? `${name} ${text}` : text)
  }
}

function shown(value: Json, numbers: boolean): string | undefined {
  if (numbers && (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'))
    return String(value)
  if (typeof value !== 'string') return undefined
  // Cut before anything else: a cell can hold megabytes.
  const text = value
    .slice(0, 4 * PART_LENGTH)
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (text === '') return undefined
  if (text.length <= PART_LENGTH) return text
  const characters = [...text]
  return characters.length <= PART_LENGTH ? text : `${characters.slice(0, PART_LENGTH - 1).join('')}…`
}
