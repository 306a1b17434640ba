/**
 * Forms: how one value is read. A form takes the text of an input or the value of a YAML node, and carries the JSON
 * Schema of what it takes, so that inputs, config file and editor agree. Nothing is guessed: what does not fit is a fault.
 */
import { begun, nearest } from './show.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** Why a value can't be taken. `given` is the raw value; it is made safe where the message is made. */
export interface Fault {
  /** Index of the list item that is wrong; empty for the value itself. */
  readonly at: readonly number[]
  readonly given: unknown
  /** What is allowed, to follow "must be". */
  readonly needs: string
  readonly mend?: string | undefined
  /** Set for a Microsoft cloud that exists but can't be supported: why. */
  readonly unsupported?: string
  /** It repeats an item of its list, and is right but for that. */
  readonly twice?: boolean
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] }

export interface Form<T> {
  readonly needs: string
  /** Draft 7, of the YAML values that `read` takes. */
  readonly schema: JsonSchema
  read(value: unknown): Parsed<T>
}

export const good = <T>(value: T): Parsed<T> => ({ ok: true, value })

export function bad(given: unknown, needs: string, mend?: string): { ok: false; faults: readonly Fault[] } {
  return { ok: false, faults: [{ at: [], given, needs, mend }] }
}

export const didYouMean = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : `Did you mean \`${word}\`?`

interface TextOptions<T> {
  /** What the text becomes; `undefined` refuses what the pattern can't. */
  readonly become: (text: string) => T | undefined
  readonly mend?: (text: string) => string | undefined
}

/** A form for text of a pattern, which is the JSON Schema's too. */
function textForm<T>(needs: string, pattern: string, { become, mend }: TextOptions<T>): Form<T> {
  const fits = new RegExp(pattern, 'u')
  return {
    needs,
    schema: { type: 'string', pattern },
    read: (value) => {
      const parsed = typeof value === 'string' && fits.test(value) ? become(value) : undefined
      if (parsed !== undefined) return good(parsed)
      return bad(value, needs, typeof value === 'string' ? mend?.(value) : quotes(value))
    },
  }
}

const asItIs = (text: string): string => text
const lowerCase = (text: string): string => text.toLowerCase()

/** YAML reads `2027` and `true` as number and boolean: as text they need quotes. */
const quotes = (value: unknown): string | undefined =>
  typeof value === 'number' || typeof value === 'boolean' ? `Put it in quotes: '${String(value)}'.` : undefined

/** A pattern that matches the word without regard to case: JSON Schema has no flag for it. */
export function anyCase(word: string): string {
  return word
    .split('')
    .map((letter) => (/[a-z]/i.test(letter) ? `[${letter.toUpperCase()}${letter.toLowerCase()}]` : letter))
    .join('')
}

export const wordList = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ')

/**
 * One of `words`, without regard to case; the value is the word as it stands in `words`. `others` are words that people
 * try, with the sentence that mends them.
 */
export function oneOf<const W extends string>(
  words: readonly W[],
  others: Readonly<Record<string, string>> = {},
): Form<W> {
  const needs = `one of ${wordList(words)}`
  return {
    needs,
    // The plain words first: editors complete them.
    schema: { anyOf: [{ enum: words }, { type: 'string', pattern: `^(?:${words.map(anyCase).join('|')})$` }] },
    read: (value) => {
      if (typeof value !== 'string') return bad(value, needs)
      const word = words.find((each) => each.toLowerCase() === value.toLowerCase())
      if (word !== undefined) return good(word)
      const other = Object.hasOwn(others, value.toLowerCase()) ? others[value.toLowerCase()] : undefined
      return bad(value, needs, other ?? didYouMean(nearest(value, words) ?? begun(value, words)))
    },
  }
}

const BOOLEAN_GUESSES: Readonly<Record<string, string>> = {
  yes: 'true',
  y: 'true',
  on: 'true',
  '1': 'true',
  no: 'false',
  n: 'false',
  off: 'false',
  '0': 'false',
}

