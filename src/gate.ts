/**
 * The run as one sentence: take the settings, prove the identity, ask the security API what each of the checks wants to
 * know, come to a verdict, and report it. Nothing here reads the world: everything comes in as a `World`.
 */
import { ask, planChecks } from './checks/index.ts'
import { notClearLongEnough, notRun } from './errors/gate.ts'
import { asGateError, GateError } from './errors.ts'
import {
  checkCredential,
  createTokenSource,
  missingPermissions,
  permissionError,
  type ReadyCredential,
  secretParts,
} from './identity/index.ts'
import type {
  AccessToken,
  Baseline,
  CheckKind,
  CheckResult,
  Clock,
  Files,
  Http,
  Log,
  PlannedCheck,
  Run,
  SecurityApi,
  Tenant,
  Terminal,
  TokenSource,
} from './model.ts'
import { Pacer } from './network/pacing.ts'
import { checkLine, finalMessage, inputErrorRun, writeReports } from './report/index.ts'
import {
  createDefenderXdrApi,
  createGraphApi,
  type Endpoints,
  endpoints,
  huntingLink,
  isQuotaError,
} from './security-api/index.ts'
import { readSettings, type Settings, type Surroundings } from './settings/settings.ts'
import {
  conclude,
  erred,
  judge,
  missingBaseline,
  nextBaseline,
  parseBaseline,
  suppressionNotes,
} from './verdict/index.ts'
import { seconds, waitForClear } from './waiting.ts'

/** All that a run needs of the world outside. */
export interface World {
  readonly surroundings: Omit<Surroundings, 'now' | 'files'>
  /** The variables by which GitHub hands out ID tokens; both or neither. */
  readonly idToken: { readonly requestUrl: string | undefined; readonly requestToken: string | undefined }
  readonly serverUrl: string
  readonly files: Files
  readonly clock: Clock
  readonly http: Http
  readonly log: Log
  readonly terminal: Terminal
  /** Registers a secret with the runner's mask and the redactor, in every form. */
  protect(secret: string): void
  /** Replaces every registered secret; the last thing that any text passes on its way out. */
  redact(text: string): string
  setOutput(name: string, value: string): void
  readonly summaryPath: string | undefined
  readonly docsUrl: string
  readonly signal: AbortSignal
}

/** How the step ends. The final message is printed once, by the caller, last. */
export interface Outcome {
  readonly run: Run
  readonly failed: boolean
  readonly finalMessage: string | undefined
}

/** Runs the gate. It does not throw for anything that a user or a service can cause. */
export async function gate(world: World): Promise<Outcome> {
  const started = world.clock.now()
  protectInputs(world)
  let settings: Settings
  let plan: readonly PlannedCheck[]
  let credential: ReadyCredential
  try {
    settings = await takeSettings(world, started)
    plan = await planChecks(settings.checks, world.files)
    credential = proveCredential(settings, world, started)
  } catch (thrown) {
    const run = inputErrorRun(asGateError(thrown), started, world.clock.now())
    return report(world, run, { reportDir: defaultReportDir(world), nextBaseline: undefined })
  }
  const baseline = await takeBaseline(settings, world.files)
  const sessions = settings.tenants.map((tenant) => openSession(tenant, settings, credential, plan, world))
  const waited = await waitForClear({
    wait: settings.wait,
    clock: world.clock,
    log: world.log,
    signal: world.signal,
    round: async () => {
      const asked = sessions.map((session) => askAll(session, plan, baseline, settings, world))
      const results = (await Promise.all(asked)).flat()
      return { ...conclude(results), results, open: openLine(results) }
    },
  })
  const results = waited.notClearLongEnough
    ? waited.last.results.map((result) => heldBack(result, settings))
    : waited.last.results
  const run: Run = {
    ...conclude(results),
    startedAt: started.toISOString(),
    finishedAt: world.clock.now().toISOString(),
    checks: results,
    details: settings.details,
    notes: [...settings.notes, ...suppressionNotes(settings.suppressions, results, started)],
    rounds: waited.rounds,
    inputErrors: [],
  }
  return report(world, run, {
    reportDir: settings.reportDir,
    nextBaseline: nextBaseline(results, baseline instanceof GateError ? new Map() : baseline),
    place: settings.configPath,
  })
}

// --- take the settings ----------------------------------------------------------------------------------------------

/** Secrets are masked before anything is parsed, so that even a message about a wrong input can't show one. */
function protectInputs(world: World): void {
  const { inputs } = world.surroundings
  const credentials = [
    { kind: 'secret', secret: inputs['client-secret'] ?? '' },
    { kind: 'certificate', pem: inputs['client-certificate'] ?? '' },
    { kind: 'oidc', audience: '', ...world.idToken },
    { kind: 'secret', secret: inputs['github-token'] ?? '' },
  ] as const
  for (const secret of credentials.flatMap((credential) => secretParts(credential))) {
    if (secret !== '') world.protect(secret)
  }
}

async function takeSettings(world: World, now: Date): Promise<Settings> {
  return readSettings({ ...world.surroundings, now, files: world.files })
}

function proveCredential(settings: Settings, world: World, now: Date): ReadyCredential {
  const { credential } = settings
  if (credential.kind !== 'oidc') return checkCredential(credential, now)
  const audience = credential.audience ?? endpoints(settings.cloud, settings.api).oidcAudience
  return checkCredential({ kind: 'oidc', audience, ...world.idToken }, now)
}

