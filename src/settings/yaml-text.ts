/** From the text of the config file to plain values with places: YAML 1.2 core, one document, nothing executable. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { configSyntax, type Subject } from '../errors/settings.ts'
import type { GateError } from '../errors.ts'
import type { Problems } from './problems.ts'

/** More aliases than anybody writes; fewer than any expansion attack needs. */
const MOST_ALIASES = 100

type Place = NonNullable<GateError['place']>
export type KeyPath = readonly (string | number)[]

export interface YamlText {
  /** Plain objects, lists and scalars; the root is a mapping. */
  readonly root: Readonly<Record<string, unknown>>
  /** Place of the value at `path`; of its key where the value is a block, or with `key`; of the nearest parent where there is none. */
  placeOf(path: KeyPath, at?: 'key' | 'value'): Place
}

/** `undefined` when the text can't be used; the reasons are then in `problems`. */
export function readYaml(file: string, text: string, problems: Problems): YamlText | undefined {
  const lines = new LineCounter()
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const fail = (offset: number, says: string, mend: string): void => {
    // Stryker disable next-line ConditionalExpression: for speed alone, `add` takes no more either
    if (!problems.full) problems.add(configSyntax({ name: 'The config file', place: place(offset) }, says, mend))
  }

  const document = parseDocument(text, {
    lineCounter: lines,
    // Messages without the line of the file: this page makes its own.
    prettyErrors: false,
    // With `silent` a second document would be dropped without a word.
    logLevel: 'error',
    version: '1.2',
    // Named, so that a `%YAML 1.1` line does not bring back `yes` as a boolean.
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // The library compares every key with every other; inspect() below does it in one pass.
    uniqueKeys: false,
  })
  const faults = [...document.errors, ...document.warnings]
  for (const error of faults) {
    // Stryker disable next-line ConditionalExpression: for speed alone
    if (problems.full) break
    fail(error.pos[0], ...sentence(error, problems))
  }
  if (faults.length > 0) return undefined

  try {
    if (!inspect(document, fail, problems)) return undefined
    if (!isMap(document.contents)) {
      const empty = document.contents === null || (isScalar(document.contents) && document.contents.value === null)
      fail(
        document.contents === null ? 0 : startOf(document.contents),
        empty ? 'is empty.' : 'is no mapping.',
        'It needs a key `checks` with a list of checks.',
      )
      return undefined
    }
    keepCellsAsWritten(document)
    const root = document.toJS({ maxAliasCount: MOST_ALIASES }) as Record<string, unknown>
    return { root, placeOf: (path, at = 'value') => place(offsetOf(document, path, at)) }
  } catch (error) {
    // The library's answer to expansion attacks is a ReferenceError, the engine's answer to nesting a RangeError.
    // Stryker disable next-line ConditionalExpression: nothing else is known to be thrown
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error
    fail(
      0,
      'is nested too deeply or repeats itself through aliases too often.',
      'Write the values out, without `&` and `*`.',
    )
    return undefined
  }
}

/** Our sentence for what the library found. */
function sentence(error: YAMLError, problems: Problems): [says: string, mend: string] {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return ['is indented with a tab.', 'YAML is indented with spaces: replace the tab.']
    case 'MULTIPLE_DOCS':
      return [
        'holds more than one YAML document.',
        'Keep one document: remove the line `---` or `...` and what follows it.',
      ]
    case 'TAG_RESOLVE_FAILED':
      return [
        'uses a YAML tag (`!name`), which is not supported.',
        'Remove the tag, or put text that begins with `!` in quotes.',
      ]
    case 'NON_STRING_KEY':
      return ['has a key that is no text.', 'Put the key in quotes.']
    case 'KEY_OVER_1024_CHARS':
      return [
        'has a key that is longer than 1,024 characters.',
        'Check the line: a quote or line break may be missing.',
      ]
    case 'RESOURCE_EXHAUSTION':
      return ['is nested too deeply.', 'Remove the nesting.']
    default:
      return [
        `is not well-formed YAML: ${problems.name(error.message, 200)}.`,
        'Check indentation, quotes and brackets at this line.',
      ]
  }
}

