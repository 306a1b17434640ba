/** Words and orders that the reports share. */
import { type CheckResult, type CheckState, type Finding, type Run, SEVERITIES, type Severity } from '../model.ts'

/** `1 finding`, `2 findings`, `1,234 findings`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : more}`
}

/** 1,234,567: the same on every machine. By hand, as the first `toLocaleString` of a process takes 25 ms and 5 MiB. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** `0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(ms, 0) / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export const STATE_MARKS: Readonly<Record<CheckState, string>> = { clear: '✅', findings: '❌', error: '⚠️' }

/** Whether the check does not let the step pass: findings in mode `enforce`, an error with `on-error: fail`. */
export function fails(result: CheckResult): boolean {
  switch (result.state) {
    case 'clear':
      return false
    case 'findings':
      return result.check.policy.mode === 'enforce'
    case 'error':
      return result.check.policy.onError === 'fail'
  }
}

/** Findings of one status, worst first, then latest first. */
export function ranked(findings: Iterable<Finding>, status: Finding['status']): Finding[] {
  const chosen: Finding[] = []
  for (const finding of findings) if (finding.status === status) chosen.push(finding)
  return chosen.sort((a, b) => rank(b.severity) - rank(a.severity) || compare(b.at ?? '', a.at ?? ''))
}

export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** How many new findings there are of each severity, worst first, without those that there are none of. */
export function bySeverity(results: readonly CheckResult[]): readonly (readonly [Severity, number])[] {
  const counts = new Map<Severity, number>()
  for (const result of results) {
    for (const finding of result.findings) {
      if (finding.status === 'new') counts.set(finding.severity, (counts.get(finding.severity) ?? 0) + 1)
    }
  }
  return SEVERITIES.toReversed().flatMap((severity) => {
    const count = counts.get(severity)
    return count === undefined ? [] : [[severity, count] as const]
  })
}

/** `2 high, 1 low`; empty when there are none. */
export function severityWords(results: readonly CheckResult[]): string {
  return bySeverity(results)
    .map(([severity, count]) => `${grouped(count)} ${severity}`)
    .join(', ')
}

export function severalTenants(run: Run): boolean {
  return new Set(run.checks.map((result) => result.tenant.id)).size > 1
}

/** `3 findings in 2 of 4 checks`, `1 could not be evaluated`: what stands against passing, in a phrase each. */
export function against(run: Run): string[] {
  const total = run.checks.length
  const failing = run.checks.filter((result) => result.state === 'findings')
  const phrases: string[] = []
  if (failing.length > 0) {
    const found = failing.reduce((sum, result) => sum + result.counts.findings, 0)
    const where = `${grouped(failing.length)} of ${many(total, 'check')}`
    phrases.push(found === 0 ? `too few findings in ${where}` : `${many(found, 'finding')} in ${where}`)
  }
  if (run.totals.errors > 0) {
    const which = failing.length > 0 ? '' : ` of ${many(total, 'check')}`
    phrases.push(`${grouped(run.totals.errors)}${which} could not be evaluated`)
  }
  if (run.inputErrors.length > 0) phrases.push(`${many(run.inputErrors.length, 'wrong setting')}`)
  return phrases
}
