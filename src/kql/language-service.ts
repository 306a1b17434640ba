/** One query through the Kusto language service, survived whatever it throws. */
import { type GlobalState, type KustoCode, type KustoDiagnostic, kusto, type SyntaxElement, toArray } from './kusto.ts'

/** What the service says of a stretch of the query. Offsets are UTF-16 units of the query's text. */
export interface Finding {
  /** The service's own code, such as `KS142`. */
  readonly code: string
  readonly start: number
  readonly length: number
  readonly message: string
}

export interface Analysis {
  /** `undefined` where the text could not even be parsed. */
  readonly code: KustoCode | undefined
  readonly syntax: readonly Finding[]
  /** What is wrong with names and types; empty where they could not be looked at. */
  readonly semantic: readonly Finding[]
  /** Why names and types could not be looked at, in a few words. */
  readonly failure: string | undefined
}

/** The service's own limits and faults: what it says then is no judgement of the query. */
const GAVE_UP: ReadonlySet<string> = new Set(['KS203', 'KS244', 'KS245', 'KS246'])

/**
 * Parses and binds one query. The binder throws on some texts, a `TypeError` or an exception of its own that is no
 * `Error`; then the query is parsed only, and `failure` says so.
 */
export function analyse(text: string, globals: GlobalState): Analysis {
  try {
    return toAnalysis(kusto.Language.KustoCode.ParseAndAnalyze(text, globals), undefined)
  } catch (thrown) {
    const failure = inWords(thrown)
    try {
      return toAnalysis(kusto.Language.KustoCode.Parse(text), failure)
    } catch {
      return { code: undefined, syntax: [], semantic: [], failure }
    }
  }
}

/** Syntax errors alone, which take a third of the time. */
export function parse(text: string): Analysis {
  try {
    return toAnalysis(kusto.Language.KustoCode.Parse(text), undefined)
  } catch (thrown) {
    return { code: undefined, syntax: [], semantic: [], failure: inWords(thrown) }
  }
}

function toAnalysis(code: KustoCode, failed: string | undefined): Analysis {
  const syntax = toArray(code.GetSyntaxDiagnostics()).filter(counts).map(toFinding)
  const known = new Set(syntax.map(identity))
  const semantic = failed === undefined ? toArray(code.GetDiagnostics()).filter(counts).map(toFinding) : []
  const gaveUp = [...syntax, ...semantic].find((finding) => GAVE_UP.has(finding.code))
  return {
    code,
    syntax: sorted(syntax.filter((finding) => !GAVE_UP.has(finding.code))),
    semantic: sorted(semantic.filter((finding) => !GAVE_UP.has(finding.code) && !known.has(identity(finding)))),
    failure: failed ?? gaveUp?.message,
  }
}

/** Hints on style and speed are no faults. */
function counts(diagnostic: KustoDiagnostic): boolean {
  return diagnostic.Severity === 'Error' || diagnostic.Severity === 'Warning'
}

function toFinding(diagnostic: KustoDiagnostic): Finding {
  const { Code, Start, Length, Message } = diagnostic
  return { code: Code, start: Start, length: Length, message: Message }
}

function identity(finding: Finding): string {
  return `${finding.code} ${finding.start} ${finding.length} ${finding.message}`
}

function sorted(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => a.start - b.start || a.length - b.length)
}

/** Exceptions of the service carry their text in `Message`; nothing of a stack is kept, which would be megabytes. */
function inWords(thrown: unknown): string {
  const { message, Message } = (thrown ?? {}) as { message?: unknown; Message?: unknown }
  const text = typeof message === 'string' && message !== '' ? message : Message
  return typeof text === 'string' && text !== '' ? text.split('\n')[0]!.slice(0, 200) : 'unknown fault'
}

// --- the syntax tree ------------------------------------------------------------------------------------------------

/** The enumeration has six hundred names, which makes it slow to ask. */
const kinds = new Map<string, number | undefined>()

/** Kind of a node or token by its name in the service, such as `PathExpression`. */
export function isKind(element: SyntaxElement | null | undefined, name: string): boolean {
  return element?.Kind === kindOf(name)
}

function kindOf(name: string): number | undefined {
  const known = kinds.get(name)
  if (known !== undefined) return known
  const kind = kusto.Language.Syntax.SyntaxKind[name]
  kinds.set(name, kind)
  return kind
}

export function children(element: SyntaxElement): readonly SyntaxElement[] {
  const found: SyntaxElement[] = []
  for (let index = 0; index < element.ChildCount; index += 1) {
    const child = element.GetChild(index)
    if (child !== null && child !== undefined) found.push(child)
  }
  return found
}

/** Every element in the order of the text; without recursion, because queries nest deeply. */
export function* walk(root: SyntaxElement): Generator<SyntaxElement> {
  const open = [root]
  while (open.length > 0) {
    const element = open.pop()!
    yield element
    for (let index = element.ChildCount - 1; index >= 0; index -= 1) {
      const child = element.GetChild(index)
      if (child !== null && child !== undefined) open.push(child)
    }
  }
}

/** The elements that hold the stretch, outermost first. */
export function around(root: SyntaxElement, start: number, length: number): readonly SyntaxElement[] {
  const chain: SyntaxElement[] = []
  let element: SyntaxElement | undefined = root
  while (element !== undefined) {
    chain.push(element)
    element = children(element).find(
      (child) => child.TextStart <= start && start + length <= child.End && child.End > start,
    )
  }
  return chain
}
