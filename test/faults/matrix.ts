/**
 * Every route × every fault, and how one is run. A fault is there for good (every request of the route has it) or once (only
 * the first one has it). The routes that the verdict depends on meet a world in which the gate would open, so a fault that is
 * taken for an answer shows as a verdict `passed`.
 */
import {
  type Emulator,
  type EmulatorOptions,
  type Scenario,
  type StoredIssue,
  startEmulator,
} from '../../emulator/emulator.ts'
import { type GateRun, type GateRunOptions, runGate, trust } from '../support/gate-run.ts'
import { idTokenOf, makeSignIns, type SignIns, type Way } from '../support/sign-in.ts'
import { type EmulatorFault, type Expected, FAULTS, type FaultRow, SHORT, type Times } from './faults.ts'
import {
  EARLIER_WORLD,
  ISSUE_ROUTES,
  isIssueRoute,
  issueOutcome,
  issueWorld,
  ownIssues,
  readWarning,
  setIssues,
} from './issues.ts'
import { type FaultyRoute, OPEN_WORLD, ROUTES } from './routes.ts'

// --- cells ----------------------------------------------------------------------------------------------------------

export interface Cell {
  readonly route: FaultyRoute
  readonly fault: FaultRow
  readonly times: Times
  /** `undefined` where the retry brings the answer and the gate opens, or where the issue is kept all the same. */
  readonly expected: Expected | undefined
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

/** The same for the requests by which issues are kept. */
export function issueCells(): readonly Cell[] {
  return ISSUE_ROUTES.flatMap((route) =>
    FAULTS.flatMap((fault): Cell[] => {
      const outcome = issueOutcome(fault, route)
      if (outcome === undefined) return []
      const forGood: Cell = { route, fault, times: 'for good', expected: outcome.forGood }
      const differs = outcome.forGood !== undefined && outcome.once === undefined
      return differs ? [forGood, { route, fault, times: 'once', expected: undefined }] : [forGood]
    }),
  )
}

/** The same world without any fault, for the sake of a matrix that can't fail for another reason. */
export function control(route: FaultyRoute): Cell {
  return { route, fault: { title: 'none', passes: true, expected: {} }, times: 'for good', expected: undefined }
}

/** The verdict that a cell must come to; `passed` is right only where nothing is open and everything was answered. */
export function verdictOf({ route, expected }: Cell): 'passed' | 'failed' | 'error' {
  if (isIssueRoute(route)) return route.situation === 'clear' ? 'passed' : 'failed'
  return expected === undefined ? 'passed' : 'error'
}

export const nameOf = ({ route, fault, times }: Cell): string => `${route.title}: ${fault.title}, ${times}`

// --- one run --------------------------------------------------------------------------------------------------------

/** What a cell runs against; nothing else uses it meanwhile. */
export interface Stand {
  readonly cloud: Emulator
  readonly signIns: SignIns
  /** The issue that the gate opened in an earlier run. */
  readonly earlier: StoredIssue
  /** `HTTPS_PROXY` */
  readonly proxy?: string
  close(): Promise<void>
}

export interface CellResult {
  readonly cell: Cell
  readonly verdict: string
  readonly failed: boolean
  /** Of the error of the check, or of the warning about its issue. */
  readonly code: string | undefined
  readonly message: string
  readonly hint: string
  /** Requests that the route of the fault saw, from the first that could have it. */
  readonly tries: number
  /** Requests that arrived where none should: a redirect or a link was followed. */
  readonly strayed: number
  readonly realMs: number
  /** Every value of this run that may be in nothing that was written, by its name. */
  readonly secrets: Readonly<Record<string, string>>
  readonly gate: GateRun
  /** What was written, and what was sent to GitHub for others to read. */
  readonly written: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
  /** Issues of the gate as they are after the run, and the titles of all others. */
  readonly issues: readonly StoredIssue[]
  readonly otherIssues: readonly string[]
}

const MANY = 40

function scenarioOf({ route, fault, times }: Cell): Scenario {
  const { action } = fault
  const requests = times === 'once' ? [route.from] : Array.from({ length: MANY }, (_, at) => at + route.from)
  const faults = action === undefined ? [] : [{ ...action, route: route.route, request: requests } as EmulatorFault]
  return { ...(isIssueRoute(route) ? issueWorld(route) : OPEN_WORLD), ...fault.world?.(route), faults }
}

/** The step in the emulated job; a fault of the whole world may put another address in the place of one. */
function stepOf(
  { route, fault, times }: Cell,
  { cloud, signIns, proxy }: Omit<Stand, 'earlier'>,
  way: Way,
): GateRunOptions {
  const at = (origin: FaultyRoute['origin'], real: string): string =>
    route.origin === origin && fault.address !== undefined ? fault.address : real
  const { pathname, search } = new URL(cloud.oidcRequestUrl)
  const tokens = route.kind === 'id-token' ? at('github', cloud.githubUrl) : cloud.githubUrl
  return {
    inputs: {
      ...signIns.inputs(way, cloud),
      'authority-url': at('login', cloud.loginUrl),
      'api-url': at('api', cloud.apiUrl),
      ...route.inputs,
    },
    idToken: { ...idTokenOf(cloud), requestUrl: tokens + pathname + search },
    github: {
      apiUrl: at('github', cloud.githubUrl),
      repository: { owner: 'contoso', repo: 'payments' },
      runUrl: 'https://github.com/contoso/payments/actions/runs/42',
    },
    ...(fault.impatient ? { timeouts: { headersMs: SHORT[times], bodyMs: SHORT[times] } } : {}),
    ...(proxy === undefined ? {} : { proxy }),
  }
}

export const usualWay = ({ kind }: FaultyRoute): Way => (kind === 'id-token' ? 'oidc' : 'secret')

export async function runCell(cell: Cell, stand: Stand, way: Way = usualWay(cell.route)): Promise<CellResult> {
  const { route } = cell
  const { cloud, signIns, earlier } = stand
  cloud.setScenario(signIns.knowing(scenarioOf(cell)))
  cloud.requests.length = 0
  cloud.issued.length = 0
  if (isIssueRoute(route)) setIssues(cloud, route, earlier)
  const began = performance.now()
  const gate = await runGate(stepOf(cell, stand, way))
  const realMs = performance.now() - began
  const warnings = gate.log.filter((line) => line.startsWith('::warning::'))
  const error = isIssueRoute(route) ? readWarning(warnings[0] ?? '') : gate.run.checks[0]?.error
  const posted = cloud.requests.filter(({ origin, method }) => origin === 'github' && method !== 'GET')
  const issues = ownIssues(cloud)
  return {
    cell,
    verdict: gate.run.verdict,
    failed: gate.failed,
    code: error?.code,
    message: error?.message ?? '',
    hint: error?.hint ?? '',
    tries: cloud.requests.filter((request) => request.route === route.route).length - route.from + 1,
    strayed: cloud.requests.filter((request) => request.route === '').length,
    realMs,
    secrets: signIns.secrets(cloud),
    gate,
    written: { ...gate.written, 'sent to GitHub': posted.map(({ body }) => body).join('\n') },
    warnings,
    issues: structuredClone(issues),
    otherIssues: cloud.issues.all.filter((issue) => !issues.includes(issue)).map(({ title }) => title),
  }
}

// --- many runs ------------------------------------------------------------------------------------------------------

type Ready = Pick<Stand, 'signIns' | 'earlier'>
let ready: Promise<Ready> | undefined

/** What is made and loaded once, before anything that is short of time. */
async function makeReady(): Promise<Ready> {
  const signIns = await makeSignIns()
  const cloud = await startEmulator({ scenario: EARLIER_WORLD })
  trust(cloud)
  const stand = { cloud, signIns, close: () => cloud.close() }
  try {
    await runGate(stepOf(control(ISSUE_ROUTES[0]!), stand, 'secret'))
    const earlier = structuredClone(ownIssues(cloud)[0]!)
    for (const kind of ['id-token', 'hunting']) {
      await runCell(control(ROUTES.find((route) => route.kind === kind)!), { ...stand, earlier })
    }
    return { signIns, earlier }
  } finally {
    await cloud.close()
  }
}

/** @param more something on the way: what changes the answers, and a proxy */
export async function openStand(more: Pick<EmulatorOptions, 'edit'> & Pick<Stand, 'proxy'> = {}): Promise<Stand> {
  const { proxy, ...options } = more
  ready ??= makeReady()
  const { signIns, earlier } = await ready
  const cloud = await startEmulator({ scenario: OPEN_WORLD, ...options })
  trust(cloud)
  return { cloud, signIns, earlier, ...(proxy === undefined ? {} : { proxy }), close: () => cloud.close() }
}

/** Runs cells side by side: most of their time is waiting. Results come in the order of the cells. */
export async function runCells(list: readonly Cell[], workers = 16): Promise<readonly CellResult[]> {
  return sideBySide(list, { workers, open: openStand, run: (cell, stand) => runCell(cell, stand) })
}

/** Each worker has a stand of its own. What waits for long is begun first. */
export async function sideBySide<Item extends Cell, S extends Stand, Result>(
  list: readonly Item[],
  { workers, open, run }: { workers: number; open: () => Promise<S>; run: (item: Item, stand: S) => Promise<Result> },
): Promise<readonly Result[]> {
  const results: Result[] = []
  const long = ([, { fault }]: readonly [number, Cell]): number => (fault.impatient ? 1 : 0)
  const waiting = [...list.entries()].sort((a, b) => long(b) - long(a))
  const worker = async (): Promise<void> => {
    const stand = await open()
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        results[next[0]] = await run(next[1], stand)
      }
    } finally {
      await stand.close()
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return results
}
