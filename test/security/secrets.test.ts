/**
 * No secret leaves memory: Entra ID, GitHub and the API give the caller's own secrets back, in every form and in every place
 * of an answer, and nothing that the process writes may hold any of them. Masks are the runner's to know and are set apart.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CLIENT_SECRET, type Emulator, type Route, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { runStep } from '../../scripts/runner.ts'
import { echo, type Turn } from '../support/echo.ts'
import { filesOf, type GateRun, runGate, trust } from '../support/gate-run.ts'
import { forms, LeakDetector } from '../support/leak-detector.ts'
import { openProxy } from '../support/proxy.ts'
import { idTokenOf, makeSignIns, type SignIns, WAYS, type Way } from '../support/sign-in.ts'

// --- a cloud that gives back what it was given ----------------------------------------------------------------------

let turn: Turn = { status: 400, form: 0 }
const echoing = (origin: Route['origin'], method: string, path: RegExp): Route => ({
  origin,
  method,
  path,
  name: 'echo',
  handle: (call) => echo(call, turn),
})
const ECHOES = {
  'the ID token service': [echoing('github', 'GET', /^\/77\/\/idtoken\/.*$/)],
  'Entra ID': [echoing('login', 'POST', /^\/.*\/oauth2\/v2\.0\/token$/)],
  'the API': [echoing('api', 'GET', /^\/.*$/), echoing('api', 'POST', /^\/.*$/)],
} as const

const INCIDENTS = { check: 'incidents' }
const HUNTING = { check: 'hunting', query: 'DeviceInfo | project DeviceName' }
const QUESTIONS = [
  INCIDENTS,
  HUNTING,
  { ...INCIDENTS, api: 'defender-xdr' },
  { ...HUNTING, api: 'defender-xdr' },
] as const
const STATUSES = [200, 206, 302, 400, 401, 403, 404, 429, 500, 503]
/** As many as the longest list of forms. */
const FORMS = forms(CLIENT_SECRET).length

// --- who signs in ---------------------------------------------------------------------------------------------------

let signIns: SignIns
beforeAll(async () => {
  signIns = await makeSignIns()
})

async function runAs(way: Way, cloud: Emulator, question: Readonly<Record<string, string>>): Promise<GateRun> {
  cloud.requests.length = 0
  cloud.issued.length = 0
  const idToken = way === 'oidc' ? { idToken: idTokenOf(cloud) } : {}
  return runGate({ inputs: { ...signIns.inputs(way, cloud), ...question }, ...idToken })
}

// --- the tests ------------------------------------------------------------------------------------------------------

describe('the detector', () => {
  const secret = 'a+b/c&d"e\\f<g>h 0123456789-abcdefghij'
  it.each(forms(secret).map((form) => [form]))('finds %s', (form) => {
    expect(new LeakDetector({ secret }).find({ log: `before ${form} after` })).toHaveLength(1)
  })

  it('finds twenty characters of a longer one, in base64 wherever it begins, and nothing else', () => {
    const token = `eyJhbGciOiJub25lIn0.${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(4)}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg`
    const detector = new LeakDetector({ token })
    for (let at = 20; at + 20 <= token.length - 32; at += 1) {
      expect(detector.find({ log: `x${token.slice(at, at + 20)}y` })).toHaveLength(1)
    }
    for (const before of ['', '1', '12', '123', '1234']) {
      expect(detector.find({ log: Buffer.from(`${before}${token}`).toString('base64') })).toHaveLength(1)
    }
    expect(detector.find({ log: 'eyJhbGciOiJub25lIn0 is the header of every token', other: HARMLESS })).toEqual([])
  })
})

const HARMLESS = 'Nothing of a secret stands in an ordinary sentence, however long it may become in the end.'.repeat(50)

