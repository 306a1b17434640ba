/** Where each cloud and API is asked, and for which audience: a recording network stands for the clouds. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Http, HttpRequest } from '../../src/model.ts'
import { GateStage } from '../support/gate-world.ts'

let stage: GateStage
beforeAll(async () => {
  stage = await GateStage.open()
})
afterAll(() => stage.close())

/** Answers as every cloud would. */
function recorder(): { http: Http; sent: HttpRequest[] } {
  const sent: HttpRequest[] = []
  const http: Http = {
    send: async (request) => {
      sent.push(request)
      const { pathname, host } = new URL(request.url)
      const body = pathname.endsWith('/token')
        ? { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque-token-of-the-cloud' }
        : host === 'actions.example'
          ? { value: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl' }
          : /hunting/i.test(pathname)
            ? { schema: [{ name: 'A', type: 'String' }], results: [] }
            : { value: [] }
      return {
        status: 200,
        headers: { 'content-type': 'application/json', date: stage.clock.now().toUTCString() },
        body: Buffer.from(JSON.stringify(body)),
        attempts: 1,
        retryAfterMs: undefined,
      }
    },
  }
  return { http, sent }
}

async function asked(inputs: Record<string, string>, more: Parameters<GateStage['gate']>[0] = {}) {
  const { http, sent } = recorder()
  const run = await stage.gate({
    inputs: { 'authority-url': '', 'api-url': '', check: 'incidents', ...inputs },
    http,
    ...more,
  })
  const token = sent.find(({ url }) => url.includes('/oauth2/v2.0/token'))
  const form = new URLSearchParams(token?.body)
  const call = sent.findLast(({ headers }) => headers['authorization']?.includes('opaque-token'))
  return {
    run,
    sent,
    signIn: token && new URL(token.url).origin,
    scope: form.get('scope'),
    form,
    api: call && new URL(call.url).origin,
    path: call && new URL(call.url).pathname,
  }
}

const PUBLIC = 'https://login.microsoftonline.com'
const GOVERNMENT = 'https://login.microsoftonline.us'

describe('each cloud', () => {
  it.each([
    ['', '', PUBLIC, 'https://graph.microsoft.com'],
    ['public', 'graph', PUBLIC, 'https://graph.microsoft.com'],
    ['gcc', 'graph', PUBLIC, 'https://graph.microsoft.com'],
    ['gcc-high', 'graph', GOVERNMENT, 'https://graph.microsoft.us'],
    ['dod', 'graph', GOVERNMENT, 'https://dod-graph.microsoft.us'],
    ['public', 'defender-xdr', PUBLIC, 'https://api.security.microsoft.com'],
    ['gcc', 'defender-xdr', PUBLIC, 'https://api-gcc.security.microsoft.us'],
    ['gcc-high', 'defender-xdr', GOVERNMENT, 'https://api-gov.security.microsoft.us'],
    ['dod', 'defender-xdr', GOVERNMENT, 'https://api-gov.security.microsoft.us'],
  ])('%s with api %s signs in at %s and asks %s', async (cloud, api, signIn, origin) => {
    for (const check of ['incidents', 'alerts', 'hunting']) {
      const run = await asked({ cloud, api, check, ...(check === 'hunting' ? { query: 'T' } : {}) })
      expect(run.run.outputs['verdict']).toBe('passed')
      expect([run.signIn, run.api, run.scope]).toEqual([signIn, origin, `${origin}/.default`])
      const paths =
        api === 'defender-xdr'
          ? { incidents: '/api/incidents', alerts: '/api/incidents', hunting: '/api/advancedhunting/run' }
          : {
              incidents: '/v1.0/security/incidents',
              alerts: '/v1.0/security/alerts_v2',
              hunting: '/v1.0/security/runHuntingQuery',
            }
      expect(run.path).toBe(paths[check as keyof typeof paths])
    }
  })

  it('may be replaced by authority-url and api-url', async () => {
    const run = await asked({
      'authority-url': 'https://login.example.com/',
      'api-url': 'https://graph.example.com:8443',
    })
    expect([run.signIn, run.api]).toEqual(['https://login.example.com', 'https://graph.example.com:8443'])
    expect(run.scope).toBe('https://graph.microsoft.com/.default')
  })

  it('is asked for a token at the address of the tenant, and no other', async () => {
    const run = await asked({})
    expect(run.sent[0]!.url).toBe(`${PUBLIC}/${stage.cloud.tenantId}/oauth2/v2.0/token`)
  })
})

describe('without secret and certificate', () => {
  const idToken = { requestUrl: 'https://actions.example/id?api-version=2.0', requestToken: 'request-token-of-the-job' }
  it.each([
    ['', 'api://AzureADTokenExchange'],
    ['gcc', 'api://AzureADTokenExchange'],
    ['gcc-high', 'api://AzureADTokenExchangeUSGov'],
    ['dod', 'api://AzureADTokenExchangeUSGov'],
  ])('cloud %s wants an ID token for %s', async (cloud, audience) => {
    const run = await asked({ cloud, 'client-secret': '' }, { idToken })
    const [first] = run.sent
    expect(new URL(first!.url).searchParams.get('audience')).toBe(audience)
    expect(new URL(first!.url).searchParams.get('api-version')).toBe('2.0')
    expect(first!.headers['authorization']?.toLowerCase()).toBe('bearer request-token-of-the-job')
    expect(run.form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(run.form.get('client_assertion')).toMatch(/^eyJ/)
    expect(run.form.get('client_secret')).toBeNull()
    expect(run.run.outputs['verdict']).toBe('passed')
  })

  it('the audience may be given', async () => {
    const run = await asked({ audience: 'api://mine', 'client-secret': '' }, { idToken })
    expect(new URL(run.sent[0]!.url).searchParams.get('audience')).toBe('api://mine')
  })

  it('and without the variables of the job, the missing permission is named', async () => {
    const run = await asked({ 'client-secret': '' })
    expect(run.sent).toEqual([])
    expect([run.run.outputs['verdict'], run.run.failed]).toEqual(['error', true])
    expect([...run.run.lines, run.run.summary].join('\n')).toContain('id-token: write')
  })
})

describe('the older API', () => {
  it.each([
    ['2027-01-31T23:59:59.000Z', 'passed'],
    ['2027-02-01T00:00:00.000Z', 'error'],
  ])('hunts at %s: %s', async (now, verdict) => {
    stage.clock.set(now)
    const run = await asked({ api: 'defender-xdr', check: 'hunting', query: 'T' })
    stage.clock.set('2026-11-20T12:00:00.000Z')
    expect(run.run.outputs['verdict']).toBe(verdict)
    const told = run.run.lines.join('\n')
    expect(told).toContain('2027-02-01')
    expect(told).toMatch(/api: graph/)
    if (verdict === 'error') expect(run.sent).toEqual([])
    else expect(JSON.parse(run.sent.at(-1)!.body!)).toEqual({ Query: 'T' })
  })

  it('still lists incidents after that day', async () => {
    stage.clock.set('2027-06-01T00:00:00.000Z')
    const run = await asked({ api: 'defender-xdr' })
    stage.clock.set('2026-11-20T12:00:00.000Z')
    expect(run.run.outputs['verdict']).toBe('passed')
  })
})
