/** What the binder says of names, told in terms of tables, columns and functions with the nearest known name. */
import {
  doubtfulColumn,
  type Sentence,
  stringProperty,
  timeGenerated,
  unknownColumn,
  unknownFunction,
  unknownTable,
} from '../errors/kql.ts'
import {
  type ColumnSymbol,
  type KustoCode,
  type KustoSymbol,
  kusto,
  type SyntaxElement,
  type TableSymbol,
  toArray,
} from './kusto.ts'
import { around, children, type Finding, isKind, walk } from './language-service.ts'
import { nearest } from './nearest.ts'
import type { Schema } from './schema.ts'

const TABLE_CODES: ReadonlySet<string> = new Set(['KS181', 'KS204', 'KS205'])
const COLUMN_CODES: ReadonlySet<string> = new Set(['KS142', 'KS145'])
const FUNCTION_CODES: ReadonlySet<string> = new Set(['KS122', 'KS123', 'KS124', 'KS143', 'KS211', 'KS236', 'KS237'])
const NOT_INDEXABLE = 'KS147'

export interface Told {
  readonly start: number
  readonly length: number
  readonly sentence: Sentence
}

/** Whether a finding is about a name; the others are about types and places. */
export function isAboutName(finding: Finding): boolean {
  const { code } = finding
  return TABLE_CODES.has(code) || COLUMN_CODES.has(code) || FUNCTION_CODES.has(code) || code === NOT_INDEXABLE
}

/** The sentence for a finding about a name; `undefined` where the service itself would take the query. */
export function tellName(finding: Finding, text: string, code: KustoCode, schema: Schema): Told | undefined {
  const { start, length } = finding
  const at = (sentence: Sentence): Told => ({ start, length, sentence })
  const chain = around(code.Syntax, start, length)
  const property = stringPropertyAt(finding, text, chain)
  if (property !== undefined) return at(property)
  if (finding.code === NOT_INDEXABLE) return undefined
  const name = /'([^']*)'/.exec(finding.message)?.[1] ?? text.slice(start, start + length)
  if (FUNCTION_CODES.has(finding.code))
    return at(unknownFunction(name, nearest(name, names(code, start, ['Function']))))
  if (TABLE_CODES.has(finding.code) || finding.message.endsWith('any known table.')) {
    return at(unknownTable(name, nearest(name, names(code, start, ['Table', 'Variable', 'Parameter', 'Function']))))
  }
  const piped = bareArgumentScope(chain, start, schema)
  if (piped !== undefined) {
    const columns = toArray(piped.Columns).map((column) => column.Name)
    return piped.IsOpen || columns.includes(name) ? undefined : at(unknownColumn(name, nearest(name, columns)))
  }
  const columns = names(code, start, ['Column'])
  if (name === 'TimeGenerated' && columns.includes('Timestamp')) return at(timeGenerated())
  const near = nearest(name, columns) ?? nearest(name, names(code, start, ['Variable', 'Parameter', 'Table']))
  return at(unknownColumn(name, near))
}

function names(code: KustoCode, position: number, kinds: readonly string[]): readonly string[] {
  return inScope(code, position, kinds).map((symbol) => symbol.Name)
}

function inScope(code: KustoCode, position: number, kinds: readonly string[]): readonly KustoSymbol[] {
  const wanted = new Set(kinds.map((kind) => kusto.Language.Symbols.SymbolKind[kind]))
  try {
    return toArray(code.GetSymbolsInScope(position)).filter((symbol) => wanted.has(symbol.Kind))
  } catch {
    return []
  }
}

/** `Column.Property` and `Column["Property"]` of a column that is a string. */
function stringPropertyAt(finding: Finding, text: string, chain: readonly SyntaxElement[]): Sentence | undefined {
  const access = chain.findLast((element) => isKind(element, 'PathExpression') || isKind(element, 'ElementExpression'))
  if (access === undefined) return undefined
  const [holder] = children(access)
  if (holder === undefined || holder.ResultType?.Name !== 'string' || holder.End > finding.start) return undefined
  const property = text.slice(holder.End, access.End).trim()
  return stringProperty(text.slice(holder.TextStart, holder.End), property)
}

