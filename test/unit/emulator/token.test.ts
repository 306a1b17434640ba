import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, importPKCS8, jwtVerify, SignJWT } from 'jose'
import { generate } from 'selfsigned'
import { CLIENT_ID, type Emulator, GITHUB_SUBJECT, startEmulator, TENANT_ID } from '../../../emulator/emulator.ts'
import { ask, askToken, GRAPH_SCOPE, XDR_SCOPE } from './client.ts'

const OTHER = '33333333-3333-3333-3333-333333333333'
let now = new Date()
let cloud: Emulator

beforeAll(async () => {
  cloud = await startEmulator({ scenario: {}, now: () => now })
})
beforeEach(() => {
  now = new Date()
  cloud.setScenario({})
})
afterAll(() => cloud.close())

/** Checks the shape that every error of Entra has, and gives its number. */
async function refusal(asked: ReturnType<typeof askToken>) {
  const { status, json, headers } = await asked
  const [code] = json.error_codes as number[]
  expect(json.error_description).toMatch(
    new RegExp(
      `^AADSTS${code}: [^\\r]+\\r\\nTrace ID: [-0-9a-f]{36}\\r\\nCorrelation ID: [-0-9a-f]{36}\\r\\nTimestamp: `,
    ),
  )
  expect(json).toMatchObject({
    trace_id: headers['x-ms-request-id'],
    error_uri: `${cloud.loginUrl}/error?code=${code}`,
  })
  expect(json.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
  return [status, json.error, code]
}

describe('a client secret', () => {
  it('gets a token of version 1.0, signed with a published key', async () => {
    const { status, json, headers } = await askToken(cloud)
    expect(status).toBe(200)
    expect(headers['content-type']).toContain('application/json')
    expect(json).toMatchObject({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 })
    const keys = await ask(cloud, `${cloud.loginUrl}/${TENANT_ID}/discovery/v2.0/keys`)
    const { payload } = await jwtVerify(json.access_token, createLocalJWKSet(keys.json), {
      audience: 'https://graph.microsoft.com',
      issuer: `https://sts.windows.net/${TENANT_ID}/`,
    })
    expect(payload).toMatchObject({ appid: CLIENT_ID, appidacr: '1', tid: TENANT_ID, ver: '1.0', idtyp: 'app' })
    expect(payload['roles']).toEqual(['SecurityIncident.Read.All', 'SecurityAlert.Read.All', 'ThreatHunting.Read.All'])
    expect(payload.exp! - payload.iat!).toBe(3599)
    expect(cloud.issued).toContain(json.access_token)
  })

  it('gets the roles of the API that was asked for, and of that tenant only', async () => {
    const xdr = await askToken(cloud, { scope: XDR_SCOPE })
    expect(decodeJwt(xdr.json.access_token)).toMatchObject({
      aud: 'https://api.security.microsoft.com',
      roles: ['Incident.Read.All', 'AdvancedHunting.Read.All'],
    })
    cloud.setScenario({
      tenants: [{ roles: [] }, { id: OTHER, domains: ['fabrikam.example'], rolesByApp: { [CLIENT_ID]: ['X.Y'] } }],
    })
    expect(decodeJwt((await askToken(cloud)).json.access_token)).not.toHaveProperty('roles')
    const other = await askToken(cloud, {}, 'Fabrikam.example')
    expect(decodeJwt(other.json.access_token)).toMatchObject({ tid: OTHER, roles: ['X.Y'] })
  })

  it('can be opaque', async () => {
    cloud.setScenario({ tokens: { opaque: true } })
    const { json } = await askToken(cloud)
    expect(() => decodeJwt(json.access_token)).toThrow()
  })

  it.each([
    ['an unknown tenant', {}, OTHER, [400, 'invalid_request', 90002]],
    ['a name that is no tenant', {}, '%24%7Btenant%7D', [400, 'invalid_request', 900023]],
    ['common', {}, 'common', [400, 'invalid_request', 9001023]],
    ['organizations', {}, 'organizations', [400, 'invalid_request', 50059]],
    ['an unknown application', { client_id: OTHER }, TENANT_ID, [400, 'unauthorized_client', 700016]],
    ['a wrong secret', { client_secret: 'wrong' }, TENANT_ID, [401, 'invalid_client', 7000215]],
    ['no credential', { client_secret: undefined }, TENANT_ID, [401, 'invalid_client', 7000218]],
    ['an empty credential', { client_secret: '' }, TENANT_ID, [401, 'invalid_client', 7000218]],
    ['no scope', { scope: undefined }, TENANT_ID, [400, 'invalid_request', 900144]],
    ['no application', { client_id: undefined }, TENANT_ID, [400, 'invalid_request', 900144]],
    ['another grant', { grant_type: 'password' }, TENANT_ID, [400, 'unsupported_grant_type', 70003]],
    ['a scope without .default', { scope: 'User.Read' }, TENANT_ID, [400, 'invalid_scope', 1002012]],
    ['two scopes', { scope: `${GRAPH_SCOPE} ${XDR_SCOPE}` }, TENANT_ID, [400, 'invalid_scope', 70011]],
    ['an unknown resource', { scope: 'https://graph.example/.default' }, TENANT_ID, [400, 'invalid_resource', 500011]],
  ])('is refused for %s', async (_name, over, tenant, expected) => {
    expect(await refusal(askToken(cloud, over as Record<string, string | undefined>, tenant))).toEqual(expected)
  })

  it('must be form-encoded', async () => {
    const raw = `grant_type=client_credentials&client_id=${CLIENT_ID}&scope=${GRAPH_SCOPE}&client_secret=${cloud.clientSecret}`
    const url = `${cloud.loginUrl}/${TENANT_ID}/oauth2/v2.0/token`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await refusal(ask(cloud, url, { method: 'POST', headers, body: raw }))).toEqual([
      401,
      'invalid_client',
      7000215,
    ])
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect(await refusal(ask(cloud, url, json))).toEqual([400, 'invalid_request', 900144])
    expect(await refusal(ask(cloud, url))).toEqual([400, 'invalid_request', 900561])
  })

  it.each([
    [
      'the secret has expired',
      { apps: [{ secrets: [{ value: 's', expires: '-1d' }] }] },
      { client_secret: 's' },
      7000222,
    ],
    ['the application is disabled', { apps: [{ disabled: true }] }, {}, 7000112],
    ['the application is a public client', { apps: [{ publicClient: true }] }, {}, 700025],
    ['there is no service principal', { tenants: [{ servicePrincipal: false }] }, {}, 7000229],
    ['the API has no service principal', { tenants: [{ missingResources: ['graph' as const] }] }, {}, 500011],
    ['conditional access blocks', { tenants: [{ conditionalAccessBlocks: true }] }, {}, 53003],
  ])('is refused when %s', async (_name, scenario, over, code) => {
    cloud.setScenario(scenario)
    expect((await refusal(askToken(cloud, over)))[2]).toBe(code)
  })

  it('of a single-tenant application works at home only', async () => {
    cloud.setScenario({ apps: [{ multiTenant: false }], tenants: [{}, { id: OTHER }] })
    expect((await askToken(cloud)).status).toBe(200)
    expect((await refusal(askToken(cloud, {}, OTHER)))[2]).toBe(700016)
  })
})

