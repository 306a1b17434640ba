/**
 * The run as one sentence: take the settings, prove the identity, ask the security API what each of the checks wants to
 * know, come to a verdict, and report it. Nothing here reads the world: everything comes in as a `World`.
 */
import { type Plan, planChecks } from './checks/index.ts'
import { notClearLongEnough } from './errors/gate.ts'
import { asGateError, GateError } from './errors.ts'
import { checkCredential, type ReadyCredential, secretParts } from './identity/index.ts'
import { meanwhile } from './meanwhile.ts'
import type { Baseline, CheckResult, Files, PlannedCheck, Run, Terminal } from './model.ts'
import { rehearse } from './rehearsal.ts'
import { endpoints } from './security-api/index.ts'
import { readSettings, type Settings, type Surroundings } from './settings/settings.ts'
import { askAll, openSession, progress, type SessionWorld, tokensOf } from './tenant.ts'
import {
  baselineChunks,
  conclude,
  erred,
  missingBaseline,
  parseBaseline,
  suppressionNotes,
  unreadableBaseline,
} from './verdict/index.ts'
import { seconds, waitForClear } from './waiting.ts'

/** The code of the reports is not needed before there is something to report. */
const loadReports = () => import('./report/index.ts')

/** All that a run needs of the world outside. */
export interface World extends SessionWorld {
  readonly surroundings: Omit<Surroundings, 'now' | 'files'>
  /** The variables by which GitHub hands out ID tokens; both or neither. */
  readonly idToken: { readonly requestUrl: string | undefined; readonly requestToken: string | undefined }
  readonly files: Files
  /** Opens connections to that origin ahead of time, until so many are waiting. */
  readonly warm?: (origin: string, connections: number) => void
  readonly terminal: Terminal
  setOutput(name: string, value: string): void
  readonly summaryPath: string | undefined
  readonly docsUrl: string
  /** Where issues are kept; `undefined` outside of a workflow. */
  readonly github?: GitHub | undefined
}

