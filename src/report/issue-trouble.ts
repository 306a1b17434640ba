/** What became of an issue that GitHub did not take: who else it concerns, and how it is told. */
import * as say from '../errors/report.ts'
import { asGateError, GateError } from '../errors.ts'
import type { Log } from '../model.ts'
import { IssueFailure } from './issue-client.ts'

/** Whether no other check would fare better. */
export function concernsAll(thrown: unknown): boolean {
  if (!(thrown instanceof IssueFailure)) return thrown instanceof GateError && thrown.code === 'cancelled'
  switch (thrown.kind) {
    case 'token':
    case 'permission':
    case 'disabled':
    case 'rate-limit':
      return true
    case 'unanswered':
    case 'refused':
      return false
  }
}

/** `what` such as `The issue of the check "a"`. */
export function tell(log: Log, what: string, thrown: unknown): void {
  const { message, hint } = errorOf(what, thrown)
  log.warn(`${message} ${hint}`)
}

function errorOf(what: string, thrown: unknown): GateError {
  if (thrown instanceof GateError && thrown.code === 'issue-api-url') return thrown
  if (!(thrown instanceof IssueFailure)) {
    const { message } = asGateError(thrown)
    return say.issueNotKept(what, 0, message, thrown)
  }
  const { kind, status, message } = thrown
  switch (kind) {
    case 'token':
      return say.issueToken(message)
    case 'permission':
      return say.issuePermission(status, message)
    case 'disabled':
      return say.issuesDisabled()
    case 'rate-limit':
      return say.issueRateLimit(message)
    case 'unanswered':
    case 'refused':
      return say.issueNotKept(what, status, message, thrown)
  }
}
