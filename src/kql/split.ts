/** Several queries in one text: the service refuses it, and the parser only says that a `;` is missing. */
import type { SyntaxElement } from './kusto.ts'
import { type Analysis, children, isKind, parse } from './language-service.ts'
import { continuesQuery } from './words.ts'

/** The expression statements of a query block, which are what is run; `let` and `set` are not among them. */
export function expressionStatements(root: SyntaxElement): readonly SyntaxElement[] {
  if (!isKind(root, 'QueryBlock')) return []
  return children(root)
    .flatMap((list) => children(list))
    .map((element) => (isKind(element, 'SeparatedElement') ? children(element)[0] : element))
    .filter((statement) => statement !== undefined)
    .filter((statement) => isKind(statement, 'ExpressionStatement') && statement.End > statement.TextStart)
}

/** More files than the ones that hold this many are not worth telling apart, and a hostile one must not take minutes. */
const MOST_QUERIES = 100

/**
 * Offsets at which the queries start, where the text is made of two or more that are each well-formed; else `undefined`.
 * `whole` is the analysis of the text, with at least one syntax error.
 */
export function severalQueries(text: string, whole: Analysis): readonly number[] | undefined {
  const starts = [skipBlank(text, 0)]
  let from = 0
  let analysis = whole
  while (analysis.syntax.length > 0) {
    const cut = nextQuery(text, from, from + analysis.syntax[0]!.start)
    if (cut === undefined || starts.length >= MOST_QUERIES) return undefined
    if (!isWhole(parse(text.slice(from, cut)))) return undefined
    starts.push(cut)
    from = cut
    analysis = parse(text.slice(from))
  }
  return starts.length > 1 && isWhole(analysis) ? starts : undefined
}

function isWhole(analysis: Analysis): boolean {
  const { code, syntax } = analysis
  return (
    code !== undefined && code.Kind === 'Query' && syntax.length === 0 && expressionStatements(code.Syntax).length > 0
  )
}

/**
 * The query after an error at `at` starts there or behind blank space, at the start of a line. An error further on in that
 * line belongs to the query before it.
 */
function nextQuery(text: string, from: number, at: number): number | undefined {
  const start = skipBlank(text, at)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  if (start >= text.length || lineStart <= from || text.slice(lineStart, start).trim() !== '') return undefined
  const word = /^[\w-]*/.exec(text.slice(start))![0]
  return word === '' || continuesQuery(word) ? undefined : start
}

/** Past white space and comments. */
function skipBlank(text: string, from: number): number {
  const blank = /(?:\s+|\/\/[^\n]*)*/y
  blank.lastIndex = from
  blank.test(text)
  return blank.lastIndex
}
