/**
 * The one place where text that others wrote is made fit for a sink. Pure functions, one a sink. Nothing that came from an
 * API, a query file or the config file may be printed or written without one of them.
 */

// --- what can't be seen ---------------------------------------------------------------------------------------------

/**
 * Characters that hide, reorder or break text: controls (so ANSI too), bidi and zero-width marks, tag characters, variation
 * selectors, line and paragraph separators, the byte-order mark, lone surrogates, noncharacters, blanks that are no space.
 * A variation selector that belongs to the picture before it is left alone, so that a plain emoji stays one.
 */
const INVISIBLE =
  '\\p{Extended_Pictographic}[\ufe0e\ufe0f]|' +
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}\u2800]'

/** A pattern with classes of Unicode. Most runs need none, and the engine takes a millisecond to read one, so it is made late. */
function lazily(source: string, flags: string): () => RegExp {
  let pattern: RegExp | undefined
  return () => {
    pattern ??= new RegExp(source, flags)
    return pattern
  }
}

const invisible = lazily(INVISIBLE, 'gu')

/** Beyond ASCII: visible characters of Western languages, and those of our own sentences. */
// Stryker disable next-line StringLiteral: for speed alone
const WESTERN = '\\u00a1-\\u00ac\\u00ae-\\u02ff\\u2010-\\u2027\\u2030-\\u205e\\u2713\\u2717'

/** Most text. It needs no pattern with classes of Unicode. The tests hold it against every character. */
const PLAIN = new RegExp(`^[ -~${WESTERN}]*$`)

const SHORT_NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Makes every invisible character visible (`\u{202e}`, `\n`). The result is one line of well-formed text. */
export function visible(text: string): string {
  // Stryker disable next-line ConditionalExpression: for speed alone
  if (PLAIN.test(text)) return text
  return text.replace(invisible(), (found) => {
    if (isPicture(found)) return found
    return SHORT_NAMES[found] ?? `\\u{${found.codePointAt(0)!.toString(16)}}`
  })
}

/** A match of `INVISIBLE` that is more than one character: a picture with its variation selector. */
function isPicture(found: string): boolean {
  return [...found].length > 1
}

/** Marks that belong to the character before them, and the joiner: a cut in front of one would tear a character apart. */
const clings = lazily('^(?:\\p{M}|\\p{Emoji_Modifier}|\u200d)', 'u')
const LONGEST_CLUSTER = 8

/** At most `max` code points; the last is `…` where something was cut. Bounded work, however long the text is. */
export function clip(text: string, max: number): string {
  // Stryker disable next-line ConditionalExpression,EqualityOperator: for speed alone
  if (text.length <= max) return text
  if (max <= 0) return ''
  let at = 0
  let cut = 0
  for (let points = 0; points < max; points += 1) {
    cut = at
    at += text.codePointAt(at)! > 0xffff ? 2 : 1
    if (at >= text.length) return text
  }
  for (let step = 0; step < LONGEST_CLUSTER && cut > 0 && isTorn(text, cut); step += 1) {
    cut -= isLowSurrogate(text.charCodeAt(cut - 1)) && cut > 1 ? 2 : 1
  }
  return `${text.slice(0, cut)}…`
}