describe('a certificate', () => {
  const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  let pem: { private: string; cert: string }
  let expired: { private: string; cert: string }

  beforeAll(async () => {
    const attributes = [{ name: 'commonName', value: 'defender-gate' }]
    pem = await generate(attributes, { algorithm: 'sha256' })
    expired = await generate(attributes, {
      algorithm: 'sha256',
      notBeforeDate: new Date('2020-01-01'),
      notAfterDate: new Date('2021-01-01'),
    })
  })
  beforeEach(() => cloud.setScenario({ apps: [{ certificates: [pem.cert, expired.cert] }] }))

  interface Change {
    readonly alg?: string
    readonly key?: { private: string; cert: string }
    readonly thumbprintOf?: string
    readonly header?: Record<string, unknown>
    readonly claims?: Record<string, unknown>
  }
  async function assertion({ alg = 'PS256', key = pem, thumbprintOf = key.cert, header, claims = {} }: Change = {}) {
    const { raw } = new X509Certificate(thumbprintOf)
    const seconds = Math.floor(now.getTime() / 1000)
    const sha256 = createHash('sha256').update(raw).digest('base64url')
    return new SignJWT({
      aud: `${cloud.loginUrl}/${TENANT_ID}/oauth2/v2.0/token`,
      iss: CLIENT_ID,
      sub: CLIENT_ID,
      jti: 'one',
      nbf: seconds,
      iat: seconds,
      exp: seconds + 600,
      ...claims,
    })
      .setProtectedHeader({ alg, typ: 'JWT', ...(header ?? { 'x5t#S256': sha256 }) })
      .sign(await importPKCS8(key.private, alg))
  }
  const present = async (change?: Change) =>
    askToken(cloud, {
      client_secret: undefined,
      client_assertion_type: TYPE,
      client_assertion: await assertion(change),
    })

  it('signs in with PS256 and x5t#S256, and with RS256 and x5t', async () => {
    const first = await present()
    expect(decodeJwt(first.json.access_token)).toMatchObject({ appidacr: '2' })
    const sha1 = createHash('sha1').update(new X509Certificate(pem.cert).raw).digest('base64url')
    expect((await present({ alg: 'RS256', header: { x5t: sha1 } })).status).toBe(200)
  })

  it.each([
    ['another key under a known thumbprint', async () => ({ key: { ...expired }, thumbprintOf: pem.cert }), 700027],
    ['no thumbprint', async () => ({ header: {} }), 700027],
    ['a certificate that has expired', async () => ({ key: expired }), 700027],
    ['another audience', async () => ({ claims: { aud: 'https://login.microsoftonline.com/' } }), 700023],
    [
      'an assertion that has expired',
      async () => ({ claims: { exp: Math.floor(now.getTime() / 1000) - 400 } }),
      700024,
    ],
    ['one that is not valid yet', async () => ({ claims: { nbf: Math.floor(now.getTime() / 1000) + 400 } }), 700024],
    ['one without an end', async () => ({ claims: { exp: undefined } }), 700024],
    ['another subject', async () => ({ claims: { sub: OTHER } }), 50048],
  ])('is refused for %s', async (_name, change, code) => {
    expect(await refusal(present((await change()) as Change))).toEqual([401, 'invalid_client', code])
  })

  it('is refused when it is not registered, and named by its thumbprint', async () => {
    cloud.setScenario({})
    const answer = await present()
    const hex = createHash('sha256').update(new X509Certificate(pem.cert).raw).digest('hex').toUpperCase()
    expect(answer.json.error_codes).toEqual([700027])
    expect(answer.json.error_description).toContain(`Thumbprint of key used by client: '${hex}'`)
  })

  it('must come with its type, and be a JWT', async () => {
    const given = { client_secret: undefined, client_assertion: 'not.a.jwt' }
    expect((await refusal(askToken(cloud, given)))[2]).toBe(900144)
    expect((await refusal(askToken(cloud, { ...given, client_assertion_type: TYPE })))[2]).toBe(50027)
  })
})