/**
 * The piped table where the name is an argument of `invoke FileProfile(…)` and its like, which take a bare column. The binder
 * looks for a variable there. The same goes for a function that is not known, which is told by itself.
 */
function bareArgumentScope(chain: readonly SyntaxElement[], start: number, schema: Schema): TableSymbol | undefined {
  const invoke = chain.findLast((element) => isKind(element, 'InvokeOperator'))
  const call = chain.findLast((element) => isKind(element, 'FunctionCallExpression'))
  if (invoke === undefined || call === undefined || invoke.Parent === null) return undefined
  const callee = children(call)[0]
  if (callee === undefined || start < callee.End || !children(invoke).includes(call)) return undefined
  const called = callee.toString().trim()
  const known = schema.functions.find((described) => described.name === called)
  if (known !== undefined && (known.bareColumnParameters ?? []).length === 0) return undefined
  if (known === undefined && callee.ReferencedSymbol) return undefined
  const input = children(invoke.Parent)[0]?.ResultType
  return input?.Kind === kusto.Language.Symbols.SymbolKind['Table'] ? (input as TableSymbol) : undefined
}

/**
 * Columns that the binder let pass because the table may have more than are known (after `bag_unpack`, `pivot`, `find`, …),
 * but that differ by a letter from one that is there.
 */
export function doubtfulColumns(code: KustoCode, schema: Schema): readonly Told[] {
  const column = kusto.Language.Symbols.SymbolKind['Column']
  const told: Told[] = []
  const found = new Map<string, string | undefined>()
  for (const element of walk(code.Syntax)) {
    const symbol = isKind(element, 'NameReference') ? element.ReferencedSymbol : undefined
    if (!symbol || symbol.Kind !== column || !isInferred(element.ResultType)) continue
    const { TextStart: start, End: end } = element
    if (!found.has(symbol.Name)) found.set(symbol.Name, nearColumn(symbol.Name, code, start, schema))
    const near = found.get(symbol.Name)
    if (near !== undefined) told.push({ start, length: end - start, sentence: doubtfulColumn(symbol.Name, near) })
  }
  return told
}

/** A column that nothing declares has no type. */
function isInferred(type: KustoSymbol | null | undefined): boolean {
  return type?.Name === 'unknown'
}

function nearColumn(name: string, code: KustoCode, position: number, schema: Schema): string | undefined {
  const columns = inScope(code, position, ['Column']) as readonly ColumnSymbol[]
  const declared = columns.filter((column) => !isInferred(column.Type)).map((column) => column.Name)
  const near = oneLetterOff(name, declared)
  // A plural beside its singular is a habit of authors; it counts as a slip only where the schema has the other one.
  const plural = near !== undefined && (`${near}s` === name || near === `${name}s`)
  return plural && !Object.values(schema.tables).some((table) => Object.hasOwn(table, near)) ? undefined : near
}

/** `DeviceId1` is no slip: joins and functions number the columns that both sides have. */
function oneLetterOff(name: string, known: readonly string[]): string | undefined {
  const bare = (numbered: string): string => numbered.replace(/\d+$/, '')
  if (name.length < 4 || known.some((column) => bare(column) === bare(name))) return undefined
  return known.find((column) => Math.abs(column.length - name.length) <= 1 && isOneEdit(name, column))
}

function isOneEdit(a: string, b: string): boolean {
  let head = 0
  while (head < a.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  const restA = a.length - head - tail
  const restB = b.length - head - tail
  if (restA <= 1 && restB <= 1) return true
  // Two neighbours swapped.
  return restA === 2 && restB === 2 && a[head] === b[head + 1] && a[head + 1] === b[head]
}
