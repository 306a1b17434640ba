/**
 * Every route × every fault, as data: what goes wrong, and what the gate has to make of it. A fault is there for good (every
 * request of the route has it) or once (only the first one has it). The world is one in which the gate would open, so a
 * fault that is taken for an answer shows as a verdict `passed`.
 */
import { type Emulator, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { type GateRun, runGate, trust } from '../support/gate-run.ts'

// --- routes ---------------------------------------------------------------------------------------------------------

/** How a route answers to a fault; routes of one kind do so alike. */
export type Kind = 'id-token' | 'token' | 'list' | 'hunting'

export interface FaultyRoute {
  readonly name: string
  readonly title: string
  readonly kind: Kind
  /** The route in the emulator, and the origin that it belongs to. */
  readonly route: string
  readonly origin: 'login' | 'api' | 'github'
  /** The first request of the route that may have the fault. */
  readonly from: number
  readonly inputs: Readonly<Record<string, string>>
}

const INCIDENTS = { check: 'incidents' }
const HUNTING = { check: 'hunting', query: 'DeviceInfo | project DeviceName', 'max-findings': '5' }
const OLDER = { api: 'defender-xdr' }

export const ROUTES: readonly FaultyRoute[] = [
  {
    name: 'id-token',
    title: 'GitHub ID token',
    kind: 'id-token',
    route: 'oidc',
    origin: 'github',
    from: 1,
    inputs: INCIDENTS,
  },
  { name: 'token', title: 'Entra token', kind: 'token', route: 'token', origin: 'login', from: 1, inputs: INCIDENTS },
  {
    name: 'incidents',
    title: 'Incidents',
    kind: 'list',
    route: 'incidents',
    origin: 'api',
    from: 1,
    inputs: INCIDENTS,
  },
  {
    name: 'page-2',
    title: 'Incidents, page 2',
    kind: 'list',
    route: 'incidents',
    origin: 'api',
    from: 2,
    inputs: INCIDENTS,
  },
  {
    name: 'alerts',
    title: 'Alerts',
    kind: 'list',
    route: 'alerts',
    origin: 'api',
    from: 1,
    inputs: { check: 'alerts' },
  },
  { name: 'hunting', title: 'Hunting', kind: 'hunting', route: 'hunting', origin: 'api', from: 1, inputs: HUNTING },
  {
    name: 'older-incidents',
    title: 'Incidents, older API',
    kind: 'list',
    route: 'incidents',
    origin: 'api',
    from: 1,
    inputs: { ...INCIDENTS, ...OLDER },
  },
  {
    name: 'older-hunting',
    title: 'Hunting, older API',
    kind: 'hunting',
    route: 'hunting',
    origin: 'api',
    from: 1,
    inputs: { ...HUNTING, ...OLDER },
  },
]

/** Findings that don't count: a list that is read to its end passes, and its records name their tenant. */
const QUIET = { severity: 'high', classification: 'falsePositive' }
const OPEN_WORLD: Scenario = {
  graph: { incidentsPageSize: 2 },
  tenants: [
    {
      incidents: [1, 2, 3].map((n) => ({ ...QUIET, displayName: `Incident ${n}` })),
      alerts: [1, 2, 3].map((n) => ({ ...QUIET, title: `Alert ${n}` })),
      hunting: [{ rows: [{ DeviceName: 'build-01' }, { DeviceName: 'build-02' }] }],
    },
  ],
}

// --- faults ---------------------------------------------------------------------------------------------------------

type EmulatorFault = NonNullable<Scenario['faults']>[number]
type Action = EmulatorFault extends infer F
  ? F extends unknown
    ? Omit<F, 'route' | 'request' | 'tenant'>
    : never
  : never

/** The code of the error, how often the route is asked, and what the message has to say. */
export interface Expected {
  readonly code: string
  /** Left out where no request of the route arrives; then the message says how often it was tried. */
  readonly tries?: number
  readonly says: RegExp
}

export interface FaultRow {
  readonly title: string
  /** What the emulator does to a request; left out for a fault of the whole world. */
  readonly action?: Action
  readonly world?: (route: FaultyRoute) => Scenario
  /** Replaces the address of the origin that the route belongs to. */
  readonly address?: string
  /** The gate waits for less long, so that the cell does. */
  readonly impatient?: boolean
  /** By name or kind of the route, the name first; one that is left out or `undefined` can't have this fault. */
  readonly expected: Readonly<Record<string, Expected | undefined>>
  /** It passes by itself: where it is there only once, the next try brings the answer. */
  readonly passes: boolean
}

const KINDS: readonly Kind[] = ['id-token', 'token', 'list', 'hunting']
const each = (expected: Expected, kinds = KINDS): FaultRow['expected'] =>
  Object.fromEntries(kinds.map((kind) => [kind, expected]))

const broken = each({
  code: 'connection-failed',
  tries: 5,
  says: /localhost:\d+ could not be asked: the connection broke/,
})
const slow = (says: RegExp) => each({ code: 'answer-timeout', tries: 2, says })
/** Milliseconds. For good, nothing but the fault itself depends on it; once, the next try has to make it in this time. */
const SHORT: Record<Times, number> = { 'for good': 1000, once: 4000 }

/** An answer of status 200 that is none: it is not asked for again, as it would be the same. */
function unreadable(what: { idToken: RegExp; token: RegExp; api: RegExp }): FaultRow['expected'] {
  const api = { code: 'answer-unreadable', tries: 1, says: what.api }
  return {
    'id-token': { code: 'id-token-unavailable', tries: 1, says: what.idToken },
    token: { code: 'sign-in-unreadable', tries: 1, says: what.token },
    list: api,
    hunting: api,
  }
}

const redirects = [301, 302, 303, 307, 308].map(
  (status): FaultRow => ({
    title: `${status} to another host`,
    action: { action: 'redirect', status },
    passes: false,
    expected: {
      'id-token': { code: 'id-token-unavailable', tries: 1, says: new RegExp(`answered ${status}, a redirect`) },
      token: { code: 'sign-in-blocked', tries: 1, says: new RegExp(`an empty answer with status ${status}`) },
      ...each({ code: 'redirect-refused', tries: 1, says: new RegExp(`a redirect \\(${status}\\)`) }, [
        'list',
        'hunting',
      ]),
    },
  }),
)

const RETRIED = [408, 429, 500, 502, 503, 504]
const STATUSES = [
  400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425,
  426, 428, 429, 431, 451, 500, 501, 502, 503, 504,
]

function codeOfStatus(status: number, kind: Kind): Expected['code'] {
  if (kind === 'id-token') return 'id-token-unavailable'
  if (kind === 'token')
    return status === 429 ? 'sign-in-throttled' : status >= 500 ? 'sign-in-unavailable' : 'sign-in-failed'
  const hunting = kind === 'hunting'
  switch (status) {
    case 400:
      return hunting ? 'kql-error' : 'request-refused'
    case 401:
      return 'token-refused'
    case 403:
      return 'forbidden'
    case 404:
      return 'api-not-found'
    case 429:
      return 'throttled'
    default:
      if (status < 500) return 'request-refused'
      // Without a message it is how hunting gives up on heavy queries.
      return hunting && [500, 501, 504].includes(status) ? 'query-too-heavy' : 'service-error'
  }
}

function ofStatus(status: number, kind: Kind): Expected {
  const tries = RETRIED.includes(status) ? 5 : status === 401 && ['list', 'hunting'].includes(kind) ? 2 : 1
  // Entra ID names its own number in place of the status.
  return {
    code: codeOfStatus(status, kind),
    tries,
    says: kind === 'token' ? /AADSTS\d+/ : new RegExp(`\\b${status}\\b`),
  }
}

const statuses = STATUSES.map(
  (status): FaultRow => ({
    title: `${status}`,
    action: { action: 'status', status },
    // A 401 of the API gets one new token.
    passes: RETRIED.includes(status),
    expected: {
      ...Object.fromEntries(KINDS.map((kind) => [kind, ofStatus(status, kind)])),
      // The older API does give a message with its 500.
      ...(status === 500 ? { 'older-hunting': ofStatus(status, 'list') } : {}),
    },
  }),
)

const throttled = (title: string, retryAfter: number | 'date'): FaultRow => ({
  title,
  action: { action: 'retry-after', retryAfter },
  passes: true,
  expected: Object.fromEntries(KINDS.map((kind) => [kind, ofStatus(429, kind)])),
})

const tooLong = (status: number): FaultRow => ({
  title: `${status} with \`Retry-After\` of an hour`,
  action: { action: 'retry-after', status, retryAfter: 3600 },
  passes: false,
  expected: {
    'id-token': { code: 'id-token-unavailable', tries: 1, says: new RegExp(`answered ${status}`) },
    token: { code: 'sign-in-throttled', tries: 1, says: /60 minutes/ },
    ...each({ code: 'retry-after-too-long', tries: 1, says: /asks to come back at \d{4}-\d\d-\d\d \d\d:\d\d UTC/ }, [
      'list',
      'hunting',
    ]),
  },
})

type TlsFault = NonNullable<NonNullable<Scenario['tls']>['api']>
const tlsFault = (title: string, fault: TlsFault, expected: Expected): FaultRow => ({
  title,
  world: ({ origin }) => ({ tls: { [origin]: fault } }),
  passes: false,
  expected: each(expected),
})

const clock = (title: string, clockSkew: string, says: RegExp): FaultRow => ({
  title,
  world: () => ({ clockSkew }),
  passes: false,
  expected: each({ code: 'clock-off', says }),
})

export const FAULTS: readonly FaultRow[] = [
  { title: 'reset before the headers', action: { action: 'reset-before-headers' }, passes: true, expected: broken },
  { title: 'reset after the headers', action: { action: 'reset-after-headers' }, passes: true, expected: broken },
  {
    title: 'no answer at all',
    action: { action: 'stall-headers' },
    impatient: true,
    passes: true,
    expected: slow(/took too long: no answer within/),
  },
  {
    title: 'headers later than the time-out',
    // Long after the last test: an answer that came later would find nobody.
    action: { action: 'slow-headers', ms: 3_600_000 },
    impatient: true,
    passes: true,
    expected: slow(/took too long: no answer within/),
  },
  {
    title: 'body stops half-way',
    action: { action: 'stall-body' },
    impatient: true,
    passes: true,
    expected: slow(/took too long: the answer stopped in the middle/),
  },
  {
    title: 'truncated JSON',
    action: { action: 'truncated-json' },
    passes: false,
    expected: unreadable({ idToken: /no JSON/, token: /no JSON/, api: /no valid JSON, or cut off/ }),
  },
  {
    title: 'invalid JSON',
    action: { action: 'invalid-json' },
    passes: false,
    expected: unreadable({ idToken: /no JSON/, token: /no JSON/, api: /no valid JSON, or cut off/ }),
  },
  {
    title: 'an HTML page with 200',
    action: { action: 'html-200' },
    passes: false,
    expected: unreadable({ idToken: /an HTML page/, token: /an HTML page/, api: /an HTML page/ }),
  },
  {
    title: 'JSON that says it is `text/plain`',
    action: { action: 'wrong-content-type' },
    passes: false,
    expected: unreadable({
      idToken: /content type/,
      token: /content type/,
      api: /content type other than JSON \(text\/plain/,
    }),
  },
  {
    title: '204',
    action: { action: 'empty-204' },
    passes: false,
    expected: unreadable({ idToken: /answered 204/, token: /an empty answer with status 204/, api: /status 204/ }),
  },
  {
    title: 'an empty body with 200',
    action: { action: 'empty-200' },
    passes: false,
    expected: unreadable({ idToken: /an empty answer/, token: /an empty answer/, api: /it is empty/ }),
  },
  ...redirects,
  ...statuses,
  throttled('429 with `Retry-After` in seconds', 2),
  throttled('429 with `Retry-After` as a date', 'date'),
  tooLong(429),
  tooLong(503),
  {
    title: 'data of another tenant',
    action: { action: 'wrong-tenant' },
    passes: false,
    // Records of the older API and rows of hunting name no tenant; there the token's own is what is compared.
    expected: {
      token: { code: 'wrong-tenant', tries: 1, says: /another tenant \(tid 9{8}-/ },
      list: { code: 'wrong-tenant-data', tries: 1, says: /a record of tenant 9{8}-/ },
      'older-incidents': undefined,
    },
  },
  {
    title: '`nextLink` to the same page',
    action: { action: 'next-link-loop' },
    passes: false,
    expected: {
      list: { code: 'next-link-refused', tries: 1, says: /a page that was already read/ },
      hunting: { code: 'next-link-refused', tries: 1, says: /a hunting result has no pages/ },
    },
  },
  {
    title: '`nextLink` to another host',
    action: { action: 'next-link-elsewhere' },
    passes: false,
    expected: {
      list: { code: 'next-link-refused', tries: 1, says: /it leads to another host/ },
      hunting: { code: 'next-link-refused', tries: 1, says: /a hunting result has no pages/ },
    },
  },
  {
    title: 'an answer of 70 MB',
    action: { action: 'big-body' },
    passes: false,
    expected: each({ code: 'answer-too-large', tries: 1, says: /more than 64 MB/ }),
  },
  tlsFault('certificate expired', 'expired', {
    code: 'server-certificate-expired',
    says: /has expired \(tried once\)/,
  }),
  tlsFault('certificate of another host', 'wrong-host', {
    code: 'server-certificate-wrong-host',
    says: /belongs to another host \(tried once\)/,
  }),
  tlsFault('certificate not trusted', 'untrusted', {
    code: 'server-certificate-untrusted',
    says: /is not trusted by this runner \(tried once\)/,
  }),
  tlsFault('closed during the TLS handshake', 'drop', {
    code: 'connection-failed',
    says: /the connection broke .*\(tried 5 times\)/,
  }),
  {
    title: 'nothing listens on the port',
    address: 'https://localhost:1',
    passes: false,
    expected: each({ code: 'connection-failed', says: /the connection was refused \(tried 5 times\)/ }),
  },
  {
    title: 'name not resolved',
    // No resolver is asked for a label of more than 63 characters, so this needs no network.
    address: `https://${'x'.repeat(64)}.invalid`,
    passes: false,
    expected: each({ code: 'host-not-found', says: /could not be found: there is no such name \(tried once\)/ }),
  },
  clock('clock of the runner an hour slow', '+1h', /the runner is about 60 minutes slow/),
  clock('clock of the runner an hour fast', '-1h', /the runner is about 60 minutes fast/),
]

// --- cells ----------------------------------------------------------------------------------------------------------

export type Times = 'for good' | 'once'

export interface Cell {
  readonly route: FaultyRoute
  readonly fault: FaultRow
  readonly times: Times
  /** `undefined` where the retry brings the answer, and the gate opens. */
  readonly expected: Expected | undefined
}

export interface CellResult {
  readonly cell: Cell
  readonly verdict: string
  readonly failed: boolean
  readonly code: string | undefined
  readonly message: string
  readonly hint: string
  /** Requests that the route of the fault saw, from the first that could have it. */
  readonly tries: number
  /** Requests that arrived where none should: a redirect or a link was followed. */
  readonly strayed: number
  readonly realMs: number
  /** Every value of this run that may be in nothing that was written. */
  readonly secrets: readonly string[]
  readonly gate: GateRun
}

/** Every cell that can be. A fault that ends a check at once is there for good only: once would be the same. */
export function cells(): readonly Cell[] {
  return ROUTES.flatMap((route) =>
    FAULTS.flatMap((fault): Cell[] => {
      const expected = route.name in fault.expected ? fault.expected[route.name] : fault.expected[route.kind]
      if (expected === undefined) return []
      const forGood: Cell = { route, fault, times: 'for good', expected }
      // One 401 is answered with a new token, which then works.
      const passes = fault.passes || expected.code === 'token-refused'
      return passes ? [forGood, { route, fault, times: 'once', expected: undefined }] : [forGood]
    }),
  )
}

const MANY = 40

function scenarioOf({ route, fault, times }: Cell): Scenario {
  const { action } = fault
  const requests = times === 'once' ? [route.from] : Array.from({ length: MANY }, (_, at) => at + route.from)
  const faults = action === undefined ? [] : [{ ...action, route: route.route, request: requests } as EmulatorFault]
  return { ...OPEN_WORLD, ...fault.world?.(route), faults }
}

/** Runs one cell against an emulator that nothing else uses meanwhile. */
export async function runCell(cell: Cell, cloud: Emulator): Promise<CellResult> {
  const { route, fault } = cell
  cloud.setScenario(scenarioOf(cell))
  cloud.requests.length = 0
  cloud.issued.length = 0
  const at = (origin: FaultyRoute['origin'], real: string): string =>
    route.origin === origin && fault.address !== undefined ? fault.address : real
  const { pathname, search } = new URL(cloud.oidcRequestUrl)
  const oidc = route.kind === 'id-token'
  const began = performance.now()
  const result = await runGate({
    inputs: {
      'tenant-id': cloud.tenantId,
      'client-id': cloud.clientId,
      'authority-url': at('login', cloud.loginUrl),
      'api-url': at('api', cloud.apiUrl),
      ...(oidc ? {} : { 'client-secret': cloud.clientSecret }),
      ...route.inputs,
    },
    ...(oidc
      ? {
          idToken: {
            requestUrl: at('github', cloud.githubUrl) + pathname + search,
            requestToken: cloud.oidcRequestToken,
          },
        }
      : {}),
    ...(fault.impatient ? { timeouts: { headersMs: SHORT[cell.times], bodyMs: SHORT[cell.times] } } : {}),
  })
  const { error } = result.run.checks[0] ?? {}
  return {
    cell,
    verdict: result.run.verdict,
    failed: result.failed,
    code: error?.code,
    message: error?.message ?? '',
    hint: error?.hint ?? '',
    tries: cloud.requests.filter((request) => request.route === route.route).length - route.from + 1,
    strayed: cloud.requests.filter((request) => request.route === '').length,
    realMs: performance.now() - began,
    secrets: [cloud.clientSecret, cloud.oidcRequestToken, ...cloud.issued],
    gate: result,
  }
}

/** Runs cells side by side: most of their time is waiting. Results come in the order of the cells. */
export async function runCells(list: readonly Cell[], sideBySide = 16): Promise<readonly CellResult[]> {
  const results: CellResult[] = []
  // What is loaded and made once comes before anything that is short of time.
  if (sideBySide > 1) await runCells([control(ROUTES[0]!), control(ROUTES[1]!)], 1)
  const long = ([, { fault }]: readonly [number, Cell]): number => (fault.impatient ? 1 : 0)
  const waiting = [...list.entries()].sort((a, b) => long(b) - long(a))
  const worker = async (): Promise<void> => {
    const cloud = await startEmulator({ scenario: OPEN_WORLD })
    trust(cloud)
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        results[next[0]] = await runCell(next[1], cloud)
      }
    } finally {
      await cloud.close()
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, worker))
  return results
}

/** Runs the gate over the same world without any fault, for the sake of a matrix that can't fail for another reason. */
export function control(route: FaultyRoute): Cell {
  return { route, fault: { title: 'none', passes: true, expected: {} }, times: 'for good', expected: undefined }
}
