/** What a query file says, and where in the file each character of its query stands. */
import type { KnownSeverity } from '../model.ts'

/** A stretch of the query that stands in the file character by character, up to the start of the next one. */
export interface Segment {
  /** Offset in the query's text. */
  readonly offset: number
  /** Place of that character in the file, both from 1; columns are UTF-16 units, as editors and SARIF count. */
  readonly line: number
  readonly column: number
}

export interface QueryFile {
  /** The KQL, exactly as it is sent. */
  readonly text: string
  /** 1-based line of the file on which the text starts. */
  readonly line: number
  /** Columns by which the text's lines are indented in the file (YAML block, fence in a list); 0 where they are not. */
  readonly indent: number
  /** By offset, starting at 0. For `locate`. */
  readonly segments: readonly Segment[]
  readonly id: string | undefined
  readonly title: string | undefined
  readonly description: string | undefined
  readonly severity: KnownSeverity | undefined
  readonly tactics: readonly string[]
  readonly techniques: readonly string[]
  /** Columns that the file names as the entities of a finding; empty where it names none. */
  readonly key: readonly string[]
}

/** What a file may say about its query besides the text. */
export type About = Omit<QueryFile, 'text' | 'line' | 'indent' | 'segments'>

export const NOTHING_SAID: About = {
  id: undefined,
  title: undefined,
  description: undefined,
  severity: undefined,
  tactics: [],
  techniques: [],
  key: [],
}

/**
 * The place in the file of the character at `offset` (UTF-16 units) of the query's text. Exact for whole files, Markdown
 * fences, literal blocks and quoted YAML texts; in a folded block exact for all but white space.
 */
export function locate(file: Pick<QueryFile, 'text' | 'segments'>, offset: number): { line: number; column: number } {
  const { text, segments } = file
  const at = Math.max(0, Math.min(offset, text.length))
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (segments[middle]!.offset <= at) low = middle
    else high = middle - 1
  }
  const segment = segments[low] ?? { offset: 0, line: 1, column: 1 }
  let { line, column } = segment
  for (let i = segment.offset; i < at; i++) {
    if (text.charCodeAt(i) === 10) {
      line++
      column = 1
    } else column++
  }
  return { line, column }
}

/**
 * Lines and columns of a file by offset. Only `\n` ends a line, as Git and GitHub count; a `\r` before it is a character.
 */
export class Lines {
  readonly #starts: number[] = [0]

  constructor(content: string) {
    for (let i = content.indexOf('\n'); i >= 0; i = content.indexOf('\n', i + 1)) this.#starts.push(i + 1)
  }

  at(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 }
  }
}

/** Whether a text holds more than blank lines and `//` comments. KQL has no other kind of comment. */
export function hasKql(text: string): boolean {
  return text.split('\n').some((line) => {
    const bare = line.trim()
    return bare !== '' && !bare.startsWith('//')
  })
}

/** A title fit for a table: one line, not endless. */
export function asTitle(text: string): string | undefined {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line === '') return undefined
  const characters = [...line]
  return characters.length <= 200 ? line : `${characters.slice(0, 199).join('').trimEnd()}…`
}
