/**
 * GitHub's REST API for issues: https://docs.github.com/rest/issues/issues. The shapes of the answers are those of GitHub's
 * own OpenAPI description, held by the compiler. The paths of GitHub Enterprise Server (`/api/v3`) are served too.
 */
import type { components } from '@octokit/openapi-types'
import { type Call, jsonReply, Refusal, type Reply, type Route, type World } from '../core/world.ts'
import { apiOf, commentJson, issueJson } from './issues-json.ts'
import { BOT, type StoredIssue } from './issues-store.ts'

type Schemas = components['schemas']

const REPOSITORY_ID = 70107786
const BASE = String.raw`^(?:\/api\/v3)?\/(?:repos\/(?<owner>[^/]+)\/(?<repo>[^/]+)|repositories\/${REPOSITORY_ID})\/issues`
const route = (method: string, path: string, name: string, handle: Route['handle']): Route => ({
  origin: 'github',
  method,
  path: new RegExp(`${BASE}${path}$`),
  name,
  handle: (call, world) => {
    admit(call, world)
    return handle(call, world)
  },
})

export const issueRoutes: readonly Route[] = [
  route('GET', '', 'issues', list),
  route('POST', '', 'issue-create', create),
  route('GET', String.raw`\/(?<number>\d+)`, 'issue', (call, world) => ok(200, issueJson(find(call, world), world))),
  route('PATCH', String.raw`\/(?<number>\d+)`, 'issue-update', update),
  route('GET', String.raw`\/(?<number>\d+)\/comments`, 'issue-comments', comments),
  route('POST', String.raw`\/(?<number>\d+)\/comments`, 'issue-comment', comment),
]

// --- who may ask ----------------------------------------------------------------------------------------------------

function admit(call: Call, world: World): void {
  const { token, repository, issues } = world.scenario.github
  if (!call.headers['user-agent']) {
    throw new Refusal({
      status: 403,
      headers: { 'content-type': 'text/html' },
      body: 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\r\n',
    })
  }
  const given = /^(?:token|bearer) (.+)$/i.exec(call.headers.authorization ?? '')?.[1]
  if (given !== token) throw refused(401, given === undefined ? 'Requires authentication' : 'Bad credentials')
  const { owner, repo } = call.params
  // Groups that did not match are empty: the path that names the repository by its number.
  const asked = owner === '' ? repository : `${owner}/${repo}`
  if (asked.toLowerCase() !== repository.toLowerCase()) throw refused(404, 'Not Found')
  const writes = call.method !== 'GET'
  if (issues === 'none' || (writes && issues === 'read')) {
    const accepted = { 'x-accepted-github-permissions': writes ? 'issues=write' : 'issues=read' }
    throw refused(403, 'Resource not accessible by integration', accepted)
  }
  if (writes && issues === 'disabled') throw refused(410, 'Issues has been disabled in this repository.')
}

/** The issue that the path names. GitHub has the same answer for one that is not there. */
function find(call: Call, world: World): StoredIssue {
  const issue = world.issues.all.find(({ number }) => number === Number(call.params['number']))
  if (issue === undefined) throw refused(404, 'Not Found')
  return issue
}

// --- what is asked --------------------------------------------------------------------------------------------------

const LIST_VALUES = {
  state: ['open', 'closed', 'all'],
  sort: ['created', 'updated', 'comments'],
  direction: ['asc', 'desc'],
} as const

function list(call: Call, world: World): Reply {
  const option = <N extends keyof typeof LIST_VALUES>(name: N, otherwise: string): string => {
    const given = call.query.get(name) ?? otherwise
    if (!(LIST_VALUES[name] as readonly string[]).includes(given)) throw invalid([{ code: 'invalid', field: name }])
    return given
  }
  const state = option('state', 'open')
  const sort = option('sort', 'created')
  const sign = option('direction', 'desc') === 'desc' ? -1 : 1
  const since = Date.parse(call.query.get('since') ?? '') || 0
  const rank = (issue: StoredIssue): number => {
    if (sort === 'comments') return issue.comments.length
    return (sort === 'updated' ? issue.updatedAt : issue.createdAt).getTime()
  }
  const found = world.issues.all
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => issue.updatedAt.getTime() >= since)
    // A repository without issues still lists its pull requests.
    .filter((issue) => issue.pullRequest || world.scenario.github.issues !== 'disabled')
    .sort((a, b) => sign * (rank(a) - rank(b) || a.number - b.number))
  const { items, headers } = page(found, call, world)
  return ok(
    200,
    items.map((issue) => issueJson(issue, world)),
    headers,
  )
}

function create(call: Call, world: World): Reply {
  const { title, body } = fields(call)
  if (typeof title !== 'string' || title.trim() === '') throw invalid([{ code: 'missing_field', field: 'title' }])
  check(title, body)
  const at = world.now()
  const author = BOT
  const issue = world.issues.add({ title, body: body ?? null, author, createdAt: at, updatedAt: at })
  return ok(201, issueJson(issue, world), { location: `${apiOf(world)}/issues/${issue.number}` })
}

