/** What goes wrong, and what the gate has to make of it on each route that it asks for its verdict. */
import type { Scenario } from '../../emulator/emulator.ts'
import type { FaultyRoute, Kind } from './routes.ts'

export type EmulatorFault = NonNullable<Scenario['faults']>[number]
type Action = EmulatorFault extends infer F
  ? F extends unknown
    ? Omit<F, 'route' | 'request' | 'tenant'>
    : never
  : never

export type Times = 'for good' | 'once'

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
export const SHORT: Record<Times, number> = { 'for good': 1000, once: 4000 }

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

export const isRetried = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status)
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
  const tries = isRetried(status) ? 5 : status === 401 && ['list', 'hunting'].includes(kind) ? 2 : 1
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
    passes: isRetried(status),
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
