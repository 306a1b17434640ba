/** Durations: a whole number with a unit, or ISO 8601. */
import { bad, didYouMean, type Form, good } from './parse.ts'

export interface Duration {
  readonly ms: number
  /** ISO 8601: as given where it was given so, in upper case. */
  readonly iso: string
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof UNIT_MS

/** Beyond a hundred years the dates that are reckoned from it stop making sense. */
const LONGEST_DAYS = 36_500
/** Node's timers hold 24.8 days; more would fire at once. */
const LONGEST_WAIT_DAYS = 24

const SHORT = '[0-9]+[smhdw]'
/** Weeks stand alone in ISO 8601; years and months have no fixed length, so they are not taken. */
const ISO =
  '[Pp](?:[0-9]+[Ww]|(?=[0-9]|[Tt][0-9])(?:[0-9]+[Dd])?(?:[Tt](?=[0-9])(?:[0-9]+[Hh])?(?:[0-9]+[Mm])?(?:[0-9]+[Ss])?)?)'
const PATTERN = `^(?:${SHORT}|${ISO})$`

/** `7d` → 604,800,000 ms and `P7D`; `2w` → `P14D`, since not every reader of ISO 8601 knows weeks. `undefined`: not a duration. */
export function parseDuration(text: string): Duration | undefined {
  if (!new RegExp(PATTERN).test(text)) return undefined
  const iso = text.toUpperCase()
  if (iso.startsWith('P')) return { ms: isoMs(iso), iso }
  const amount = Number(text.slice(0, -1))
  const unit = text.slice(-1) as Unit
  const ms = amount * UNIT_MS[unit]
  switch (unit) {
    case 'w':
      return { ms, iso: `P${amount * 7}D` }
    case 'd':
      return { ms, iso: `P${amount}D` }
    case 'h':
    case 'm':
    case 's':
      return { ms, iso: `PT${amount}${unit.toUpperCase()}` }
  }
}

function isoMs(iso: string): number {
  const [days = '', time = ''] = iso.split('T')
  const sum = (part: string): number =>
    [...part.matchAll(/([0-9]+)([A-Z])/g)].reduce(
      (ms, [, amount, unit]) => ms + Number(amount) * UNIT_MS[unit!.toLowerCase() as Unit],
      0,
    )
  return sum(days) + sum(time)
}

/** What people write instead: `7 days`, `24H`, `60`. */
function suggestion(text: string): string | undefined {
  const said = /^\s*([0-9]{1,9})\s*(s|sec|secs|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*$/i.exec(
    text,
  )
  if (said !== null) return didYouMean(`${said[1]}${said[2]![0]!.toLowerCase()}`)
  if (/^\s*[0-9]{1,9}\s*$/.test(text))
    return `Give it a unit: \`${text.trim()}s\`, \`${text.trim()}m\`, \`${text.trim()}h\` or \`${text.trim()}d\`.`
  if (/^P[0-9TDHMSWY]*[YM]/i.test(text)) return 'Years and months have no fixed length: give days, such as `P30D`.'
  return undefined
}

const NEEDS = 'a duration: a whole number with s, m, h, d or w, or ISO 8601 such as PT12H'

function durationForm(limits: {
  readonly atLeastMs: number
  readonly longestDays: number
  readonly also: string
}): Form<Duration> {
  const needs = `${NEEDS}${limits.also}`
  return {
    needs,
    // A lookahead for one digit that is not 0 says "more than zero".
    schema: { type: 'string', pattern: limits.atLeastMs === 0 ? PATTERN : PATTERN.replace('^', '^(?=.*[1-9])') },
    read: (value) => {
      if (typeof value === 'number') return bad(value, needs, suggestion(String(value)))
      const duration = typeof value === 'string' ? parseDuration(value) : undefined
      if (duration === undefined) return bad(value, needs, typeof value === 'string' ? suggestion(value) : undefined)
      if (duration.ms < limits.atLeastMs || duration.ms > limits.longestDays * UNIT_MS.d) return bad(value, needs)
      return good(duration)
    },
  }
}

/** A look-back: more than zero, or nothing would ever be seen. */
export const lookBack: Form<Duration> = durationForm({
  atLeastMs: 1,
  longestDays: LONGEST_DAYS,
  also: ', more than zero and at most 36500d',
})

/** A time to wait; zero is no wait. */
export const waitTime: Form<Duration> = durationForm({
  atLeastMs: 0,
  longestDays: LONGEST_WAIT_DAYS,
  also: ', at most 24d',
})

/** The pause between two rounds: at least a second. */
export const pause: Form<Duration> = durationForm({
  atLeastMs: 1000,
  longestDays: LONGEST_WAIT_DAYS,
  also: ', at least 1s and at most 24d',
})
