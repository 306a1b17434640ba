/** Every way to sign in and every kind of network, through the built action. */
import { constants, createPublicKey, createVerify, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { ALL_ROLES, CLIENT_ID, CLIENT_SECRET, TENANT_ID } from '../../emulator/emulator.ts'
import { type SignInServer, startSignInServer } from '../support/oidc-provider.ts'
import { Stage } from '../support/step.ts'
import { certificate, type Pair } from '../unit/identity/pems.ts'
import { tunnelProxy } from '../unit/network/world.ts'

let stage: Stage
let pair: Pair
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'defender-gate-sign-in-'))
  stage = await Stage.open()
  pair = await certificate({ from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) })
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await stage.close()
})

const oidc = () => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: stage.cloud.oidcRequestUrl,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: stage.cloud.oidcRequestToken,
})
const INCIDENTS = { check: 'incidents' }

describe('GitHub OIDC', () => {
  it('exchanges a fresh ID token, and nothing else is asked of GitHub', async () => {
    const step = await stage.step({ scenario: {}, inputs: { ...INCIDENTS, 'client-secret': '' }, env: oidc() })
    expect(step.exitCode).toBe(0)
    expect(step.requests.map(({ route }) => route)).toEqual(['oidc', 'token', 'incidents'])
    const [ask, token] = step.requests
    expect(ask!.query['audience']).toBe('api://AzureADTokenExchange')
    const form = new URLSearchParams(token!.body)
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(decodeJwt(form.get('client_assertion')!)).toMatchObject({ aud: 'api://AzureADTokenExchange' })
  })

  it('asks for the audience that is given', async () => {
    const scenario = { apps: [{ federatedCredentials: [{ audience: 'api://mine' }] }] }
    const step = await stage.step({
      scenario,
      inputs: { ...INCIDENTS, 'client-secret': '', audience: 'api://mine' },
      env: oidc(),
    })
    expect(step.exitCode).toBe(0)
  })

  it('without `id-token: write` names it', async () => {
    const step = await stage.step({ scenario: {}, inputs: { ...INCIDENTS, 'client-secret': '' } })
    expect([step.exitCode, step.outputs['verdict'], step.requests]).toEqual([1, 'error', []])
    expect(step.log).toContain('id-token: write')
  })

  it.each([
    ['subject', { github: { subject: 'repo:contoso/other:ref:refs/heads/main' } }],
    ['issuer', { github: { issuer: 'https://ghes.example/_services/token' } }],
    ['audience', { apps: [{ federatedCredentials: [{ audience: 'api://other' }] }] }],
    ['subject of the immutable form', { github: { subject: 'repo:contoso@77/payments@88:environment:production' } }],
  ])(
    'that does not match by %s shows what was presented and what to create, never the token',
    async (_what, scenario) => {
      const step = await stage.step({ scenario, inputs: { ...INCIDENTS, 'client-secret': '' }, env: oidc() })
      expect([step.exitCode, step.codes]).toEqual([1, ['federated-credential-mismatch']])
      const { message, hint } = step.report.checks[0].error
      const github = {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: 'repo:contoso/payments:environment:production',
        ...('github' in scenario ? scenario.github : {}),
      }
      for (const presented of [github.issuer, github.subject, 'api://AzureADTokenExchange'])
        expect(`${message} ${hint}`).toContain(presented)
      expect(`${message} ${hint}`).toMatch(/AADSTS\d+/)
      expect(step.requests.map(({ route }) => route)).toEqual(['oidc', 'token'])
    },
  )

  it('retries both hops', async () => {
    const soon = { status: 503, headers: { 'retry-after': '0.01' }, request: [1, 2] }
    const step = await stage.step({
      scenario: {
        faults: [
          { route: 'oidc', action: 'status', ...soon },
          { route: 'token', action: 'status', ...soon },
        ],
      },
      inputs: { ...INCIDENTS, 'client-secret': '' },
      env: oidc(),
    })
    expect(step.exitCode).toBe(0)
    expect(step.requests.map(({ route, status }) => [route, status])).toEqual([
      ['oidc', 503],
      ['oidc', 503],
      ['oidc', 200],
      ['token', 503],
      ['token', 503],
      ['token', 200],
      ['incidents', 200],
    ])
  })

  it('refused by GitHub says so', async () => {
    const step = await stage.step({
      scenario: {},
      inputs: { ...INCIDENTS, 'client-secret': '' },
      env: { ...oidc(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another-token-of-another-job' },
      secrets: ['another-token-of-another-job'],
    })
    expect([step.exitCode, step.codes]).toEqual([1, ['id-token-unavailable']])
  })

  it('is not used where a secret is given', async () => {
    const step = await stage.step({ scenario: {}, inputs: INCIDENTS, env: oidc() })
    expect(step.requests.map(({ route }) => route)).toEqual(['token', 'incidents'])
  })
})

describe('a certificate', () => {
  const pem = () => `${pair.cert}\n${pair.key}`
  const scenario = () => ({ apps: [{ certificates: [pair.cert], secrets: [] }] })

  it('signs a PS256 assertion with x5t#S256', async () => {
    const step = await stage.step({
      scenario: scenario(),
      inputs: { ...INCIDENTS, 'client-secret': '', 'client-certificate': pem() },
    })
    expect(step.exitCode).toBe(0)
    const form = new URLSearchParams(step.requests[0]!.body)
    const assertion = form.get('client_assertion')!
    const header = decodeProtectedHeader(assertion)
    const x509 = new X509Certificate(pair.cert)
    expect(header).toMatchObject({
      alg: 'PS256',
      'x5t#S256': Buffer.from(x509.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    })
    const [head, payload, signature] = assertion.split('.')
    const verify = createVerify('RSA-SHA256').update(`${head}.${payload}`)
    const key = {
      key: createPublicKey(x509.publicKey.export({ type: 'spki', format: 'pem' })),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    }
    expect(verify.verify(key, Buffer.from(signature!, 'base64url'))).toBe(true)
    expect(decodeJwt(assertion)).toMatchObject({ iss: CLIENT_ID, sub: CLIENT_ID })
    expect(form.get('client_secret')).toBeNull()
  })

  it('may come key first, with CRLF or on one line', async () => {
    for (const text of [`${pair.key}\n${pair.cert}`, pem().replaceAll('\n', '\r\n'), pem().replaceAll('\n', '\\n')]) {
      const step = await stage.step({
        scenario: scenario(),
        inputs: { ...INCIDENTS, 'client-secret': '', 'client-certificate': text },
      })
      expect(step.exitCode).toBe(0)
    }
  })
})

describe('another sign-in server, by oidc-provider', () => {
  const secretApp = { id: '55555555-5555-5555-5555-555555555555', secret: 'p4ssw0rd~of/the+app=0123456789' }
  const certificateApp = '66666666-6666-6666-6666-666666666666'
  let server: SignInServer
  let authorities: string
  let scenario: Parameters<Stage['step']>[0]
  beforeAll(async () => {
    server = await startSignInServer({
      tenant: TENANT_ID,
      resource: 'https://graph.microsoft.com',
      secretApp,
      certificateApp: { id: certificateApp, certificate: pair.cert },
      claims: { tid: TENANT_ID, roles: ALL_ROLES },
    })
    authorities = join(folder, 'authorities.pem')
    writeFileSync(authorities, `${stage.cloud.caPem}\n${server.ca}`)
    const jwks = await new Promise<Record<string, unknown>>((resolve, reject) => {
      get(`${server.origin}/${TENANT_ID}/discovery/v2.0/keys`, { ca: server.ca }, async (response) => {
        let body = ''
        for await (const chunk of response) body += String(chunk)
        resolve(JSON.parse(body))
      }).on('error', reject)
    })
    const trusted = { issuer: `${server.origin}/${TENANT_ID}/v2.0`, jwks, roles: [...ALL_ROLES] }
    scenario = { scenario: { tenants: [{ incidents: [{ severity: 'high' }] }], trustedIssuers: [trusted] } }
  })
  afterAll(() => server.close())

  it.each([
    ['a secret', () => ({ 'client-id': secretApp.id, 'client-secret': secretApp.secret })],
    [
      'a certificate',
      () => ({ 'client-id': certificateApp, 'client-secret': '', 'client-certificate': `${pair.cert}${pair.key}` }),
    ],
  ])('takes %s, and the API takes its token', async (_what, inputs) => {
    const step = await stage.step({
      ...scenario,
      inputs: { ...INCIDENTS, 'authority-url': server.origin, ...inputs() },
      env: { NODE_EXTRA_CA_CERTS: authorities },
      secrets: [secretApp.secret],
    })
    expect(step.outputs).toMatchObject({ verdict: 'failed', findings: '1' })
    expect(step.requests.map(({ route, status }) => [route, status])).toEqual([['incidents', 200]])
  })

  it.each([
    ['a wrong secret', () => ({ 'client-id': secretApp.id, 'client-secret': 'wrong~secret~0123456789' })],
    ['an unknown app', () => ({ 'client-id': CLIENT_ID, 'client-secret': CLIENT_SECRET })],
  ])('refuses %s, and that is an error with advice', async (_what, inputs) => {
    const from = server.requests.length
    const step = await stage.step({
      ...scenario,
      inputs: { ...INCIDENTS, 'authority-url': server.origin, ...inputs() },
      env: { NODE_EXTRA_CA_CERTS: authorities },
      secrets: ['wrong~secret~0123456789'],
    })
    expect([step.exitCode, step.outputs['verdict'], step.codes]).toEqual([1, 'error', ['sign-in-failed']])
    expect(server.requests.length - from).toBe(1)
  })
})

describe('the network of a company', () => {
  it('has a proxy with credentials, for both hosts, which are never shown', async () => {
    const proxy = await tunnelProxy('me:p@ss-w0rd/of+proxy')
    const step = await stage.step({
      scenario: {},
      inputs: INCIDENTS,
      env: { HTTPS_PROXY: `http://me:p%40ss-w0rd%2Fof%2Bproxy@127.0.0.1:${proxy.port}` },
      secrets: ['p@ss-w0rd/of+proxy', 'p%40ss-w0rd%2Fof%2Bproxy'],
    })
    await proxy.stop()
    expect(step.exitCode).toBe(0)
    const hosts = [stage.cloud.loginUrl, stage.cloud.apiUrl].map((url) => `CONNECT ${new URL(url).host}`)
    expect(new Set(proxy.asked)).toEqual(new Set(hosts))
    expect(new Set(proxy.logins)).toEqual(new Set([`Basic ${Buffer.from('me:p@ss-w0rd/of+proxy').toString('base64')}`]))
  })

  it.each(['https_proxy', 'HTTPS_PROXY'])('names it by %s', async (name) => {
    const proxy = await tunnelProxy()
    const step = await stage.step({
      scenario: {},
      inputs: INCIDENTS,
      env: { [name]: `http://127.0.0.1:${proxy.port}` },
    })
    await proxy.stop()
    expect(step.exitCode).toBe(0)
    expect(proxy.asked.length).toBeGreaterThan(0)
  })

  it.each(['NO_PROXY', 'no_proxy'])('excepts hosts by %s', async (name) => {
    const proxy = await tunnelProxy()
    const step = await stage.step({
      scenario: {},
      inputs: INCIDENTS,
      env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, [name]: 'localhost' },
    })
    await proxy.stop()
    expect([step.exitCode, proxy.asked]).toEqual([0, []])
  })

  it('with a proxy that refuses the credentials says so', async () => {
    const proxy = await tunnelProxy('right:one-of-proxy')
    const step = await stage.step({
      scenario: {},
      inputs: INCIDENTS,
      env: { HTTPS_PROXY: `http://wrong:s3cret-of-proxy@127.0.0.1:${proxy.port}` },
      secrets: ['s3cret-of-proxy'],
    })
    await proxy.stop()
    expect(step.codes).toEqual(['proxy-login'])
  })

  it('without its certificate authority names NODE_EXTRA_CA_CERTS', async () => {
    const step = await stage.step({ scenario: {}, inputs: INCIDENTS, env: { NODE_EXTRA_CA_CERTS: '' } })
    expect([step.exitCode, step.codes, step.requests]).toEqual([1, ['server-certificate-untrusted'], []])
    expect(step.report.checks[0].error.hint).toContain('NODE_EXTRA_CA_CERTS')
  })
})

describe('GitHub Enterprise', () => {
  it('names the issuer of that server in the advice', async () => {
    const step = await stage.step({
      scenario: { github: { issuer: 'https://ghes.example/_services/token' } },
      inputs: { ...INCIDENTS, 'client-secret': '' },
      env: { ...oidc(), GITHUB_SERVER_URL: 'https://ghes.example', GITHUB_API_URL: 'https://ghes.example/api/v3' },
    })
    expect(step.codes).toEqual(['federated-credential-mismatch'])
    expect(step.report.checks[0].error.hint).toContain('https://ghes.example/_services/token')
  })
})
