import https from 'node:https'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { type Emulator, GITHUB_TOKEN, type Scenario, startEmulator, TENANT_ID } from '../../../emulator/emulator.ts'
import { type Answer, ask, askToken, GRAPH_SCOPE, get, token } from './client.ts'

let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {} })
})
afterAll(() => cloud.close())

type Fault = NonNullable<Scenario['faults']>[number]
const INCIDENTS = '/v1.0/security/incidents'
const OTHER = '99999999-9999-9999-9999-999999999999'
const faults = (...list: Fault[]) => cloud.setScenario({ tenants: [{ incidents: [{ id: '1' }] }], faults: list })
const incidents = () => get(cloud, INCIDENTS)

describe('a fault', () => {
  it('hits the requests that it names, and no other route', async () => {
    faults({ route: 'incidents', request: [2, 3], action: 'status', status: 503 })
    const seen: number[] = []
    for (let round = 0; round < 4; round += 1) seen.push((await incidents()).status)
    expect(seen).toEqual([200, 503, 503, 200])
    expect((await get(cloud, '/v1.0/security/alerts_v2')).status).toBe(200)
    expect(cloud.requests.filter(({ route, status }) => route === 'incidents' && status === 503)).toHaveLength(2)
  })

  it('hits one tenant, or all routes', async () => {
    const second = '33333333-3333-3333-3333-333333333333'
    const tenants = [{}, { id: second }]
    cloud.setScenario({ tenants, faults: [{ route: 'token', tenant: second, action: 'entra-error', code: 90033 }] })
    expect((await askToken(cloud)).status).toBe(200)
    expect((await askToken(cloud, {}, second)).json.error_codes).toEqual([90033])
    cloud.setScenario({ tenants, faults: [{ route: 'incidents', tenant: second, action: 'status', status: 500 }] })
    expect((await incidents()).status).toBe(200)
    const authorization = `Bearer ${await token(cloud, GRAPH_SCOPE, second)}`
    expect((await get(cloud, INCIDENTS, { authorization })).status).toBe(500)
    faults({ route: 'all', request: 1, action: 'status', status: 502 })
    expect((await ask(cloud, cloud.oidcRequestUrl)).status).toBe(502)
  })

  it.each([
    [400, 'BadRequest', 'Invalid request.'],
    [401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'],
    [429, 'TooManyRequests', 'Too many requests.'],
    [500, 'UnknownError', ''],
    [504, 'UnknownError', ''],
  ])('of status %d has the body of the service', async (status, code, message) => {
    faults({ route: 'incidents', action: 'status', status })
    const answer = await incidents()
    expect(answer.status).toBe(status)
    expect(answer.json.error).toMatchObject({
      code,
      message,
      innerError: { 'request-id': answer.headers['request-id'] },
    })
  })

  it('has the body and headers that it names', async () => {
    faults({
      route: 'incidents',
      action: 'status',
      status: 418,
      headers: { 'X-Kind': 'teapot' },
      body: { short: true },
    })
    const answer = await incidents()
    expect([answer.status, answer.headers['x-kind'], answer.json]).toEqual([418, 'teapot', { short: true }])
    faults({ route: 'token', action: 'status', status: 500 })
    expect((await askToken(cloud)).json).toMatchObject({ error: 'temporarily_unavailable', error_codes: [90033] })
  })

  it('throttles with seconds, decimals, a date, or nothing to go by', async () => {
    const header = async (more: { retryAfter?: number | 'date' | 'none'; seconds?: number; status?: number }) => {
      faults({ route: 'incidents', action: 'retry-after', ...more })
      const { status, headers } = await incidents()
      return [status, headers['retry-after']]
    }
    expect(await header({ retryAfter: 3 })).toEqual([429, '3'])
    expect(await header({ retryAfter: 2.128, status: 503 })).toEqual([503, '2.128'])
    expect(await header({})).toEqual([429, undefined])
    const [, date] = await header({ retryAfter: 'date', seconds: 60 })
    expect(Math.abs(Date.parse(String(date)) - Date.now() - 60_000)).toBeLessThan(5000)
  })

  it('breaks the connection before or after the headers', async () => {
    faults({ route: 'incidents', action: 'reset-before-headers' })
    await expect(incidents()).rejects.toThrow(/socket hang up|ECONNRESET/)
    expect(cloud.requests.at(-1)).toMatchObject({ route: 'incidents', status: 0 })
    faults({ route: 'incidents', action: 'reset-after-headers' })
    await expect(incidents()).rejects.toThrow(/aborted/)
    expect(cloud.requests.at(-1)).toMatchObject({ route: 'incidents', status: 200 })
  })

  it('stalls before or after the headers', async () => {
    const authorization = `Bearer ${await token(cloud)}`
    const stalled = (wait: number) =>
      new Promise<{ status: number | undefined; got: number }>((resolve, reject) => {
        let status: number | undefined
        let got = 0
        const request = https.get(cloud.apiUrl + INCIDENTS, {
          ca: cloud.caPem,
          agent: false,
          headers: { authorization },
        })
        request.on('response', (response) => {
          status = response.statusCode
          response.on('data', (chunk: Buffer) => {
            got += chunk.length
          })
          response.on('end', () => reject(new Error('the answer came to its end')))
          response.on('error', () => {})
        })
        request.on('error', () => {})
        setTimeout(() => {
          request.destroy()
          resolve({ status, got })
        }, wait)
      })
    faults({ route: 'incidents', action: 'stall-headers' })
    expect(await stalled(100)).toEqual({ status: undefined, got: 0 })
    faults({ route: 'incidents', action: 'stall-body' })
    const { status, got } = await stalled(300)
    expect(status).toBe(200)
    expect(got).toBeGreaterThan(100)
  })

  it('delays the headers', async () => {
    faults({ route: 'incidents', action: 'slow-headers', ms: 80 })
    const started = performance.now()
    expect((await incidents()).json.value).toHaveLength(1)
    expect(performance.now() - started).toBeGreaterThan(75)
  })

  it.each([
    ['truncated-json', 200, 'application/json', /^\{"@odata.context".*[^}]$/],
    ['invalid-json', 200, 'application/json', /oops$/],
    ['html-200', 200, 'text/html', /^<!DOCTYPE html>/],
    ['wrong-content-type', 200, 'text/plain', /"value":\[/],
    ['empty-204', 204, undefined, /^$/],
    ['empty-200', 200, 'application/json', /^$/],
  ] as const)('spoils the body: %s', async (action, status, type, body) => {
    faults({ route: 'incidents', action })
    const answer = await incidents()
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']?.split(';')[0]).toBe(type)
    expect(answer.text).toMatch(body)
    if (action === 'truncated-json' || action === 'invalid-json') expect(answer.json).toBeUndefined()
  })

  it('sends elsewhere', async () => {
    faults({ route: 'incidents', action: 'redirect', status: 307 })
    const { status, headers } = await incidents()
    expect([status, headers['location']]).toEqual([307, `${cloud.githubUrl}/redirected`])
    faults({ route: 'incidents', action: 'next-link-elsewhere' })
    expect((await incidents()).json['@odata.nextLink']).toMatch(new RegExp(`^${cloud.githubUrl}/`))
    faults({ route: 'incidents', action: 'next-link-loop' })
    const looping = await get(cloud, `${INCIDENTS}?$top=5`)
    expect(looping.json['@odata.nextLink']).toBe(`${cloud.apiUrl}${INCIDENTS}?$top=5`)
    expect(looping.json.value).toHaveLength(1)
  })

  it('links a list of GitHub to itself, or elsewhere', async () => {
    const issues = `${cloud.githubUrl}/repos/contoso/payments/issues`
    const headers = { 'user-agent': 'tests', authorization: `Bearer ${GITHUB_TOKEN}` }
    faults({ route: 'issues', action: 'next-link-loop' })
    const looping = await ask(cloud, `${issues}?state=open`, { headers })
    expect(looping.headers['link']).toBe(`<${issues}?state=open>; rel="next"`)
    faults({ route: 'issues', action: 'next-link-elsewhere' })
    expect((await ask(cloud, issues, { headers })).headers['link']).toMatch(
      new RegExp(`^<${cloud.apiUrl}/.*rel="next"$`),
    )
  })

  it('makes the body large', async () => {
    faults({ route: 'incidents', action: 'big-body', bytes: 3_000_000 })
    const answer = await incidents()
    expect(answer.text).toHaveLength(3_000_000)
    expect(answer.json.value).toHaveLength(1)
  })

  it('answers for another tenant', async () => {
    faults({ route: 'token', action: 'wrong-tenant' })
    const { json } = await askToken(cloud)
    expect(decodeJwt(json.access_token)).toMatchObject({ tid: OTHER })
    const taken = await get(cloud, INCIDENTS, { authorization: `Bearer ${json.access_token}` })
    expect(taken.json.value[0].tenantId).toBe(OTHER)
    faults({ route: 'incidents', action: 'wrong-tenant' })
    const answer: Answer = await incidents()
    expect(answer.json.value[0].tenantId).toBe(OTHER)
    expect(answer.text).not.toContain(TENANT_ID)
  })

  it('gives the secrets back, in every dress', async () => {
    faults({ route: 'token', action: 'echo', status: 401 })
    const refused = await askToken(cloud)
    expect(refused.status).toBe(401)
    for (const form of [
      cloud.clientSecret,
      encodeURIComponent(cloud.clientSecret),
      Buffer.from(cloud.clientSecret).toString('base64'),
      Buffer.from(cloud.clientSecret).toString('hex'),
    ]) {
      expect(refused.json.error_description).toContain(form)
    }
    faults({ route: 'incidents', action: 'echo' })
    const value = await token(cloud)
    const answer = await get(cloud, INCIDENTS, { authorization: `Bearer ${value}` })
    expect(answer.json.error.message).toContain(value)
  })
})

describe('the last word on an answer', () => {
  let edited: Emulator
  beforeAll(async () => {
    edited = await startEmulator({
      scenario: {},
      edit: (reply, call) => ({
        ...reply,
        headers: { ...reply.headers, 'x-edited': call.method },
        body: reply.body && `${reply.body} edited`,
      }),
    })
  })
  afterAll(() => edited.close())

  it.each([
    ['a good answer', [], 200, / edited$/],
    ['a refusal', [{ route: 'token', action: 'status', status: 503 }], 503, / edited$/],
    ['a fault of its own', [{ route: 'token', action: 'html-200' }], 200, / edited$/],
    ['an answer without a body', [{ route: 'token', action: 'empty-204' }], 204, /^$/],
  ] as const)('is had of %s', async (_what, list, status, body) => {
    edited.setScenario({ faults: [...list] })
    const answer = await askToken(edited)
    expect(answer).toMatchObject({ status, headers: { 'x-edited': 'POST' } })
    expect(answer.text).toMatch(body)
  })

  it('is had of a path that is not there, and of an answer that is cut off', async () => {
    expect((await ask(edited, `${edited.apiUrl}/nowhere`)).text).toMatch(/ edited$/)
    edited.setScenario({ faults: [{ route: 'token', action: 'truncated-json' }] })
    const cut = await askToken(edited)
    expect(cut.text).toMatch(/^\{.*[^}] edited$/)
    expect(Number(cut.headers['content-length'])).toBe(Buffer.byteLength(cut.text))
  })
})

describe('the certificate', () => {
  const code = async () => {
    try {
      await ask(cloud, cloud.apiUrl)
      return 'none'
    } catch (thrown) {
      return (thrown as { code?: string }).code
    }
  }
  it.each([
    ['expired' as const, 'CERT_HAS_EXPIRED'],
    ['wrong-host' as const, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['untrusted' as const, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['drop' as const, 'ECONNRESET'],
  ])('can be %s', async (api, expected) => {
    cloud.setScenario({ tls: { api } })
    expect(await code()).toMatch(
      expected === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ? /VERIFY|SELF_SIGNED|SIGNATURE/ : expected,
    )
    expect((await askToken(cloud)).status).toBe(200)
    cloud.setScenario({})
    expect(await code()).toBe('none')
  })

  it('holds for 127.0.0.1 too, and no later protocol is offered', async () => {
    const { port } = new URL(cloud.apiUrl)
    const socket = tls.connect({
      host: '127.0.0.1',
      port: Number(port),
      ca: cloud.caPem,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.destroy()
  })
})

describe('the clock', () => {
  it('can be an hour off', async () => {
    cloud.setScenario({ clockSkew: '-1h' })
    const { json, headers } = await askToken(cloud)
    const { iat } = decodeJwt(json.access_token)
    expect(Math.abs(iat! - (Date.now() / 1000 - 3600))).toBeLessThan(30)
    expect(Math.abs(Date.parse(headers['date']!) - (Date.now() - 3_600_000))).toBeLessThan(30_000)
  })
})
