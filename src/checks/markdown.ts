/** The one KQL fence of a Markdown file. Fences go by the rules of CommonMark, so a real parser reads them. */
import { emptyQuery, severalFences } from '../errors/checks.ts'
import { asTitle, hasKql, Lines, NOTHING_SAID, type QueryFile, type Segment } from './query-file.ts'

const LANGUAGES = new Set(['', 'kql', 'kusto', 'csl', 'c#'])
type Product = 'defender' | 'sentinel'

/** The parts of a file that matter here, in order. */
type Block = Heading | { readonly kind: 'paragraph'; readonly text: string } | Code

interface Heading {
  readonly kind: 'heading'
  readonly depth: number
  readonly text: string
}

interface Code {
  readonly kind: 'fence'
  readonly language: string
  /** 1-based line of the opening fence. */
  readonly line: number
  readonly text: string
  readonly segments: readonly Segment[]
}

interface Candidate extends Code {
  readonly product: Product | undefined
}

/** Takes the fence under a heading (or `**Platform:**`) for Defender before one for Sentinel; does not choose otherwise. */
export async function readMarkdown(path: string, content: string): Promise<QueryFile> {
  const blocks = await parse(content)
  const candidates = fencesOf(blocks).filter((fence) => LANGUAGES.has(fence.language))
  if (candidates.length === 0) {
    throw emptyQuery(path, 'it has no fence that is untagged or tagged kql, kusto, csl or c#')
  }
  const [fence, ...others] = preferred(candidates)
  if (others.length > 0)
    throw severalFences(
      path,
      [fence!, ...others].map(({ line }) => line),
    )
  const { text, segments, line } = fence!
  if (!hasKql(text)) throw emptyQuery(path, `the fence at line ${line} is empty or has comments only`, line)
  return {
    ...NOTHING_SAID,
    text,
    line: segments[0]!.line,
    indent: segments[0]!.column - 1,
    segments,
    title: titleOf(blocks),
    techniques: techniquesOf(blocks),
  }
}

/** The fences for Defender; where none is named so, those that are not for Sentinel; where all are, these. */
function preferred(fences: readonly Candidate[]): readonly Candidate[] {
  const defender = fences.filter((fence) => fence.product === 'defender')
  if (defender.length > 0) return defender
  const others = fences.filter((fence) => fence.product !== 'sentinel')
  return others.length > 0 ? others : fences
}

/** Gives each fence the product that the nearest heading above it, or the platform line after that, speaks of. */
function fencesOf(blocks: readonly Block[]): readonly Candidate[] {
  // A single heading of the first level is the file's title: it names the subject, not a section.
  const titled = headingsOf(blocks).filter(({ depth }) => depth === 1).length === 1
  const path: Heading[] = []
  const fences: Candidate[] = []
  let platform: Product | undefined
  for (const block of blocks) {
    switch (block.kind) {
      case 'heading':
        while (path.length > 0 && path.at(-1)!.depth >= block.depth) path.pop()
        path.push(block)
        platform = undefined
        break
      case 'paragraph':
        platform =
          productOf(/^[^\w\n]*platforms?[^\w\n]*:[^\w\n]*(?:\n[^\w\n]*)?(.+)$/im.exec(block.text)?.[1] ?? '') ??
          platform
        break
      case 'fence': {
        const sections = path.filter(({ depth }) => depth > 1 || !titled)
        const named = sections.map(({ text }) => productOf(text)).findLast((product) => product !== undefined)
        fences.push({ ...block, product: platform ?? named })
        break
      }
    }
  }
  return fences
}

/** A name with both in it holds for Defender too. */
function productOf(name: string): Product | undefined {
  if (/defender|advanced[\s-]+hunting|m365|microsoft\s+365|\bxdr\b/i.test(name)) return 'defender'
  return /sentinel|log\s+analytics/i.test(name) ? 'sentinel' : undefined
}

function headingsOf(blocks: readonly Block[]): readonly Heading[] {
  return blocks.filter((block) => block.kind === 'heading')
}

function titleOf(blocks: readonly Block[]): string | undefined {
  const headings = headingsOf(blocks)
  const heading = headings.find(({ depth }) => depth === 1) ?? headings[0]
  return heading === undefined ? undefined : asTitle(heading.text.replaceAll(/[*`]/g, ''))
}

/** Numbers of techniques in the sections that are headed ATT&CK: `T1059`, `T1059.001`, and the `T1059/001` of a link. */
function techniquesOf(blocks: readonly Block[]): readonly string[] {
  const found = new Set<string>()
  let depth = 0
  for (const block of blocks) {
    if (block.kind === 'heading') {
      if (/att&ck|mitre/i.test(block.text)) depth = block.depth
      else if (block.depth <= depth) depth = 0
    }
    if (depth === 0 || block.kind === 'fence') continue
    for (const [technique] of block.text.matchAll(/\bT\d{4}(?:[./]\d{3})?\b/g)) found.add(technique.replace('/', '.'))
  }
  return [...found]
}

// --- parsing --------------------------------------------------------------------------------------------------------

/** markdown-it takes time in proportion to the file, also for a hostile one; only its block rules are run. */
async function parse(content: string): Promise<readonly Block[]> {
  const { default: MarkdownIt } = await import('markdown-it')
  const markdown = new MarkdownIt('commonmark')
  markdown.core.ruler.enableOnly(['normalize', 'block'])
  const tokens = markdown.parse(content, {})
  const source = linesOf(content)
  const places = new Lines(content)
  const blocks: Block[] = []
  for (const [number, token] of tokens.entries()) {
    if (token.type === 'fence') {
      blocks.push(codeOf(token.content, token.info, token.map?.[0] ?? 0, source, places))
    } else if (token.type === 'inline') {
      const opening = tokens[number - 1]
      const depth = /^h([1-6])$/.exec(opening?.tag ?? '')?.[1]
      blocks.push(
        depth === undefined
          ? { kind: 'paragraph', text: token.content }
          : { kind: 'heading', depth: Number(depth), text: token.content },
      )
    }
  }
  return blocks
}

interface SourceLine {
  readonly start: number
  readonly length: number
  readonly ending: string
}

/** Lines as Markdown counts them: a lone `\r` ends one too. */
function linesOf(content: string): readonly SourceLine[] {
  const lines: SourceLine[] = []
  let start = 0
  for (const ending of content.matchAll(/\r\n?|\n/g)) {
    lines.push({ start, length: ending.index - start, ending: ending[0] })
    start = ending.index + ending[0].length
  }
  lines.push({ start, length: content.length - start, ending: '' })
  return lines
}

/**
 * The parser takes indentation and quote marks off the left of each line, so a line of the query is the end of its line
 * in the file. Line ends are the file's own; the one before the closing fence belongs to the fence.
 */
function codeOf(content: string, info: string, opening: number, source: readonly SourceLine[], places: Lines): Code {
  const segments: Segment[] = []
  let text = ''
  let ending = ''
  for (const [number, line] of content.replace(/\n$/, '').split('\n').entries()) {
    const raw = source[opening + 1 + number] ?? source.at(-1)!
    text += ending
    segments.push({ offset: text.length, ...places.at(raw.start + Math.max(0, raw.length - line.length)) })
    text += line
    ending = raw.ending
  }
  const language = info.trim().split(/\s/)[0]!.toLowerCase()
  return { kind: 'fence', language, line: places.at(source[opening]!.start).line, text, segments }
}
