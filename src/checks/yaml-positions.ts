/** Where the characters of a YAML text stand in the file, for every style that YAML has. */
import type { CST } from 'yaml'

/** From `offset` in the value on, characters stand at `at` in the file, up to the next stretch. */
export interface Stretch {
  readonly offset: number
  readonly at: number
}

/** `token` is the source token of the scalar, `value` what the parser made of it. */
export function stretches(token: CST.Token, value: string): readonly Stretch[] {
  switch (token.type) {
    case 'block-scalar':
      return ofBlock(token, value)
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      return ofFlow(token)
    default:
      return [{ offset: 0, at: token.offset }]
  }
}

function ofBlock(token: CST.BlockScalar, value: string): readonly Stretch[] {
  const start =
    token.offset + token.props.reduce((length, prop) => length + ('source' in prop ? prop.source.length : 0), 0)
  const header = token.props.find((prop) => prop.type === 'block-scalar-header')
  const folded = header !== undefined && 'source' in header && header.source.startsWith('>')
  return folded ? ofFolded(token.source, start, value) : ofLiteral(token.source, start, value)
}

/** A literal block keeps its lines: each is the end of the source line that it came from. */
function ofLiteral(source: string, start: number, value: string): readonly Stretch[] {
  const lines = source.split('\n')
  const found: Stretch[] = []
  let offset = 0
  let at = start
  for (const [number, line] of value.split('\n').entries()) {
    const raw = lines[number]
    if (raw === undefined) break
    const length = raw.endsWith('\r') ? raw.length - 1 : raw.length
    found.push({ offset, at: at + length - line.length })
    offset += line.length + 1
    at += raw.length + 1
  }
  return found
}

/** Folding changes only white space, so the other characters come in the same order. */
function ofFolded(source: string, start: number, value: string): readonly Stretch[] {
  const found = new Trail()
  const word = /\S/g
  for (let offset = 0; offset < value.length; offset++) {
    if (/\s/.test(value[offset]!)) continue
    const match = word.exec(source)
    if (match === null) break
    found.add(offset, start + match.index)
  }
  return found.stretches(start)
}

/** In a quoted text a line break, alone or with blank lines, stands for a space or for line breaks; escapes for a character. */
const BLANKS = /[ \t]+/y
const FOLD = /\r?\n(?:[ \t]*\r?\n)*[ \t]*/y
const ESCAPE = /\\(?:\r?\n[ \t]*|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/y

function ofFlow(token: CST.FlowScalar): readonly Stretch[] {
  const { source, offset: start } = token
  const quote = token.type === 'double-quoted-scalar' ? '"' : token.type === 'single-quoted-scalar' ? "'" : ''
  const end = source.length - quote.length
  const found = new Trail()
  let offset = 0
  for (let i = quote.length; i < end; ) {
    found.add(offset, start + i)
    const blanks = stickyMatch(BLANKS, source, i)
    const fold = stickyMatch(FOLD, source, i + blanks.length)
    const escaped = quote === '"' ? stickyMatch(ESCAPE, source, i) : ''
    if (fold !== '') {
      offset += Math.max(1, fold.split('\n').length - 2)
      i += blanks.length + fold.length
    } else if (blanks !== '') {
      offset += blanks.length
      i += blanks.length
    } else if (escaped !== '') {
      offset += lengthOfEscape(escaped)
      i += escaped.length
    } else {
      i += quote === "'" && source.startsWith("''", i) ? 2 : 1
      offset += 1
    }
  }
  return found.stretches(start)
}

function stickyMatch(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function lengthOfEscape(escaped: string): number {
  if (/^\\\r?\n/.test(escaped)) return 0
  return escaped[1] === 'U' && Number.parseInt(escaped.slice(2), 16) > 0xff_ff ? 2 : 1
}

/** Keeps a stretch only where the distance between value and file changes. */
class Trail {
  readonly #found: Stretch[] = []
  #distance = Number.NaN

  add(offset: number, at: number): void {
    if (at - offset === this.#distance) return
    this.#distance = at - offset
    this.#found.push({ offset, at })
  }

  stretches(start: number): readonly Stretch[] {
    return this.#found[0]?.offset === 0 ? this.#found : [{ offset: 0, at: start }, ...this.#found]
  }
}
