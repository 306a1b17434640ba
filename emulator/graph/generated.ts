/** Many believable incidents and alerts, for lists that run over pages. */
import { seeded } from '../core/random.ts'
import type { AlertScenario, IncidentScenario } from '../scenario.ts'

const TITLES = [
  ['Multi-stage incident involving Initial access & Lateral movement on multiple endpoints', 'LateralMovement'],
  ['Suspicious PowerShell command line on one endpoint', 'Execution'],
  ["'Mimikatz' credential theft tool was detected on one endpoint", 'CredentialAccess'],
  ['Unfamiliar sign-in properties involving one user', 'InitialAccess'],
  ['Email messages containing malicious URL removed after delivery', 'InitialAccess'],
  ['Suspicious inbox manipulation rule on one account', 'DefenseEvasion'],
  ['Impossible travel activity involving one user', 'InitialAccess'],
  ['Anomalous OAuth app consent on one account', 'Persistence'],
  ['Possible exfiltration of data to an unusual location', 'Exfiltration'],
  ['Ransomware behaviour detected in the file system', 'Impact'],
] as const
const STATUSES = ['active', 'inProgress', 'resolved', 'resolved', 'redirected'] as const
const ALERT_STATUSES = ['new', 'inProgress', 'resolved', 'resolved'] as const
const SEVERITIES = ['informational', 'low', 'medium', 'high'] as const

export function generatedIncidents(count: number, seed: number): IncidentScenario[] {
  const random = seeded(`incidents ${seed}`)
  return Array.from({ length: count }, (_, index) => {
    const [displayName, category] = random.pick(TITLES)
    const status = random.pick(STATUSES)
    const severity = random.pick(SEVERITIES)
    const createdDateTime = `-${index * 11 + random.below(10)}m`
    return {
      id: String(100_000 - index),
      displayName,
      status,
      severity,
      createdDateTime,
      ...(status === 'redirected' ? { redirectIncidentId: String(100_000 - random.below(count)) } : {}),
      ...(status === 'resolved' ? { classification: random.pick(['truePositive', 'falsePositive']) } : {}),
      alerts: [
        { title: displayName, category, severity, createdDateTime, status: status === 'resolved' ? 'resolved' : 'new' },
      ],
    }
  })
}

export function generatedAlerts(count: number, seed: number): AlertScenario[] {
  const random = seeded(`alerts ${seed}`)
  return Array.from({ length: count }, (_, index) => {
    const [title, category] = random.pick(TITLES)
    return {
      title,
      category,
      status: random.pick(ALERT_STATUSES),
      severity: random.pick(SEVERITIES),
      createdDateTime: `-${index * 7 + random.below(6)}m`,
      incidentId: String(100_000 - Math.floor(index / 3)),
    }
  })
}
