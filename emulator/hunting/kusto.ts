/**
 * Microsoft's Kusto language service, loaded on the first query (0.8 s): is the query sound, and which columns does it
 * give? Only the parts of its API that are used here are typed.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

export interface ResultColumn {
  readonly name: string
  /** Kusto's type: `string`, `datetime`, `long`, … */
  readonly type: string
}
export type Analysis =
  | { readonly ok: true; readonly columns: readonly ResultColumn[] }
  /** The sentence of the service's 400. */
  | { readonly ok: false; readonly message: string }

interface Opaque {
  readonly Name: string
}
interface TypeSymbol extends Opaque {
  readonly Columns?: unknown
}
interface ColumnSymbol extends Opaque {
  readonly Type: Opaque
}
interface Diagnostic {
  readonly Code: string
  readonly Severity: string
  readonly Start: number
  readonly Length: number
  readonly Message: string
}
interface KustoCode {
  readonly ResultType: TypeSymbol | null
  GetDiagnostics(): unknown
}
type Constructor = new (...values: unknown[]) => Opaque
interface Symbols {
  readonly ColumnSymbol: new (name: string, type: Opaque) => ColumnSymbol
  readonly ScalarTypes: { GetSymbol(name: string): Opaque }
  readonly TableSymbol: { $ctor4: Constructor }
  readonly DatabaseSymbol: { ctor: Constructor }
  readonly FunctionSymbol: { ctor: Constructor }
  readonly Parameter: { ctor: Constructor }
  readonly Tabularity: { Tabular: unknown }
  readonly ParameterTypeKind: { Any: unknown; Tabular: unknown }
  readonly ArgumentKind: { Expression: unknown }
}
interface Library {
  readonly Kusto: {
    readonly Language: {
      readonly Symbols: Symbols
      readonly GlobalState: { Default: { WithDatabase(db: unknown): unknown } }
      readonly KustoCode: { Parse(text: string): KustoCode; ParseAndAnalyze(text: string, globals: unknown): KustoCode }
    }
  }
  readonly System: { readonly Array: { getCount(list: unknown): number; getItem(list: unknown, at: number): unknown } }
}

interface FunctionEntry {
  readonly name: string
  readonly tabularInput: boolean
  readonly parameters: readonly { readonly name: string; readonly optional: boolean }[]
  readonly bareColumnParameters?: readonly string[]
  readonly columns?: Readonly<Record<string, string>>
}
interface HuntingSchema {
  readonly tables: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly functions: readonly FunctionEntry[]
}

let schemaCache: HuntingSchema | undefined
/** Tables, columns and functions of advanced hunting. */
export function huntingSchema(): HuntingSchema {
  const file = new URL('../advanced-hunting-schema.json', import.meta.url)
  schemaCache ??= JSON.parse(readFileSync(file, 'utf8')) as HuntingSchema
  return schemaCache
}

let engine: ((query: string) => Analysis) | undefined

/** What the service makes of a query. Control commands and empty queries are refused like faulty ones. */
export function analyse(query: string): Analysis {
  engine ??= makeEngine()
  return engine(query)
}

function load(): Library {
  const scope = globalThis as unknown as Partial<Library>
  if (!scope.Kusto) {
    // Order matters, and a second load of the second script throws.
    const require = createRequire(import.meta.url)
    require('@kusto/language-service-next/bridge.min.js')
    require('@kusto/language-service-next/Kusto.Language.Bridge.min.js')
  }
  return scope as Library
}

