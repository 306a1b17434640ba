/**
 * An embedded Microsoft cloud on loopback HTTPS: Entra ID, Microsoft Graph's security API with the older Defender XDR
 * API beside it, and GitHub's token service. It answers as the services do and refuses what they refuse.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authority } from './core/certificates.ts'
import { type ErrorBody, faultLine } from './core/faults.ts'
import { signingKey } from './core/keys.ts'
import { type Listener, openListener, type RecordedRequest } from './core/server.ts'
import { relativeMs } from './core/times.ts'
import { type Call, jsonReply, type Origin, type Reply, type Route, type World } from './core/world.ts'
import { defenderXdrRoutes } from './defender-xdr/routes.ts'
import { entraBody, entraFault } from './entra/errors.ts'
import { entraRoutes } from './entra/routes.ts'
import { issueRoutes } from './github/issues.ts'
import { createIssueStore, type IssueStore } from './github/issues-store.ts'
import { OIDC_PATH, oidcRoutes } from './github/oidc.ts'
import { apiHeaders, graphError, olderError, usualError } from './graph/errors.ts'
import { graphRoutes } from './graph/routes.ts'
import { huntingRoutes } from './hunting/routes.ts'
import { type FullScenario, loadScenario, parseScenario, type Scenario } from './scenario.ts'

export type { RecordedRequest } from './core/server.ts'
export type { Route } from './core/world.ts'
export type { IssueStore, StoredIssue } from './github/issues-store.ts'
export type { Scenario } from './scenario.ts'
export {
  ALL_ROLES,
  CLIENT_ID,
  CLIENT_SECRET,
  FEDERATION_AUDIENCE,
  GITHUB_ISSUER,
  GITHUB_SUBJECT,
  GITHUB_TOKEN,
  TENANT_ID,
} from './scenario.ts'

export interface EmulatorOptions {
  /** A scenario, the path of a YAML or JSON file with one, or the name of one that comes with the emulator. */
  readonly scenario: Scenario | string
  /** The cloud's clock; the real one by default. */
  readonly now?: () => Date
  /** More endpoints; they come before the emulator's own. */
  readonly routes?: readonly Route[]
  /** Has the last word on each answer that has headers, faulty ones too. */
  readonly edit?: (reply: Reply, call: Call) => Reply
}

export interface Emulator {
  /** `https://localhost:PORT` each. */
  readonly loginUrl: string
  readonly apiUrl: string
  readonly githubUrl: string
  /** The first tenant and application of the scenario it was started with, for short tests. */
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** The certificate authority, as text and as a file for `NODE_EXTRA_CA_CERTS`. */
  readonly caPem: string
  readonly caPath: string
  /** `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  readonly oidcRequestUrl: string
  readonly oidcRequestToken: string
  /** Issues and pull requests of the repository `contoso/payments`; they stay when the scenario is replaced. */
  readonly issues: IssueStore
  /** Every request, in order of arrival. */
  readonly requests: RecordedRequest[]
  /** Every token value that was given out. */
  readonly issued: string[]
  /** Faults of the emulator or of its scenario (answered with 501), for tests to look at. */
  readonly failures: string[]
  /** Replaces the scenario: its relative times and all counts of requests begin anew; `requests` and `issued` stay. */
  setScenario(scenario: Scenario): void
  /** Ends all connections, stalled ones too. */
  close(): Promise<void>
}

