/** One HTTPS listener: reads the request, finds its route, applies the scenario's faults, records what happened. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { gzipSync } from 'node:zlib'
import type { Authority } from './certificates.ts'
import type { FaultLine, Outcome } from './faults.ts'
import { type Call, type Origin, Refusal, type Reply, type Route, type World } from './world.ts'

export interface RecordedRequest {
  readonly origin: Origin
  readonly method: string
  readonly path: string
  /** Decoded query options; the last one wins where a name is repeated. */
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly at: Date
  /** Name of the route, empty where there was none. */
  readonly route: string
  /** GUID of the tenant that the request was about, where it could be told. */
  readonly tenant: string | undefined
  /** 0 while there is no answer, and for good where the connection was broken before one. */
  status: number
}

export interface Listener {
  readonly url: string
  close(): Promise<void>
}

export interface ListenerParts {
  readonly origin: Origin
  readonly authority: Authority
  readonly routes: readonly Route[]
  readonly faults: FaultLine
  readonly requests: RecordedRequest[]
  /** Has the last word on an answer, before it is sent whole or in part. */
  edit(reply: Reply, call: Call): Reply
  /** Set once all listeners are open. */
  world(): World
  notFound(call: Call, world: World, allowed: readonly string[]): Reply
  /** Headers that every answer of this origin carries. */
  common(call: Call, world: World): Record<string, string>
  failure(thrown: unknown): Reply
}

export async function openListener(parts: ListenerParts): Promise<Listener> {
  const server = createServer({
    ...(await parts.authority.certificate(undefined)),
    ALPNProtocols: ['http/1.1'],
    // Asked for each new connection, so that a scenario can change the certificate at any time.
    SNICallback(_name, done) {
      const fault = parts.world().scenario.tls[parts.origin]
      const wanted = parts.authority.certificate(fault === 'drop' ? undefined : fault)
      wanted.then((pair) => done(null, createSecureContext(pair)), done)
    },
  })
  server.on('request', (request, response) => {
    serve(parts, request, response).catch((thrown: unknown) => {
      // The caller went away, or the emulator itself is at fault: either way there is nobody left to tell.
      response.destroy(thrown instanceof Error ? thrown : undefined)
    })
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.prependListener('connection', (socket: Socket) => {
    if (parts.world().scenario.tls[parts.origin] === 'drop') socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close: () => closeServer(server),
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function serve(parts: ListenerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const world = parts.world()
  const at = world.now()
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const [path = '/', search = ''] = splitOnce(request.url ?? '/', '?')
  const query = new URLSearchParams(search)
  const base = {
    id: randomUUID(),
    origin: parts.origin,
    method: request.method ?? 'GET',
    path,
    search,
    query,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
  const { route, params, allowed } = findRoute(parts, base.method, path)
  const call: Call = { ...base, params }
  const tenant = route?.tenant?.(call, world)
  const record: RecordedRequest = {
    origin: parts.origin,
    method: base.method,
    path,
    query: Object.fromEntries(query),
    headers: flat(request),
    body: base.body,
    at,
    route: route?.name ?? '',
    tenant,
    status: 0,
  }
  parts.requests.push(record)

  const answer = async (inWorld: World = world): Promise<Reply> => {
    try {
      return route ? await route.handle(call, inWorld) : parts.notFound(call, world, allowed)
    } catch (thrown) {
      return thrown instanceof Refusal ? thrown.reply : parts.failure(thrown)
    }
  }
  const fault = route && parts.faults.take(route.name, tenant)
  const outcome: Outcome = fault
    ? await parts.faults.apply(fault, { call, world, answer, origin: parts.origin })
    : { reply: await answer(), how: 'whole' }
  const edited = 'reply' in outcome ? { ...outcome, reply: parts.edit(outcome.reply, call) } : outcome
  await send(edited, response, record, parts.common(call, world), fault === undefined && wantsGzip(request))
}

function findRoute(parts: ListenerParts, method: string, path: string) {
  const allowed: string[] = []
  for (const route of parts.routes) {
    const match = route.origin === parts.origin ? route.path.exec(path) : null
    if (!match) continue
    if (route.method === method) return { route, params: decoded(match.groups ?? {}), allowed }
    allowed.push(route.method)
  }
  return { route: undefined, params: {}, allowed }
}

function decoded(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decode(value ?? '')]))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

async function send(
  outcome: Outcome,
  response: ServerResponse,
  record: RecordedRequest,
  common: Record<string, string>,
  gzip: boolean,
): Promise<void> {
  if (outcome.how === 'nothing') return
  if (!('reply' in outcome)) {
    response.socket?.destroy()
    return
  }
  const { reply } = outcome
  record.status = reply.status
  const plain = Buffer.from(reply.body, 'utf8')
  const body = gzip && plain.length > 512 ? gzipSync(plain, { level: 1 }) : plain
  const headers: Record<string, string> = { ...common, ...reply.headers }
  if (body !== plain) headers['content-encoding'] = 'gzip'
  if (reply.status !== 204 && reply.status !== 304) headers['content-length'] = String(body.length)
  response.writeHead(reply.status, headers)
  if (outcome.how === 'whole') {
    response.end(body)
    return
  }
  // Half of the body, then silence or a broken connection.
  const half = body.subarray(0, Math.floor(body.length / 2))
  await new Promise<void>((resolve) => response.write(half, () => resolve()))
  if (outcome.how === 'reset-in-body') response.socket?.destroy()
}

function wantsGzip(request: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(String(request.headers['accept-encoding'] ?? ''))
}

function flat(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
