/**
 * Server-side filters. They spare pages, no more: everything is filtered again by the checks. A state or severity that this
 * version doesn't know must count, so a filter names what is surely out, never what is in, and only with literals that the
 * service surely knows: it answers 400 to others. Classification is never filtered here, because alerts without one carry
 * null, and whether `null ne 'x'` holds is the server's choice.
 */
import { type KnownSeverity, type ListQuestion, SEVERITIES } from '../model.ts'

/** `status ne 'resolved'` for each of the literals that the question doesn't count as open. */
export function closedStates(literals: readonly string[], question: ListQuestion): string[] {
  return literals
    .filter((literal) => !question.status.includes(literal.toLowerCase()))
    .map((literal) => `status ne '${literal}'`)
}

/** `severity ne 'low'` for each severity below the lowest that counts, `unknown` aside. */
export function lowSeverities(lowest: KnownSeverity): string[] {
  return SEVERITIES.slice(1, SEVERITIES.indexOf(lowest)).map((severity) => `severity ne '${severity}'`)
}

/** `createdDateTime ge 2026-02-07T19:01:26Z`; nothing where the time lies before all records. Whole seconds, rounded down. */
export function since(property: string, question: ListQuestion, now: Date): string[] {
  if (question.createdWithinMs === undefined) return []
  const from = Math.floor((now.getTime() - question.createdWithinMs) / 1000) * 1000
  return from > 0 ? [`${property} ge ${new Date(from).toISOString().replace('.000Z', 'Z')}`] : []
}

/** The address of the first page: `$top`, and `$filter` where there is anything to filter. */
export function listUrl(root: string, top: number, filters: readonly string[]): string {
  const filter = filters.length === 0 ? '' : `&$filter=${encodeURIComponent(filters.join(' and '))}`
  return `${root}?$top=${top}${filter}`
}
