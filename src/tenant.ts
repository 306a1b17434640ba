/** One tenant of a run: its token, its API, its own budget of calls, and the answers to all checks. */
import { ask } from './checks/index.ts'
import { notRun, runCancelled } from './errors/gate.ts'
import { asGateError, GateError } from './errors.ts'
import { createTokenSource, missingPermissions, permissionError, type ReadyCredential } from './identity/index.ts'
import type {
  AccessToken,
  Baseline,
  CheckKind,
  CheckResult,
  Clock,
  Http,
  Log,
  PlannedCheck,
  SecurityApi,
  Tenant,
  TokenSource,
} from './model.ts'
import { Pacer } from './network/pacing.ts'
import { checkLine } from './report/console.ts'
import {
  createDefenderXdrApi,
  createGraphApi,
  type Endpoints,
  endpoints,
  huntingLink,
  isQuotaError,
} from './security-api/index.ts'
import type { Settings } from './settings/settings.ts'
import { erred, Judging } from './verdict/index.ts'

/** What a tenant's session needs of the world outside. */
export interface SessionWorld {
  readonly clock: Clock
  readonly http: Http
  readonly log: Log
  readonly serverUrl: string
  /** Registers a secret with the runner's mask and the redactor, in every form. */
  protect(secret: string): void
  /** Replaces every registered secret; the last thing that any text passes on its way out. */
  redact(text: string): string
  readonly signal: AbortSignal
}

type ServiceSays = Pick<Parameters<typeof permissionError>[0], 'serviceSays' | 'requestId'>

export interface Session {
  readonly tenant: Tenant
  readonly tokens: TokenSource
  readonly api: SecurityApi
  readonly pacer: Pacer
  readonly places: Endpoints
  /** The error for missing permissions; `says` is what the service itself said of them. */
  readonly refuse: (missing: readonly CheckKind[], says?: ServiceSays) => GateError
}

/** Asks for nothing yet: the first question signs in. A credential that can't sign in says so to every check. */
export function tokensOf(
  tenant: Tenant,
  settings: Settings,
  credential: ReadyCredential | GateError,
  world: SessionWorld,
): TokenSource {
  if (credential instanceof GateError) return noTokens(credential)
  const { clientId, apiUrl } = settings
  const places = endpoints(settings.cloud, settings.api)
  const authority = settings.authorityUrl ?? places.authority
  const { scope } = places
  // A token for the very origin that is asked is for this API, by whatever name the cloud calls it.
  const audiences = apiUrl === undefined ? places.audiences : [...places.audiences, apiUrl]
  const { http, clock, log, protect, redact, serverUrl, signal } = world
  return createTokenSource({
    ...{ tenant, clientId, credential, authority, scope, audiences },
    ...{ http, clock, log, protect, redact, serverUrl, signal },
  })
}

/** Opens nothing yet. */
export function openSession(
  tenant: Tenant,
  settings: Settings,
  tokens: TokenSource,
  plan: readonly PlannedCheck[],
  world: SessionWorld,
): Session {
  const places = endpoints(settings.cloud, settings.api)
  const authority = settings.authorityUrl ?? places.authority
  const kinds = [...new Set(plan.map((check) => check.ask.kind))]
  const { api, clientId } = settings
  const { http, clock, log, signal } = world
  const { scope } = places
  const pacer = new Pacer({ clock })
  const refuse: Session['refuse'] = (missing, says) =>
    permissionError({ api, kinds, missing, clientId, tenant, authority, scope, ...says })
  const createApi = api === 'graph' ? createGraphApi : createDefenderXdrApi
  const security = createApi({
    origin: settings.apiUrl ?? places.apiOrigin,
    tenant,
    tokens,
    http,
    pace: pacer,
    clock,
    log,
    portal: places.portal,
    permissionError: ({ requestId, ...serviceSays }) => refuse(kinds, { serviceSays, requestId }),
    redact: world.redact,
    signal,
  })
  return { tenant, tokens, api: security, pacer, places, refuse }
}

