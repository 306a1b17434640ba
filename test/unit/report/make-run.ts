/** Runs to report on: short to write, whole in shape. Totals, states and the verdict follow from the findings. */
import type { CheckResult, Finding, PlannedCheck, Policy, Problem, Query, Run, Severity } from '../../../src/model.ts'

export const POLICY: Policy = { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' }
export const TENANT = { id: '11111111-1111-1111-1111-111111111111', label: 'contoso' }

export function makeQuery(more: Partial<Query> = {}): Query {
  return {
    text: 'DeviceProcessEvents\n| where FileName =~ "procdump.exe"',
    timespan: 'P1D',
    severity: 'medium',
    key: undefined,
    file: { path: 'hunting/lsass.kql', line: 3 },
    description: undefined,
    tactics: [],
    techniques: [],
    ...more,
  }
}

export function listCheck(
  id: string,
  more: Partial<PlannedCheck> = {},
  kind: 'incidents' | 'alerts' = 'incidents',
): PlannedCheck {
  const question = {
    kind,
    status: ['active'],
    minSeverity: 'high',
    createdWithinMs: undefined,
    tags: [],
    ignoreClassification: [],
  } as const
  return { id, parentId: id, title: id, policy: POLICY, ask: { kind, question }, ...more }
}

export function huntingCheck(id: string, query: Partial<Query> = {}, more: Partial<PlannedCheck> = {}): PlannedCheck {
  return { id, parentId: id, title: id, policy: POLICY, ask: { kind: 'hunting', query: makeQuery(query) }, ...more }
}

let serial = 0

export function makeFinding(more: Partial<Finding> = {}): Finding {
  serial += 1
  return {
    fingerprint: serial.toString(16).padStart(64, '0'),
    severity: 'high',
    title: 'Suspicious access to LSASS',
    url: undefined,
    at: undefined,
    status: 'new',
    data: {},
    ...more,
  }
}

export function makeResult(check: PlannedCheck, more: Partial<CheckResult> = {}): CheckResult {
  const findings = more.findings ?? []
  const count = (status: Finding['status']): number =>
    [...findings].filter((finding) => finding.status === status).length
  const counts = { findings: count('new'), known: count('known'), suppressed: count('suppressed') }
  const state =
    more.error !== undefined ? 'error' : counts.findings > (check.policy.maxFindings ?? Infinity) ? 'findings' : 'clear'
  const noun = counts.findings === 1 ? 'finding' : 'findings'
  return {
    check,
    tenant: TENANT,
    state,
    counts,
    findings,
    error: undefined,
    reason: counts.findings === 0 ? 'No findings.' : `${counts.findings} ${noun}, none allowed.`,
    columns: [],
    notes: [],
    portalUrl: undefined,
    durationMs: 1234,
    ...more,
  }
}

const ORDER: readonly Severity[] = ['unknown', 'informational', 'low', 'medium', 'high']

export function makeRun(checks: readonly CheckResult[], more: Partial<Run> = {}): Run {
  const sum = (of: (result: CheckResult) => number): number => checks.reduce((total, result) => total + of(result), 0)
  const errors = checks.filter((result) => result.state === 'error').length
  const failed = checks.some((result) => result.state === 'findings')
  const severities = checks.flatMap((result) =>
    [...result.findings].filter((one) => one.status === 'new').map((one) => one.severity),
  )
  return {
    verdict: failed ? 'failed' : errors > 0 ? 'error' : 'passed',
    stepFails: checks.some((result) =>
      result.state === 'findings'
        ? result.check.policy.mode === 'enforce'
        : result.state === 'error' && result.check.policy.onError === 'fail',
    ),
    startedAt: '2026-11-20T08:00:00.000Z',
    finishedAt: '2026-11-20T08:00:12.400Z',
    checks,
    totals: {
      findings: sum((result) => result.counts.findings),
      known: sum((result) => result.counts.known),
      suppressed: sum((result) => result.counts.suppressed),
      errors,
      highestSeverity: severities.toSorted((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a))[0],
    },
    details: 'full',
    notes: [],
    rounds: 1,
    inputErrors: [],
    ...more,
  }
}

export const PROBLEM: Problem = {
  code: 'permission-missing',
  message: 'The application lacks the permission SecurityIncident.Read.All.',
  hint: 'Grant SecurityIncident.Read.All to the app registration and consent to it.',
}