const ROUTES = [...entraRoutes, ...graphRoutes, ...defenderXdrRoutes, ...huntingRoutes, ...oidcRoutes, ...issueRoutes]

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { scenario: given } = options
  const scenario = typeof given === 'string' ? await loadScenario(given) : parseScenario(given)
  const certificates = await authority()
  const requests: RecordedRequest[] = []
  const failures: string[] = []
  const routes = [...(options.routes ?? []), ...ROUTES]
  // The key takes a moment: begin before the first token is asked for.
  void signingKey('entra')

  const faults = faultLine(() => world.scenario.faults, errorBody, entraFault)
  const open = (origin: Origin): Promise<Listener> =>
    openListener({
      origin,
      authority: certificates,
      routes,
      faults,
      requests,
      edit: options.edit ?? ((reply) => reply),
      world: () => world,
      notFound: (call, at, allowed) => notFound(origin, call, at, allowed),
      common: (call, at) =>
        origin === 'api' ? apiHeaders(call, at) : { date: at.now().toUTCString(), 'cache-control': 'no-store' },
      failure(thrown) {
        const text = thrown instanceof Error ? thrown.message : String(thrown)
        failures.push(text)
        return jsonReply(501, { error: { code: 'EmulatorFailure', message: text } })
      },
    })
  const [login, api, github] = await Promise.all([open('login'), open('api'), open('github')])
  const listeners = [login, api, github]

  const clock = options.now ?? (() => new Date())
  const world: World = {
    scenario,
    now: () => skewed(clock(), world.scenario),
    urls: { login: login.url, api: api.url, github: github.url },
    issued: [],
    tokens: new Map(),
    oidcRequestToken: `emulated-${randomBytes(30).toString('base64url')}`,
    since: skewed(clock(), scenario),
    counters: new Map(),
    huntingCalls: new Map(),
    issues: createIssueStore(() => world.now()),
  }

  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-emulator-'))
  const caPath = join(folder, 'ca.pem')
  writeFileSync(caPath, certificates.caPem)

  return {
    loginUrl: login.url,
    apiUrl: api.url,
    githubUrl: github.url,
    tenantId: scenario.tenants[0]?.id ?? '',
    clientId: scenario.apps[0]?.clientId ?? '',
    clientSecret: scenario.apps[0]?.secrets[0]?.value ?? '',
    caPem: certificates.caPem,
    caPath,
    oidcRequestUrl: github.url + OIDC_PATH,
    oidcRequestToken: world.oidcRequestToken,
    issues: world.issues,
    requests,
    issued: world.issued,
    failures,
    setScenario(next) {
      world.scenario = parseScenario(next)
      world.since = world.now()
      world.counters = new Map()
      world.huntingCalls = new Map()
    },
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function skewed(now: Date, scenario: FullScenario): Date {
  const skew = scenario.clockSkew === undefined ? 0 : (relativeMs(scenario.clockSkew) ?? 0)
  return new Date(now.getTime() + skew)
}

/** What each origin says where only the status is known. */
const errorBody: ErrorBody = (origin, status, call, world, message) => {
  if (origin === 'api') return usualError(status, call, world, message)
  if (origin === 'github') return jsonReply(status, { message: message ?? `HTTP ${status}`, status: String(status) })
  const [error, code, text] =
    status === 429
      ? ['temporarily_unavailable', 90055, 'The server is busy. There are too many requests for this tenant.']
      : status >= 500
        ? ['temporarily_unavailable', 90033, 'A transient error has occurred. Please try again.']
        : ['invalid_request', 9002313, 'Invalid request. Request is malformed or invalid.']
  return entraBody(status, String(error), `AADSTS${code}: ${message ?? text}`, Number(code), call, world)
}

function notFound(origin: Origin, call: Call, world: World, allowed: readonly string[]): Reply {
  if (allowed.length > 0) {
    const reply = errorBody(origin, 405, call, world)
    return { ...reply, headers: { ...reply.headers, allow: allowed.join(', ') } }
  }
  if (origin === 'api') {
    const message = `Resource not found for the segment '${call.path.split('/').at(-1) ?? ''}'.`
    return call.path.startsWith('/api/')
      ? olderError(404, 'ResourceNotFound', message, call)
      : graphError(404, 'BadRequest', message, call, world)
  }
  if (origin === 'github') {
    return jsonReply(404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' })
  }
  return entraBody(404, 'invalid_request', 'AADSTS900971: The requested endpoint does not exist.', 900971, call, world)
}
