/** From an answer to the state of its check, and from all checks to the verdict. */

import { resultCutOff } from '../errors/verdict.ts'
import type { GateError } from '../errors.ts'
import type {
  Answer,
  Baseline,
  CheckResult,
  CheckState,
  Counts,
  Finding,
  PlannedCheck,
  Policy,
  Problem,
  RawFinding,
  Run,
  Suppression,
  Tenant,
  Verdict,
} from '../model.ts'
import { fingerprint } from './fingerprint.ts'
import { highest } from './severity.ts'
import { Suppressor } from './suppressions.ts'

/** The result of a check, but for what only the caller knows. */
export type Judged = Omit<CheckResult, 'portalUrl' | 'durationMs'>

const NONE: Counts = { findings: 0, known: 0, suppressed: 0 }

/**
 * Judges what one tenant answered to one check. A finding that is both suppressed and in the baseline is suppressed: it
 * is shown with its reason, and leaves the next baseline. `now` decides which suppressions still hold.
 */
export function judge(o: {
  readonly check: PlannedCheck
  readonly tenant: Tenant
  readonly answer: Answer
  readonly baseline: Baseline
  readonly suppressions: readonly Suppression[]
  readonly now: Date
}): Judged {
  const { check, tenant, answer } = o
  const accepted = o.baseline.get(check.id)
  const suppressor = new Suppressor(check, o.suppressions, o.now)
  const findings = answer.findings.map((raw) => findingOf(raw, check, tenant, accepted, suppressor))
  const counts = countOf(findings)
  const state = stateOf(counts.findings, check.policy, answer.truncated)
  if (state === 'error') {
    const error = resultCutOff(findings.length, standing(counts, check.policy, true))
    return { ...inError(check, tenant, error), columns: answer.columns, notes: answer.notes }
  }
  return {
    check,
    tenant,
    state,
    counts,
    findings,
    error: undefined,
    reason: standing(counts, check.policy, answer.truncated),
    columns: answer.columns,
    notes: answer.notes,
  }
}

function findingOf(
  raw: RawFinding,
  check: PlannedCheck,
  tenant: Tenant,
  accepted: ReadonlySet<string> | undefined,
  suppressor: Suppressor,
): Finding {
  const { key, severity, title, url, at, data } = raw
  const id = fingerprint(check.id, tenant.id, key)
  const base = { fingerprint: id, severity, title, url, at, data }
  const suppression = suppressor.find(raw)
  if (suppression !== undefined) return { ...base, status: 'suppressed', suppression }
  return { ...base, status: accepted?.has(id) === true ? 'known' : 'new' }
}

function countOf(findings: readonly Finding[]): Counts {
  const counts = { new: 0, known: 0, suppressed: 0 }
  for (const { status } of findings) counts[status]++
  return { findings: counts.new, known: counts.known, suppressed: counts.suppressed }
}

/**
 * A cut-off result can only have more findings, so it is decided where there are too many already, or where there can't
 * be too many and there are enough.
 */
function stateOf(findings: number, policy: Policy, truncated: boolean): CheckState {
  const { maxFindings, minFindings } = policy
  if (maxFindings !== undefined && findings > maxFindings) return 'findings'
  if (truncated && (maxFindings !== undefined || findings < minFindings)) return 'error'
  return findings < minFindings ? 'findings' : 'clear'
}

/** The numbers and the limits in one plain phrase. */
function standing(counts: Counts, policy: Policy, truncated: boolean): string {
  const { findings, known, suppressed } = counts
  const { maxFindings, minFindings } = policy
  const parts = [`${truncated ? 'at least ' : ''}${findings} ${findings === 1 ? 'finding' : 'findings'}`]
  if (maxFindings !== undefined && (findings > maxFindings || maxFindings > 0)) {
    parts.push(maxFindings === 0 ? 'none allowed' : `at most ${maxFindings} allowed`)
  }
  if (minFindings > 0) parts.push(`at least ${minFindings} expected`)
  const held = [known > 0 ? `${known} known` : '', suppressed > 0 ? `${suppressed} suppressed` : ''].filter(Boolean)
  return `${parts.join(', ')}${held.length > 0 ? ` (and ${held.join(', ')})` : ''}`
}

// --- errors ---------------------------------------------------------------------------------------------------------

/** A check that could not be evaluated: an error, with nothing counted. */
export function erred(o: {
  readonly check: PlannedCheck
  readonly tenant: Tenant
  readonly error: GateError
  readonly durationMs: number
}): CheckResult {
  return { ...inError(o.check, o.tenant, o.error), portalUrl: undefined, durationMs: o.durationMs }
}

function inError(check: PlannedCheck, tenant: Tenant, error: GateError): Judged {
  return {
    check,
    tenant,
    state: 'error',
    counts: NONE,
    findings: [],
    error: problemOf(error),
    reason: `could not be evaluated (${error.code})`,
    columns: [],
    notes: [],
  }
}

/** Microsoft's support asks for the id of the request, so it goes where it is read: into the hint. */
function problemOf(error: GateError): Problem {
  const { code, message, hint, requestId } = error
  const told = requestId === undefined || message.includes(requestId) || hint.includes(requestId)
  return { code, message, hint: told ? hint : `${hint} Request id for Microsoft's support: ${requestId}.` }
}

// --- verdict --------------------------------------------------------------------------------------------------------

/**
 * Findings weigh more than errors, and a run without a check has proved nothing. The step fails on findings in mode
 * `enforce` and on errors with `on-error: fail`, each by the policy of its own check.
 */
export function conclude(results: readonly CheckResult[]): Pick<Run, 'verdict' | 'stepFails' | 'totals'> {
  const total = (kind: keyof Counts): number => results.reduce((sum, { counts }) => sum + counts[kind], 0)
  const counting = results.flatMap(({ findings }) => findings.filter(({ status }) => status === 'new'))
  return {
    verdict: verdictOf(results.map(({ state }) => state)),
    stepFails: results.length === 0 || results.some(failsStep),
    totals: {
      findings: total('findings'),
      known: total('known'),
      suppressed: total('suppressed'),
      errors: results.filter(({ state }) => state === 'error').length,
      highestSeverity: highest(counting.map(({ severity }) => severity)),
    },
  }
}

function verdictOf(states: readonly CheckState[]): Verdict {
  if (states.includes('findings')) return 'failed'
  return states.length === 0 || states.includes('error') ? 'error' : 'passed'
}

function failsStep({ state, check }: CheckResult): boolean {
  switch (state) {
    case 'clear':
      return false
    case 'findings':
      return check.policy.mode === 'enforce'
    case 'error':
      return check.policy.onError === 'fail'
  }
}
