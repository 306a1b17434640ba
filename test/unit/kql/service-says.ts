/**
 * Prints as JSON what the language service says of queries, in a process of its own: "original" is the service of the package,
 * "light" the script of the bundle, "helped" the service as `src/kql` uses it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInThisContext } from 'node:vm'
import { lighten } from '../../../scripts/kusto-script.ts'
import schema from '../../../src/kql/advanced-hunting-schema.data.json' with { type: 'json' }
import type { Kusto, KustoCode, SyntaxElement, TableSymbol } from '../../../src/kql/kusto.ts'

const require = createRequire(import.meta.url)
const script = (name: string): string =>
  readFileSync(require.resolve(`@kusto/language-service-next/${name}.min.js`), 'utf8')

async function load(kind: string | undefined): Promise<Kusto> {
  if (kind === 'helped') return (await import('../../../src/kql/kusto.ts')).kusto
  const service = script('Kusto.Language.Bridge')
  runInThisContext(script('bridge'))
  runInThisContext(kind === 'light' ? lighten(service) : service)
  return runInThisContext('Kusto') as Kusto
}

type Analyse = (text: string) => unknown

function analyser(service: Kusto): Analyse {
  const { Symbols, GlobalState, KustoCode } = service.Language
  const column = ([name, type]: [string, string]) =>
    new Symbols.ColumnSymbol(name, Symbols.ScalarTypes.GetSymbol(type) ?? Symbols.ScalarTypes.GetSymbol('dynamic')!)
  const tables = Object.entries(schema.tables).map(
    ([name, columns]) => new Symbols.TableSymbol.$ctor4(name, Object.entries(columns).map(column)),
  )
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1('hunting', tables, false))
  return (text) => {
    try {
      return said(KustoCode.ParseAndAnalyze(text, globals))
    } catch (thrown) {
      const { message, Message } = thrown as { message?: string; Message?: string }
      return { threw: message || Message }
    }
  }
}

function items<T>(list: { readonly Count: number; getItem(index: number): T } | readonly T[]): readonly T[] {
  return 'getItem' in list ? Array.from({ length: list.Count }, (_, index) => list.getItem(index)) : Array.from(list)
}

function said(code: KustoCode): unknown {
  const diagnostics = [...items(code.GetSyntaxDiagnostics()), ...items(code.GetDiagnostics())]
  const result = code.ResultType as TableSymbol | null
  const columns = result?.Columns === undefined ? [] : items(result.Columns)
  return {
    kind: code.Kind,
    diagnostics: diagnostics.map(({ Code, Start, Length, Message }) => `${Code} ${Start} ${Length} ${Message}`),
    result: `${result?.Name} ${columns.map(({ Name, Type }) => `${Name}:${Type.Name}`).join()}`,
    tree: elements(code.Syntax),
  }
}

function elements(element: SyntaxElement): string {
  const of = Array.from({ length: element.ChildCount }, (_, index) => element.GetChild(index))
  const own = `${element.Kind} ${element.TextStart} ${element.ReferencedSymbol?.Name ?? ''} ${element.ResultType?.Name ?? ''}`
  return `(${own}${of.map((child) => (child ? elements(child) : '-')).join('')})`
}

const VALID = new URL('../../corpus/valid/', import.meta.url)
const corpus = readdirSync(VALID)
  .sort()
  .map((name) => readFileSync(new URL(name, VALID), 'utf8'))

/** A third of the corpus as it is, a third with a fault of syntax, a third with faults of names. */
const FAULTS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.slice(0, Math.floor(text.length / 1.5)),
  (text) => text.replace(/(Device\w*|Email\w*|Account\w*)(\w)\b/g, '$1'),
]

const TEXTS: readonly string[] = [
  ...corpus.map((text, n) => FAULTS[n % FAULTS.length]!(text)),
  '.show tables',
  '#connect x',
  'search "x" | take 1',
  // So deep that the parser turns to the grammar, and deeper than the binder goes.
  ...[50, 400].map((depth) => `print ${'('.repeat(depth)}1${')'.repeat(depth)}`),
]

process.stdout.write(JSON.stringify(TEXTS.map(analyser(await load(process.argv[2]))), null, 1))