function noTokens(error: GateError): TokenSource {
  const refuse = (): Promise<AccessToken> => Promise.reject(error)
  return { token: refuse, renew: refuse }
}

/** Asks every check of one tenant. One check's failure is that check's result and hides no other. */
export async function askAll(
  session: Session,
  plan: readonly PlannedCheck[],
  baseline: Baseline | GateError,
  settings: Settings,
  world: SessionWorld,
  tell: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const askable = plan.some((check) => !('problem' in check.ask))
  const token = baseline instanceof GateError || !askable ? undefined : signIn(session.tokens)
  return Promise.all(
    plan.map(async (check) => {
      const began = world.clock.now()
      const elapsed = (): number => world.clock.now().getTime() - began.getTime()
      let result: CheckResult
      try {
        if ('problem' in check.ask) throw check.ask.problem
        if (baseline instanceof GateError) throw baseline
        await allow(check, await token, session, plan, settings)
        const { suppressions, details } = settings
        const judges = { check, tenant: session.tenant, baseline, suppressions, now: began }
        const answer = await answerOf(check, session, began, () => new Judging(judges, details))
        const judged = answer.findings.conclude(answer)
        result = { ...judged, portalUrl: portalLink(check, session), durationMs: elapsed() }
      } catch (thrown) {
        const error = errorOf(thrown, world)
        if (isQuotaError(error)) session.pacer.stop(notRun(session.tenant.label, error))
        result = erred({ check, tenant: session.tenant, error, durationMs: elapsed() })
      }
      tell(result)
      return result
    }),
  )
}

/** What ends a wait that is cancelled is no `GateError`, and no bug either. Of a bug the stack is kept for the debug log. */
function errorOf(thrown: unknown, { signal, log }: SessionWorld): GateError {
  if (!(thrown instanceof GateError) && signal.aborted) return runCancelled(thrown)
  if (!(thrown instanceof GateError) && thrown instanceof Error) log.debug(thrown.stack ?? thrown.message)
  return asGateError(thrown)
}

/**
 * A line a check, with how many are done. Rounds of waiting tell again only what has changed: `told` holds what each check
 * was last told to be.
 */
export function progress(
  tenants: number,
  total: number,
  told: Map<string, string>,
  log: Log,
): (result: CheckResult) => void {
  let done = 0
  return (result) => {
    done += 1
    const key = JSON.stringify([result.check.id, result.tenant.id])
    const now = JSON.stringify([result.state, result.counts, result.error?.code])
    const line = checkLine(result, tenants > 1)
    if (told.get(key) !== now) log.info(total === 1 ? line : `[${done}/${total}] ${line}`)
    told.set(key, now)
  }
}

/** The sign-in's failure is told by each check that waits for it, so it must not count as unhandled meanwhile. */
function signIn(tokens: TokenSource): Promise<AccessToken> {
  const token = tokens.token()
  token.catch(() => undefined)
  return token
}

async function allow(
  check: PlannedCheck,
  token: AccessToken | undefined,
  session: Session,
  plan: readonly PlannedCheck[],
  settings: Settings,
): Promise<void> {
  if (token === undefined) return
  const kinds = [...new Set(plan.map((planned) => planned.ask.kind))]
  const missing = missingPermissions(token, settings.api, kinds)
  if (missing.includes(check.ask.kind)) throw session.refuse(missing)
}

/** Hunting is paced within Microsoft's quota; lists have a far wider one and go at once. */
function answerOf(check: PlannedCheck, session: Session, now: Date, open: () => Judging) {
  const asking = () => ask(check, session.api, now, open)
  return check.ask.kind === 'hunting' ? session.pacer.run(asking) : asking()
}

function portalLink(check: PlannedCheck, session: Session): string | undefined {
  if (check.ask.kind !== 'hunting' || 'problem' in check.ask) return undefined
  const { text, timespan } = check.ask.query
  return huntingLink({ portal: session.places.portal, query: text, timespan, tenantId: session.tenant.id })
}
