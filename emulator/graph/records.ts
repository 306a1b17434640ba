/** A tenant's incidents and alerts as the service holds them, in the shape of Graph. */

import { seeded } from '../core/random.ts'
import { wireTime } from '../core/times.ts'
import type { World } from '../core/world.ts'
import type { AlertScenario, FullScenario, IncidentScenario, TenantScenario } from '../scenario.ts'
import { generatedAlerts, generatedIncidents } from './generated.ts'

export type Wire = Record<string, unknown>
export interface StoredIncident {
  readonly record: Wire
  readonly alerts: readonly Wire[]
}
export interface Store {
  /** Newest first. */
  readonly incidents: readonly StoredIncident[]
  /** Newest first; those of incidents included. */
  readonly alerts: readonly Wire[]
}

const cache = new WeakMap<FullScenario, Map<string, Store>>()

/** What the tenant holds now; `changes` of the scenario go by the number of list requests so far. */
export function store(world: World, tenant: TenantScenario): Store {
  const asked = {
    incidents: (world.counters.get(`incidents ${tenant.id}`) ?? 0) - 1,
    alerts: (world.counters.get(`alerts ${tenant.id}`) ?? 0) - 1,
  }
  const changing = [
    ...tenant.incidents,
    ...tenant.incidents.flatMap(({ alerts = [] }) => alerts),
    ...tenant.alerts,
  ].some(({ changes }) => changes !== undefined)
  const key = `${tenant.id} ${world.since.getTime()} ${changing ? `${asked.incidents} ${asked.alerts}` : ''}`
  const stores = cache.get(world.scenario) ?? new Map<string, Store>()
  cache.set(world.scenario, stores)
  const known = stores.get(key) ?? build(world, tenant, asked)
  stores.set(key, known)
  return known
}

function build(world: World, tenant: TenantScenario, asked: { incidents: number; alerts: number }): Store {
  const wanted = tenant.generate
  const given = [...tenant.incidents, ...(wanted ? generatedIncidents(wanted.incidents, wanted.seed) : [])]
  const incidents = given.map((scenario, index) => {
    const incident = changed(scenario, asked.incidents)
    const id = incident.id ?? String(2901 + index)
    const record = incidentRecord(incident, id, world, tenant)
    const alerts = (incident.alerts ?? []).map((alert, at) => {
      const inherited = {
        severity: incident.severity,
        createdDateTime: incident.createdDateTime,
        title: incident.displayName,
      }
      return alertRecord(
        { ...defined(inherited), ...changed(alert, asked.alerts), incidentId: id },
        `${id} ${at}`,
        world,
        tenant,
      )
    })
    return { record, alerts }
  })
  const alone = [...tenant.alerts, ...(wanted ? generatedAlerts(wanted.alerts, wanted.seed) : [])].map((alert, index) =>
    alertRecord(changed(alert, asked.alerts), `alone ${index}`, world, tenant),
  )
  const newest = (left: Wire, right: Wire) =>
    Date.parse(String(right['createdDateTime'])) - Date.parse(String(left['createdDateTime'])) || 0
  return {
    incidents: incidents.sort((left, right) => newest(left.record, right.record)),
    alerts: [...incidents.flatMap(({ alerts }) => alerts), ...alone].sort(newest),
  }
}

function changed<T extends IncidentScenario | AlertScenario>(item: T, asked: number): T {
  const due = (item.changes ?? []).filter(({ afterRequests }) => asked >= afterRequests)
  return Object.assign({ ...item }, ...due.map(({ set }) => defined(set)))
}

function defined<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>
}

function finish(record: Wire, item: { raw?: Wire | undefined; omit?: string[] | undefined }): Wire {
  const whole = { ...record, ...item.raw }
  for (const name of item.omit ?? []) delete whole[name]
  return whole
}

