/** Advanced hunting: Graph's `runHuntingQuery`, and `advancedhunting/run` of the older API. */
import type { Call, Reply, Route, World } from '../core/world.ts'
import { authorize, tenantOfBearer } from '../graph/bearer.ts'
import { apiError, refuseApi, usualError } from '../graph/errors.ts'
import type { TenantScenario } from '../scenario.ts'
import { type HuntingOutcome, hunt } from './answer.ts'
import { parseTimespan } from './timespan.ts'

export const huntingRoutes: readonly Route[] = [
  {
    origin: 'api',
    method: 'POST',
    path: /^\/v1\.0\/security\/(?:microsoft\.graph\.security\.)?runHuntingQuery$/i,
    name: 'hunting',
    tenant: tenantOfBearer,
    handle: graphHunting,
  },
  {
    origin: 'api',
    method: 'POST',
    path: /^\/api\/advancedhunting\/run$/i,
    name: 'hunting',
    tenant: tenantOfBearer,
    handle: olderHunting,
  },
]

async function graphHunting(call: Call, world: World): Promise<Reply> {
  const tenant = await authorize(call, world, 'graph', ['ThreatHunting.Read.All'])
  const body = readBody(call, world)
  for (const name of Object.keys(body)) {
    if (!/^(?:query|timespan)$/i.test(name) && !name.startsWith('@')) {
      refuseApi(
        400,
        'BadRequest',
        `The parameter '${name}' in the request payload is not a valid parameter for the operation 'runHuntingQuery'.`,
        call,
        world,
      )
    }
  }
  const query = body['Query'] ?? body['query']
  if (typeof query !== 'string') {
    return refuseApi(400, 'BadRequest', "The value of parameter 'query' must be a string.", call, world)
  }
  const timespan = body['Timespan'] ?? body['timespan'] ?? undefined
  const window =
    timespan === undefined || typeof timespan === 'string' ? parseTimespan(timespan, world.now()) : undefined
  if (!window) return refuseApi(400, 'BadRequest', "Invalid value for parameter 'Timespan'.", call, world)
  quota(tenant, call, world)
  const outcome = await hunt(query, window, tenant, world, 'graph')
  if (outcome.kind !== 'rows') return failed(outcome, call, world)
  const context = `${world.urls.api}/v1.0/$metadata#microsoft.graph.security.huntingQueryResults`
  const schema =
    outcome.casing === 'lower' ? outcome.schema : outcome.schema.map(({ name, type }) => ({ Name: name, Type: type }))
  return {
    status: 200,
    headers: {
      'content-type':
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    },
    body: `{"@odata.context":${JSON.stringify(context)},"schema":${JSON.stringify(schema)},"results":[${outcome.rows.join(',')}]}`,
  }
}

async function olderHunting(call: Call, world: World): Promise<Reply> {
  const tenant = await authorize(call, world, 'defender-xdr', ['AdvancedHunting.Read.All'])
  const body = readBody(call, world)
  // Bodies are case-sensitive here, and there is no time span.
  for (const name of Object.keys(body)) {
    if (name !== 'Query')
      refuseApi(400, 'InvalidRequestBody', `Unknown member '${name}' in the request body.`, call, world)
  }
  const query = body['Query']
  if (typeof query !== 'string') {
    return refuseApi(400, 'MissingRequiredParameter', "The request body must have the member 'Query'.", call, world)
  }
  quota(tenant, call, world)
  const window = parseTimespan(undefined, world.now())!
  const outcome = await hunt(query, window, tenant, world, 'older')
  if (outcome.kind !== 'rows') return failed(outcome, call, world)
  const stats = {
    ExecutionTime: 0.0468764,
    resource_usage: {
      cache: {},
      cpu: { user: '00:00:00.0312500', kernel: '00:00:00', 'total cpu': '00:00:00.0312500' },
      memory: { peak_per_node: 1_573_184 },
    },
    dataset_statistics: [{ table_row_count: outcome.rows.length, table_size: outcome.rows.join('').length }],
  }
  const schema = outcome.schema.map(({ name, type }) => ({ Name: name, Type: type }))
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `{"Stats":${JSON.stringify(stats)},"Schema":${JSON.stringify(schema)},"Results":[${outcome.rows.join(',')}]}`,
  }
}

function readBody(call: Call, world: World): Record<string, unknown> {
  if (!/^application\/json\b/i.test(String(call.headers['content-type'] ?? ''))) {
    refuseApi(415, 'UnsupportedMediaType', 'The request must have the content type application/json.', call, world)
  }
  let body: unknown
  try {
    body = JSON.parse(call.body)
  } catch {
    // Same answer as for a body that is no object.
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return refuseApi(400, 'BadRequest', 'Unable to read JSON request payload.', call, world)
  }
  return body as Record<string, unknown>
}

function failed(outcome: Exclude<HuntingOutcome, { kind: 'rows' }>, call: Call, world: World): Reply {
  switch (outcome.kind) {
    case 'refused':
      return apiError(400, 'BadRequest', outcome.message, call, world)
    case 'busy':
      return usualError(429, call, world, outcome.message)
    case 'timeout':
      return usualError(504, call, world)
  }
}

/** So many calls a minute and tenant, where the scenario sets a quota. */
function quota(tenant: TenantScenario, call: Call, world: World): void {
  const limit = world.scenario.huntingCallsPerMinute
  if (limit === undefined) return
  const now = world.now().getTime()
  const recent = (world.huntingCalls.get(tenant.id) ?? []).filter((at) => at > now - 60_000)
  if (recent.length >= limit) {
    const message = `API calls quota exceeded! maximum allowed ${limit} per 00:01:00`
    refuseApi(429, call.path.startsWith('/api/') ? '429' : 'TooManyRequests', message, call, world)
  }
  world.huntingCalls.set(tenant.id, [...recent, now])
}