describe('GitHub', () => {
  const bearer = () => ({ authorization: `bearer ${cloud.oidcRequestToken}` })
  async function idToken(audience = 'api://AzureADTokenExchange'): Promise<string> {
    const url = `${cloud.oidcRequestUrl}&audience=${encodeURIComponent(audience)}`
    return (await ask(cloud, url, { headers: bearer() })).json.value
  }
  const exchange = (assertion: string) =>
    askToken(cloud, {
      client_secret: undefined,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })

  it('gives an ID token for five minutes, with the audience that was asked for', async () => {
    const value = await idToken('somebody')
    const keys = await ask(cloud, `${cloud.githubUrl}/.well-known/jwks`)
    const { payload } = await jwtVerify(value, createLocalJWKSet(keys.json), { algorithms: ['RS256'] })
    expect(payload).toMatchObject({
      iss: 'https://token.actions.githubusercontent.com',
      aud: 'somebody',
      sub: GITHUB_SUBJECT,
      environment: 'production',
      repository: 'contoso/payments',
    })
    expect(payload.exp! - payload.iat!).toBe(300)
    expect(cloud.issued).toContain(value)
    const plain = await ask(cloud, cloud.oidcRequestUrl, { headers: bearer() })
    expect(decodeJwt(plain.json.value).aud).toBe('https://github.com/contoso')
  })

  it('refuses a request without its token', async () => {
    expect((await ask(cloud, cloud.oidcRequestUrl)).status).toBe(401)
    expect((await ask(cloud, cloud.oidcRequestUrl, { headers: { authorization: 'bearer x' } })).status).toBe(401)
  })

  it('signs in to Entra', async () => {
    const answer = await exchange(await idToken())
    expect(decodeJwt(answer.json.access_token)).toMatchObject({ tid: TENANT_ID, appidacr: '2' })
  })

  it('can name itself as the issuer', async () => {
    const self = { github: { issuer: 'self' }, apps: [{ federatedCredentials: [{ issuer: 'self' }] }] }
    cloud.setScenario(self)
    const value = await idToken()
    expect(decodeJwt(value).iss).toBe(cloud.githubUrl)
    expect((await exchange(value)).status).toBe(200)
  })

  it.each([
    ['the issuer', { github: { issuer: 'https://token.actions.contoso.ghe.com' } }, 700211],
    ['the subject', { github: { subject: 'repo:contoso/payments:ref:refs/heads/main' } }, 700213],
    ['the case of the subject', { github: { subject: 'repo:Contoso/payments:environment:production' } }, 700213],
    [
      'the immutable form of the subject',
      { github: { subject: 'repo:contoso@1/payments@2:environment:production' } },
      700213,
    ],
    ['a credential that is not there', { apps: [{ federatedCredentials: [] }] }, 700211],
    [
      'a flexible credential',
      { apps: [{ federatedCredentials: [{ expression: "claims['sub'] matches 'repo:x/*'" }] }] },
      7002131,
    ],
  ])('is refused for %s', async (_name, scenario, code) => {
    cloud.setScenario(scenario)
    expect(await refusal(exchange(await idToken()))).toEqual([401, 'invalid_client', code])
  })

  it('is refused for another audience, an old token and a forged one', async () => {
    expect((await refusal(exchange(await idToken('api://AzureADTokenExchangeUSGov'))))[2]).toBe(700212)
    const value = await idToken()
    now = new Date(now.getTime() + 700_000)
    expect((await refusal(exchange(value)))[2]).toBe(700024)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const forged = await new SignJWT(decodeJwt(value))
      .setProtectedHeader({ ...decodeProtectedHeader(value), alg: 'RS256' })
      .sign(privateKey)
    expect((await refusal(exchange(forged)))[2]).toBe(50013)
  })

  it('can fail as a credential does that is too new', async () => {
    cloud.setScenario({ faults: [{ route: 'token', request: 1, action: 'entra-error', code: 70021 }] })
    const { json } = await exchange(await idToken())
    expect(json.error_codes).toEqual([70021])
    expect(json.error_description).toContain(
      `Assertion Subject: '${GITHUB_SUBJECT}'. Assertion Audience: 'api://AzureAD`,
    )
    expect((await exchange(await idToken())).status).toBe(200)
  })

  it('matches a flexible credential by all of its terms', async () => {
    const expression = "claims['sub'] matches 'repo:contoso/payments:*' and claims['repository'] eq 'contoso/payments'"
    cloud.setScenario({ apps: [{ federatedCredentials: [{ expression }] }] })
    expect((await exchange(await idToken())).status).toBe(200)
    const wrong = expression.replace("eq 'contoso", "eq 'fabrikam")
    cloud.setScenario({ apps: [{ federatedCredentials: [{ expression: wrong }] }] })
    expect((await refusal(exchange(await idToken())))[2]).toBe(7002131)
  })
})

describe('metadata', () => {
  it('names the endpoints of the tenant', async () => {
    const url = `${cloud.loginUrl}/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration`
    const { json } = await ask(cloud, url)
    expect(json).toMatchObject({
      issuer: `${cloud.loginUrl}/${TENANT_ID}/v2.0`,
      token_endpoint: `${cloud.loginUrl}/${TENANT_ID}/oauth2/v2.0/token`,
    })
    const unknown = await ask(cloud, `${cloud.loginUrl}/${OTHER}/v2.0/.well-known/openid-configuration`)
    expect(unknown.json.error_codes).toEqual([90002])
  })
})