/** The repository that the workflow runs in. */
export interface GitHub {
  /** `GITHUB_API_URL`: of github.com, of a GitHub Enterprise Server, or of a data-residency host. */
  readonly apiUrl: string
  readonly repository: { readonly owner: string; readonly repo: string }
  /** Page of the workflow run, for the links to it. */
  readonly runUrl: string | undefined
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
  let planned: Plan
  let credential: ReadyCredential | GateError
  try {
    settings = await takeSettings(world, started)
    planned = await planChecks(settings.checks, world.files)
    credential = proveCredential(settings, world, started)
  } catch (thrown) {
    const { inputErrorRun } = await loadReports()
    const run = inputErrorRun(asGateError(thrown), started, world.clock.now())
    return report(world, run, { reportDir: defaultReportDir(world), nextBaseline: undefined })
  }
  const { checks: plan } = planned
  openConnections(settings, plan, credential, world)
  const baseline = await takeBaseline(settings, world.files)
  world.log.info(openingLine(settings, plan))
  const taken: Taken = { settings, planned, started }
  const { http, end } = meanwhile(world.http, (pause) => rehearseAll(taken, world, pause))
  const asking = { ...world, http }
  const sessions = settings.tenants.map((tenant) =>
    openSession(tenant, settings, tokensOf(tenant, settings, credential, asking), plan, asking),
  )
  const told = new Map<string, string>()
  const waited = await waitForClear({
    wait: settings.wait,
    clock: world.clock,
    log: world.log,
    signal: world.signal,
    round: async () => {
      const progressed = progress(settings.tenants.length, sessions.length * plan.length, told, world.log)
      const tell = (result: CheckResult): void => {
        if (!('problem' in result.check.ask)) end()
        progressed(result)
      }
      const asked = sessions.map((session) => askAll(session, plan, baseline, settings, world, tell))
      const results = (await Promise.all(asked)).flat()
      return { ...conclude(results), results, open: openLine(results) }
    },
  })
  const results = waited.notClearLongEnough
    ? waited.last.results.map((result) => heldBack(result, settings))
    : waited.last.results
  const run = runOf(results, waited.rounds, taken, world)
  return report(world, run, {
    ...destinationOf(settings),
    nextBaseline: baselineChunks(results, baseline instanceof GateError ? new Map() : baseline),
    issueUrls: await tellIssues(run, settings, world),
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

/** What is about to be asked, of whom, and how the app signs in: the first thing to look at when a result surprises. */
function openingLine(settings: Settings, plan: readonly PlannedCheck[]): string {
  const { api, cloud, tenants, credential } = settings
  const service = api === 'graph' ? 'Microsoft Graph' : 'the Defender XDR API'
  const way = { secret: 'a client secret', certificate: 'a certificate', oidc: "GitHub's OIDC token" }[credential.kind]
  const who = tenants.length === 1 ? `tenant ${tenants[0]!.label}` : `${tenants.length} tenants`
  const checks = plan.length === 1 ? '1 check' : `${plan.length} checks`
  return `Defender Gate: ${checks} of ${who}, asked of ${service} (${cloud} cloud), signing in with ${way}`
}

/** A certificate that can't be used is a wrong input. A job that may not ask for an ID token is a failed sign-in. */
function proveCredential(settings: Settings, world: World, now: Date): ReadyCredential | GateError {
  const { credential } = settings
  if (credential.kind !== 'oidc') return checkCredential(credential, now)
  const audience = credential.audience ?? endpoints(settings.cloud, settings.api).oidcAudience
  try {
    return checkCredential({ kind: 'oidc', audience, ...world.idToken }, now)
  } catch (thrown) {
    return asGateError(thrown)
  }
}

/** More connections than this are not opened at a time: so many hunting queries run at once. */
const MOST_AHEAD = 4

/** While the token is fetched, the connections are made on which the first questions will be asked. */
function openConnections(
  settings: Settings,
  plan: readonly PlannedCheck[],
  credential: ReadyCredential | GateError,
  { warm }: World,
): void {
  const questions = plan.filter((check) => !('problem' in check.ask)).length
  if (warm === undefined || credential instanceof GateError || questions === 0) return
  const places = endpoints(settings.cloud, settings.api)
  warm(settings.authorityUrl ?? places.authority, 1)
  warm(settings.apiUrl ?? places.apiOrigin, Math.min(questions, MOST_AHEAD))
}

/** A baseline that is missing or unreadable makes every check an error, but is no wrong input: the file may come later. */
async function takeBaseline(settings: Settings, files: Files): Promise<Baseline | GateError> {
  const path = settings.baseline
  if (path === undefined) return new Map()
  if (!(await files.exists(path))) return missingBaseline(path)
  try {
    return parseBaseline(await files.readText(path), path)
  } catch (thrown) {
    return thrown instanceof GateError ? thrown : unreadableBaseline(path, thrown)
  }
}

/** The second half of the sentence, before it counts. */
function rehearseAll(taken: Taken, world: World, pause: () => Promise<void>): Promise<unknown> {
  const { settings, planned } = taken
  const closed: World = { ...world, warm: () => undefined, github: undefined }
  return rehearse({
    ...{ settings, plan: planned.checks, world: closed, pause },
    report: (results, quiet) => {
      const nextBaseline = baselineChunks(results, new Map())
      return report(quiet, runOf(results, 1, taken, quiet), { ...destinationOf(settings), nextBaseline })
    },
  })
}

// --- come to a verdict ----------------------------------------------------------------------------------------------

/** What a run goes by. */
interface Taken {
  readonly settings: Settings
  readonly planned: Plan
  readonly started: Date
}

function runOf(results: readonly CheckResult[], rounds: number, taken: Taken, { clock }: World): Run {
  const { settings, planned, started } = taken
  return {
    ...conclude(results),
    startedAt: started.toISOString(),
    finishedAt: clock.now().toISOString(),
    checks: results,
    details: settings.details,
    notes: [...settings.notes, ...planned.notes, ...suppressionNotes(settings.suppressions, results, started)],
    rounds,
    byInputs: settings.configPath === undefined,
    inputErrors: [],
  }
}

function openLine(results: readonly CheckResult[]): string {
  const open = results.filter((result) => result.state === 'findings').length
  const errors = results.filter((result) => result.state === 'error').length
  return `${open} of ${results.length} checks with findings, ${errors} in error`
}

/** Clear at the end of the wait, but not for as long as `clear-for` asks: the gate must not open, whatever `on-error` says. */
function heldBack(result: CheckResult, settings: Settings): CheckResult {
  const { clearForMs, timeoutMs } = settings.wait!
  const error = notClearLongEnough(seconds(timeoutMs), seconds(clearForMs))
  const check = { ...result.check, policy: { ...result.check.policy, onError: 'fail' as const } }
  return erred({ check, tenant: result.tenant, error, durationMs: result.durationMs })
}

// --- report it ------------------------------------------------------------------------------------------------------

/** Issues are a way of telling, not of judging: whatever GitHub refuses is a warning, and the verdict stays. */
async function tellIssues(run: Run, settings: Settings, world: World): Promise<readonly string[]> {
  const { github, http, log, clock, signal, redact } = world
  if (!settings.issue) return []
  if (github === undefined) {
    log.warn('No issues were kept, because GITHUB_REPOSITORY is not set. The verdict is not changed by this.')
    return []
  }
  // Only a run that keeps issues loads the code for it.
  const { createIssuesClient, keepIssues } = await import('./report/issues.ts')
  // The settings are not taken without a token for them.
  const token = settings.githubToken!
  const client = createIssuesClient({ token, apiUrl: github.apiUrl, repository: github.repository, http, signal })
  return keepIssues(run, { client, redact, log, clock, signal, runUrl: github.runUrl })
}

interface Destination {
  readonly reportDir: string
  readonly nextBaseline: Iterable<string> | undefined
  /** The file that findings without a query file are shown on. */
  readonly place?: string | undefined
  readonly issueUrls?: readonly string[]
}

function destinationOf({ reportDir, configPath }: Settings): Pick<Destination, 'reportDir' | 'place'> {
  return { reportDir, place: configPath }
}

async function report(world: World, run: Run, to: Destination): Promise<Outcome> {
  const { files, summaryPath, log, terminal, docsUrl } = world
  const { finalMessage, writeReports } = await loadReports()
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
    issueUrls: to.issueUrls ?? [],
    docsUrl,
  })
  const message = finalMessage(run, problems)
  return { run, failed: message !== undefined, finalMessage: message }
}

/** With wrong settings nobody has said where reports go, so they go where they go by default. */
function defaultReportDir(world: World): string {
  return `${world.surroundings.runnerTemp}/defender-gate`
}
