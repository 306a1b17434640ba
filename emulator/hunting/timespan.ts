/** `Timespan` of runHuntingQuery: `P7D`, `start/end`, `start/duration`, `duration/end`, or a start alone. */

export interface Window {
  readonly from: Date
  readonly to: Date
}

const DURATION =
  /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)?)?$/
const SECONDS = [31_536_000, 2_592_000, 604_800, 86_400, 3600, 60, 1] as const
/** What the service looks at when it is not told. */
const DEFAULT_MS = 30 * 86_400_000

/** `undefined` where the text has none of the forms. */
export function parseTimespan(text: string | undefined, now: Date): Window | undefined {
  if (text === undefined) return { from: new Date(now.getTime() - DEFAULT_MS), to: now }
  const parts = text.split('/')
  if (parts.length > 2) return undefined
  const [first = '', second] = parts
  if (second === undefined) {
    const length = durationMs(first)
    if (length !== undefined) return { from: new Date(now.getTime() - length), to: now }
    const from = momentOf(first)
    return from && { from, to: now }
  }
  const [start, end] = [momentOf(first), momentOf(second)]
  if (start && end) return start <= end ? { from: start, to: end } : undefined
  if (start) {
    const length = durationMs(second)
    return length === undefined ? undefined : { from: start, to: new Date(start.getTime() + length) }
  }
  const length = durationMs(first)
  return end && length !== undefined ? { from: new Date(end.getTime() - length), to: end } : undefined
}

function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text)
  if (!match) return undefined
  return SECONDS.reduce((total, seconds, at) => total + Number(match[at + 1] ?? 0) * seconds * 1000, 0)
}

function momentOf(text: string): Date | undefined {
  if (!MOMENT.test(text)) return undefined
  const date = new Date(text.includes('T') && !/Z|[+-]\d\d:\d\d$/.test(text) ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? undefined : date
}
