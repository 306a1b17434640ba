/** Forms for lists: text with commas or line breaks between, or a YAML list. */
import { posix } from 'node:path'
import { bad, type Fault, type Form, good, type Parsed } from './parse.ts'

interface ListOptions {
  /** Whether a list may be empty, where a YAML list says so. */
  readonly empty: boolean
  /** An item that stands twice is a fault; else it counts once. */
  readonly once?: boolean
  /** What separates the items of text. */
  readonly separator?: RegExp
  /** Pattern of one item, for the JSON Schema of the text form. */
  readonly pattern?: string
}

/** Items of text that is separated by commas or line breaks, trimmed; empty pieces are dropped. */
export function splitList(text: string, separator: RegExp = /[,\r\n]/): string[] {
  return text
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
}

/** A list of `item`, each item once, in the order given. Every wrong item is a fault of its own. */
export function listOf<T extends string>(item: Form<T>, options: ListOptions): Form<readonly T[]> {
  const needs = `a list, each item ${item.needs}`
  return {
    needs,
    schema: {
      anyOf: [
        { type: 'array', items: item.schema, ...(options.empty ? {} : { minItems: 1 }) },
        { type: 'string', pattern: options.pattern === undefined ? '[^\\s,]' : listPattern(options.pattern) },
      ],
    },
    read: (value) => {
      if (typeof value === 'string') {
        const pieces = splitList(value, options.separator)
        if (pieces.length === 0) return bad(value, needs)
        const parsed = collect(pieces, item, options, false)
        return !parsed.ok && isBracketed(value) ? bad(value, needs, NO_BRACKETS) : parsed
      }
      if (!Array.isArray(value)) return bad(value, needs)
      if (value.length === 0 && !options.empty) return bad(value, `${needs}, with at least one`)
      return collect(value, item, options, true)
    },
  }
}

/** Inputs are text: a list as YAML and JSON write it is not read as one. */
const isBracketed = (text: string): boolean => text.startsWith('[') && text.endsWith(']')
const NO_BRACKETS = 'Write the items without brackets and quotes, one per line or separated by commas.'

function collect<T>(
  items: readonly unknown[],
  form: Form<T>,
  { once }: ListOptions,
  indexed: boolean,
): Parsed<readonly T[]> {
  const values = new Set<T>()
  const faults: Fault[] = []
  items.forEach((each, index) => {
    const parsed = form.read(each)
    const twice = once === true && parsed.ok && values.has(parsed.value)
    const wrong = parsed.ok ? [] : parsed.faults
    const found: readonly Fault[] = twice ? [{ at: [], given: each, needs: form.needs, twice }] : wrong
    faults.push(...found.map((fault) => ({ ...fault, at: indexed ? [index, ...fault.at] : [] })))
    // Stryker disable next-line ConditionalExpression: the values are not used where there is a fault
    if (parsed.ok) values.add(parsed.value)
  })
  return faults.length > 0 ? { ok: false, faults } : good([...values])
}

/** Items between commas and line breaks, with spaces around and empty pieces allowed. */
function listPattern(item: string): string {
  const space = '[^\\S\\r\\n]*'
  return `^(?:${space}[,\\r\\n])*${space}(?:${item})${space}(?:[,\\r\\n](?:${space}(?:${item}))?${space})*$`
}

/** Source: Microsoft's page on KQL entity names: letters, digits, `_`, space, `.` and `-`. */
const COLUMN = '[\\p{L}\\p{N}_.-](?:[\\p{L}\\p{N}_ .-]{0,1022}[\\p{L}\\p{N}_.-])?'

const column: Form<string> = {
  needs: 'the name of a column',
  schema: { type: 'string', pattern: `^${COLUMN}$` },
  read: (value) =>
    typeof value === 'string' && new RegExp(`^${COLUMN}$`, 'u').test(value) ? good(value) : bad(value, column.needs),
}

/** Columns that identify a finding. */
export const columns: Form<readonly string[]> = listOf(column, { empty: false, pattern: COLUMN })

const tag: Form<string> = {
  needs: 'a tag',
  schema: { type: 'string', pattern: '\\S' },
  read: (value) =>
    typeof value === 'string' && /\S/.test(value)
      ? good(value.trim().toLowerCase())
      : bad(value, tag.needs, typeof value === 'number' ? `Put it in quotes: '${value}'.` : undefined),
}

/** Tags in lower case. An empty YAML list is "any". */
export const tags: Form<readonly string[]> = listOf(tag, { empty: true })

/** One pattern: relative, with no way out of the workspace. */
const glob: Form<string> = {
  needs: 'a glob pattern relative to the workspace, with no `..`',
  schema: {
    type: 'string',
    pattern:
      '^(?!\\s*!?\\s*(?:[/\\\\]|[A-Za-z]:))(?!\\s*!?\\s*(?:[\\s\\S]*[/\\\\{},])?\\.\\.(?:[/\\\\{},]|\\s*$))(?=[\\s!]*[^\\s!])[^\\u0000-\\u001f]+$',
  },
  read: (value) => {
    if (typeof value !== 'string' || !/[^\s!]/.test(value) || /[\u0000-\u001f]/.test(value))
      return bad(value, glob.needs)
    const pattern = value.trim()
    const bare = pattern.replace(/^!\s*/, '')
    const leaves = /^(?:[/\\]|[A-Za-z]:)/.test(bare) || bare.split(/[/\\{},]/).includes('..')
    return leaves
      ? bad(value, glob.needs)
      : good(pattern.startsWith('!') ? `!${posix.normalize(bare)}` : posix.normalize(bare))
  },
}

const globList = listOf(glob, { empty: false, separator: /[\r\n]/ })

/** Patterns for query files, one a line; `!` excludes. At least one must include something. */
export const globs: Form<readonly string[]> = {
  needs: 'glob patterns relative to the workspace, one per line',
  schema: {
    anyOf: [
      { type: 'array', items: glob.schema, minItems: 1, contains: { type: 'string', pattern: '^\\s*[^!\\s]' } },
      { type: 'string', pattern: '(?:^|[\\r\\n])[^\\S\\r\\n]*[^!\\s]' },
    ],
  },
  read: (value) => {
    const parsed = globList.read(value)
    if (!parsed.ok || parsed.value.some((pattern) => !pattern.startsWith('!'))) return parsed
    return bad(value, globs.needs, 'Every pattern begins with `!` and excludes: add one that includes files.')
  },
}