/** A baseline that is missing or unreadable makes every check an error, but is no wrong input: the file may come later. */
async function takeBaseline(settings: Settings, files: Files): Promise<Baseline | GateError> {
  const path = settings.baseline
  if (path === undefined) return new Map()
  if (!(await files.exists(path))) return missingBaseline(path)
  try {
    return parseBaseline(await files.readText(path), path)
  } catch (thrown) {
    return asGateError(thrown)
  }
}

// --- prove the identity ---------------------------------------------------------------------------------------------

type ServiceSays = Pick<Parameters<typeof permissionError>[0], 'serviceSays' | 'requestId'>

/** One tenant of a run: its token, its API and its own budget of calls. */
interface Session {
  readonly tenant: Tenant
  readonly tokens: TokenSource
  readonly api: SecurityApi
  readonly pacer: Pacer
  readonly places: Endpoints
  /** The error for missing permissions; `says` is what the service itself said of them. */
  readonly refuse: (missing: readonly CheckKind[], says?: ServiceSays) => GateError
}

function openSession(
  tenant: Tenant,
  settings: Settings,
  credential: ReadyCredential,
  plan: readonly PlannedCheck[],
  world: World,
): Session {
  const places = endpoints(settings.cloud, settings.api)
  const authority = settings.authorityUrl ?? places.authority
  const kinds = [...new Set(plan.map((check) => check.ask.kind))]
  const { http, clock, log, signal } = world
  const tokens = createTokenSource({
    tenant,
    clientId: settings.clientId,
    credential,
    authority,
    scope: places.scope,
    audiences: places.audiences,
    http,
    clock,
    log,
    protect: world.protect,
    redact: world.redact,
    serverUrl: world.serverUrl,
    signal,
  })
  const pacer = new Pacer({ clock })
  const refuse: Session['refuse'] = (missing, says) =>
    permissionError({ api: settings.api, kinds, missing, clientId: settings.clientId, tenant, authority, ...says })
  const createApi = settings.api === 'graph' ? createGraphApi : createDefenderXdrApi
  const api = createApi({
    origin: settings.apiUrl ?? places.apiOrigin,
    tenant,
    tokens,
    http,
    pace: pacer,
    clock,
    log,
    portal: places.portal,
    permissionError: ({ requestId, ...serviceSays }) => refuse([], { serviceSays, requestId }),
    signal,
  })
  return { tenant, tokens, api, pacer, places, refuse }
}

// --- ask the security API -------------------------------------------------------------------------------------------

/** Asks every check of one tenant. One check's failure is that check's result and hides no other. */
async function askAll(
  session: Session,
  plan: readonly PlannedCheck[],
  baseline: Baseline | GateError,
  settings: Settings,
  world: World,
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
        const answer = await answerOf(check, session, began)
        const judged = judge({
          check,
          tenant: session.tenant,
          answer,
          baseline,
          suppressions: settings.suppressions,
          now: began,
        })
        result = { ...judged, portalUrl: portalLink(check, session), durationMs: elapsed() }
      } catch (thrown) {
        const error = asGateError(thrown)
        if (isQuotaError(error)) session.pacer.stop(notRun(session.tenant.label, error))
        result = erred({ check, tenant: session.tenant, error, durationMs: elapsed() })
      }
      world.log.info(checkLine(result, settings.tenants.length > 1))
      return result
    }),
  )
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
function answerOf(check: PlannedCheck, session: Session, now: Date) {
  const asking = () => ask(check, session.api, now)
  return check.ask.kind === 'hunting' ? session.pacer.run(asking) : asking()
}

function portalLink(check: PlannedCheck, session: Session): string | undefined {
  if (check.ask.kind !== 'hunting' || 'problem' in check.ask) return undefined
  const { text, timespan } = check.ask.query
  return huntingLink({ portal: session.places.portal, query: text, timespan, tenantId: session.tenant.id })
}

// --- come to a verdict ----------------------------------------------------------------------------------------------

function openLine(results: readonly CheckResult[]): string {
  const open = results.filter((result) => result.state === 'findings').length
  const errors = results.filter((result) => result.state === 'error').length
  return `${open} of ${results.length} checks with findings, ${errors} in error`
}

/** Clear at the end of the wait, but not for as long as `clear-for` asks: the gate must not open. */
function heldBack(result: CheckResult, settings: Settings): CheckResult {
  const { clearForMs, timeoutMs } = settings.wait!
  const error = notClearLongEnough(seconds(timeoutMs), seconds(clearForMs))
  return erred({ check: result.check, tenant: result.tenant, error, durationMs: result.durationMs })
}

// --- report it ------------------------------------------------------------------------------------------------------

interface Destination {
  readonly reportDir: string
  readonly nextBaseline: string | undefined
  /** The file that findings without a query file are shown on. */
  readonly place?: string | undefined
}

async function report(world: World, run: Run, to: Destination): Promise<Outcome> {
  const { files, summaryPath, log, terminal, docsUrl } = world
  const { problems } = await writeReports(run, {
    files,
    reportDir: to.reportDir,
    summaryPath,
    setOutput: world.setOutput,
    redact: world.redact,
    log,
    terminal,
    nextBaseline: to.nextBaseline,
    ...(to.place === undefined ? {} : { sarifPlace: to.place }),
    docsUrl,
  })
  const message = finalMessage(run, problems)
  return { run, failed: message !== undefined, finalMessage: message }
}

/** With wrong settings nobody has said where reports go, so they go where they go by default. */
function defaultReportDir(world: World): string {
  return `${world.surroundings.runnerTemp}/defender-gate`
}
