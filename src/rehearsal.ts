/**
 * Asks and reports once before it counts: answers that are made up, and reports that go nowhere. What a run does with real
 * answers it does for the first time, which takes the engine two to three times as long as the second time; this way it has
 * done so while it waits for them.
 */
import type { CheckResult, Files, Http, HttpRequest, Log, PlannedCheck, Terminal } from './model.ts'
import type { Settings } from './settings/settings.ts'
import { askAll, openSession, type SessionWorld } from './tenant.ts'

/** All that could be heard or seen of a run. */
export interface Stage extends SessionWorld {
  readonly files: Files
  readonly terminal: Terminal
  setOutput(name: string, value: string): void
}

export interface Rehearsal<World extends Stage> {
  readonly settings: Settings
  readonly plan: readonly PlannedCheck[]
  readonly world: World
  /** Waited for between steps. */
  pause(): Promise<void>
  /** What is done with the results, in a world that nothing comes out of. */
  report(results: readonly CheckResult[], world: World): Promise<unknown>
}

/** One check of each kind of the plan. The results are made up, but for the questions. */
export async function rehearse<World extends Stage>(o: Rehearsal<World>): Promise<readonly CheckResult[]> {
  const { settings, world, pause } = o
  const [tenant] = settings.tenants
  const plan = [...new Map(o.plan.filter(isAskable).map((check) => [check.ask.kind, check])).values()]
  if (tenant === undefined || plan.length === 0) return []
  const quiet: World = {
    ...world,
    http: answering(plan, tenant.id, world.clock.now().toISOString(), pause),
    files: nowhere(pause),
    log: SILENT,
    terminal: { line: nothing, mask: nothing },
    protect: nothing,
    setOutput: nothing,
  }
  const token = async () => ({ value: 'made-up', tenantId: tenant.id, roles: undefined })
  const session = openSession(tenant, settings, { token, renew: token }, plan, quiet)
  const results = await askAll(session, plan, new Map(), settings, quiet, nothing)
  await pause()
  await o.report(results, quiet)
  return results
}

const nothing = (): void => undefined
const SILENT: Log = { info: nothing, warn: nothing, debug: nothing }

const isAskable = ({ ask }: PlannedCheck): boolean => !('problem' in ask)

function nowhere(pause: () => Promise<void>): Files {
  return {
    readText: async () => '',
    write: pause,
    append: pause,
    remove: pause,
    exists: async () => false,
    realPath: async (path) => path,
    size: async () => 0,
    glob: async () => [],
  }
}

// --- what is answered -----------------------------------------------------------------------------------------------

type Plan = readonly PlannedCheck[]

/** Few enough to take no time, with something in them that has to be escaped. */
const NUMBERS = [1, 2, 3]

const COLUMNS = ['DeviceId', 'DeviceName', 'AccountName', 'ProcessCommandLine']

/** With the columns that a check's key asks for. */
function huntingAnswer(plan: Plan): object {
  const keys = plan.flatMap(({ ask }) => (ask.kind === 'hunting' && !('problem' in ask) ? (ask.query.key ?? []) : []))
  const texts = [...new Set([...COLUMNS, ...keys])].filter((name) => name !== 'Timestamp' && name !== 'ReportId')
  const results = NUMBERS.map((number) => ({
    Timestamp: `2026-01-01T00:00:0${number}Z`,
    ...Object.fromEntries(texts.map((name) => [name, `C:\\Windows\\made-up-${number}.dll, #1 "a" <b> | ${name}`])),
    ReportId: number,
  }))
  const schema = [
    { name: 'Timestamp', type: 'DateTime' },
    ...texts.map((name) => ({ name, type: 'String' })),
    { name: 'ReportId', type: 'Int64' },
  ]
  return { schema, results }
}

/** Incidents or alerts of both APIs, as the check of that kind looks for them; the older API has alerts inside incidents. */
function listAnswer(plan: Plan, kind: 'incidents' | 'alerts', tenantId: string, now: string): object {
  const common = { tenantId, severity: 'high', classification: 'unknown', createdDateTime: now, createdTime: now }
  const value = NUMBERS.map((number) => ({
    ...common,
    ...asked(plan, kind),
    id: String(number),
    incidentId: number,
    displayName: `Incident ${number} on <one> endpoint`,
    incidentName: `Incident ${number} on <one> endpoint`,
    title: `Alert ${number} on <one> endpoint`,
    incidentWebUrl: 'https://security.microsoft.com/incident2/1',
    alertWebUrl: 'https://security.microsoft.com/alerts/1',
    alerts: [{ ...common, ...asked(plan, 'alerts'), alertId: `a${number}`, title: `Alert ${number}` }],
  }))
  return { value }
}

function asked(plan: Plan, kind: 'incidents' | 'alerts'): object {
  const [question] = plan.flatMap(({ ask }) => (ask.kind === kind ? [ask.question] : []))
  if (question === undefined) return {}
  const [status] = question.status
  return { status, customTags: question.tags, tags: question.tags }
}

/** Hunting is all that is asked by POST. */
function answering(plan: Plan, tenantId: string, now: string, pause: () => Promise<void>): Http {
  const answerTo = ({ method, url }: HttpRequest): object => {
    if (method === 'POST') return huntingAnswer(plan)
    return listAnswer(plan, new URL(url).pathname.includes('alerts') ? 'alerts' : 'incidents', tenantId, now)
  }
  return {
    async send(request) {
      await pause()
      const head = { status: 200, headers: { 'content-type': 'application/json' } }
      const body = Buffer.from(JSON.stringify(answerTo(request)))
      const sink = request.takes?.(head)
      sink?.push(body)
      return { ...head, body: sink === undefined ? body : Buffer.alloc(0), attempts: 1, retryAfterMs: undefined }
    },
  }
}