/** `true` or `false` in any case, and nothing else. */
export const boolean: Form<boolean> = {
  needs: '`true` or `false`',
  schema: { anyOf: [{ type: 'boolean' }, { type: 'string', pattern: `^(?:${anyCase('true')}|${anyCase('false')})$` }] },
  read: (value) => {
    const text = String(value).toLowerCase()
    if (typeof value === 'boolean' || (typeof value === 'string' && /^(?:true|false)$/.test(text)))
      return good(text === 'true')
    const guess = Object.hasOwn(BOOLEAN_GUESSES, text) ? BOOLEAN_GUESSES[text] : nearest(text, ['true', 'false'])
    return bad(value, boolean.needs, didYouMean(guess))
  },
}

const LARGEST = 999_999_999_999_999

/** A whole number from 0, as a YAML number or in digits. */
export const integer: Form<number> = {
  needs: 'a whole number, 0 or greater',
  schema: {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: LARGEST },
      { type: 'string', pattern: '^[0-9]{1,15}$' },
    ],
  },
  read: (value) => {
    const number = typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value
    // Stryker disable next-line ConditionalExpression: for the compiler, the next line asks for more
    const isNumber = typeof number === 'number'
    if (isNumber && Number.isInteger(number) && number >= 0 && number <= LARGEST) return good(number + 0)
    const digits = typeof value === 'string' ? /^([0-9]{1,15})\s*[a-z]?$/i.exec(value.trim())?.[1] : undefined
    return bad(value, integer.needs, didYouMean(digits))
  },
}

const GUID = '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
/** The last part has a letter in it, or it would be an IP address. */
const DOMAIN = `(?=.{4,253}$)(?:${LABEL}\\.)+(?=[0-9-]*[A-Za-z])${LABEL}`

/** A GUID, in lower case. */
export const guid: Form<string> = textForm('a GUID such as 11111111-2222-3333-4444-555555555555', `^${GUID}$`, {
  become: lowerCase,
  mend: (text) => didYouMean(new RegExp(GUID).exec(text)?.[0].toLowerCase()),
})

const ONE_TENANT =
  'An application signs in to one tenant: give its directory (tenant) id, from the overview page of Microsoft Entra ID.'

/** The id of a tenant: GUID or verified domain, in lower case. */
export const tenantId: Form<string> = textForm(
  'the GUID or a verified domain of a tenant, such as contoso.onmicrosoft.com',
  `^(?:${GUID}|${DOMAIN})$`,
  {
    become: lowerCase,
    mend: (text) => (/^(?:common|organizations|consumers)$/i.test(text) ? ONE_TENANT : undefined),
  },
)

/** An `https:` origin, without the slash at its end. */
export const origin: Form<string> = {
  needs: 'an origin such as https://graph.microsoft.com: `https:`, a host, and no path, query or credentials',
  schema: { type: 'string' },
  read: (value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (url?.protocol !== 'https:')
      return bad(value, origin.needs, url?.protocol === 'http:' ? didYouMean(`https://${url.host}`) : undefined)
    if (/^https:\/\/[^\s/?#@\\]+\/?$/i.test(String(value))) return good(url.origin)
    return bad(value, origin.needs, didYouMean(url.origin))
  },
}

/** Text that is not blank, as it stands. */
export const text: Form<string> = textForm('text', '\\S', { become: asItIs })

/** One line of text without control characters. */
export const line: Form<string> = textForm(
  'one line of text',
  '^(?=\\s*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]{1,300}$',
  { become: asItIs },
)

/** A path; whether it stays inside the workspace is judged in paths.ts. */
export const path: Form<string> = textForm(
  'a path relative to the workspace',
  '^(?=\\s*\\S)[^\\u0000-\\u001f\\u007f]{1,4096}$',
  { become: asItIs },
)

/** The id of a check in the config file. */
export const checkId: Form<string> = textForm('an id of lower-case letters, digits and `-`', '^[a-z0-9-]{1,100}$', {
  become: asItIs,
  mend: (text) => {
    const slug = text
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 100)
    return didYouMean(slug === '' ? undefined : slug)
  },
})

/** A day that exists, as `YYYY-MM-DD`. */
export const date: Form<string> = textForm(
  'a day that exists, as YYYY-MM-DD',
  '^[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))$',
  {
    // JavaScript takes the 29th of a short February as the 1st of March: only what comes back the same exists.
    become: (text) => {
      const time = Date.parse(`${text}T00:00:00Z`)
      return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined
    },
  },
)