describe.each(Object.keys(ECHOES) as (keyof typeof ECHOES)[])('%s gives back what it was given', (who) => {
  let cloud: Emulator
  beforeAll(async () => {
    cloud = await startEmulator({ scenario: signIns.knowing(), routes: ECHOES[who] })
    trust(cloud)
  })
  afterAll(() => cloud.close())

  const ways = who === 'the ID token service' ? (['oidc'] as const) : who === 'Entra ID' ? WAYS : (['secret'] as const)
  const questions = who === 'the API' ? QUESTIONS : [INCIDENTS]
  it.each(ways.flatMap((way) => questions.map((question) => [way, question] as const)))(
    'to a caller with %s who asks %j',
    async (way, question) => {
      for (let form = 0; form < FORMS; form += 1) {
        // Every form meets two of the statuses; which ones differs from question to question.
        const first = form + questions.indexOf(question as never)
        for (const status of [first, first + 3].map((index) => STATUSES[index % STATUSES.length]!)) {
          turn = { status, form }
          const result = await runAs(way, cloud, question)
          expect(result.run.verdict).toBe('error')
          expect({ turn, leaks: new LeakDetector(signIns.secrets(cloud)).find(result.written) }).toEqual({
            turn,
            leaks: [],
          })
        }
      }
    },
  )
})

describe('rows and titles that hold a secret', () => {
  let cloud: Emulator
  beforeAll(async () => {
    cloud = await startEmulator({ scenario: signIns.knowing() })
    trust(cloud)
  })
  afterAll(() => cloud.close())

  it.each(['secret', 'certificate', 'oidc'] as const)(
    'of a caller with %s come out without it, in whatever form',
    async (way) => {
      const lines = signIns.pair.key.trim().split('\n').slice(1, -1)
      const held = {
        secret: [cloud.clientSecret],
        certificate: [lines[0]!, lines[9]!, lines.join('')],
        oidc: [cloud.oidcRequestToken],
      }[way]
      const found = [...held.flatMap((text) => forms(text)), ...(way === 'certificate' ? [signIns.pem] : [])]
      cloud.setScenario(
        signIns.knowing({
          tenants: [
            {
              incidents: found.map((form) => ({
                severity: 'high',
                displayName: `Stolen: ${form}!`,
                customTags: [form],
              })),
              hunting: [
                { rows: found.map((form) => ({ DeviceName: `x${form}y`, AdditionalFields: { [form]: [form] } })) },
              ],
            },
          ],
        }),
      )
      for (const question of [
        INCIDENTS,
        { check: 'hunting', query: 'DeviceEvents | project DeviceName, AdditionalFields' },
      ]) {
        const result = await runAs(way, cloud, question)
        expect(result.run.totals.findings).toBe(found.length)
        expect(new LeakDetector(signIns.secrets(cloud)).find(result.written)).toEqual([])
      }
    },
  )
})