function makeEngine(): (query: string) => Analysis {
  const { Kusto, System } = load()
  const { Symbols, GlobalState, KustoCode } = Kusto.Language
  const items = <T>(list: unknown): T[] =>
    Array.from({ length: System.Array.getCount(list) }, (_, at) => System.Array.getItem(list, at) as T)
  const column = (name: string, type: string) => new Symbols.ColumnSymbol(name, Symbols.ScalarTypes.GetSymbol(type))
  const columns = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).map(([name, type]) => column(name, type))
  /** Columns that went into a function: `invoke FileProfile(SHA1)` may name one of them. */
  let piped = new Set<string>()

  const parameter = (name: string, kind: unknown, least: number) =>
    new Symbols.Parameter.ctor(
      name,
      kind,
      Symbols.ArgumentKind.Expression,
      null,
      null,
      true,
      null,
      least,
      1,
      null,
      null,
    )
  const functionSymbol = (entry: FunctionEntry) => {
    const { Any, Tabular } = Symbols.ParameterTypeKind
    const parameters = [
      ...(entry.tabularInput ? [parameter('T', Tabular, 1)] : []),
      ...entry.parameters.map(({ name, optional }) => parameter(name, Any, optional ? 0 : 1)),
    ]
    const result = (context: { ArgumentTypes: unknown }) => {
      const input = entry.tabularInput ? items<TypeSymbol>(context.ArgumentTypes)[0]?.Columns : undefined
      const all = input === undefined ? [] : items<ColumnSymbol>(input)
      const names = new Set(all.map(({ Name }) => Name))
      piped = new Set([...piped, ...names])
      for (const [name, type] of Object.entries(entry.columns ?? {})) {
        let free = name
        for (let suffix = 1; names.has(free); suffix += 1) free = `${name}${suffix}`
        names.add(free)
        all.push(column(free, type))
      }
      return new Symbols.TableSymbol.$ctor4('', all)
    }
    return new Symbols.FunctionSymbol.ctor(entry.name, result, Symbols.Tabularity.Tabular, parameters)
  }

  const schema = huntingSchema()
  const tables = Object.entries(schema.tables).map(
    ([name, record]) => new Symbols.TableSymbol.$ctor4(name, columns(record)),
  )
  const database = new Symbols.DatabaseSymbol.ctor('hunting', [...tables, ...schema.functions.map(functionSymbol)])
  const globals = GlobalState.Default.WithDatabase(database)
  const bare = schema.functions.filter((entry) => entry.bareColumnParameters).map(({ name }) => name)
  const invoked = new RegExp(`\\binvoke\\s+(?:${bare.join('|')})\\s*\\([^()|]*$`)

  return (query) => {
    const text = withoutComments(query)
    if (text === '') return { ok: false, message: 'The query is empty.. Fix syntax errors in your query.' }
    // Told by the dot: to parse one would first build the grammar of all commands, which takes seconds.
    if (text.startsWith('.')) {
      return { ok: false, message: 'Control commands are not allowed.. Fix semantic errors in your query.' }
    }
    const errors = (code: KustoCode) =>
      items<Diagnostic>(code.GetDiagnostics()).filter(({ Severity, Code }) => Severity === 'Error' && Code !== 'KS107')
    const [syntax] = errors(KustoCode.Parse(query))
    if (syntax) return { ok: false, message: `${syntaxText(syntax)}. Fix syntax errors in your query.` }
    piped = new Set()
    let code: KustoCode
    try {
      code = KustoCode.ParseAndAnalyze(query, globals)
    } catch {
      // The binder throws on some unfinished queries.
      return { ok: false, message: 'A recognition error occurred.. Fix syntax errors in your query.' }
    }
    const semantic = errors(code).find(({ Code, Start, Length }) => {
      const isArgument = Code === 'KS142' && invoked.test(query.slice(0, Start))
      return !(isArgument && piped.has(query.slice(Start, Start + Length)))
    })
    if (semantic) return { ok: false, message: `${semanticText(semantic, query)} Fix semantic errors in your query.` }
    const type = code.ResultType
    if (!type?.Columns) {
      return { ok: false, message: 'No tabular expression statement found.. Fix semantic errors in your query.' }
    }
    const result = items<ColumnSymbol>(type.Columns).map(({ Name, Type }) => ({ name: Name, type: Type.Name }))
    return { ok: true, columns: result }
  }
}

function withoutComments(query: string): string {
  return query
    .replace(/^\uFEFF/, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .trim()
}

function syntaxText({ Code, Message }: Diagnostic): string {
  return Code === 'KS176' ? 'Query operator expected.' : Message.endsWith('.') ? Message : `${Message}.`
}

/** The engine's sentences, with the operator in which the name stands, as the service has them. */
function semanticText({ Code, Start, Length, Message }: Diagnostic, query: string): string {
  const name = query.slice(Start, Start + Length)
  const before = query.slice(0, Start)
  const operator = /\|\s*([a-z][a-z-]*)(?![\s\S]*\|)/.exec(before)?.[1]
  const prefix = operator ? `'${operator}' operator: ` : ''
  switch (Code) {
    case 'KS142':
      return `${prefix}Failed to resolve column or scalar expression named '${name}'.`
    case 'KS204':
      return `${prefix}Failed to resolve table or column expression named '${name}'.`
    case 'KS211':
      return `${prefix}Unknown function: '${name.replace(/\s*\([\s\S]*$/, '')}'.`
    default:
      return Message
  }
}
