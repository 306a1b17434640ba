/** When to try again, and how long to wait before. Pure arithmetic. */

/** A request is tried at most this often. */
export const MAX_ATTEMPTS = 5

/** A longer `Retry-After`, in milliseconds, is not waited for. */
export const MAX_WAIT_MS = 300_000

/** No service means more than a year; a date that is far enough away can't be written at all. */
const LONGEST_ASKED_MS = 365 * 86_400_000

const FIRST_WAIT_MS = 1_000
const LONGEST_BACKOFF_MS = 30_000
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/** Statuses that may pass by themselves. All others are an answer, good or bad. */
export function isRetriedStatus(status: number): boolean {
  return RETRIED_STATUSES.has(status)
}

/** Statuses that also say that the request was not taken, so that sending it again can't do it twice. */
export function isNotTaken(status: number): boolean {
  return status === 429 || status === 503
}

/** Milliseconds to wait after the given failed attempt (from 1): doubles each time, the upper half of it left to chance. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(Math.min(LONGEST_BACKOFF_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2))
}

/**
 * What `Retry-After` asks for, in milliseconds, a year at most; `undefined` where there is none, it can't be read, or it names no time
 * ahead. Seconds may be decimal: Graph has sent both `10` and `2.128`. A date is set against the answer's own `Date`,
 * so that a wrong clock on the runner does no harm.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined) return undefined
  const ms = /^\d+(\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1_000)
    : httpDate(text) - (httpDate(headers['date'] ?? '') || now.getTime())
  return ms > 0 ? Math.min(ms, LONGEST_ASKED_MS) : undefined
}

/** The forms of RFC 9110, 5.6.7, that name their zone; `NaN` for anything else. */
function httpDate(text: string): number {
  return /^[A-Z][a-z]+, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN
}

/** Milliseconds for people: `0.4 s`, `1.2 s`, `75 s`. */
export function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 1 : 0))} s`
}
