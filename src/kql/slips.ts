/** `=` and `==` taken for each other where both are KQL, so that the binder says nothing and the query means something else. */
import { comparesInstead, namesInstead } from '../errors/kql.ts'
import type { SyntaxElement } from './kusto.ts'
import { children, isKind, walk } from './language-service.ts'
import type { Told } from './names.ts'

/** Operators whose items get names with `=`. */
const NAMING = ['ExtendOperator', 'ProjectOperator', 'SummarizeOperator', 'SummarizeByClause', 'PrintOperator']

/** Slips in the order of the text. */
export function slips(root: SyntaxElement): readonly Told[] {
  const told: Told[] = []
  for (const element of walk(root)) {
    const sentence = isNameInFilter(element)
      ? namesInstead()
      : isBareComparison(element)
        ? comparesInstead()
        : undefined
    const sign = children(element)[1]
    if (sentence === undefined || sign === undefined) continue
    told.push({ start: sign.TextStart, length: sign.End - sign.TextStart, sentence })
  }
  return told
}

/** `where IsCompliant = false` filters by `false`, and `countif(IsCompliant = false)` counts by it. */
function isNameInFilter(element: SyntaxElement): boolean {
  if (!isKind(element, 'SimpleNamedExpression')) return false
  // A name that is declared, or that is a parameter of the function, has a symbol.
  if (children(element)[0]?.ReferencedSymbol) return false
  if (isKind(element.Parent, 'FilterOperator')) return true
  // Authors do name arguments, as in `bin(Day = Timestamp, 1d)`, and plug-ins have options with names.
  const owner = outOfList(element)
  if (!isKind(owner, 'ExpressionList') || isKind(owner?.Parent?.Parent, 'EvaluateOperator')) return false
  return isKind(children(element)[2], 'BooleanLiteralExpression')
}

/** `extend Total == sum(x)` makes a column of true and false that has no name. */
function isBareComparison(element: SyntaxElement): boolean {
  return isKind(element, 'EqualExpression') && NAMING.some((operator) => isKind(outOfList(element), operator))
}

/** The owner of the list that the element is an item of. */
function outOfList(element: SyntaxElement): SyntaxElement | undefined {
  const list = isKind(element.Parent, 'SeparatedElement') ? element.Parent?.Parent : undefined
  return isKind(list, 'List') ? (list?.Parent ?? undefined) : undefined
}
