/**
 * The tables and functions of advanced hunting, as the language service wants them. The bundled data come from
 * Microsoft's public schema pages, checked against exports of `getschema`; `scripts/refresh-schema.ts` brings them up to date.
 */
import bundled from './advanced-hunting-schema.data.json' with { type: 'json' }
import {
  type CallContext,
  type ColumnSymbol,
  type GlobalState,
  type KustoSymbol,
  kusto,
  type TableSymbol,
  toArray,
} from './kusto.ts'
import { indexed } from './kusto-lean.ts'

export type ColumnTypes = Readonly<Record<string, string>>

export interface SchemaParameter {
  readonly name: string
  readonly type: string
  readonly optional?: boolean | undefined
}

/** A function of the schema: one that is piped into (`| invoke f(...)`) or one that is called (`f(...)`). */
export interface SchemaFunction {
  readonly name: string
  readonly call: 'invoke' | 'function'
  readonly parameters: readonly SchemaParameter[]
  /** Parameters that take a column by its bare name, which is not plain Kusto. */
  readonly bareColumnParameters?: readonly string[] | undefined
  /** What comes out: the piped table, that with `columns` added, `columns` alone, or a scalar of the type named. */
  readonly result: string
  readonly columns?: ColumnTypes | undefined
}

export interface Schema {
  readonly tables: Readonly<Record<string, ColumnTypes>>
  readonly functions: readonly SchemaFunction[]
}

/** The types that a column or parameter may have. */
export const SCALAR_TYPES = [
  'bool',
  'datetime',
  'decimal',
  'dynamic',
  'guid',
  'int',
  'long',
  'real',
  'string',
  'timespan',
] as const

/** What advanced hunting has out of the box. */
export const DEFENDER_SCHEMA: Schema = bundled as unknown as Schema

/** `extra` adds to `base`; a table or function of the same name replaces the one of `base`. */
export function mergeSchemas(base: Schema, extra: Schema): Schema {
  const replaced = new Set(extra.functions.map((added) => added.name))
  return {
    tables: { ...base.tables, ...extra.tables },
    functions: [...base.functions.filter((known) => !replaced.has(known.name)), ...extra.functions],
  }
}

/** Builds the service's view of a schema. It takes about 0.1 s: make it once, not once a query. */
export function buildGlobals(schema: Schema): GlobalState {
  const { GlobalState, Symbols } = kusto.Language
  const tables = Object.entries(schema.tables).map(
    ([name, columns]) => new Symbols.TableSymbol.$ctor4(name, columnSymbols(columns)),
  )
  const functions = [...schema.functions.map(functionSymbol), ...crossServiceFunctions()]
  const database = new Symbols.DatabaseSymbol.$ctor1('hunting', [...tables, ...functions], false)
  return indexed(GlobalState.Default.WithDatabase(database))
}

function scalar(type: string): KustoSymbol {
  const { ScalarTypes } = kusto.Language.Symbols
  return ScalarTypes.GetSymbol(type) ?? ScalarTypes.GetSymbol('dynamic')!
}

function columnSymbols(columns: ColumnTypes): readonly ColumnSymbol[] {
  return Object.entries(columns).map(([name, type]) => new kusto.Language.Symbols.ColumnSymbol(name, scalar(type)))
}

function functionSymbol(described: SchemaFunction): KustoSymbol {
  const { FunctionSymbol, TableSymbol, Tabularity } = kusto.Language.Symbols
  const added = columnSymbols(described.columns ?? {})
  const piped = described.call === 'invoke' ? [parameter('T', 'Tabular', false)] : []
  const parameters = [
    ...piped,
    ...described.parameters.map(({ name, type, optional }) => parameter(name, parameterKind(type), optional ?? false)),
  ]
  switch (described.result) {
    case 'input':
      return new FunctionSymbol.ctor(described.name, inputTable, Tabularity.Tabular, parameters)
    case 'input+columns':
      return new FunctionSymbol.ctor(
        described.name,
        (call) => withColumns(inputTable(call), added),
        Tabularity.Tabular,
        parameters,
      )
    case 'columns': {
      const result = new TableSymbol.$ctor4('', added)
      return new FunctionSymbol.ctor(described.name, () => result, Tabularity.Tabular, parameters)
    }
    default: {
      const result = scalar(described.result)
      return new FunctionSymbol.ctor(described.name, () => result, Tabularity.Scalar, parameters)
    }
  }
}

/** Types of parameters are held loosely: the service converts numbers, and a wrong refusal here would be worse. */
function parameterKind(type: string): string {
  switch (type) {
    case 'int':
    case 'long':
    case 'real':
    case 'decimal':
      return 'Number'
    case 'string':
      return 'StringOrDynamic'
    default:
      return 'Scalar'
  }
}

function parameter(name: string, kind: string, optional: boolean): object {
  const { Parameter, ParameterTypeKind } = kusto.Language.Symbols
  return new Parameter.ctor(name, ParameterTypeKind[kind]!, 0, null, null, true, null, optional ? 0 : 1, 1, null, null)
}

/** The table that is piped into the call; an open one where it is not known. */
function inputTable(call: CallContext): TableSymbol {
  const [input] = toArray(call.ArgumentTypes)
  const { SymbolKind } = kusto.Language.Symbols
  return input !== undefined && input.Kind === SymbolKind['Table'] ? (input as TableSymbol) : openTable({})
}

/** A column that the input has already comes out with a number, as in a join: `SHA1` becomes `SHA11`. */
function withColumns(input: TableSymbol, added: readonly ColumnSymbol[]): TableSymbol {
  const taken = new Set(toArray(input.Columns).map((column) => column.Name))
  const renamed = added.map((column) => {
    let name = column.Name
    for (let number = 1; taken.has(name); number += 1) name = `${column.Name}${number}`
    taken.add(name)
    return new kusto.Language.Symbols.ColumnSymbol(name, column.Type)
  })
  return input.AddColumns$1(renamed)
}

function openTable(columns: ColumnTypes): TableSymbol {
  return new kusto.Language.Symbols.TableSymbol.$ctor4('', columnSymbols(columns)).WithIsOpen(true)
}

/**
 * Functions that reach beyond the hunting tables, whose results can't be known here: `arg("").Resources`,
 * `adx("cluster/database").Table`, `workspace("name").Table`, and Sentinel's watchlists.
 */
function crossServiceFunctions(): readonly KustoSymbol[] {
  const { DatabaseSymbol, FunctionSymbol, Tabularity } = kusto.Language.Symbols
  const anywhere = new DatabaseSymbol.$ctor1('', [], true)
  const watchlist = openTable({ _DTItemId: 'string', LastUpdatedTimeUTC: 'datetime', SearchKey: 'string' })
  const aliases = openTable({ WatchlistAlias: 'string' })
  return [
    ...['arg', 'adx', 'workspace'].map(
      (name) => new FunctionSymbol.ctor(name, () => anywhere, Tabularity.Other, [parameter('scope', 'Scalar', false)]),
    ),
    new FunctionSymbol.ctor('_GetWatchlist', () => watchlist, Tabularity.Tabular, [
      parameter('alias', 'Scalar', false),
      parameter('keys', 'Scalar', true),
    ]),
    new FunctionSymbol.ctor('_GetWatchlistAlias', () => aliases, Tabularity.Tabular, []),
  ]
}
