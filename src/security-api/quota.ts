/**
 * Reads how long the service asks to wait from the words of an answer. Hunting has no documented header for it: its pages
 * say to read the body. Known wordings: "You have exceeded processing resources allocated to this tenant. You can run
 * queries again in <duration>." and "API calls quota exceeded! … You can send requests again in 8 seconds."
 */

/** The processing budget is given out anew in cycles of this length (defender-docs, `advanced-hunting-limits.md`). */
const CYCLE_MS = 15 * 60_000
/** No quota is closed for longer than a year; a date that is far enough away can't be written at all. */
const LONGEST_MS = 365 * 86_400_000

const BUDGET = /exceeded (?:the )?processing resources/i
const LIMIT = /quota|processing resources|throttl|too many requests|limit/i
const AGAIN_IN = /\b(?:run|send|try|call|submit)\b[^.!?]{0,60}?\bagain (?:in|after) /i

const SECOND = 1000
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|millis(?:econds?)?|milliseconds?)$/i, 1],
  [/^(?:s|secs?|seconds?)$/i, SECOND],
  [/^(?:m|mins?|minutes?)$/i, 60 * SECOND],
  [/^(?:h|hrs?|hours?)$/i, 3600 * SECOND],
  [/^(?:d|days?)$/i, 86_400 * SECOND],
]

/** Milliseconds until the tenant's quota is open again, a year at most; `undefined` when the words are not about a quota. */
export function quotaWait(text: string): number | undefined {
  if (!LIMIT.test(text)) return undefined
  const again = AGAIN_IN.exec(text)
  const told = again === null ? undefined : parseDuration(text.slice(again.index + again[0].length))
  if (told !== undefined) return Math.min(told, LONGEST_MS)
  return BUDGET.test(text) ? CYCLE_MS : undefined
}

/**
 * Milliseconds of the duration that the text starts with: `8 seconds`, `1 minute and 30 seconds`, `00:14:30` or
 * `1.00:14:30` (.NET), `14:30` (minutes), `PT14M30S`. Rounded up to whole milliseconds.
 */
export function parseDuration(text: string): number | undefined {
  const start = text.trimStart().replace(/^(?:about|approximately|another|the next)\s+/i, '')
  return clockForm(start) ?? isoForm(start) ?? wordForm(start)
}

function clockForm(text: string): number | undefined {
  const match = /^(?:(?:(\d{1,3})\.)?(\d{1,2}):)?(\d{1,2}):(\d{2}(?:\.\d{1,7})?)(?![\d:])/.exec(text)
  if (match === null) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return Math.ceil((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND)
}

function isoForm(text: string): number | undefined {
  const match = /^P(?=\d|T\d)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?\b/i.exec(text)
  if (match === null) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return Math.ceil((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND)
}

function wordForm(text: string): number | undefined {
  const part = /^(?:\s|,|and\b)*(\d{1,9}(?:\.\d{1,7})?|an?\b)\s*([a-z]+)/i
  let rest = text
  let total: number | undefined
  for (let match = part.exec(rest); match !== null; match = part.exec(rest)) {
    const [whole, amount = '', word = ''] = match
    const unit = UNITS.find(([name]) => name.test(word))?.[1]
    if (unit === undefined) break
    total = (total ?? 0) + (/^an?$/i.test(amount) ? 1 : Number(amount)) * unit
    rest = rest.slice(whole.length)
  }
  return total === undefined ? undefined : Math.ceil(total)
}
