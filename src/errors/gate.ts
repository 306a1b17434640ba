/** What the run as a whole can say is wrong. */
import { type CodeEntry, GateError } from '../errors.ts'

export const GATE_CODES = {
  'not-clear-long-enough': {
    title: 'Clear at the end, but not for long enough',
    cause:
      'When the time of `wait-timeout` was up, the verdict was passed but had not stayed so for `clear-for`. This fails the step, whatever `on-error` says: the gate must not open.',
    cure: 'Run the step again, give `wait-timeout` more time, or `clear-for` less.',
  },
  'not-run': {
    title: 'A query was not run',
    cause:
      "The tenant's quota for hunting was used up by another query, so this one was not sent. The quota is shared with everybody who hunts in that tenant.",
    cure: 'Run the step again at the time that the other message names, spread the queries over several runs, or make them lighter.',
  },
} as const satisfies Record<string, CodeEntry>

/** Both times in words. */
export function notClearLongEnough(waited: string, clearFor: string): GateError {
  return new GateError(
    'not-clear-long-enough',
    `The check was clear when the wait of ${waited} ended, but had not stayed clear for ${clearFor}.`,
    'Run the step again, or give wait-timeout more time, or clear-for less.',
  )
}

/** The run was cancelled while the check waited for its turn. */
export function runCancelled(cause: unknown): GateError {
  return new GateError(
    'cancelled',
    'The run was cancelled before the check had its answer.',
    'Run the workflow again.',
    { cause },
  )
}

/** `quota` is the answer that another query of the tenant got. */
export function notRun(tenant: string, quota: GateError): GateError {
  return new GateError(
    'not-run',
    `The query was not run, because tenant ${tenant} has used up its hunting quota. ${quota.message}`,
    quota.hint,
  )
}