function isTorn(text: string, at: number): boolean {
  return clings().test(text.slice(at, at + 2)) || text[at - 1] === '\u200d'
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** `visible` text of at most `max` code points, with work in proportion to `max` and not to the text. */
export function brief(text: string, max: number): string {
  return clip(visible(clip(text, max)), max)
}

// --- the log --------------------------------------------------------------------------------------------------------

/**
 * One line for the log. The runner takes `::command::` at the start of a line (white space before it doesn't count) and the
 * older `##[command]` anywhere in one: https://github.com/actions/runner, `ActionCommand.cs`.
 */
export function forLog(text: string): string {
  return visible(text)
    .replaceAll('##[', '##\\[')
    .replace(/^(\s*)::/u, '$1\\::')
}

/** Data of a workflow command, after the second `::`. */
export function forCommand(text: string): string {
  // Line breaks, which would need it too, are named by now.
  return forLog(text).replaceAll('%', '%25')
}

/** Value of a property of a workflow command, such as `title=`. */
export function forCommandProperty(text: string): string {
  return forCommand(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

// --- Markdown and HTML ----------------------------------------------------------------------------------------------

/** Invisible, and ours: it parts what GitHub would turn into a link, a mention or a picture after Markdown is done. */
const BREAK = '&#8203;'

const MARKDOWN_ENTITIES: Readonly<Record<string, string>> = {
  '\0': BREAK,
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '|': '&#124;',
  '\\': '&#92;',
  '`': '&#96;',
  $: '&#36;',
}

/**
 * Inline Markdown that shows the text and does nothing else: no markup, HTML, table, heading, link, image, mention, issue or
 * commit reference, emoji. GitHub links mentions and references in the finished HTML, so an escaped `@` alone would not do.
 */
export function forMarkdown(text: string): string {
  return withBreaks(text).replace(
    /[\0!-$&()*+<=>@[-`{-~-]|(?<=^\d{1,9})\./g,
    (found) => MARKDOWN_ENTITIES[found] ?? `\\${found}`,
  )
}

/**
 * Where to part: `@`, `#1`, `GH-1`, `:smile:`, `scheme://`, `www.`, `mailto:` behind their mark, and runs of hexadecimal, which
 * may name a commit, into pieces of four.
 */
const REFERENCES = /@|#(?=\d)|(?<=[a-z])-(?=\d)|:(?=[\w+-]+:|\/\/)|www(?=\.)|(?<=mailto|xmpp):|[0-9a-f]{7,}/gi

/** Trimmed and visible, with a NUL wherever it is to be parted. */
function withBreaks(text: string): string {
  return visible(text)
    .trim()
    .replace(REFERENCES, (found) => (found.length < 7 ? `${found}\0` : found.replace(/.{4}(?=.)/g, '$&\0')))
}

/** The title of an issue: plain text to GitHub, which looks for code, emojis and references in it all the same. */
export function forIssueTitle(text: string): string {
  return withBreaks(text).replaceAll('\0', '\u200b').replaceAll('`', "'")
}

/** A code span: GitHub looks for no mention, reference, link or emoji in one. Empty text gives an empty string. */
export function forMarkdownCode(text: string): string {
  const shown = visible(text)
  if (shown === '') return ''
  const longest = (shown.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0)
  const fence = '`'.repeat(longest + 1)
  const pad = /^`|`$|^ .* $/su.test(shown) && shown.trim() !== '' ? ' ' : ''
  return `${fence}${pad}${shown}${pad}${fence}`
}

/**
 * A code span in a cell of a table, where cells are split before code is looked for, and the backslash of `\|` is taken away.
 * Parsers don't agree on `\\|`, so behind a backslash the `|` stands between two spans.
 */
export function forMarkdownCodeCell(text: string): string {
  return visible(text)
    .split(/(?<=\\)\|/)
    .map((piece) => forMarkdownCode(piece).replaceAll('|', '\\|'))
    .join(MARKDOWN_ENTITIES['|'])
}

/** A fenced block that the text can't leave. Line breaks stay; everything else that is invisible is made visible. */
export function forMarkdownBlock(text: string, language: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => visible(line.replaceAll('\t', '    ')))
  const longest =
    lines
      .join('\n')
      .match(/`{3,}/g)
      ?.reduce((most, run) => Math.max(most, run.length), 0) ?? 2
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`
}

/** A link whose text is Markdown that was made by this module; plain text where the address is no safe one. */
export function markdownLink(markdown: string, address: string | undefined): string {
  const url = address === undefined ? undefined : forUrl(address)
  return url === undefined ? markdown : `[${markdown}](${url.replaceAll('&', '&amp;')})`
}

/** Pages that the gate's own hints point to. Nothing that others wrote can make a link to anywhere else. */
const KNOWN_HOSTS = new Set([
  'learn.microsoft.com',
  'docs.github.com',
  'entra.microsoft.com',
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'security.microsoft.com',
  'security.microsoft.us',
  'security.apps.mil',
])

/** What a sentence quotes, in backticks or quotation marks, or an address. */
const QUOTED_OR_ADDRESS = /(`[^`]+`|"[^"]+"|https:\/\/[^\s"'`<>]*[^\s"'`<>.,;:!?)])/

/**
 * As `forMarkdown`, for sentences of the gate: what they quote is shown as code, where it can be copied as it is, and links to
 * Microsoft's and GitHub's own pages are alive; any other address is shown as code.
 */
export function forMarkdownHint(text: string): string {
  return text
    .split(QUOTED_OR_ADDRESS)
    .map((piece, index, pieces) => {
      // Between two spans of code that touch, something must stand: their fences would become one.
      if (index % 2 === 0) return piece === '' && index > 0 && index < pieces.length - 1 ? ' ' : parted(piece)
      if (!piece.startsWith('https:')) return forMarkdownCode(piece.slice(1, -1))
      const url = forUrl(piece)
      if (url === undefined || !KNOWN_HOSTS.has(new URL(url).host)) return forMarkdownCode(piece)
      return markdownLink(forMarkdown(url), url)
    })
    .join('')
}

/** `forMarkdown` takes white space off at both ends, which must stay where a sentence goes on with a link. */
function parted(piece: string): string {
  const inner = forMarkdown(piece)
  return `${/^\s/.test(piece) ? ' ' : ''}${inner}${inner !== '' && /\s$/.test(piece) ? ' ' : ''}`
}

const beyondLabels = lazily('[^\\p{L}\\p{N} .,_()-]+', 'gu')

/** A quoted label of a Mermaid chart: letters, digits and harmless marks only, as Mermaid has no full quoting. */
export function forMermaid(label: string): string {
  // Stryker disable next-line ConditionalExpression,Regex: for speed alone
  if (/^(?! )[\w .,()-]*(?<! )$/.test(label)) return `"${label}"`
  return `"${visible(label).replace(beyondLabels(), ' ').trim()}"`
}

const LONGEST_URL = 8000

/**
 * An `https:` address without user information, as `new URL` writes it, with everything that could end a Markdown link, a
 * table cell or an attribute percent-encoded; `undefined` for anything else.
 */
export function forUrl(text: string): string | undefined {
  if (text.length > LONGEST_URL || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  const [address, ...fragment] = url.href.split('#')
  const parts = fragment.length === 0 ? [address!] : [address!, fragment.join('%23')]
  const safe = parts.join('#').replace(/[()[\]<>{}"'`|\\^]|%(?![0-9a-f]{2})/gi, (found) => percent(found))
  return safe.length > LONGEST_URL || !URL.canParse(safe) ? undefined : safe
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

// --- files ----------------------------------------------------------------------------------------------------------

/** What makes a spreadsheet take a cell for a formula (OWASP: CSV injection), full-width forms included. */
const formula = lazily('^[\\s\\p{Cc}\\p{Cf}"]*[=+\\-@＝＋－＠]|^[\\t\\r\\n]', 'u')
const PLAIN_FORMULA = /^[ "]*[=+\-@]/
/** A spreadsheet that takes `;` for the separator starts a new cell behind it. */
const HIDDEN_CELL = /([;\t]\s*)(?=[=+\-@＝＋－＠])/gu

/** Text for a cell of a CSV file, before quoting: invisible characters visible, formulas dead behind a leading `'`. */
export function forCsvCell(value: string): string {
  const pattern = PLAIN.test(value) ? PLAIN_FORMULA : formula()
  const guard = pattern.test(value) ? "'" : ''
  return guard + visible(value).replace(HIDDEN_CELL, "$1'")
}

/** JSON for a cell of a CSV file: it starts with a brace and stays the same JSON. */
export function forCsvJson(value: unknown): string {
  return forJson(value)
    .replace(HIDDEN_CELL, '$1\0')
    .replace(/\0(.)/gu, (_, sign: string) => `\\u${hex4(sign)}`)
}

const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

const jsonOdd = lazily(`\\\\(?:u(d[89a-f][0-9a-f]{2})|.)|##\\[|${INVISIBLE}`, 'gu')

/**
 * Most rows are made of characters as in `PLAIN`, for which this is several times faster than looking for what is odd.
 * `JSON.stringify` writes lone surrogates with `\u`.
 */
// Stryker disable next-line StringLiteral: for speed alone
const JSON_NOT_PLAIN = new RegExp(`[^\\n -~${WESTERN}]|\\\\ud[89a-f]|##\\[`)

/**
 * JSON text that any parser reads: well-formed Unicode, integers exact (`bigint` too). Invisible characters and the runner's
 * `##[` are written as escapes, so that the file may be printed; what is read back is the same.
 */
export function forJson(value: unknown, indent?: number): string {
  const text = stringified(value, indent) ?? 'null'
  // Stryker disable next-line ConditionalExpression: for speed alone
  if (!JSON_NOT_PLAIN.test(text)) return text
  return text.replace(jsonOdd(), (found, lone: string | undefined) => {
    if (found.startsWith('\\')) return lone === undefined ? found : '\\ufffd'
    if (found === '##[') return '#\\u0023['
    return found === '\n' || isPicture(found) ? found : escaped(found)
  })
}

/** A replacer makes it several times slower, so it is used only where there is a `bigint`, which `JSON.stringify` refuses. */
function stringified(value: unknown, indent: number | undefined): string | undefined {
  try {
    return JSON.stringify(value, undefined, indent)
  } catch {
    return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? raw(item.toString()) : item), indent)
  }
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${hex4(unit)}`)
    .join('')
}

function hex4(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0')
}

/** Plain text of a SARIF message: no embedded `[text](link)` and no `{0}` placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6). */
export function forSarifText(text: string): string {
  return visible(text).replace(/[[\]]/g, '\\$&').replaceAll('{', '{{').replaceAll('}', '}}')
}
