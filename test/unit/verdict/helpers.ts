import type {
  Answer,
  CheckResult,
  Finding,
  PlannedCheck,
  Policy,
  RawFinding,
  Suppression,
  Tenant,
} from '../../../src/model.ts'

export const TENANT: Tenant = { id: '11111111-1111-1111-1111-111111111111', label: 'contoso' }

export function policy(more: Partial<Policy> = {}): Policy {
  return { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail', ...more }
}

export function check(id = 'lsass', more: Partial<PlannedCheck> = {}): PlannedCheck {
  const query = {
    text: 'T',
    timespan: undefined,
    severity: 'high',
    key: undefined,
    file: undefined,
    description: undefined,
    tactics: [],
    techniques: [],
  } as const
  return { id, parentId: id, title: id, policy: policy(), ask: { kind: 'hunting', query }, ...more }
}

export function incidentCheck(id = 'open'): PlannedCheck {
  const question = {
    kind: 'incidents',
    status: [],
    minSeverity: 'high',
    createdWithinMs: undefined,
    tags: [],
    ignoreClassification: [],
  } as const
  return check(id, { ask: { kind: 'incidents', question } })
}

export function raw(key: RawFinding['key'], more: Partial<RawFinding> = {}): RawFinding {
  return { key, severity: 'high', title: 'title', url: undefined, at: undefined, data: {}, ...more }
}

export function answer(findings: readonly RawFinding[], more: Partial<Answer> = {}): Answer {
  return { findings, truncated: false, columns: [], notes: [], ...more }
}

export function suppression(more: Partial<Suppression> = {}): Suppression {
  return {
    check: 'lsass',
    where: { DeviceName: 'build-01' },
    reason: 'EDR test host',
    owner: 'secops',
    expires: '2027-01-31',
    ...more,
  }
}

export function finding(fingerprint: string, more: Partial<Finding> = {}): Finding {
  return {
    fingerprint,
    severity: 'high',
    title: 'title',
    url: undefined,
    at: undefined,
    status: 'new',
    data: {},
    ...more,
  }
}

export function result(more: Partial<CheckResult> = {}): CheckResult {
  return {
    check: check(),
    tenant: TENANT,
    state: 'clear',
    counts: { findings: 0, known: 0, suppressed: 0 },
    findings: [],
    error: undefined,
    reason: '',
    columns: [],
    notes: [],
    portalUrl: undefined,
    durationMs: 1,
    ...more,
  }
}
