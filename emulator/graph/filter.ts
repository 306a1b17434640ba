/** `$filter`: read by an OData parser, limited to what Microsoft documents as filterable. */
import { createRequire } from 'node:module'
import type { Token } from '@odata/parser'
import { enumValues } from './metadata.ts'

/** What a property is: text, a moment, or the name of an enum. */
export type Kind = 'text' | 'date' | { readonly enum: string } | { readonly words: readonly string[] }
export interface Filterable {
  readonly type: string
  readonly properties: Readonly<Record<string, Kind>>
  /** Every member of the type; the others are unknown rather than not filterable. */
  readonly members: ReadonlySet<string>
}

/** The message of the 400 that the service answers with. */
export class FilterError extends Error {}

export type Predicate = (record: Readonly<Record<string, unknown>>) => boolean

interface Node {
  readonly type: string
  readonly raw: string
  readonly value: unknown
}
const COMPARISONS: Readonly<Record<string, string>> = {
  EqualsExpression: 'Equal',
  NotEqualsExpression: 'NotEqual',
  GreaterThanExpression: 'GreaterThan',
  GreaterOrEqualsExpression: 'GreaterThanOrEqual',
  LesserThanExpression: 'LessThan',
  LesserOrEqualsExpression: 'LessThanOrEqual',
}

/** Throws a `FilterError` for anything that the service refuses. */
export function parseFilter(text: string, target: Filterable): Predicate {
  return compile(parse(text) as unknown as Node, target)
}

function parse(text: string): Token {
  // The parser takes 60 ms to load, so only runs that filter pay for it.
  const { defaultParser } = createRequire(import.meta.url)('@odata/parser') as typeof import('@odata/parser')
  try {
    return defaultParser.filter(text)
  } catch (thrown) {
    const at = /at (\d+)/.exec(String(thrown))?.[1] ?? '0'
    throw new FilterError(`Invalid filter clause: Syntax error at position ${at} in '${text}'.`)
  }
}

function compile(node: Node, target: Filterable): Predicate {
  const value = node.value as { left: Node; right: Node } & Node
  switch (node.type) {
    case 'AndExpression': {
      const [left, right] = [compile(value.left, target), compile(value.right, target)]
      return (record) => left(record) && right(record)
    }
    case 'OrExpression': {
      const [left, right] = [compile(value.left, target), compile(value.right, target)]
      return (record) => left(record) || right(record)
    }
    case 'NotExpression': {
      const inner = compile(value, target)
      return (record) => !inner(record)
    }
    case 'BoolParenExpression':
    case 'ParenExpression':
    case 'CommonExpression':
      return compile(value, target)
    default: {
      const operator = COMPARISONS[node.type]
      if (!operator) throw new FilterError(`Invalid filter clause: '${node.raw}' is not supported by this resource.`)
      return comparison(operator, value.left, value.right, target)
    }
  }
}

function comparison(operator: string, left: Node, right: Node, target: Filterable): Predicate {
  const name = left.raw
  if (left.type !== 'FirstMemberExpression' || !/^\w+$/.test(name)) {
    throw new FilterError(`Invalid filter clause: '${name}' can't be compared.`)
  }
  const kind = target.properties[name]
  if (kind === undefined) {
    throw new FilterError(
      target.members.has(name)
        ? `The property '${name}' cannot be used in the $filter query option.`
        : `Invalid filter clause: Could not find a property named '${name}' on type '${target.type}'.`,
    )
  }
  const wanted = literal(right, operator, kind)
  return (record) => holds(operator, record[name] ?? null, wanted, kind)
}

function literal(node: Node, operator: string, kind: Kind): string | null {
  if (node.type === 'Literal' && node.value === 'null') return null
  const isText = node.type === 'Literal' && node.value === 'Edm.String'
  const text = isText ? node.raw.slice(1, -1).replaceAll("''", "'") : node.raw
  if (kind === 'date') {
    if (node.type === 'Literal' && /^Edm\.Date(?:TimeOffset)?$/.test(String(node.value))) return text
    throw new FilterError(incompatible('Edm.DateTimeOffset', String(node.value), operator))
  }
  if (!isText) throw new FilterError(incompatible('Edm.String', String(node.value), operator))
  if (kind === 'text') return text
  const allowed = 'enum' in kind ? enumValues(kind.enum) : kind.words
  if (!allowed.includes(text)) {
    throw new FilterError(`Invalid filter clause: The string '${text}' is not a valid enumeration type constant.`)
  }
  if (operator !== 'Equal' && operator !== 'NotEqual') {
    throw new FilterError(incompatible('enumeration', 'Edm.String', operator))
  }
  return text
}

function incompatible(left: string, right: string, operator: string): string {
  return `Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '${left}' and '${right}' for operator kind '${operator}'.`
}

function holds(operator: string, actual: unknown, wanted: string | null, kind: Kind): boolean {
  const given = actual === null ? null : String(actual)
  if (operator === 'Equal' || operator === 'NotEqual') {
    const same =
      kind === 'date' && given !== null && wanted !== null ? order(given, wanted, kind) === 0 : given === wanted
    return same === (operator === 'Equal')
  }
  if (given === null || wanted === null) return false
  const sign = order(given, wanted, kind)
  switch (operator) {
    case 'GreaterThan':
      return sign > 0
    case 'GreaterThanOrEqual':
      return sign >= 0
    case 'LessThan':
      return sign < 0
    default:
      return sign <= 0
  }
}

function order(left: string, right: string, kind: Kind): number {
  if (kind !== 'date') return left < right ? -1 : left > right ? 1 : 0
  const difference = Date.parse(left) - Date.parse(right)
  // Below a millisecond the digits decide.
  return difference !== 0 ? difference : fraction(left).localeCompare(fraction(right))
}

function fraction(time: string): string {
  return (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(7, '0')
}
