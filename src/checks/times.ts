/** Times as Microsoft's APIs write them: ISO 8601 in UTC with up to seven digits after the second. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/i

/**
 * The time as `YYYY-MM-DDTHH:mm:ss.sssZ`, or `undefined` for anything else. `Date.parse` alone would take "1" for a year.
 * Without a zone it is UTC, as both services mean it.
 */
export function isoTime(value: unknown): string | undefined {
  if (typeof value !== 'string' || !ISO.test(value)) return undefined
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(value.slice(10)) ? value : `${value}Z`
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
