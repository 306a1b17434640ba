/** Signing in against a server that nobody here wrote, over real TLS: it verifies secret and assertion with real keys. */
import { createHash, X509Certificate } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { createTokenSource } from '../../../src/identity/access-token.ts'
import { checkCredential, type ReadyCredential } from '../../../src/identity/credential.ts'
import type { Http, HttpRequest, HttpResponse } from '../../../src/model.ts'
import { type SignInServer, startSignInServer } from '../../support/oidc-provider.ts'
import { fakeLog, TENANT } from './fakes.ts'
import { certificate, type Pair } from './pems.ts'

const SECRET_APP = { id: '22222222-0000-4000-8000-000000000001', secret: 'q~8Q+/=&% secret of the app' }
const CERTIFICATE_APP = '22222222-0000-4000-8000-000000000002'
const RESOURCE = 'https://graph.microsoft.com'
const YEAR = 365 * 24 * 3_600_000

let pair: Pair
let other: Pair
let server: SignInServer
const sent: HttpRequest[] = []

beforeAll(async () => {
  const life = { from: new Date(Date.now() - 60_000), to: new Date(Date.now() + YEAR) }
  pair = await certificate(life)
  other = await certificate(life)
  server = await startSignInServer({
    tenant: TENANT,
    resource: RESOURCE,
    secretApp: SECRET_APP,
    certificateApp: { id: CERTIFICATE_APP, certificate: pair.cert },
    claims: { tid: TENANT, roles: ['ThreatHunting.Read.All'] },
  })
})
afterAll(() => server.close())

/** The least that a transport has to do. */
const http: Http = {
  send: (request) => {
    sent.push(request)
    return new Promise<HttpResponse>((resolve, reject) => {
      const call = httpsRequest(
        request.url,
        { method: request.method, headers: request.headers, ca: server.ca, agent: false },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            const headers = Object.fromEntries(
              Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
            )
            resolve({
              status: answer.statusCode ?? 0,
              headers,
              body: Buffer.concat(chunks),
              attempts: 1,
              retryAfterMs: undefined,
            })
          })
          answer.on('error', reject)
        },
      )
      call.on('error', reject)
      call.end(request.body)
    })
  },
}

function sourceFor(clientId: string, credential: ReadyCredential) {
  sent.length = 0
  server.requests.length = 0
  return createTokenSource({
    tenant: { id: TENANT, label: 'contoso' },
    clientId,
    credential,
    authority: server.origin,
    scope: `${RESOURCE}/.default`,
    audiences: [RESOURCE],
    http,
    clock: { now: () => new Date(), sleep: () => Promise.reject(new Error('nothing here is worth waiting for')) },
    log: fakeLog(),
    protect: () => {},
    redact: (text) => text,
    serverUrl: 'https://github.com',
  })
}

const withCertificate = (from: Pair) => checkCredential({ kind: 'certificate', pem: from.key + from.cert }, new Date())
const ONE_REQUEST = [`POST /${TENANT}/oauth2/v2.0/token`]

describe('against oidc-provider', () => {
  it('a client secret gets a token in one request', async () => {
    const token = await sourceFor(SECRET_APP.id, { kind: 'secret', secret: SECRET_APP.secret }).token()
    expect(token.tenantId).toBe(TENANT)
    expect(token.roles).toEqual(['ThreatHunting.Read.All'])
    expect(server.requests).toEqual(ONE_REQUEST)
  })

  it('a wrong secret is refused in one request', async () => {
    const source = sourceFor(SECRET_APP.id, { kind: 'secret', secret: 'wrong' })
    await expect(source.token()).rejects.toMatchObject({
      code: 'sign-in-failed',
      message: expect.stringContaining('invalid_client'),
    })
    expect(server.requests).toEqual(ONE_REQUEST)
  })

  it('a certificate gets a token, with a PS256 assertion that names its SHA-256 thumbprint and carries the certificate', async () => {
    const token = await sourceFor(CERTIFICATE_APP, withCertificate(pair)).token()
    expect(token.tenantId).toBe(TENANT)
    expect(server.requests).toEqual(ONE_REQUEST)

    const assertion = new URLSearchParams(sent[0]!.body).get('client_assertion')!
    const { raw, publicKey } = new X509Certificate(pair.cert)
    expect(decodeProtectedHeader(assertion)).toEqual({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': createHash('sha256').update(raw).digest('base64url'),
      x5c: [raw.toString('base64')],
    })
    const { payload } = await jwtVerify(assertion, publicKey, {
      algorithms: ['PS256'],
      // MSAL rounds the second up as well as down.
      clockTolerance: 1,
      issuer: CERTIFICATE_APP,
      subject: CERTIFICATE_APP,
      audience: `${server.origin}/${TENANT}/oauth2/v2.0/token`,
    })
    expect(payload.exp! - payload.nbf!).toBeLessThanOrEqual(600)
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('each exchange has an assertion of its own: the server refuses one that comes twice', async () => {
    const source = sourceFor(CERTIFICATE_APP, withCertificate(pair))
    const first = await source.token()
    const second = await source.renew(first)
    expect(second.value).not.toBe(first.value)
    const assertions = sent.map((request) => new URLSearchParams(request.body).get('client_assertion'))
    expect(new Set(assertions).size).toBe(2)
    expect((await http.send(sent[0]!)).status).toBe(401)
  })

  it('the certificate of another pair is refused', async () => {
    const source = sourceFor(CERTIFICATE_APP, withCertificate(other))
    await expect(source.token()).rejects.toMatchObject({
      code: 'sign-in-failed',
      message: expect.stringContaining('invalid_client)'),
    })
    expect(server.requests).toEqual(ONE_REQUEST)
  })
})
