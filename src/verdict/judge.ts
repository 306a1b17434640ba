/** From an answer to the state of its check, and from all checks to the verdict. */

import { resultCutOff } from '../errors/verdict.ts'
import type { GateError } from '../errors.ts'
import type {
  Answer,
  Baseline,
  CheckResult,
  CheckState,
  Counts,
  Details,
  Finding,
  Findings,
  PlannedCheck,
  Policy,
  Problem,
  RawFinding,
  Run,
  Severity,
  Sink,
  Suppression,
  Tenant,
  Verdict,
} from '../model.ts'
import { CompactFindings } from './compact-findings.ts'
import { fingerprint } from './fingerprint.ts'
import { highest } from './severity.ts'
import { Suppressor } from './suppressions.ts'

/** The result of a check, but for what only the caller knows. */
export type Judged<Kept = readonly Finding[]> = Omit<CheckResult, 'portalUrl' | 'durationMs' | 'findings'> & {
  readonly findings: Kept
}

const NONE: Counts = { findings: 0, known: 0, suppressed: 0 }

/** What an answer is judged by. */
export interface Judges {
  readonly check: PlannedCheck
  readonly tenant: Tenant
  readonly baseline: Baseline
  readonly suppressions: readonly Suppression[]
  /** Decides which suppressions still hold. */
  readonly now: Date
}

/** The judgement of an answer that is there as a whole. */
export function judge(o: Judges & { readonly answer: Answer }): Judged {
  const judging = new Judging(o, 'full')
  for (const raw of o.answer.findings) judging.push(raw)
  const judged = judging.conclude(o.answer)
  return { ...judged, findings: [...judged.findings] }
}

/**
 * Judges what one tenant answers to one check, finding by finding as they come. A finding that is both suppressed and in the
 * baseline is suppressed: it is shown with its reason, and leaves the next baseline.
 */
export class Judging implements Sink<RawFinding> {
  readonly #o: Judges
  readonly #accepted: ReadonlySet<string> | undefined
  readonly #suppressor: Suppressor
  readonly #counts = { new: 0, known: 0, suppressed: 0 }
  readonly #whole: Finding[] = []
  readonly #compact: CompactFindings | undefined

  /** @param details with `counts` nothing is kept of a finding that no report may tell */
  constructor(o: Judges, details: Details) {
    this.#o = o
    this.#accepted = o.baseline.get(o.check.id)
    this.#suppressor = new Suppressor(o.check, o.suppressions, o.now)
    this.#compact = details === 'full' ? undefined : new CompactFindings()
  }

  push(raw: RawFinding): void {
    const print = fingerprint(this.#o.check.id, this.#o.tenant.id, raw.key)
    const suppression = this.#suppressor.find(raw)
    const status = suppression !== undefined ? 'suppressed' : this.#accepted?.has(print) === true ? 'known' : 'new'
    this.#counts[status] += 1
    const { severity } = raw
    const judged = {
      fingerprint: print,
      severity,
      status,
      ...(suppression === undefined ? {} : { suppression }),
    } as const
    if (this.#compact !== undefined) {
      this.#compact.push(judged)
      return
    }
    const { title, url, at, data } = raw
    this.#whole.push({ ...judged, title, url, at, data })
  }

  conclude({ truncated, columns, notes }: Omit<Answer, 'findings'>): Judged<Findings> {
    const { check, tenant } = this.#o
    const { known, suppressed } = this.#counts
    const counts: Counts = { findings: this.#counts.new, known, suppressed }
    const findings = this.#compact ?? this.#whole
    const state = stateOf(counts.findings, check.policy, truncated)
    if (state === 'error') {
      const error = resultCutOff(findings.length, standing(counts, check.policy, true))
      return { ...inError(check, tenant, error), columns, notes }
    }
    const reason = standing(counts, check.policy, truncated)
    return { check, tenant, state, counts, findings, error: undefined, reason, columns, notes }
  }
}

/**
 * A cut-off result can only have more findings, so it is decided where there are too many already, or where there can't
 * be too many and there are enough.
 */
function stateOf(findings: number, policy: Policy, truncated: boolean): CheckState {
  const { maxFindings, minFindings } = policy
  if (findings > (maxFindings ?? Number.POSITIVE_INFINITY)) return 'findings'
  if (truncated && (maxFindings !== undefined || findings < minFindings)) return 'error'
  return findings < minFindings ? 'findings' : 'clear'
}

/** The numbers and the limits in one plain phrase. */
function standing(counts: Counts, policy: Policy, truncated: boolean): string {
  const { findings, known, suppressed } = counts
  const { maxFindings, minFindings } = policy
  const parts = [`${truncated ? 'at least ' : ''}${findings} ${findings === 1 ? 'finding' : 'findings'}`]
  if (maxFindings === 0 && findings > 0) parts.push('none allowed')
  if ((maxFindings ?? 0) > 0) parts.push(`at most ${maxFindings} allowed`)
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
  return {
    verdict: verdictOf(results.map(({ state }) => state)),
    stepFails: results.length === 0 || results.some(failsStep),
    totals: {
      findings: total('findings'),
      known: total('known'),
      suppressed: total('suppressed'),
      errors: results.filter(({ state }) => state === 'error').length,
      highestSeverity: highest(countingSeverities(results)),
    },
  }
}

function* countingSeverities(results: readonly CheckResult[]): Generator<Severity> {
  for (const { findings } of results) {
    for (const { status, severity } of findings) if (status === 'new') yield severity
  }
}

function verdictOf(states: readonly CheckState[]): Verdict {
  if (states.includes('findings')) return 'failed'
  return states.length === 0 || states.includes('error') ? 'error' : 'passed'
}

function failsStep({ state, check }: CheckResult): boolean {
  if (state === 'findings') return check.policy.mode === 'enforce'
  return state !== 'clear' && check.policy.onError === 'fail'
}
