/** Hunting: each row of the result is a finding. */
import { distance } from 'fastest-levenshtein'
import { keyColumnMissing } from '../errors/checks.ts'
import type { Answer, Column, HuntingResult, Json, Query, RawFinding, Row, SecurityApi } from '../model.ts'
import { isoTime } from './times.ts'

export async function askHunting(query: Query, api: SecurityApi): Promise<Answer> {
  return answerOf(query, await api.hunt(query.text, query.timespan))
}

/** Time in proportion to the number of cells. Two rows with the same key are two findings. */
export function answerOf(query: Query, result: HuntingResult): Answer {
  const { rows, truncated } = result
  const columns = result.columns.length > 0 ? result.columns : columnsOf(rows)
  const notes: string[] = []
  const key = keyColumns(query, columns, notes)
  const titled = titleColumns(columns)
  const time = timeColumn(columns)
  if (truncated) notes.push(`The service cut the result off at ${rows.length} rows: there may be more.`)
  const findings = rows.map(
    (row): RawFinding => ({
      key: key.map((name) => cell(row, name)),
      severity: query.severity,
      title: rowTitle(row, titled),
      url: undefined,
      at: time === undefined ? undefined : isoTime(cell(row, time)),
      data: row,
    }),
  )
  return { findings, truncated, columns: columns.map(({ name }) => name), notes }
}

/** Rows without a schema must not all share an empty key, by which one accepted row would accept them all. */
function columnsOf(rows: readonly Row[]): readonly Column[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)))
  return [...names].map((name) => ({ name, type: '' }))
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
