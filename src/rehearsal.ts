/**
 * Asks and reports once before it counts: answers that are made up, and reports that go nowhere. What a run does with real
 * answers it does for the first time, which takes the engine four times as long as the second time; this way it has done so
 * while it waits for them.
 */
import type { CheckResult, Files, Http, Log, PlannedCheck, Terminal } from './model.ts'
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
    http: answering(tenant.id, world.clock.now().toISOString(), pause),
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

/** Few enough to take no time, with something in them that has to be escaped. */
const NUMBERS = [1, 2, 3]

const COLUMNS = {
  Timestamp: 'DateTime',
  DeviceId: 'String',
  DeviceName: 'String',
  AccountName: 'String',
  ProcessCommandLine: 'String',
  ReportId: 'Int64',
}

function huntingAnswer(): object {
  const results = NUMBERS.map((number) => ({
    Timestamp: `2026-01-01T00:00:0${number}Z`,
    DeviceId: String(number).repeat(40),
    DeviceName: `device-${number}.contoso.example`,
    AccountName: `account-${number}`,
    ProcessCommandLine: `rundll32.exe C:\\Windows\\System32\\example.dll, #${number} "a" <b> | c`,
    ReportId: number,
  }))
  const schema = Object.entries(COLUMNS).map(([name, type]) => ({ name, type }))
  return { schema, results }
}

/** Incidents and alerts of both APIs; the older one has alerts inside incidents. */
function listAnswer(tenantId: string, now: string): object {
  const value = NUMBERS.map((number) => {
    const common = { tenantId, severity: 'high', classification: 'unknown', createdDateTime: now, createdTime: now }
    const alert = { ...common, alertId: `a${number}`, title: `Alert ${number} on <one> endpoint`, status: 'New' }
    return {
      ...alert,
      id: String(number),
      incidentId: number,
      displayName: `Incident ${number} on <one> endpoint`,
      incidentName: `Incident ${number} on <one> endpoint`,
      status: 'active',
      incidentWebUrl: 'https://security.microsoft.com/incident2/1',
      alertWebUrl: 'https://security.microsoft.com/alerts/1',
      customTags: ['made up'],
      tags: ['made up'],
      alerts: [alert],
    }
  })
  return { value }
}

/** Hunting is all that is asked by POST. */
function answering(tenantId: string, now: string, pause: () => Promise<void>): Http {
  return {
    async send(request) {
      await pause()
      const head = { status: 200, headers: { 'content-type': 'application/json' } }
      const body = Buffer.from(JSON.stringify(request.method === 'POST' ? huntingAnswer() : listAnswer(tenantId, now)))
      const sink = request.takes?.(head)
      sink?.push(body)
      return { ...head, body: sink === undefined ? body : Buffer.alloc(0), attempts: 1, retryAfterMs: undefined }
    },
  }
}
