/** The line that the log shows for each check when its answer is judged. */
import type { CheckResult, CheckState } from '../model.ts'
import { duration } from './words.ts'

const MARKS: Readonly<Record<CheckState, string>> = { clear: '✓', findings: '✗', error: '!' }

/**
 * `✗ open-incidents (contoso): 2 findings, none allowed [1.2 s]`. Not escaped: it goes to a `Log`, which does that.
 * `withTenant` is for a run of several tenants.
 */
export function checkLine(result: CheckResult, withTenant: boolean): string {
  const tenant = withTenant ? ` (${result.tenant.label})` : ''
  const why = (result.error?.message ?? result.reason).replace(/\.$/, '')
  const code = result.error === undefined ? '' : ` (${result.error.code})`
  return `${MARKS[result.state]} ${result.check.id}${tenant}: ${why}${code} [${duration(result.durationMs)}]`
}
