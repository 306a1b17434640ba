/** Microsoft Graph's security lists. */
import { type Call, count, jsonReply, Refusal, type Reply, type Route, type World } from '../core/world.ts'
import type { TenantScenario } from '../scenario.ts'
import { authorize, tenantOfBearer } from './bearer.ts'
import { graphError, refuseApi } from './errors.ts'
import { type Filterable, FilterError, type Kind, parseFilter } from './filter.ts'
import { ALERT_ENUMS, hideEvolved, INCIDENT_ENUMS, members } from './metadata.ts'
import { OptionError, readOptions } from './options.ts'
import { type StoredIncident, store, type Wire } from './records.ts'

const JSON_TYPE = {
  'content-type': 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  'odata-version': '4.0',
}
const INCIDENT_ROLES = ['SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All']
const ALERT_ROLES = ['SecurityAlert.Read.All', 'SecurityAlert.ReadWrite.All', ...INCIDENT_ROLES]

interface ListKind {
  readonly entity: 'incident' | 'alert'
  readonly path: string
  readonly filterable: Readonly<Record<string, Kind>>
  readonly enums: Readonly<Record<string, string>>
  readonly maxTop: number
  readonly expandable: boolean
}
const shared: Record<string, Kind> = {
  assignedTo: 'text',
  classification: { enum: 'alertClassification' },
  determination: { enum: 'alertDetermination' },
  createdDateTime: 'date',
  lastUpdateDateTime: 'date',
  severity: { enum: 'alertSeverity' },
}
const INCIDENTS: ListKind = {
  entity: 'incident',
  path: 'incidents',
  filterable: { ...shared, status: { enum: 'incidentStatus' } },
  enums: INCIDENT_ENUMS,
  maxTop: 50,
  expandable: true,
}
const ALERTS: ListKind = {
  entity: 'alert',
  path: 'alerts_v2',
  filterable: { ...shared, status: { enum: 'alertStatus' }, serviceSource: { enum: 'serviceSource' } },
  enums: ALERT_ENUMS,
  maxTop: 1000,
  expandable: false,
}

export const graphRoutes: readonly Route[] = [
  route('incidents', /^\/v1\.0\/security\/incidents\/?$/i, async (call, world) => {
    const tenant = await authorize(call, world, 'graph', INCIDENT_ROLES)
    if (isFirstPage(call)) count(world, `incidents ${tenant.id}`)
    return list(call, world, INCIDENTS, (expand) => store(world, tenant).incidents.map((item) => shape(item, expand)))
  }),
  route('incident', /^\/v1\.0\/security\/incidents\/(?<id>[^/]+)$/i, async (call, world) => {
    const item = await oneIncident(call, world)
    const { expand, select } = options(call, world, INCIDENTS, ['$select', '$expand'])
    const context = `${world.urls.api}/v1.0/$metadata#security/incidents/$entity`
    const record = selected(visible(shape(item, expand.includes('alerts')), INCIDENTS, call), select)
    return reply(call, { '@odata.context': context, ...record })
  }),
  route('incident-alerts', /^\/v1\.0\/security\/incidents\/(?<id>[^/]+)\/alerts$/i, async (call, world) => {
    const item = await oneIncident(call, world)
    return list(call, world, { ...ALERTS, path: `incidents('${item.record['id']}')/alerts` }, () => item.alerts)
  }),
  route('alerts', /^\/v1\.0\/security\/alerts_v2\/?$/i, async (call, world) => {
    const tenant = await authorize(call, world, 'graph', ALERT_ROLES)
    if (isFirstPage(call)) count(world, `alerts ${tenant.id}`)
    return list(call, world, ALERTS, () => store(world, tenant).alerts)
  }),
  route('alert', /^\/v1\.0\/security\/alerts_v2\/(?<id>[^/]+)$/i, async (call, world) => {
    const tenant = await authorize(call, world, 'graph', ALERT_ROLES)
    const found = store(world, tenant).alerts.find(({ id }) => id === call.params['id'])
    if (!found) return graphError(404, 'NotFound', 'Alert was not found.', call, world)
    const context = `${world.urls.api}/v1.0/$metadata#security/alerts_v2/$entity`
    return reply(call, { '@odata.context': context, ...visible(found, ALERTS, call) })
  }),
]

