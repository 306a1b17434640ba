/**
 * Loads Microsoft's Kusto language service (`@kusto/language-service-next`, MIT) and types the part of it that is used
 * here. It is C# turned into scripts that set `globalThis.Bridge`, `System` and `Kusto`; the order of the two imports
 * matters. Its own type file is 1.7 MB of global namespaces, which is why this small one stands here.
 */
import '@kusto/language-service-next/bridge.min.js'
import '@kusto/language-service-next/Kusto.Language.Bridge.min.js'
import { withoutGrammar } from './kusto-lean.ts'
import { speedUp } from './kusto-speed.ts'

/** A .NET list; a JavaScript array is accepted wherever one is wanted. */
export type NetList<T> = { readonly Count: number; getItem(index: number): T } | readonly T[]

/** Any symbol: a table, column, function, type, … `Kind` is a number of `SymbolKind`. */
export interface KustoSymbol {
  readonly Name: string
  readonly Kind: number
}

export interface ColumnSymbol extends KustoSymbol {
  readonly Type: KustoSymbol
}

export interface TableSymbol extends KustoSymbol {
  readonly Columns: NetList<ColumnSymbol>
  /** An open table may have more columns than are known. */
  readonly IsOpen: boolean
  AddColumns$1(columns: readonly ColumnSymbol[]): TableSymbol
  WithIsOpen(open: boolean): TableSymbol
}

/** A node or token of the syntax tree. Positions are UTF-16 offsets; `TextStart` is after leading trivia. */
export interface SyntaxElement {
  readonly Kind: number
  readonly TextStart: number
  readonly End: number
  readonly ChildCount: number
  readonly Parent: SyntaxElement | null
  readonly ReferencedSymbol?: KustoSymbol | null
  readonly ResultType?: KustoSymbol | null
  /** Some slots are empty. */
  GetChild(index: number): SyntaxElement | null
  toString(): string
}

export interface KustoDiagnostic {
  readonly Code: string
  /** `Error`, `Warning`, `Suggestion`, `Information` or `Hidden`. */
  readonly Severity: string
  readonly Start: number
  readonly Length: number
  readonly Message: string
}

export interface KustoCode {
  /** `Query`, `Command`, `Directive` or `Unknown`. */
  readonly Kind: string
  readonly Syntax: SyntaxElement
  readonly ResultType: KustoSymbol | null
  GetDiagnostics(): NetList<KustoDiagnostic>
  GetSyntaxDiagnostics(): NetList<KustoDiagnostic>
  GetSymbolsInScope(position: number): NetList<KustoSymbol>
}

/** Opaque: made by `WithDatabase`, handed to `ParseAndAnalyze`. */
export interface GlobalState {
  WithDatabase(database: KustoSymbol): GlobalState
}

/** What a function's result callback is told. For `invoke` the first argument type is the piped table. */
export interface CallContext {
  readonly ArgumentTypes: NetList<KustoSymbol>
}

type Constructor<Arguments extends readonly unknown[], Result> = new (...parameters: Arguments) => Result

export interface Kusto {
  readonly Language: {
    readonly GlobalState: { readonly Default: GlobalState }
    readonly KustoCode: {
      Parse(text: string): KustoCode
      ParseAndAnalyze(text: string, globals: GlobalState): KustoCode
    }
    readonly Syntax: { readonly SyntaxKind: Readonly<Record<string, number>> }
    readonly Symbols: {
      readonly ScalarTypes: { GetSymbol(name: string): KustoSymbol | null }
      readonly SymbolKind: Readonly<Record<string, number>>
      readonly Tabularity: { readonly Scalar: number; readonly Tabular: number; readonly Other: number }
      readonly ParameterTypeKind: Readonly<Record<string, number>>
      readonly ColumnSymbol: Constructor<[name: string, type: KustoSymbol], ColumnSymbol>
      readonly TableSymbol: {
        readonly $ctor4: Constructor<[name: string, columns: readonly ColumnSymbol[]], TableSymbol>
      }
      readonly DatabaseSymbol: {
        readonly $ctor1: Constructor<[name: string, members: readonly KustoSymbol[], open: boolean], KustoSymbol>
      }
      readonly Parameter: {
        readonly ctor: Constructor<
          [
            name: string,
            typeKind: number,
            argumentKind: number,
            values: null,
            examples: null,
            caseSensitive: boolean,
            defaultValueIndicator: null,
            minOccurring: number,
            maxOccurring: number,
            defaultValue: null,
            description: null,
          ],
          object
        >
      }
      readonly FunctionSymbol: {
        readonly ctor: Constructor<
          [name: string, result: (call: CallContext) => KustoSymbol, tabularity: number, parameters: readonly object[]],
          KustoSymbol
        >
      }
    }
  }
}

speedUp(globalThis)

export const kusto = (globalThis as unknown as { Kusto: Kusto }).Kusto

withoutGrammar(kusto)

/** A .NET list as a JavaScript array. */
export function toArray<T>(list: NetList<T> | null | undefined): readonly T[] {
  if (list === null || list === undefined) return []
  if ('getItem' in list) return Array.from({ length: list.Count }, (_, index) => list.getItem(index))
  return list
}