const STATE_REASONS = ['completed', 'not_planned', 'duplicate', 'reopened', null] as const

function update(call: Call, world: World): Reply {
  const issue = find(call, world)
  const { title, body, state, state_reason: reason } = fields(call)
  check(title, body)
  if (state !== undefined && state !== 'open' && state !== 'closed')
    throw invalid([{ code: 'invalid', field: 'state' }])
  const given = STATE_REASONS.find((one) => one === reason)
  if (reason !== undefined && given === undefined) throw invalid([{ code: 'invalid', field: 'state_reason' }])
  const at = world.now()
  if (typeof title === 'string') issue.title = title
  if (body !== undefined) issue.body = body
  if (state !== undefined && state !== issue.state) {
    issue.state = state
    issue.closedAt = state === 'closed' ? at : null
    issue.stateReason = given ?? (state === 'closed' ? 'completed' : 'reopened')
  }
  issue.updatedAt = at
  return ok(200, issueJson(issue, world))
}

function comments(call: Call, world: World): Reply {
  const issue = find(call, world)
  const { items, headers } = page(issue.comments, call, world)
  return ok(
    200,
    items.map((one) => commentJson(one, issue, world)),
    headers,
  )
}

function comment(call: Call, world: World): Reply {
  const issue = find(call, world)
  const { body } = fields(call)
  if (typeof body !== 'string' || body.trim() === '') {
    throw invalid([{ code: 'custom', field: 'body', message: 'body cannot be blank' }])
  }
  check(undefined, body)
  return ok(201, commentJson(world.issues.comment(issue, body, BOT), issue, world))
}

interface Fields {
  readonly title?: unknown
  readonly body?: string | null
  readonly state?: unknown
  readonly state_reason?: unknown
}

function fields(call: Call): Fields {
  let json: unknown
  try {
    json = JSON.parse(call.body)
  } catch {
    throw refused(400, 'Problems parsing JSON')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw refused(400, 'Body should be a JSON object')
  const { body } = json as Fields
  if (body !== undefined && body !== null && typeof body !== 'string')
    throw invalid([{ code: 'invalid', field: 'body' }])
  return json
}

/** The limits count characters, not bytes and not UTF-16 units. */
function check(title: unknown, body: string | null | undefined): void {
  const tooLong = (field: string, max: number) => ({
    code: 'custom',
    field,
    message: `${field} is too long (maximum is ${max} characters)`,
  })
  if (typeof title === 'string' && [...title].length > 256) throw invalid([tooLong('title', 256)])
  if (typeof body === 'string' && [...body].length > 65_536) throw invalid([tooLong('body', 65_536)])
}

// --- pages ----------------------------------------------------------------------------------------------------------

/** `per_page` is 30 where there is none and 100 at most. The links name the repository by its number, as GitHub's do. */
function page<T>(
  all: readonly T[],
  call: Call,
  world: World,
): { items: readonly T[]; headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30))
  const number = Math.max(1, Number(call.query.get('page') ?? 1) || 1)
  const last = Math.max(1, Math.ceil(all.length / size))
  const path = call.path.replace(/\/repos\/[^/]+\/[^/]+/, `/repositories/${REPOSITORY_ID}`)
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.query)
    query.set('page', String(to))
    return `<${world.urls.github}${path}?${query}>; rel="${rel}"`
  }
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
    ...(number > 1 ? [link(1, 'first')] : []),
  ]
  const items = all.slice((number - 1) * size, number * size)
  return { items, headers: links.length === 0 ? {} : { link: links.join(', ') } }
}

// --- how it is said -------------------------------------------------------------------------------------------------

function ok(status: 200 | 201, json: object, headers: Record<string, string> = {}): Reply {
  return jsonReply(status, json, { ...LIMITS, ...headers })
}

const LIMITS = { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '987', 'x-ratelimit-resource': 'core' }

function refused(status: number, message: string, headers: Record<string, string> = {}): Refusal {
  const body: Schemas['basic-error'] = {
    message,
    documentation_url: 'https://docs.github.com/rest/issues/issues',
    status: String(status),
  }
  return new Refusal(jsonReply(status, body, { ...LIMITS, ...headers }))
}

type Fault = NonNullable<Schemas['validation-error']['errors']>[number]

function invalid(errors: readonly Fault[]): Refusal {
  const body: Schemas['validation-error'] & { status: string } = {
    message: 'Validation Failed',
    errors: errors.map((error) => ({ resource: 'Issue', ...error })),
    documentation_url: 'https://docs.github.com/rest/issues/issues',
    status: '422',
  }
  return new Refusal(jsonReply(422, body, LIMITS))
}
