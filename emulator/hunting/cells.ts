/**
 * Cells as the service encodes them: 0 and 1 for booleans, `{}` for null, an `@odata.type` beside or inside values whose
 * type JSON can't tell. Ported from captures of live answers, see the notes at each rule.
 */
import { isTime, wireTime, withTicks } from '../core/times.ts'
import type { ResultColumn } from './kusto.ts'

/** Names of the types in `schema`: those of .NET. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'String',
  datetime: 'DateTime',
  long: 'Int64',
  int: 'Int32',
  bool: 'SByte',
  real: 'Double',
  dynamic: 'Object',
  guid: 'Guid',
  timespan: 'TimeSpan',
  decimal: 'SqlDecimal',
}

export function typeName(kustoType: string): string {
  return TYPE_NAMES[kustoType] ?? 'Object'
}

export type PlainRow = Readonly<Record<string, unknown>>
export type Style = 'graph' | 'older'

const DYNAMIC = '#microsoft.graph.security.dynamicColumnValue'

/** The JSON text of a row. The older API has neither sidecars nor `{}` for null. */
export function rowText(row: PlainRow, columns: readonly ResultColumn[], since: Date, style: Style): string {
  const parts: string[] = []
  for (const { name, type } of columns) {
    const key = JSON.stringify(name)
    const value = row[name] ?? null
    if (style === 'graph') {
      const sidecar = sidecarOf(value, type)
      if (sidecar) parts.push(`${JSON.stringify(`${name}@odata.type`)}:"${sidecar}"`)
    }
    parts.push(`${key}:${cellText(value, type, since, style)}`)
  }
  return `{${parts.join(',')}}`
}

function sidecarOf(value: unknown, type: string): string | undefined {
  if (value === null) return undefined
  if (type === 'bool') return '#SByte'
  if (type === 'long') return '#Int64'
  if (type === 'dynamic' && Array.isArray(value)) return '#Collection(String)'
  return undefined
}

function cellText(value: unknown, type: string, since: Date, style: Style): string {
  // A string is never null in Kusto: a missing one is empty.
  if (value === null) return type === 'string' ? '""' : style === 'graph' ? '{}' : 'null'
  switch (type) {
    case 'bool':
      return value === true || value === 1 || value === 'true' ? '1' : '0'
    case 'long':
    case 'int':
      return wholeNumber(value)
    case 'real':
    case 'decimal': {
      const number = Number(value)
      return Number.isFinite(number) ? String(value) : JSON.stringify(String(value))
    }
    case 'datetime':
      return JSON.stringify(datetime(value, since))
    case 'dynamic':
      return dynamicText(value, style)
    default:
      return JSON.stringify(typeof value === 'object' ? plain(value) : String(value))
  }
}

/** Raw digits: a JSON number may be larger than JavaScript can hold. */
function wholeNumber(value: unknown): string {
  const text = String(value)
  if (!/^-?\d+$/.test(text)) throw new Error(`${text} is not a whole number`)
  return text
}

function datetime(value: unknown, since: Date): string {
  if (value instanceof Date) return withTicks(value)
  const text = String(value)
  if (!isTime(text)) throw new Error(`${text} is not a time`)
  return wireTime(text, since)
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
}

function dynamicText(value: unknown, style: Style): string {
  return style === 'older' ? plain(value) : plain(dynamicValue(value))
}

/** Every object names its type; elements of a list that are no text become JSON text. */
function dynamicValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === 'string' ? item : plain(item)))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    const inner: [string, unknown] = [name, item === null ? {} : dynamicValue(item)]
    if (Array.isArray(item)) return [[`${name}@odata.type`, '#Collection(String)'], inner]
    return [inner]
  })
  return { '@odata.type': DYNAMIC, ...Object.fromEntries(members) }
}
