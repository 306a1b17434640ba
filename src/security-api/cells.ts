/**
 * Decodes columns, rows and cells of a hunting answer from how the service really encodes it (captured on live tenants by
 * several public projects; Microsoft's pages are silent or contradict themselves):
 * - rows carry `Column@odata.type` keys beside the columns;
 * - a boolean is the number 0 or 1 in a column of type `SByte`;
 * - a null date, number, boolean or dynamic value is `{}`;
 * - dynamic values are real JSON with `@odata.type` keys on every level;
 * - names are lower-case in Graph (`schema`, `name`), Pascal case in the older API (`Schema`, `Name`), and some renderings
 *   of Graph's page show camel-cased row keys.
 */
import type { Column, Json, Row } from '../model.ts'
import { isObject, type JsonObject, MAX_DEPTH } from './json.ts'

/** The answer isn't shaped like a hunting answer; the text says how, without a word of the answer's data. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

// --- columns --------------------------------------------------------------------------------------------------------

/** The columns of a schema; none where there is no schema or an empty one. */
export function columnsOf(schema: unknown): readonly Column[] {
  if (schema === undefined || schema === null) return []
  if (!Array.isArray(schema)) throw new ShapeError(`a schema that is ${kindOf(schema)}`)
  const columns = new Map<string, Column>()
  for (const entry of schema) {
    const name = isObject(entry) ? member(entry, 'name') : undefined
    const type = isObject(entry) ? member(entry, 'type') : undefined
    if (typeof name !== 'string' || name === '') throw new ShapeError('a schema column without a name')
    if (!columns.has(name)) columns.set(name, { name, type: typeof type === 'string' ? type.toLowerCase() : '' })
  }
  return [...columns.values()]
}

/** The columns as rows name them, for an answer without a schema: their type is known only where a `Column@odata.type` tells it. */
export class ColumnsOfRows {
  readonly #types = new Map<string, string>()
  #any = false

  add(row: unknown): void {
    if (!isObject(row)) throw new ShapeError(`a row that is ${kindOf(row)}`)
    this.#any = true
    for (const key of Object.keys(row)) {
      if (!key.includes('@')) {
        if (!this.#types.has(key)) this.#types.set(key, '')
        continue
      }
      const told = row[key]
      const name = key.slice(0, key.indexOf('@'))
      if (name !== '' && key.endsWith('@odata.type') && typeof told === 'string') {
        this.#types.set(name, told.replace(/^#/, '').toLowerCase())
      }
    }
  }

  columns(): readonly Column[] {
    if (this.#any && this.#types.size === 0) throw new ShapeError('rows without a schema and without columns')
    return [...this.#types].map(([name, type]) => ({ name, type }))
  }
}

// --- rows -----------------------------------------------------------------------------------------------------------

/**
 * Makes records that inherit nothing, so that a column named `__proto__` or `constructor` is a column like any other.
 * Unlike `Object.create(null)`, records of one constructor share their layout, which halves the memory of a large result.
 */
const PlainRecord = function PlainRecord() {} as unknown as new () => Record<string, Json>
PlainRecord.prototype = Object.create(null)

/** What makes a row of a parsed one, with the columns in order. It throws a `ShapeError`. */
export function rowDecoder(columns: readonly Column[]): (row: unknown) => Row {
  const names = columns.map((column) => column.name)
  const booleans = columns.map((column) => ['sbyte', 'boolean', 'bool'].includes(column.type))
  const known = new Set(names)
  return (row) => {
    if (!isObject(row)) throw new ShapeError(`a row that is ${kindOf(row)}`)
    const record = new PlainRecord()
    let otherCase: Map<string, unknown> | undefined
    let found = 0
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i]!
      let value: unknown
      if (Object.hasOwn(row, name)) {
        value = row[name]
        found += 1
      } else {
        otherCase ??= strangers(row, known)
        value = otherCase.get(name.toLowerCase())
        if (value !== undefined) found += 1
      }
      record[name] = decodeCell(value, booleans[i]!)
    }
    if (found === 0 && names.length > 0 && strangers(row, known).size > 0) {
      throw new ShapeError('a row with none of the columns of the schema')
    }
    return record
  }
}

/** The row's values under names that the schema doesn't have, by lower-case name. */
function strangers(row: JsonObject, known: ReadonlySet<string>): Map<string, unknown> {
  const map = new Map<string, unknown>()
  for (const key of Object.keys(row)) {
    if (!key.includes('@') && !known.has(key)) map.set(key.toLowerCase(), row[key])
  }
  return map
}

// --- cells ----------------------------------------------------------------------------------------------------------

/** Decodes one cell; `boolean` says that its column holds booleans, which arrive as 0 and 1. */
export function decodeCell(value: unknown, boolean: boolean): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return value
    case 'number':
      if (boolean && (value === 0 || value === 1)) return value === 1
      return finite(value)
    case 'object':
      if (value === null || isEmptyObject(value)) return null
      return dynamic(value, 0)
    default:
      return null
  }
}

/** Such a number is too large for JSON's readers, and would turn into `null` in every report. */
function finite(value: number): Json {
  return Number.isFinite(value) ? value : String(value)
}

function isEmptyObject(value: object): boolean {
  if (Array.isArray(value)) return false
  for (const _ in value) return false
  return true
}

const SIDECAR = /@(?:odata|data)\.type$/

/** Strips type annotations on every level. Other keys with `@` stay: in dynamic data they may be mail addresses. */
function dynamic(value: unknown, depth: number): Json {
  if (typeof value === 'number') return finite(value)
  if (typeof value !== 'object' || value === null) return value as Json
  if (depth > MAX_DEPTH) throw new ShapeError('a value that is nested too deeply')
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = dynamic(value[i], depth + 1)
    return value
  }
  const record = new PlainRecord()
  for (const [key, inner] of Object.entries(value)) {
    if (!SIDECAR.test(key)) record[key] = dynamic(inner, depth + 1)
  }
  return record
}

// --- help -----------------------------------------------------------------------------------------------------------

/** A member by its name in lower case, however it is spelled; the exact spelling wins. */
export function member(object: JsonObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name)
  return key === undefined ? undefined : object[key]
}

/** What a value is, for messages: never its content. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