function route(name: string, path: RegExp, handle: Route['handle']): Route {
  return { origin: 'api', method: 'GET', path, name, tenant: tenantOfBearer, handle }
}

const isFirstPage = (call: Call) => !call.query.has('$skiptoken') && !call.query.has('$skip')

async function oneIncident(call: Call, world: World): Promise<StoredIncident> {
  const tenant: TenantScenario = await authorize(call, world, 'graph', INCIDENT_ROLES)
  const found = store(world, tenant).incidents.find(({ record }) => record['id'] === call.params['id'])
  return found ?? refuseApi(404, 'NotFound', 'Incident was not found.', call, world)
}

function shape(item: StoredIncident, withAlerts: boolean): Wire {
  return withAlerts ? { ...item.record, alerts: item.alerts } : item.record
}

/** Reads the options, and answers 400 where the service refuses them, or 500 where it is known to fail. */
function options(call: Call, world: World, kind: ListKind, allowed: readonly string[]) {
  const { graph } = world.scenario
  try {
    const read = readOptions(call.query, {
      maxTop: kind.maxTop,
      maxSkip: graph.maxSkip,
      allowed,
      members: members(kind.entity),
      type: typeName(kind),
    })
    for (const name of read.expand) {
      if (!kind.expandable || name !== 'alerts') {
        throw new OptionError(`Could not find a property named '${name}' on type '${typeName(kind)}'.`)
      }
    }
    if (read.orderby !== undefined && graph.orderby === 'refuse') {
      throw new OptionError("The query parameter '$orderby' is not supported.")
    }
    if (read.expand.length > 0 && graph.expandFails) refuseApi(500, 'UnknownError', '', call, world)
    return read
  } catch (thrown) {
    if (!(thrown instanceof OptionError)) throw thrown
    // The captured answer has an empty code and an empty list of details.
    const more = thrown.code === '' ? { details: [] } : {}
    throw new Refusal(graphError(400, thrown.code, thrown.message, call, world, {}, more))
  }
}

function typeName(kind: ListKind): string {
  return `microsoft.graph.security.${kind.entity}`
}

function list(call: Call, world: World, kind: ListKind, records: (expand: boolean) => readonly Wire[]): Reply {
  const allowed = ['$count', '$filter', '$skip', '$top', '$select', '$orderby', '$skiptoken', '$expand']
  const read = options(call, world, kind, allowed)
  const target: Filterable = { type: typeName(kind), properties: kind.filterable, members: members(kind.entity) }
  let all = records(read.expand.length > 0)
  if (read.filter !== undefined) {
    try {
      all = all.filter(parseFilter(read.filter, target))
    } catch (thrown) {
      if (!(thrown instanceof FilterError)) throw thrown
      return graphError(400, 'BadRequest', thrown.message, call, world)
    }
  }
  const { incidentsPageSize, alertsPageSize } = world.scenario.graph
  const [usual, largest] = kind.entity === 'incident' ? [50, incidentsPageSize] : [100, alertsPageSize]
  const size = Math.min(read.top ?? usual, largest ?? Number.POSITIVE_INFINITY)
  const page = all.slice(read.offset, read.offset + size)
  const next = read.offset + size
  return reply(call, {
    '@odata.context': `${world.urls.api}/v1.0/$metadata#security/${kind.path}`,
    ...(read.count ? { '@odata.count': all.length } : {}),
    ...(size > 0 && next < all.length ? { '@odata.nextLink': read.nextLink(world.urls.api + call.path, next) } : {}),
    value: page.map((record) => selected(visible(record, kind, call), read.select)),
  })
}

function prefersEvolved(call: Call): boolean {
  return /(?:^|,)\s*include-unknown-enum-members\s*(?:,|;|$)/i.test(String(call.headers['prefer'] ?? ''))
}

function visible(record: Wire, kind: ListKind, call: Call): Wire {
  return prefersEvolved(call) ? record : hideEvolved(record, kind.enums)
}

function selected(record: Wire, select: readonly string[] | undefined): Wire {
  if (!select) return record
  return Object.fromEntries(Object.entries(record).filter(([name]) => select.includes(name) || name === 'alerts'))
}

function reply(call: Call, body: unknown): Reply {
  const applied = prefersEvolved(call) ? { 'preference-applied': 'include-unknown-enum-members' } : {}
  return jsonReply(200, body, { ...JSON_TYPE, ...applied })
}
