/**
 * The same cells once more, in a world that gives secrets back: every answer of Entra ID, of the APIs and of GitHub holds all
 * the secrets of the run, faulty ones too, in a form that changes from answer to answer, and so does all that the proxy says.
 */
import { withEcho } from '../support/echo.ts'
import { LeakDetector, parts } from '../support/leak-detector.ts'
import { openProxy } from '../support/proxy.ts'
import { WAYS, type Way } from '../support/sign-in.ts'
import { isIssueRoute } from './issues.ts'
import { type Cell, openStand, runCell, type Stand, sideBySide } from './matrix.ts'

// --- runs -----------------------------------------------------------------------------------------------------------

/** A cell, and how the app signs in meanwhile. */
export interface EchoRun extends Cell {
  readonly way: Way
  /** Where the forms begin to rotate. */
  readonly form: number
}

/** The ways in which a cell can be run. */
export function waysOf({ route, fault }: Cell): readonly Way[] {
  if (route.kind === 'id-token') return ['oidc']
  // Whatever keeps the step from GitHub's issues keeps it from GitHub's ID token.
  return isIssueRoute(route) && fault.world !== undefined ? ['secret', 'certificate'] : WAYS
}

/** Each cell in one of its ways, and each fault on each kind of route in all of them. */
export function echoRuns(cells: readonly Cell[]): readonly EchoRun[] {
  const groups = Map.groupBy(cells, ({ fault, route }) => `${fault.title} / ${route.kind}`)
  return [...groups.values()].flatMap((group, turn) => {
    const ways = waysOf(group[0]!)
    // A run with a certificate takes as long as three others, as each of its many lines is a secret: one has to do.
    const quick = ways.filter((way) => way !== 'certificate')
    return Array.from({ length: Math.max(group.length, ways.length) }, (_, index): EchoRun => {
      const cell = group[index % group.length]!
      const way = index < ways.length ? ways[(index + turn) % ways.length]! : quick[(index + turn) % quick.length]!
      return { ...cell, way, form: 7 * turn + index }
    })
  })
}

// --- the stand ------------------------------------------------------------------------------------------------------

const PROXY = { user: 'proxy-user-7Qx4Zk', password: 'p@ss/w0rd+of=the%proxy "quoted" <0123>' }
const PROXY_SECRETS = { 'proxy user': PROXY.user, 'proxy password': PROXY.password }

interface EchoStand extends Stand {
  begin(run: EchoRun): void
  /** What the services and the proxy have said since. */
  said(): { answers: readonly string[]; proxy: readonly string[] }
  /** What this run holds: of the credentials, those of its own way. */
  held(): Record<string, string>
  /** Looks for all that is the same in every run. */
  readonly lasting: LeakDetector
}

/** The whole key, all of its lines in one, or a line alone. */
function ofKey(pem: string, form: number): string {
  const lines = parts(pem)
  return [pem, lines.join(''), lines[form % lines.length]!][form % 3]!
}

async function openEchoStand(): Promise<EchoStand> {
  const proxy = await openProxy(PROXY)
  const answers: string[] = []
  let way: Way = 'secret'
  let form = 0
  const held = (): Record<string, string> => {
    const { 'client secret': secret, key, ...others } = stand.signIns.secrets(stand.cloud)
    return {
      ...others,
      ...(way === 'secret' ? { 'client secret': secret! } : {}),
      ...(way === 'certificate' ? { key: key! } : {}),
      ...PROXY_SECRETS,
    }
  }
  const stand = await openStand({
    proxy: proxy.url,
    edit(reply) {
      form += 1
      const texts = Object.values(held()).map((secret) => (secret.startsWith('-----') ? ofKey(secret, form) : secret))
      const edited = withEcho(reply, texts, form)
      // One that is so long is not changed.
      const body = edited.body === reply.body ? '' : edited.body
      answers.push(`${JSON.stringify(edited.headers)}\n${body}`)
      return edited
    },
  })
  const lasting = new LeakDetector({
    'proxy credentials': Object.values(PROXY).join(':'),
    ...stand.signIns.secrets(stand.cloud),
    ...PROXY_SECRETS,
  })
  return {
    ...stand,
    held,
    lasting,
    begin(run) {
      way = run.way
      form = run.form
      answers.length = 0
      proxy.said.length = 0
    },
    said: () => ({ answers: [...answers], proxy: [...proxy.said] }),
    async close() {
      await stand.close()
      await proxy.close()
    },
  }
}

// --- what became of it ----------------------------------------------------------------------------------------------

export interface EchoResult {
  readonly run: EchoRun
  readonly verdict: string
  /** Secrets in what was written: there may be none. */
  readonly leaks: readonly string[]
  /** Names of the secrets that the run held, and of those that it was given back. */
  readonly held: readonly string[]
  readonly echoed: readonly string[]
  /** Answers with at least a head, as the emulator counts them, and as they were edited. */
  readonly answered: number
  readonly edited: number
  /** Lines of the log that show in debug mode only. */
  readonly debugLines: number
}

export async function runEchoing(runs: readonly EchoRun[], workers = 16): Promise<readonly EchoResult[]> {
  return sideBySide(runs, { workers, open: openEchoStand, run: runEcho })
}

async function runEcho(run: EchoRun, stand: EchoStand): Promise<EchoResult> {
  stand.begin(run)
  const { gate, verdict, written, secrets } = await runCell(run, stand, run.way)
  const { answers, proxy } = stand.said()
  // The tokens alone are others in every run; their names end with a number.
  const tokens = Object.entries(secrets).filter(([name]) => /\d$/.test(name))
  const detector = new LeakDetector(Object.fromEntries(tokens), stand.lasting)
  const held = Object.keys(stand.held())
  const echoed = new Set<string>()
  // The last ones hold the most: a token is known only when it is issued.
  for (const text of [...proxy.slice(-1), ...answers.toReversed()]) {
    if (held.every((name) => echoed.has(name))) break
    for (const hit of detector.find({ said: text })) echoed.add(hit.slice(0, hit.indexOf(' in said: ')))
  }
  return {
    run,
    verdict,
    leaks: detector.find(written),
    held,
    echoed: held.filter((name) => echoed.has(name)),
    answered: stand.cloud.requests.filter(({ status }) => status !== 0).length,
    edited: answers.length,
    debugLines: gate.log.filter((line) => line.startsWith('::debug::')).length,
  }
}
