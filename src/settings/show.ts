/** What was given, fit for a message: short, on one line, with every odd character visible and no secret in it. */
import { distance } from 'fastest-levenshtein'

const LONGEST = 60

/** Control characters, line breaks, bidirectional and zero-width marks, lone surrogates: all that hides or reorders text. */
const HIDDEN = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]'

function visible(text: string): string {
  // Most text. The engine takes a millisecond to read a pattern with classes of Unicode.
  // Stryker disable next-line ConditionalExpression,Regex: for speed alone
  if (/^[ -~]*$/.test(text)) return text
  return text.replace(new RegExp(HIDDEN, 'gu'), (character) => {
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    if (character === '\t') return '\\t'
    return `\\u{${character.codePointAt(0)!.toString(16)}}`
  })
}

/** A name (of a key, a column, a check) with odd characters made visible and a bound on its length. */
export function shortName(text: string, longest = LONGEST): string {
  // Stryker disable next-line MethodExpression: for speed alone
  const characters = [...text.slice(0, longest * 2)]
  const cut = characters.length > longest || text.length > longest * 2
  return visible(characters.slice(0, longest).join('')) + (cut ? '…' : '')
}

/**
 * Describes a value for a message: `"text"`, `12`, `true`, `a list`, `a mapping`, `nothing`. Text that holds one of
 * `secrets`, or the user information of a URL, shows `***` in its place.
 */
// Stryker disable next-line ArrayDeclaration: a secret that nobody gives
export function show(value: unknown, secrets: readonly string[] = []): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value !== 'string') return String(value)
  return `"${shortName(hideSecrets(value, secrets))}"`
}

/** Puts `***` in place of secrets and of the user information of URLs. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  let hidden = hideUserInfo(text)
  for (const secret of secrets) hidden = hidden.replaceAll(secret, '***')
  return hidden
}

/** `https://***@host` and `user:***@host`. In one pass: one pattern for all of it took minutes on a long text. */
function hideUserInfo(text: string): string {
  return text.replace(/[^\s/?#\\]+/g, (piece, start: number) => {
    const end = piece.lastIndexOf('@')
    if (end < 0) return piece
    let before = start - 1
    while (text[before] === '/' || text[before] === '\\') before -= 1
    const behindScheme = text[before] === ':'
    const colon = piece.slice(0, end).indexOf(':')
    if (!behindScheme && colon < 0) return piece
    return `${behindScheme ? '' : piece.slice(0, colon + 1)}***${piece.slice(end)}`
  })
}

/** The parts of secret inputs that must not show: the whole, and each line of a key, so that a pasted piece is caught too. */
export function secretParts(values: readonly (string | undefined)[]): readonly string[] {
  const parts = values.flatMap((value) => (value === undefined ? [] : [value, ...value.split(/[\r\n]/)]))
  const long = parts.map((part) => part.trim()).filter((part) => part.length >= 4)
  return [...new Set(long)].sort((a, b) => b.length - a.length)
}

/**
 * The known word that `given` most likely means: the same without regard to case, or at most `limit` edits away. Of four letters
 * one may be wrong, or two may have changed places: two edits make any short word of any other.
 */
export function nearest(given: string, known: readonly string[], limit = 2): string | undefined {
  const wanted = given.trim().toLowerCase()
  if (wanted.length > 200) return undefined
  let best: { word: string; edits: number } | undefined
  for (const word of known) {
    const edits = distance(wanted, word.toLowerCase())
    const short = Math.min(wanted.length, word.length) <= 4
    const most = short && !isSwapped(wanted, word.toLowerCase()) ? 1 : limit
    // In a short word two edits leave nothing of it.
    if (edits <= most && edits * 2 <= wanted.length + 1 && (best === undefined || edits < best.edits))
      best = { word, edits }
  }
  return best?.word
}

/** The same letters in another order. */
function isSwapped(one: string, other: string): boolean {
  return [...one].sort().join('') === [...other].sort().join('')
}

/** The one known word that begins as `given` does: `med` is `medium`. */
export function begun(given: string, known: readonly string[]): string | undefined {
  const wanted = given.trim().toLowerCase()
  const words = wanted.length < 3 ? [] : known.filter((word) => word.toLowerCase().startsWith(wanted))
  return words.length === 1 ? words[0] : undefined
}