function incidentRecord(item: IncidentScenario, id: string, world: World, tenant: TenantScenario): Wire {
  const at = (time: string) => wireTime(time, world.since)
  const created = item.createdDateTime ?? '-2h'
  const record: Wire = {
    id,
    tenantId: tenant.id,
    status: item.status ?? 'active',
    incidentWebUrl: item.incidentWebUrl ?? `https://security.microsoft.com/incident2/${id}/overview?tid=${tenant.id}`,
    redirectIncidentId: item.redirectIncidentId ?? null,
    displayName: item.displayName ?? 'Suspicious activity on one endpoint',
    createdDateTime: at(created),
    lastUpdateDateTime: at(item.lastUpdateDateTime ?? created),
    assignedTo: item.assignedTo ?? null,
    classification: item.classification === undefined ? 'unknown' : item.classification,
    determination: item.determination === undefined ? 'unknown' : item.determination,
    severity: item.severity ?? 'medium',
    customTags: item.customTags ?? [],
    systemTags: item.systemTags ?? [],
    description: item.description ?? null,
    lastModifiedBy: item.lastModifiedBy ?? 'Microsoft365Defender-AlertCorrelation',
    resolvingComment: item.resolvingComment ?? null,
    summary: item.summary ?? null,
    priorityScore: item.priorityScore ?? null,
    comments: (item.comments ?? []).map((comment) => ({
      '@odata.type': '#microsoft.graph.security.alertComment',
      comment: comment.comment,
      createdByDisplayName: comment.createdByDisplayName,
      createdDateTime: at(comment.createdDateTime),
    })),
  }
  return finish(record, item)
}

function alertRecord(item: AlertScenario, seed: string, world: World, tenant: TenantScenario): Wire {
  const at = (time: string | undefined) => (time === undefined ? null : wireTime(time, world.since))
  const random = seeded(`${tenant.id} ${seed}`)
  const id =
    item.id ?? `da${String(637_000_000_000_000_000n + BigInt(random.below(2 ** 31)) * 1000n)}_-${random.below(2 ** 31)}`
  const created = item.createdDateTime ?? '-2h'
  const category = item.category ?? 'SuspiciousActivity'
  const incidentId = item.incidentId ?? null
  const portal = 'https://security.microsoft.com'
  const record: Wire = {
    id,
    providerAlertId: id,
    incidentId,
    status: item.status ?? 'new',
    severity: item.severity ?? 'medium',
    classification: item.classification ?? null,
    determination: item.determination ?? null,
    serviceSource: item.serviceSource ?? 'microsoftDefenderForEndpoint',
    detectionSource: item.detectionSource ?? 'microsoftDefenderForEndpoint',
    productName: item.productName ?? 'Microsoft Defender for Endpoint',
    detectorId: random.guid(),
    tenantId: tenant.id,
    title: item.title ?? 'Suspicious process was launched',
    description: item.description ?? null,
    recommendedActions: item.recommendedActions ?? null,
    category,
    categories: [category],
    assignedTo: item.assignedTo ?? null,
    alertWebUrl: item.alertWebUrl ?? `${portal}/alerts/${id}?tid=${tenant.id}`,
    incidentWebUrl: incidentId === null ? null : `${portal}/incident2/${incidentId}/overview?tid=${tenant.id}`,
    actorDisplayName: item.actorDisplayName ?? null,
    threatDisplayName: item.threatDisplayName ?? null,
    threatFamilyName: item.threatFamilyName ?? null,
    investigationState: item.investigationState ?? 'unsupportedAlertType',
    mitreTechniques: item.mitreTechniques ?? [],
    createdDateTime: at(created),
    lastUpdateDateTime: at(item.lastUpdateDateTime ?? created),
    resolvedDateTime: at(item.resolvedDateTime),
    firstActivityDateTime: at(item.firstActivityDateTime ?? created),
    lastActivityDateTime: at(item.lastActivityDateTime ?? created),
    systemTags: item.systemTags ?? [],
    alertPolicyId: null,
    additionalData: null,
    customDetails: {},
    comments: [],
    evidence: (item.evidence ?? []).map((evidence) => ({
      createdDateTime: at(created),
      verdict: 'suspicious',
      remediationStatus: 'none',
      remediationStatusDetails: null,
      roles: [],
      detailedRoles: [],
      tags: [],
      ...evidence,
    })),
  }
  return finish(record, item)
}
