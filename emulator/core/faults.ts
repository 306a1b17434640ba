/** Chooses the fault of a request and turns it into what goes over the wire. */
import type { Fault } from './fault-schema.ts'
import type { Call, Origin, Reply, World } from './world.ts'

/** `nothing`: the connection stays open and silent. The last two write half of the body. */
export type Outcome =
  | { readonly how: 'nothing' | 'reset' }
  | { readonly how: 'whole' | 'reset-in-body' | 'stall-in-body'; readonly reply: Reply }

interface Situation {
  readonly origin: Origin
  readonly call: Call
  readonly world: World
  /** What the service would have answered, or would answer in another world. */
  answer(world?: World): Promise<Reply>
}

/** Error bodies in the shape of each origin. */
export type ErrorBody = (origin: Origin, status: number, call: Call, world: World, message?: string) => Reply
export type EntraError = (code: number, call: Call, world: World) => Reply

export interface FaultLine {
  take(route: string, tenant: string | undefined): Fault | undefined
  apply(fault: Fault, situation: Situation): Promise<Outcome>
}

export function faultLine(faults: () => readonly Fault[], errorBody: ErrorBody, entraError: EntraError): FaultLine {
  let seen = new Map<Fault, number>()
  let list: readonly Fault[] | undefined
  return {
    take(route, tenant) {
      if (faults() !== list) {
        list = faults()
        seen = new Map()
      }
      let taken: Fault | undefined
      for (const fault of list ?? []) {
        if (fault.route !== route && fault.route !== 'all') continue
        if (fault.tenant !== undefined && fault.tenant.toLowerCase() !== tenant) continue
        const number = (seen.get(fault) ?? 0) + 1
        seen.set(fault, number)
        const wanted = fault.request
        const hit = wanted === 'all' || (Array.isArray(wanted) ? wanted.includes(number) : wanted === number)
        if (hit) taken ??= fault
      }
      return taken
    },
    apply: (fault, situation) => apply(fault, situation, errorBody, entraError),
  }
}

const HTML = `<!DOCTYPE html>
<html><head><title>Sign in to the network</title></head>
<body><h1>Woodgrove guest network</h1><p>Please accept the terms of use to continue.</p></body></html>
`

async function apply(fault: Fault, at: Situation, errorBody: ErrorBody, entraError: EntraError): Promise<Outcome> {
  const { call, world, origin } = at
  const whole = (reply: Reply): Outcome => ({ how: 'whole', reply })
  switch (fault.action) {
    case 'status': {
      const reply = errorBody(origin, fault.status, call, world)
      if (fault.body === undefined) return whole({ ...reply, headers: { ...reply.headers, ...lower(fault.headers) } })
      const body = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body)
      return whole({ ...reply, headers: { ...reply.headers, ...lower(fault.headers) }, body })
    }
    case 'entra-error':
      return whole(entraError(fault.code, call, world))
    case 'retry-after': {
      const reply = errorBody(origin, fault.status, call, world)
      if (fault.retryAfter === 'none') return whole(reply)
      // The date is of the real clock: that is what a caller compares it with.
      const value =
        fault.retryAfter === 'date'
          ? new Date(Date.now() + fault.seconds * 1000).toUTCString()
          : String(fault.retryAfter)
      return whole({ ...reply, headers: { ...reply.headers, 'retry-after': value } })
    }
    case 'reset-before-headers':
      return { how: 'reset' }
    case 'reset-after-headers':
      return { how: 'reset-in-body', reply: await at.answer() }
    case 'stall-headers':
      return { how: 'nothing' }
    case 'stall-body':
      return { how: 'stall-in-body', reply: await at.answer() }
    case 'slow-headers':
      await new Promise((resolve) => setTimeout(resolve, fault.ms).unref())
      return whole(await at.answer())
    case 'truncated-json': {
      const reply = await at.answer()
      return whole({ ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) })
    }
    case 'invalid-json':
      return whole({ ...(await at.answer()), body: '{"value": [ {"id": 1, } ], oops' })
    case 'html-200':
      return whole({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: HTML })
    case 'wrong-content-type': {
      const reply = await at.answer()
      return whole({ ...reply, headers: { ...reply.headers, 'content-type': fault.contentType } })
    }
    case 'empty-204':
      return whole({ status: 204, headers: {}, body: '' })
    case 'empty-200':
      return whole({ status: 200, headers: { 'content-type': 'application/json' }, body: '' })
    case 'redirect': {
      const elsewhere = `${world.urls[origin === 'github' ? 'api' : 'github']}/redirected`
      return whole({ status: fault.status, headers: { location: fault.location ?? elsewhere }, body: '' })
    }
    case 'big-body': {
      const reply = await at.answer()
      const padding = Math.max(0, fault.bytes - reply.body.length)
      return whole({ ...reply, body: reply.body + ' '.repeat(padding) })
    }
    case 'next-link-loop':
      return whole(
        withNextLink(await at.answer(), `${world.urls[origin]}${call.path}${call.search && '?'}${call.search}`),
      )
    case 'next-link-elsewhere': {
      const host = world.urls[origin === 'github' ? 'api' : 'github']
      return whole(withNextLink(await at.answer(), fault.url ?? `${host}${call.path}?%24skiptoken=elsewhere`))
    }
    case 'wrong-tenant':
      return whole(await asTenant(at, fault.as))
    case 'echo':
      return whole(errorBody(origin, fault.status, call, world, echo(call)))
  }
}

function lower(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function withNextLink(reply: Reply, url: string): Reply {
  // A list of GitHub is an array, and its links stand in a header.
  if (reply.body.endsWith(']')) return { ...reply, headers: { ...reply.headers, link: `<${url}>; rel="next"` } }
  if (!reply.body.endsWith('}')) return reply
  // As text, because a hunting answer is never an object here; of two members of a name the last one counts.
  return { ...reply, body: `${reply.body.slice(0, -1)},"@odata.nextLink":${JSON.stringify(url)}}` }
}

/** Replaces the caller's tenant by another in everything that the answer says, tokens included. */
async function asTenant(at: Situation, other: string): Promise<Reply> {
  const { world } = at
  if (at.origin === 'login') {
    const tenants = world.scenario.tenants.map((tenant) => ({
      ...tenant,
      domains: [...tenant.domains, tenant.id],
      id: other,
    }))
    return at.answer({ ...world, scenario: { ...world.scenario, tenants } })
  }
  const reply = await at.answer()
  let body = reply.body
  for (const { id } of world.scenario.tenants) body = body.replaceAll(id, other)
  return { ...reply, body }
}

/** What the caller sent as its secrets, plain and in the encodings in which a leak could hide. */
function echo(call: Call): string {
  const secrets = new Set<string>()
  const bearer = /^bearer (.+)$/i.exec(String(call.headers.authorization ?? ''))?.[1]
  if (bearer) secrets.add(bearer)
  if (call.origin === 'login') {
    const form = new URLSearchParams(call.body)
    for (const name of ['client_secret', 'client_assertion']) {
      const value = form.get(name)
      if (value) secrets.add(value)
    }
  }
  const encodings = [...secrets].flatMap((secret) => {
    const bytes = Buffer.from(secret, 'utf8')
    return [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ s: secret }).toString().slice(2),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ]
  })
  return `The request could not be processed. Received: ${[...new Set(encodings)].join(' ')}`
}