describe('the built action', () => {
  const entry = new URL('../../dist/main/index.js', import.meta.url).pathname
  let cloud: Emulator
  beforeAll(async () => {
    cloud = await startEmulator({ scenario: signIns.knowing() })
  })
  afterAll(() => cloud.close())

  const OPEN: Scenario = { tenants: [{ incidents: [{ severity: 'high' }], hunting: [{ generate: { rows: 20 } }] }] }
  const cases = WAYS.flatMap((way) => [
    [way, 'an open incident', OPEN, INCIDENTS] as const,
    [way, 'rows', OPEN, HUNTING] as const,
    [
      way,
      'an echo of Entra ID',
      { faults: [{ route: 'token', action: 'echo' }] } satisfies Scenario,
      INCIDENTS,
    ] as const,
    [
      way,
      'an echo of the API',
      { faults: [{ route: 'all', action: 'echo', status: 403 }] } satisfies Scenario,
      HUNTING,
    ] as const,
  ])

  it.each(cases)('signed in by %s, with %s, in debug mode', async (way, _what, scenario, question) => {
    // An echo of the API comes after a sign-in that works.
    const faults = (scenario.faults ?? []).map((fault) =>
      fault.route === 'all' ? { ...fault, route: 'hunting' } : fault,
    )
    cloud.setScenario(signIns.knowing({ ...scenario, faults }))
    cloud.requests.length = 0
    cloud.issued.length = 0
    const step = await runStep({
      entry,
      inputs: { ...signIns.inputs(way, cloud), ...question },
      env: {
        NODE_EXTRA_CA_CERTS: cloud.caPath,
        RUNNER_DEBUG: '1',
        ...(way === 'oidc'
          ? {
              ACTIONS_ID_TOKEN_REQUEST_URL: cloud.oidcRequestUrl,
              ACTIONS_ID_TOKEN_REQUEST_TOKEN: cloud.oidcRequestToken,
            }
          : {}),
      },
    })
    try {
      expect(step.exitCode).toBe(1)
      const lines = step.stdout.split('\n')
      const written = {
        ...(await filesOf(step.folder)),
        stderr: step.stderr,
        stdout: lines.filter((line) => !line.startsWith('::add-mask::')).join('\n'),
      }
      expect(Object.keys(written).length).toBeGreaterThanOrEqual(8)
      expect(new LeakDetector(signIns.secrets(cloud)).find(written)).toEqual([])
    } finally {
      await step.cleanUp()
    }
  })

  it('with findings that hold the secret, in the issue that it keeps', async () => {
    const found = forms(cloud.clientSecret)
    const incidents = found.map((form) => ({ severity: 'high', displayName: `Stolen: ${form}!`, customTags: [form] }))
    cloud.setScenario(signIns.knowing({ tenants: [{ incidents }] }))
    const step = await runStep({
      entry,
      inputs: { ...signIns.inputs('secret', cloud), ...INCIDENTS, issue: 'true' },
      env: {
        NODE_EXTRA_CA_CERTS: cloud.caPath,
        GITHUB_API_URL: cloud.githubUrl,
        GITHUB_RUN_ID: '42',
        RUNNER_DEBUG: '1',
      },
    })
    try {
      const [issue, ...more] = cloud.issues.all
      expect(more).toEqual([])
      expect(issue?.body).toContain('Stolen: ***')
      const stdout = step.stdout
        .split('\n')
        .filter((line) => !line.startsWith('::add-mask::'))
        .join('\n')
      const written = { title: issue?.title ?? '', body: issue?.body ?? '', stdout, ...(await filesOf(step.folder)) }
      expect(new LeakDetector(signIns.secrets(cloud)).find(written)).toEqual([])
    } finally {
      await step.cleanUp()
    }
  })

  it.each([
    ['a proxy that works', 200],
    ['a proxy that refuses and gives the credentials back', 403],
    ['a proxy that wants others', 407],
  ])('behind %s', async (_what, status) => {
    const password = 'p@ss/w0rd+of=the%proxy "quoted" <0123>'
    const proxy = await openProxy({ user: 'gate', password, status })
    cloud.setScenario(signIns.knowing(OPEN))
    cloud.requests.length = 0
    cloud.issued.length = 0
    const step = await runStep({
      entry,
      inputs: { ...signIns.inputs('secret', cloud), ...INCIDENTS },
      env: {
        NODE_EXTRA_CA_CERTS: cloud.caPath,
        RUNNER_DEBUG: '1',
        HTTPS_PROXY: proxy.url,
      },
    })
    try {
      expect(proxy.seen).toContain(`Basic ${Buffer.from(`gate:${password}`).toString('base64')}`)
      expect(step.outputs['verdict']).toBe(status === 200 ? 'failed' : 'error')
      const stdout = step.stdout
        .split('\n')
        .filter((line) => !line.startsWith('::add-mask::'))
        .join('\n')
      const written = { ...(await filesOf(step.folder)), stderr: step.stderr, stdout }
      const secrets = { ...signIns.secrets(cloud), password, 'user and password': `gate:${password}` }
      expect(new LeakDetector(secrets).find(written)).toEqual([])
    } finally {
      await step.cleanUp()
      await proxy.close()
    }
  })
})
