/** How Graph's directory is asked and answers: who may, `$filter` and `$select`, error bodies. */
import { type Call, jsonReply, Refusal, type Reply, type Route, type World } from '../core/world.ts'
import { authorize } from '../graph/bearer.ts'
import { graphError } from '../graph/errors.ts'
import { type Directory, directoryOf } from './directory.ts'

/** What a handler works on. */
export interface Request {
  readonly call: Call
  readonly world: World
  readonly directory: Directory
}

type Entity = Readonly<Record<string, unknown>>

export function refuseDirectory(status: number, code: string, message: string, { call, world }: Request): never {
  throw new Refusal(graphError(status, code, message, call, world))
}

export const badRequest = (message: string, request: Request): never =>
  refuseDirectory(400, 'Request_BadRequest', message, request)

export const notThere = (id: string, request: Request): never =>
  refuseDirectory(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
    request,
  )

/** Checks the token and that it has one of the roles. */
export async function admit(call: Call, world: World, roles: readonly string[]): Promise<Request> {
  const directory = directoryOf(world)
  const request = { call, world, directory }
  try {
    const tenant = await authorize(call, world, 'graph', roles)
    if (tenant.id !== directory.tenant.id) throw new Error('only the first tenant has a directory')
  } catch (thrown) {
    if (thrown instanceof Refusal && thrown.reply.status === 403) {
      const message = 'Insufficient privileges to complete the operation.'
      refuseDirectory(403, 'Authorization_RequestDenied', message, request)
    }
    throw thrown
  }
  return request
}

/** The body as a record; Graph wants JSON with its content type. */
export function bodyOf(request: Request): Record<string, unknown> {
  const { call } = request
  let json: unknown
  try {
    json = JSON.parse(call.body)
  } catch {
    json = undefined
  }
  const typed = /^application\/json\b/i.test(String(call.headers['content-type'] ?? ''))
  if (!typed || typeof json !== 'object' || json === null || Array.isArray(json)) {
    return badRequest('Unable to read JSON request payload. Please ensure Content-Type header is set.', request)
  }
  return json as Record<string, unknown>
}

/** A string member of the body that must be there. */
export function textOf(body: Record<string, unknown>, name: string, request: Request): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '') return value
  return badRequest(`A value is required for property '${name}' of resource.`, request)
}

/** A page of entities: `$filter` of one equality, `$select`. */
export function listReply(entities: readonly Entity[], request: Request): Reply {
  const { call } = request
  const filter = call.query.get('$filter')
  let found = entities
  if (filter !== null) {
    const match = /^\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*$/.exec(filter)
    if (!match) return refuseDirectory(400, 'Request_UnsupportedQuery', 'Unsupported Query.', request)
    const [, name = '', value = ''] = match
    // Graph compares text without regard to case.
    const wanted = value.replaceAll("''", "'").toLowerCase()
    found = entities.filter((entity) => String(entity[name]).toLowerCase() === wanted)
  }
  const set = call.path.split('/').at(-1)
  return jsonReply(200, {
    '@odata.context': `https://graph.microsoft.com/v1.0/$metadata#${set}`,
    value: found.map((entity) => selected(entity, call)),
  })
}

export function entityReply(status: number, entity: Entity, { call }: Request): Reply {
  const context = { '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#$entity' }
  return jsonReply(status, { ...context, ...selected(entity, call) })
}

export const NO_CONTENT: Reply = { status: 204, headers: {}, body: '' }

function selected(entity: Entity, call: Call): Entity {
  const names = call.query.get('$select')?.split(',')
  if (!names) return entity
  return Object.fromEntries(
    names.map((name) => name.trim()).flatMap((name) => (name in entity ? [[name, entity[name]]] : [])),
  )
}

/** A route of the directory, for applications with one of `roles`. `path` is a regular expression. */
export const route = (
  method: string,
  path: string,
  name: string,
  roles: readonly string[],
  handle: (request: Request) => Reply,
): Route => ({
  origin: 'api',
  method,
  path: new RegExp(`^${path}$`),
  name,
  handle: async (call, world) => handle(await admit(call, world, roles)),
})

/** One of a collection, by object id, or by the client id as alternate key. */
export const oneOf = (collection: string): string =>
  String.raw`\/v1\.0\/${collection}(?:\/(?<id>[^/()]+)|\(appId='(?<appId>[^']+)'\))`
