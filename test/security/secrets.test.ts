/**
 * No secret leaves memory: Entra ID, GitHub and the API give the caller's own secrets back, in every form and in every place
 * of an answer, and nothing that the process writes may hold any of them. Masks are the runner's to know and are set apart.
 */
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Call, Reply, Route } from '../../emulator/core/world.ts'
import {
  CLIENT_SECRET,
  GITHUB_TOKEN as EMULATED_TOKEN,
  type Emulator,
  type Scenario,
  startEmulator,
} from '../../emulator/emulator.ts'
import { runStep } from '../../scripts/runner.ts'
import { filesOf, type GateRun, runGate, trust } from '../support/gate-run.ts'
import { forms, LeakDetector } from '../support/leak-detector.ts'
import { certificate, type Pair } from '../unit/identity/pems.ts'

// --- a cloud that gives back what it was given ----------------------------------------------------------------------

type Turn = { readonly status: number; readonly form: number }

/** What the caller proved itself with in this request. */
function proofsIn(call: Call): string[] {
  const bearer = /^bearer (.+)$/i.exec(String(call.headers.authorization ?? ''))?.[1]
  const form = new URLSearchParams(call.origin === 'login' ? call.body : '')
  return [bearer, form.get('client_secret'), form.get('client_assertion')].filter((proof) => typeof proof === 'string')
}

/** One form of it in every place of an answer that the gate may look at. */
function echo(call: Call, { status, form }: Turn): Reply {
  const all = proofsIn(call).map((proof) => forms(proof))
  const text = all.map((list) => list[form % list.length]).join(' ')
  const long = `The request was not processed. ${'Received: '.repeat(form % 40)}${text}`
  // A header may hold no line break and no character beyond Latin-1.
  const header = text.replace(/[^ -~]/g, '')
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'request-id': header,
      'client-request-id': header,
      'x-ms-request-id': header.slice(0, 90),
      'www-authenticate': `Bearer error="insufficient_claims", error_description="${header.replaceAll('"', '')}"`,
      warning: `199 - "${header.replaceAll('"', '')}"`,
      ...(status >= 300 && status < 400 ? { location: `https://elsewhere.example/?${encodeURIComponent(text)}` } : {}),
    },
    body: JSON.stringify({
      error:
        call.origin === 'login'
          ? form % 2 === 0
            ? text
            : 'invalid_client'
          : {
              code: text.slice(0, 300),
              message: long,
              target: text.slice(0, 60),
              innerError: { 'request-id': text.slice(0, 90) },
            },
      error_description: `AADSTS7000215: ${long}\r\nTrace ID: ${text.slice(0, 60)}\r\nCorrelation ID: ${text}\r\nTimestamp: ${text}`,
      trace_id: text,
      correlation_id: text.slice(7, 70),
      timestamp: text,
      message: long,
    }),
  }
}

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

const GITHUB_TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'
let pair: Pair
let pem = ''
beforeAll(async () => {
  pair = await certificate({ from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) })
  pem = `${pair.cert.trim()}\n${pair.key.trim()}\n`
})

const WAYS = ['secret', 'certificate', 'oidc'] as const
type Way = (typeof WAYS)[number]

function inputsOf(way: Way, cloud: Emulator): Record<string, string> {
  return {
    'tenant-id': cloud.tenantId,
    'client-id': cloud.clientId,
    'authority-url': cloud.loginUrl,
    'api-url': cloud.apiUrl,
    'github-token': GITHUB_TOKEN,
    ...(way === 'secret' ? { 'client-secret': cloud.clientSecret } : {}),
    ...(way === 'certificate' ? { 'client-certificate': pem } : {}),
  }
}

/** Everything of a run that is secret: what was given, what was issued, and what was signed on the way. */
function secretsOf(cloud: Emulator): Record<string, string> {
  const assertions = cloud.requests.flatMap(({ body }) => new URLSearchParams(body).get('client_assertion') ?? [])
  const tokens = [...new Set([...cloud.issued, ...assertions])]
  return {
    'client secret': cloud.clientSecret,
    key: pair.key,
    'request token': cloud.oidcRequestToken,
    'GitHub token': GITHUB_TOKEN,
    ...Object.fromEntries(tokens.map((token, index) => [`token ${index}`, token])),
  }
}

