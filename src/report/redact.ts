/**
 * Takes registered secrets out of text, in every form in which a service or a tool may echo them. The runner masks its own
 * log only, and knows neither base64url, hex, form encoding nor the parts of a token; files and bodies it doesn't mask at all.
 */
import { formsOf, partsOf, SHORTEST } from './secret-forms.ts'

/** What stands in place of a secret. */
export const MASK = '***'

export interface Redactor {
  /** Registers a secret. Blank text is ignored. */
  protect(secret: string): void
  /** The text with `***` in place of every secret, in whatever form. */
  redact(text: string): string
  /** How many secrets are registered. */
  readonly count: number
}

/** A new secret is made ready when a text is next looked at; a text costs one pass, however many secrets there are. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  const matcher = createMatcher()
  let fresh: string[] = []
  return {
    protect: (secret) => {
      if (secret.trim() === '' || secrets.has(secret)) return
      secrets.add(secret)
      fresh.push(secret)
    },
    redact: (text) => {
      if (secrets.size === 0 || text === '') return text
      if (fresh.length > 0) matcher.learn(fresh)
      fresh = []
      return matcher.mask(text)
    },
    get count() {
      return secrets.size
    },
  }
}

// --- matching -------------------------------------------------------------------------------------------------------

interface Matcher {
  learn(secrets: readonly string[]): void
  mask(text: string): string
}

/**
 * One pass over the text: a table tells by the next four characters whether a form may begin here. Matches that overlap or
 * touch become one `***`, so that no rest of one secret stays behind another.
 */
function createMatcher(): Matcher {
  const words = new Set<string>()
  const forms = new Set<string>()
  // The frame of a PEM begins like everybody else's, and white space like anything; what is within is a part of its own.
  const framed = new Set<string>()
  const buckets = new Map<number, string[]>()
  const mayBegin = new Uint8Array(0x10000)
  let word: RegExp | undefined

  function learnForm(form: string): void {
    if (form.length < SHORTEST || forms.has(form)) return
    forms.add(form)
    const slot = slotAtStart(form)
    mayBegin[slot] = 1
    const bucket = buckets.get(slot)
    if (bucket === undefined) buckets.set(slot, [form])
    else bucket.push(form)
  }

  return {
    learn(secrets) {
      for (const part of secrets.flatMap(partsOf)) {
        if (part.length < SHORTEST) words.add(part)
        else for (const form of formsOf(part)) learnForm(form)
        if (/^(?:-----|\s)|\s$/.test(part)) for (const form of formsOf(part)) framed.add(form)
      }
      word = wordPattern([...words])
    },
    mask(text) {
      let result = ''
      let kept = 0
      let start = -1
      let end = -1
      let mix = 0
      for (let last = 0; last < text.length; last += 1) {
        mix = mixIn(mix, text.charCodeAt(last))
        const slot = slotOf(mix)
        if (mayBegin[slot] === 0) continue
        const at = last + 1 - SHORTEST
        if (at < 0) continue
        const length = longestMatch(text, at, buckets.get(slot) ?? [], framed)
        if (length === 0) continue
        if (at > end) {
          if (end >= 0) {
            result += text.slice(kept, start) + MASK
            kept = end
          }
          start = at
        }
        end = Math.max(end, at + length)
      }
      if (end >= 0) {
        result += text.slice(kept, start) + MASK
        kept = end
      }
      const masked = kept === 0 ? text : result + text.slice(kept)
      return word === undefined ? masked : masked.replace(word, MASK)
    },
  }
}

/** As many characters of the beginning of a form as are taken out without the rest of it. */
const SHORTEST_BEGINNING = 12

/** How much of the text from here is a form, or the beginning of one: whoever echoes a secret may cut it off. 0 for none. */
function longestMatch(text: string, at: number, candidates: readonly string[], whole: ReadonlySet<string>): number {
  let longest = 0
  for (const form of candidates) {
    let same = 0
    while (same < form.length && text.charCodeAt(at + same) === form.charCodeAt(same)) same += 1
    if (same < form.length && (same < SHORTEST_BEGINNING || whole.has(form))) continue
    if (same > longest) longest = same
  }
  return longest
}

/** The slot of the four characters up to here, from the mix of those before: a mix holds the low bytes of the last four. */
function mixIn(mix: number, unit: number): number {
  return (mix << 8) ^ unit
}

/** Looked up once: this is asked for every character of every text. */
const { imul } = Math

function slotOf(mix: number): number {
  return imul(mix, 0x9e3779b1) >>> 16
}

function slotAtStart(form: string): number {
  let mix = 0
  for (let at = 0; at < SHORTEST; at += 1) mix = mixIn(mix, form.charCodeAt(at))
  return slotOf(mix)
}

function wordPattern(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined
  const any = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${any})(?![\\p{L}\\p{N}_])`, 'gu')
}
