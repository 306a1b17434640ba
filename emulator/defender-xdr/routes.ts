/** `GET /api/incidents` of the older Defender XDR API. */
import { type Call, count, jsonReply, type Reply, type Route, type World } from '../core/world.ts'
import { authorize, tenantOfBearer } from '../graph/bearer.ts'
import { olderError } from '../graph/errors.ts'
import { type Filterable, FilterError, parseFilter } from '../graph/filter.ts'
import { OptionError, readOptions } from '../graph/options.ts'
import { store } from '../graph/records.ts'
import { olderIncident } from './convert.ts'

const MEMBERS = new Set(Object.keys(olderIncident({ record: {}, alerts: [] })))
const TARGET: Filterable = {
  type: 'Microsoft.Mtp.Incident',
  members: MEMBERS,
  properties: {
    lastUpdateTime: 'date',
    createdTime: 'date',
    assignedTo: 'text',
    status: { words: ['Active', 'InProgress', 'Resolved', 'Redirected'] },
  },
}
/** The largest page, and the usual one. */
const PAGE = 100

export const defenderXdrRoutes: readonly Route[] = [
  {
    origin: 'api',
    method: 'GET',
    path: /^\/api\/incidents\/?$/i,
    name: 'incidents',
    tenant: tenantOfBearer,
    handle: incidents,
  },
]

async function incidents(call: Call, world: World): Promise<Reply> {
  const tenant = await authorize(call, world, 'defender-xdr', ['Incident.Read.All', 'Incident.ReadWrite.All'])
  try {
    const allowed = ['$filter', '$top', '$skip']
    const limits = { maxTop: PAGE, maxSkip: 999_999_999, allowed, members: MEMBERS, type: TARGET.type }
    const read = readOptions(call.query, limits)
    if (read.offset === 0) count(world, `incidents ${tenant.id}`)
    let all = store(world, tenant).incidents.map(olderIncident)
    if (read.filter !== undefined) all = all.filter(parseFilter(read.filter, TARGET))
    const size = Math.min(read.top ?? PAGE, world.scenario.graph.incidentsPageSize ?? PAGE)
    // No next link: callers page with $top and $skip.
    return jsonReply(200, {
      '@odata.context': `${world.urls.api}/api/$metadata#Incidents`,
      value: all.slice(read.offset, read.offset + size),
    })
  } catch (thrown) {
    if (thrown instanceof FilterError) return olderError(400, 'ODataError', thrown.message, call)
    if (thrown instanceof OptionError) return olderError(400, 'BadRequest', thrown.message, call)
    throw thrown
  }
}
