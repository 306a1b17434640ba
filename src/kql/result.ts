/** What the result must have: the key columns that the file names, and what Defender needs of a custom detection. */
import { detectionAsset, detectionColumns, keyMissing, type Sentence } from '../errors/kql.ts'
import { type KustoCode, kusto, type TableSymbol, toArray } from './kusto.ts'
import { isKind, walk } from './language-service.ts'
import { nearest } from './nearest.ts'
import type { Schema } from './schema.ts'

/**
 * Columns of which a custom detection must return one, to name an impacted asset:
 * https://learn.microsoft.com/defender-xdr/custom-detection-rules#required-columns-in-the-query-results
 */
const ASSET_COLUMNS = [
  'DeviceId',
  'DeviceName',
  'RemoteDeviceName',
  'RecipientEmailAddress',
  'SenderFromAddress',
  'SenderMailFromAddress',
  'SenderObjectId',
  'RecipientObjectId',
  'AccountObjectId',
  'AccountSid',
  'AccountUpn',
  'InitiatingProcessAccountSid',
  'InitiatingProcessAccountUpn',
  'InitiatingProcessAccountObjectId',
] as const

/** Sentences about the result; none where its columns can't be known for sure. Names are compared without regard to case. */
export function checkResult(
  code: KustoCode,
  schema: Schema,
  wanted: { readonly key: readonly string[]; readonly customDetection: boolean },
): readonly Sentence[] {
  const result = code.ResultType
  if (result?.Kind !== kusto.Language.Symbols.SymbolKind['Table'] || (result as TableSymbol).IsOpen) return []
  const columns = toArray((result as TableSymbol).Columns).map((column) => column.Name)
  const returned = new Set(columns.map((name) => name.toLowerCase()))
  const lacks = (name: string): boolean => !returned.has(name.toLowerCase())
  const told = wanted.key.filter(lacks).map((name) => keyMissing(name, nearest(name, columns)))
  if (!wanted.customDetection) return told
  const missing = detectionNeeds(tablesOf(code, schema), schema).filter(lacks)
  if (missing.length > 0) told.push(detectionColumns(missing))
  if (ASSET_COLUMNS.every(lacks)) told.push(detectionAsset(ASSET_COLUMNS))
  return told
}

/** Names of the schema's tables that the query reads, also inside its `let` statements. */
function tablesOf(code: KustoCode, schema: Schema): readonly string[] {
  const { SymbolKind } = kusto.Language.Symbols
  const found = new Set<string>()
  for (const element of walk(code.Syntax)) {
    const symbol = isKind(element, 'NameReference') ? element.ReferencedSymbol : undefined
    if (symbol && symbol.Kind === SymbolKind['Table'] && Object.hasOwn(schema.tables, symbol.Name))
      found.add(symbol.Name)
  }
  return [...found]
}

/**
 * Time and identity of the event. Tables without `ReportId` (alerts, vulnerabilities) need none; `DeviceId` belongs to it for
 * tables of Defender for Endpoint, where `ReportId` is a counter of the device.
 */
function detectionNeeds(tables: readonly string[], schema: Schema): readonly string[] {
  const having = (column: string): readonly string[] =>
    tables.filter((table) => Object.hasOwn(schema.tables[table] ?? {}, column))
  const reporting = having('ReportId')
  const endpoint = reporting.length > 0 && reporting.every((table) => table.startsWith('Device'))
  return [
    ...(having('Timestamp').length > 0 ? ['Timestamp'] : []),
    ...(endpoint ? ['DeviceId'] : []),
    ...(reporting.length > 0 ? ['ReportId'] : []),
  ]
}
