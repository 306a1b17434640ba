/** Claims matching expressions of flexible federated credentials: `claims['sub'] matches 'repo:o/r:*' and …`. */

const TERM = /^\s*claims\['([^']+)'\]\s+(eq|matches)\s+'([^']*)'\s*(?:and\b|$)/

/** An expression that can't be read matches nothing. */
export function matchesExpression(expression: string, claims: Readonly<Record<string, unknown>>): boolean {
  let rest = expression
  do {
    const term = TERM.exec(rest)
    if (!term) return false
    const [all, claim = '', operator, pattern = ''] = term
    const value = claims[claim]
    if (typeof value !== 'string') return false
    if (operator === 'eq' ? value !== pattern : !wildcard(pattern).test(value)) return false
    rest = rest.slice(all.length)
  } while (rest.trim() !== '')
  return true
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}