async function runAs(way: Way, cloud: Emulator, question: Readonly<Record<string, string>>): Promise<GateRun> {
  cloud.requests.length = 0
  cloud.issued.length = 0
  const idToken = { requestUrl: cloud.oidcRequestUrl, requestToken: cloud.oidcRequestToken }
  return runGate({ inputs: { ...inputsOf(way, cloud), ...question }, ...(way === 'oidc' ? { idToken } : {}) })
}

/** The certificate of the run has to be known to the emulator, which otherwise has none. */
const knowing = (scenario: Scenario = {}): Scenario => ({ ...scenario, apps: [{ certificates: [pair.cert] }] })

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
    cloud = await startEmulator({ scenario: knowing(), routes: ECHOES[who] })
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
          expect({ turn, leaks: new LeakDetector(secretsOf(cloud)).find(result.written) }).toEqual({ turn, leaks: [] })
        }
      }
    },
  )
})

describe('rows and titles that hold a secret', () => {
  let cloud: Emulator
  beforeAll(async () => {
    cloud = await startEmulator({ scenario: knowing() })
    trust(cloud)
  })
  afterAll(() => cloud.close())

  it.each(['secret', 'certificate', 'oidc'] as const)(
    'of a caller with %s come out without it, in whatever form',
    async (way) => {
      const lines = pair.key.trim().split('\n').slice(1, -1)
      const held = {
        secret: [cloud.clientSecret],
        certificate: [lines[0]!, lines[9]!, lines.join('')],
        oidc: [cloud.oidcRequestToken],
      }[way]
      const found = [...held.flatMap((text) => forms(text)), ...(way === 'certificate' ? [pem] : [])]
      cloud.setScenario(
        knowing({
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
        expect(new LeakDetector(secretsOf(cloud)).find(result.written)).toEqual([])
      }
    },
  )
})

describe('the built action', () => {
  const entry = new URL('../../dist/main/index.js', import.meta.url).pathname
  let cloud: Emulator
  beforeAll(async () => {
    cloud = await startEmulator({ scenario: knowing() })
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
    cloud.setScenario(knowing({ ...scenario, faults }))
    cloud.requests.length = 0
    cloud.issued.length = 0
    const step = await runStep({
      entry,
      inputs: { ...inputsOf(way, cloud), ...question },
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
      expect(new LeakDetector(secretsOf(cloud)).find(written)).toEqual([])
    } finally {
      await step.cleanUp()
    }
  })

  it('with findings that hold the secret, in the issue that it keeps', async () => {
    const found = forms(cloud.clientSecret)
    const incidents = found.map((form) => ({ severity: 'high', displayName: `Stolen: ${form}!`, customTags: [form] }))
    cloud.setScenario(knowing({ tenants: [{ incidents }] }))
    const step = await runStep({
      entry,
      inputs: { ...inputsOf('secret', cloud), ...INCIDENTS, issue: 'true', 'github-token': EMULATED_TOKEN },
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
      const secrets = { ...secretsOf(cloud), 'GitHub token': EMULATED_TOKEN }
      expect(new LeakDetector(secrets).find(written)).toEqual([])
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
    const proxy = await openProxy(status)
    cloud.setScenario(knowing(OPEN))
    cloud.requests.length = 0
    cloud.issued.length = 0
    const step = await runStep({
      entry,
      inputs: { ...inputsOf('secret', cloud), ...INCIDENTS },
      env: {
        NODE_EXTRA_CA_CERTS: cloud.caPath,
        RUNNER_DEBUG: '1',
        HTTPS_PROXY: `http://gate:${encodeURIComponent(password)}@localhost:${proxy.port}`,
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
      const secrets = { ...secretsOf(cloud), password, 'user and password': `gate:${password}` }
      expect(new LeakDetector(secrets).find(written)).toEqual([])
    } finally {
      await step.cleanUp()
      await proxy.close()
    }
  })
})

/** A proxy that answers CONNECT with the given status, and gives the credentials back where that is no 200. */
async function openProxy(status: number) {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request, socket: Socket) => {
    const given = String(request.headers['proxy-authorization'])
    seen.push(given)
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    if (status !== 200) {
      socket.end(
        `HTTP/1.1 ${status} ${given}\r\nX-Credentials: ${given}\r\nContent-Length: ${given.length}\r\n\r\n${given}`,
      )
      return
    }
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const target = connect(Number(port), host === 'localhost' ? '127.0.0.1' : host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(socket)
      socket.pipe(target)
    })
    sockets.add(target)
    target.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
