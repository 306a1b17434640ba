/**
 * Brings `src/kql/advanced-hunting-schema.data.json` up to date with what a tenant says of its own tables:
 *
 *     node scripts/refresh-schema.ts export.json [export2.csv …] [--prune]
 *
 * An export is the result of `<Table> | getschema | extend TableName = "<Table>"`, for as many tables as one likes (joined with
 * `union`), saved from the portal as CSV or from the API as JSON. The tenant's types and spellings win. Tables and columns that
 * the export lacks are kept, because tenants differ in licences; `--prune` removes columns that it lacks from tables that it has.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SCALAR_TYPES } from '../src/kql/schema.ts'

const DATA = new URL('../src/kql/advanced-hunting-schema.data.json', import.meta.url)

export interface SchemaRow {
  readonly table: string
  readonly column: string
  readonly type: string
}

type Tables = Record<string, Record<string, string>>

export interface SchemaData {
  readonly retrieved: string
  readonly uncertain?: Record<string, string[]>
  readonly tables: Tables
  readonly [more: string]: unknown
}

/** Rows of an export: a JSON array, an API answer with `results`, or CSV with a header. Throws with the row that is wrong. */
export function readExport(content: string): readonly SchemaRow[] {
  const bare = content.replace(/^\u{feff}/u, '').trim()
  const records = /^[[{]/.test(bare) ? jsonRecords(JSON.parse(bare)) : csvRecords(bare)
  return records.map((record, index) => toRow(record, index + 1))
}

function jsonRecords(json: unknown): readonly Record<string, unknown>[] {
  const { results, Results } = json as { results?: unknown; Results?: unknown }
  const rows = Array.isArray(json) ? json : (results ?? Results)
  if (!Array.isArray(rows)) throw new Error('The export is neither an array of rows nor an answer with results.')
  return rows as Record<string, unknown>[]
}

function csvRecords(csv: string): readonly Record<string, unknown>[] {
  const [header = [], ...lines] = csv
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    )
  return lines.map((cells) => Object.fromEntries(header.map((name, index) => [name.trim(), cells[index]])))
}

function toRow(record: Record<string, unknown>, number: number): SchemaRow {
  const { TableName: table, ColumnName: column, ColumnType: type } = record
  for (const [name, value] of Object.entries({ TableName: table, ColumnName: column })) {
    if (typeof value !== 'string' || !/^[A-Za-z_]\w*$/.test(value)) {
      throw new Error(`Row ${number} of the export has no usable ${name}: ${JSON.stringify(value)}.`)
    }
  }
  if (!(SCALAR_TYPES as readonly unknown[]).includes(type)) {
    throw new Error(`Row ${number} of the export has no usable ColumnType: ${JSON.stringify(type)}.`)
  }
  return { table: table as string, column: column as string, type: type as string }
}

/** The data with the rows worked in, and a line for each change. `today` is `YYYY-MM-DD`. */
export function refresh(
  data: SchemaData,
  rows: readonly SchemaRow[],
  today: string,
  prune: boolean,
): { data: SchemaData; changes: readonly string[] } {
  const changes: string[] = []
  const tables: Tables = structuredClone(data.tables)
  const seen: Record<string, Set<string>> = {}
  for (const { table, column, type } of rows) {
    if (tables[table] === undefined) {
      tables[table] = {}
      changes.push(`+ table ${table}`)
    }
    const columns = tables[table]
    const respelled = Object.keys(columns).find(
      (known) => known !== column && known.toLowerCase() === column.toLowerCase(),
    )
    if (respelled !== undefined && !rows.some((row) => row.table === table && row.column === respelled)) {
      delete columns[respelled]
      changes.push(`~ ${table}.${respelled} is spelled ${column}`)
    }
    if (columns[column] === undefined) changes.push(`+ ${table}.${column}: ${type}`)
    else if (columns[column] !== type) changes.push(`~ ${table}.${column}: ${columns[column]} is ${type}`)
    columns[column] = type
    seen[table] ??= new Set()
    seen[table].add(column)
  }
  for (const [table, columns] of Object.entries(prune ? seen : {})) {
    for (const column of Object.keys(tables[table]!).filter((known) => !columns.has(known))) {
      delete tables[table]![column]
      changes.push(`- ${table}.${column}`)
    }
  }
  return {
    data: { ...data, retrieved: today, uncertain: stillUncertain(data, seen), tables: sortByName(tables) },
    changes,
  }
}

/** What a tenant says is certain. */
function stillUncertain(data: SchemaData, seen: Record<string, Set<string>>): Record<string, string[]> {
  const left = Object.entries(data.uncertain ?? {}).map(([table, columns]): [string, string[]] => [
    table,
    columns.filter((column) => !seen[table]?.has(column)),
  ])
  return Object.fromEntries(left.filter(([table, columns]) => columns.length > 0 || seen[table] === undefined))
}

function sortByName(tables: Tables): Tables {
  return Object.fromEntries(Object.entries(tables).sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)))
}

/** One table a block and one column a line, so that a change is a line of the diff. */
export function format(data: SchemaData): string {
  return `${JSON.stringify(data, null, 2)}\n`
}

function main(): void {
  const paths = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  if (paths.length === 0) {
    console.error('Usage: node scripts/refresh-schema.ts export.json [export2.csv …] [--prune]')
    process.exit(1)
  }
  const rows = paths.flatMap((path) => readExport(readFileSync(path, 'utf8')))
  const before = JSON.parse(readFileSync(DATA, 'utf8')) as SchemaData
  const today = new Date().toISOString().slice(0, 10)
  const { data, changes } = refresh(before, rows, today, process.argv.includes('--prune'))
  if (changes.length > 0) writeFileSync(DATA, format(data))
  for (const change of changes) console.log(change)
  console.log(`${rows.length} columns read, ${changes.length} changes.`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
