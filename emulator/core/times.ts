/** Times in a scenario: ISO 8601, or relative to now such as `-2h`, `+30m`, `-1d12h`. */

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const RELATIVE = /^(?:now|([+-])((?:\d+(?:ms|[smhdw]))+))$/
const ISO = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,7})?(?:Z|[+-]\d\d:\d\d))?$/

export function isTime(text: string): boolean {
  return RELATIVE.test(text) || (ISO.test(text) && !Number.isNaN(Date.parse(text)))
}

/** Milliseconds that a relative time stands for, or `undefined` where it is not one. */
export function relativeMs(text: string): number | undefined {
  const match = RELATIVE.exec(text)
  if (!match) return undefined
  let total = 0
  for (const [, count, unit] of (match[2] ?? '').matchAll(/(\d+)(ms|[smhdw])/g)) {
    total += Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  }
  return match[1] === '-' ? -total : total
}

/** The moment as a `Date`. */
export function moment(text: string, now: Date): Date {
  const relative = relativeMs(text)
  return relative === undefined ? new Date(text) : new Date(now.getTime() + relative)
}

/** The moment as the service writes it, with up to seven digits of a second. A full ISO time stays as it is. */
export function wireTime(text: string, now: Date): string {
  const relative = relativeMs(text)
  if (relative === undefined) return text.includes('T') ? text : `${text}T00:00:00Z`
  return withTicks(new Date(now.getTime() + relative))
}

/** `2026-11-20T09:39:50.7688641Z`: .NET has ticks of 100 ns, so the service writes seven digits. */
export function withTicks(date: Date): string {
  const ticks = String((date.getTime() * 7919) % 10_000).padStart(4, '0')
  return date.toISOString().replace('Z', `${ticks}Z`)
}