/** Looks at every node once. False when it is not safe to go on. */
function inspect(
  document: Document.Parsed,
  fail: (offset: number, says: string, mend: string) => void,
  problems: Problems,
): boolean {
  let aliases = 0
  let safe = true
  const anchors = new Set<string | undefined>()
  visit(document, {
    Scalar: (_key, { anchor }) => {
      anchors.add(anchor)
    },
    Seq: (_key, { anchor }) => {
      anchors.add(anchor)
    },
    Alias: (_key, alias) => {
      aliases += 1
      if (!anchors.has(alias.source)) {
        fail(
          startOf(alias),
          'uses an alias (`*name`) without an anchor (`&name`) before it.',
          'Define the anchor first, or put text that begins with `*` in quotes.',
        )
        safe = false
      }
      if (aliases !== MOST_ALIASES + 1) return
      fail(startOf(alias), `uses more than ${MOST_ALIASES} aliases.`, 'Write the values out, without `&` and `*`.')
      safe = false
    },
    Map: (_key, map) => {
      anchors.add(map.anchor)
      const seen = new Set<string>()
      for (const { key } of map.items as Pair<Node, unknown>[]) {
        const name = String(isScalar(key) ? key.value : '')
        const offset = startOf(key)
        if (seen.has(name)) fail(offset, `has the key \`${problems.name(name)}\` twice.`, 'Keep one of the two.')
        seen.add(name)
        if (name !== '__proto__') continue
        fail(offset, 'has the key `__proto__`, which is not allowed.', 'Remove the key.')
        safe = false
      }
    },
  })
  return safe
}

/** Every node of a document that was read has a range. */
function startOf(node: Node): number {
  return node.range![0]
}

const follow = (node: unknown, document: Document.Parsed): unknown => (isAlias(node) ? node.resolve(document) : node)

/** Columns are compared as text: `007` and numbers beyond 2^53 must stay as they are written. */
function keepCellsAsWritten(document: Document.Parsed): void {
  const suppressions = follow(document.get('suppressions'), document)
  if (!isSeq(suppressions)) return
  for (const item of suppressions.items) {
    const suppression = follow(item, document)
    const where = isMap(suppression) ? follow(suppression.get('where'), document) : undefined
    if (!isMap(where)) continue
    for (const { value } of where.items) {
      const cell = follow(value, document)
      if (isScalar(cell) && (typeof cell.value === 'number' || typeof cell.value === 'boolean'))
        cell.value = cell.source ?? String(cell.value)
    }
  }
}

function offsetOf(document: Document.Parsed, path: KeyPath, at: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(document.contents as Node)
  for (const step of path) {
    const here = follow(node, document)
    if (isMap(here)) {
      const pair = here.items.find(({ key }) => isScalar(key) && key.value === step)
      if (pair === undefined) return offset
      const key = startOf(pair.key as Node)
      const value = pair.value as Node | null
      const written = isAlias(value) || (isScalar(value) && value.value !== null)
      offset = written && at === 'value' ? startOf(value) : key
      node = value
    } else if (isSeq(here)) {
      const item = here.items[Number(step)] as Node | undefined
      if (item === undefined) return offset
      offset = startOf(item)
      node = item
    } else return offset
  }
  return offset
}

/** `checks[2].hunting.timespan`; a key that is no plain word is made safe and quoted. */
export function pathName(path: KeyPath, problems: Problems): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`
      if (/^[\w-]{1,60}$/.test(step)) return index === 0 ? step : `.${step}`
      return `["${problems.name(step)}"]`
    })
    .join('')
}

/** The subject of a problem at `path`. */
export function subjectAt(yaml: YamlText, path: KeyPath, problems: Problems, at: 'key' | 'value' = 'value'): Subject {
  return {
    name: path.length === 0 ? 'The config file' : `\`${pathName(path, problems)}\``,
    place: yaml.placeOf(path, at),
  }
}
