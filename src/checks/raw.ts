/** Whole-file queries: `.kql`, `.csl`, `.kusto`, `.txt`. */
import { emptyQuery, severalParts } from '../errors/checks.ts'
import { asTitle, hasKql, NOTHING_SAID, type QueryFile } from './query-file.ts'

/**
 * The marker comments of public collections that keep two dialects of one query in a file. Seen are plurals, spaces,
 * misspelled "Microsft", and a remark after a comma, dot or dash; "Advanced Hunting query for …" is a mere description.
 */
const REMARK = String.raw`(?:\s*$|\s*[.,:;(–—-].*$)`
const ADVANCED_HUNTING = new RegExp(
  String.raw`^\s*//+\s*(?:microsoft\s+)?advanced[\s-]+hunting\s+quer(?:y|ies)${REMARK}`,
  'i',
)
const SENTINEL = new RegExp(
  String.raw`^\s*//+\s*(?:(?:mi\w*ft|ms|azure)\s+){0,2}sentinel\s+quer(?:y|ies)${REMARK}`,
  'i',
)

/** The whole file as it stands, or its advanced-hunting part where the markers name one. */
export function readRaw(path: string, content: string): QueryFile {
  const part = advancedHuntingPart(path, content) ?? { start: 0, end: content.length, line: 1 }
  const text = content.slice(part.start, part.end)
  if (!hasKql(text)) {
    const where = part.start > 0 ? 'the part for advanced hunting has no KQL' : 'it has comments or blank lines only'
    throw emptyQuery(path, where, part.line)
  }
  return {
    ...NOTHING_SAID,
    text,
    line: part.line,
    indent: 0,
    segments: [{ offset: 0, line: part.line, column: 1 }],
    title: firstComment(content),
  }
}

/** From the line after the marker to the next marker of either kind; a file without it is one query as a whole. */
function advancedHuntingPart(path: string, content: string): { start: number; end: number; line: number } | undefined {
  const parts: { start: number; end: number; line: number }[] = []
  let open: { start: number; line: number } | undefined
  let start = 0
  for (let line = 1; start < content.length; line++) {
    const newline = content.indexOf('\n', start)
    const next = newline < 0 ? content.length : newline + 1
    const text = content.slice(start, next).trimEnd()
    const advanced = ADVANCED_HUNTING.test(text)
    if (advanced || SENTINEL.test(text)) {
      if (open !== undefined) parts.push({ ...open, end: start })
      open = advanced ? { start: next, line: line + 1 } : undefined
    }
    start = next
  }
  if (open !== undefined) parts.push({ ...open, end: content.length })
  if (parts.length > 1)
    throw severalParts(
      path,
      parts.map((part) => part.line - 1),
    )
  return parts[0]
}

/** The first comment line above the query that says something. */
function firstComment(content: string): string | undefined {
  for (const line of content.split('\n')) {
    const bare = line.trim()
    if (bare === '') continue
    if (!bare.startsWith('//')) return undefined
    if (ADVANCED_HUNTING.test(bare) || SENTINEL.test(bare)) continue
    const said = bare.replace(/^[/\s*=#_-]+/, '').replace(/^(?:title|name|query name|description)\s*:\s*/i, '')
    if (/[\p{L}\p{N}]/u.test(said) && !/^[\w ]{1,30}:$/.test(said)) return asTitle(said)
  }
  return undefined
}
