import { generateKeyPairSync } from 'node:crypto'
import https from 'node:https'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { SignJWT } from 'jose'
import { CLIENT_ID, type Emulator, type Scenario, startEmulator, TENANT_ID } from '../../../emulator/emulator.ts'
import { type Answer, ask, get, hunt, token, XDR_SCOPE } from './client.ts'

let now = new Date()
let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {}, now: () => now })
})
beforeEach(() => {
  now = new Date()
})
afterAll(() => cloud.close())

const INCIDENTS = '/v1.0/security/incidents'
const ALERTS = '/v1.0/security/alerts_v2'
const q = (path: string, options: Record<string, string>) =>
  `${path}?${Object.entries(options)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`
const ids = (answer: Answer) => answer.json.value.map(({ id }: { id: string }) => id)

const SOME: Scenario = {
  tenants: [
    {
      incidents: [
        { id: '1', status: 'active', severity: 'high', createdDateTime: '-3h', alerts: [{ severity: 'low' }, {}] },
        {
          id: '2',
          status: 'awaitingAction',
          severity: 'low',
          createdDateTime: '-1h',
          assignedTo: "o'neill@contoso.com",
        },
        { id: '3', status: 'redirected', redirectIncidentId: '1', createdDateTime: '-2h' },
        {
          id: '4',
          status: 'resolved',
          classification: 'falsePositive',
          createdDateTime: '2026-01-02T03:04:05.1234567Z',
        },
      ],
      alerts: [
        {
          id: 'a',
          serviceSource: 'microsoftSentinel',
          detectionSource: 'nrtAlerts',
          status: 'resolved',
          createdDateTime: '-9d',
        },
      ],
    },
  ],
}

describe('who may ask', () => {
  beforeEach(() => cloud.setScenario(SOME))

  it.each([
    ['nothing', ''],
    ['another scheme', 'Basic x'],
    ['no token', 'Bearer a.b.c'],
    ['an unsigned token', 'Bearer eyJhbGciOiJub25lIn0.e30.'],
  ])('refuses %s with 401', async (_name, authorization) => {
    const { status, json, headers } = await get(cloud, INCIDENTS, { authorization })
    expect(status).toBe(401)
    expect(json.error.code).toBe('InvalidAuthenticationToken')
    expect(json.error.innerError['request-id']).toBe(headers['request-id'])
    expect(headers['www-authenticate']).toContain('Bearer')
  })

  it('refuses a token of another API, a changed one, and one that has expired', async () => {
    const xdr = await get(cloud, INCIDENTS, { authorization: `Bearer ${await token(cloud, XDR_SCOPE)}` })
    expect([xdr.status, xdr.json.error.message]).toEqual([401, 'Access token validation failure. Invalid audience.'])
    const good = await token(cloud)
    const changed = await get(cloud, INCIDENTS, { authorization: `Bearer ${good.slice(0, -6)}AAAAAA` })
    expect([changed.status, changed.json.error.message]).toEqual([
      401,
      'Access token validation failure. Signature is invalid.',
    ])
    now = new Date(now.getTime() + 3_600_000)
    const old = await get(cloud, INCIDENTS, { authorization: `Bearer ${good}` })
    expect([old.status, old.json.error.message]).toEqual([401, 'Lifetime validation failed, the token is expired.'])
  })

  it('names missing roles with 403', async () => {
    cloud.setScenario({ tenants: [{ roles: ['SecurityAlert.Read.All', 'User.Read.All', 'Incident.Read.All'] }] })
    const { status, json } = await get(cloud, INCIDENTS)
    expect(status).toBe(403)
    expect(json.error).toMatchObject({
      code: 'Forbidden',
      message:
        'Missing application roles. API required roles: SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: SecurityAlert.Read.All,User.Read.All.',
    })
    expect((await get(cloud, ALERTS)).status).toBe(200)
    expect((await hunt(cloud, { Query: 'x' })).json.error.message).toContain(
      'API required roles: ThreatHunting.Read.All,',
    )
    const older = await hunt(cloud, { Query: 'x' }, '/api/advancedhunting/run')
    expect(older.json.error.message).toBe(
      'Missing application roles. API required roles: AdvancedHunting.Read.All, application roles: Incident.Read.All.',
    )
    cloud.setScenario({ tenants: [{ roles: [] }] })
    expect((await get(cloud, INCIDENTS)).json.error.message).toMatch(/application roles: \.$/)
  })

  it('takes the wider role, and the incident roles for alerts', async () => {
    cloud.setScenario({ tenants: [{ roles: ['SecurityIncident.ReadWrite.All'] }] })
    expect((await get(cloud, INCIDENTS)).status).toBe(200)
    expect((await get(cloud, ALERTS)).status).toBe(200)
  })

  it('answers 403 where the tenant has no Defender', async () => {
    cloud.setScenario({ tenants: [{ defender: false }] })
    const { status, json } = await get(cloud, INCIDENTS)
    expect([status, json.error.message]).toEqual([403, 'Unauthorized request - Account is not provisioned.'])
  })

  it('takes opaque tokens, and those of a trusted sign-in server', async () => {
    cloud.setScenario({ ...SOME, tokens: { opaque: true } })
    expect((await get(cloud, INCIDENTS)).status).toBe(200)
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] }
    const issuer = 'https://login.woodgrove.example'
    const sign = (exp: string) =>
      new SignJWT({ client_id: CLIENT_ID })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(issuer)
        .setAudience('https://graph.microsoft.com')
        .setExpirationTime(exp)
        .sign(privateKey)
    cloud.setScenario({ ...SOME, trustedIssuers: [{ issuer, jwks, roles: ['SecurityIncident.Read.All'] }] })
    const asked = async (exp: string) =>
      (await get(cloud, INCIDENTS, { authorization: `Bearer ${await sign(exp)}` })).status
    expect(await asked('1h')).toBe(200)
    expect(await asked('-1h')).toBe(401)
    cloud.setScenario(SOME)
    expect(await asked('1h')).toBe(401)
  })
})

describe('incidents and alerts', () => {
  beforeEach(() => cloud.setScenario(SOME))

  it('come newest first, with the headers of Graph', async () => {
    const answer = await get(cloud, INCIDENTS, { 'client-request-id': 'mine' })
    expect(ids(answer)).toEqual(['2', '3', '1', '4'])
    expect(answer.json['@odata.context']).toBe(`${cloud.apiUrl}/v1.0/$metadata#security/incidents`)
    expect(answer.json).not.toHaveProperty('@odata.count')
    expect(answer.json).not.toHaveProperty('@odata.nextLink')
    expect(answer.headers).toMatchObject({
      'client-request-id': 'mine',
      'request-id': expect.stringMatching(/^[-0-9a-f]{36}$/),
    })
    expect(answer.json.value[2]).toMatchObject({
      tenantId: TENANT_ID,
      incidentWebUrl: `https://security.microsoft.com/incident2/1/overview?tid=${TENANT_ID}`,
      createdDateTime: expect.stringMatching(/\.\d{7}Z$/),
    })
    expect(answer.json.value[2]).not.toHaveProperty('alerts')
    expect(answer.json.value[2]).not.toHaveProperty('tags')
    const alerts = await get(cloud, ALERTS)
    expect(alerts.json.value.map((alert: { incidentId: string | null }) => alert.incidentId)).toEqual(['1', '1', null])
  })

  it('hide what came after the sentinel, unless asked', async () => {
    const prefer = { prefer: 'odata.maxpagesize=5, include-unknown-enum-members' }
    expect((await get(cloud, INCIDENTS)).json.value[0].status).toBe('unknownFutureValue')
    const shown = await get(cloud, INCIDENTS, prefer)
    expect(shown.json.value[0].status).toBe('awaitingAction')
    expect(shown.headers['preference-applied']).toBe('include-unknown-enum-members')
    expect((await get(cloud, ALERTS)).json.value[2]).toMatchObject({
      serviceSource: 'unknownFutureValue',
      detectionSource: 'unknownFutureValue',
    })
    expect((await get(cloud, ALERTS, prefer)).json.value[2]).toMatchObject({
      serviceSource: 'microsoftSentinel',
      detectionSource: 'nrtAlerts',
    })
  })

  it.each([
    ["status eq 'active'", ['1']],
    ["status ne 'resolved' and status ne 'redirected'", ['2', '1']],
    ["(status eq 'active' or status eq 'resolved') and severity eq 'medium'", ['4']],
    ["status eq 'active' or status eq 'resolved' and severity eq 'high'", ['1']],
    ["not status eq 'active'", ['2', '3', '4']],
    ["assignedTo eq 'o''neill@contoso.com'", ['2']],
    ['assignedTo eq null', ['3', '1', '4']],
    ["classification eq 'falsePositive'", ['4']],
    ['createdDateTime lt 2026-01-02T03:04:05.1234568Z', ['4']],
    ['createdDateTime lt 2026-01-02T03:04:05.1234567Z', []],
    ['createdDateTime eq 2026-01-02T03:04:05.1234567Z', ['4']],
    ['lastUpdateDateTime ge 2026-06-01T00:00:00Z', ['2', '3', '1']],
    ["status eq 'awaitingAction'", ['2']],
  ])('filter by %s', async ($filter, expected) => {
    expect(ids(await get(cloud, q(INCIDENTS, { $filter })))).toEqual(expected)
  })

  it.each([
    ['status eq', /Syntax error at position/],
    ['status eq active', /incompatible types|Syntax/],
    ["status eq 'open'", /'open' is not a valid enumeration type constant/],
    ["status eq 'Active'", /'Active' is not a valid/],
    ["severity ge 'high'", /incompatible types/],
    ["displayName eq 'x'", /The property 'displayName' cannot be used in the \$filter query option/],
    ["serviceSource eq 'antivirus'", /Could not find a property named 'serviceSource'/],
    ["tags eq 'x'", /Could not find a property named 'tags' on type 'microsoft.graph.security.incident'/],
    ["createdDateTime ge '2026-01-01T00:00:00Z'", /'Edm.DateTimeOffset' and 'Edm.String'/],
    ["startswith(assignedTo,'a')", /not supported/],
    ["customTags/any(t:t eq 'x')", /not supported/],
    ['', /cannot be empty/],
  ])('refuse the filter %s', async ($filter, message) => {
    const { status, json } = await get(cloud, q(INCIDENTS, { $filter }))
    expect(status).toBe(400)
    expect(json.error.code).toBe('BadRequest')
    expect(json.error.message).toMatch(message)
  })

  it('filter alerts by their own properties', async () => {
    expect(ids(await get(cloud, q(ALERTS, { $filter: "serviceSource eq 'microsoftSentinel'" })))).toEqual(['a'])
    expect(ids(await get(cloud, q(ALERTS, { $filter: "status eq 'new' and severity eq 'low'" })))).toHaveLength(1)
    const refused = await get(cloud, q(ALERTS, { $filter: "investigationState eq 'running'" }))
    expect([refused.status, refused.json.error.message]).toEqual([400, expect.stringContaining('investigationState')])
  })

  it.each([
    [
      INCIDENTS,
      { $top: '51' },
      '',
      /The limit of '50' for Top query has been exceeded\. The value from the incoming request is '51'\./,
    ],
    [ALERTS, { $top: '1001' }, '', /The limit of '1000' for Top query/],
    [INCIDENTS, { $skip: '501' }, '', /The limit of '500' for Skip query/],
    [INCIDENTS, { $top: '-1' }, 'BadRequest', /non-negative integer/],
    [INCIDENTS, { $top: 'ten' }, 'BadRequest', /non-negative integer/],
    [INCIDENTS, { $orderby: 'createdDateTime desc' }, 'BadRequest', /\$orderby/],
    [INCIDENTS, { $search: 'x' }, 'BadRequest', /\$search/],
    [INCIDENTS, { status: 'active' }, 'BadRequest', /'status' is not supported/],
    [INCIDENTS, { $expand: 'comments' }, 'BadRequest', /'comments'/],
    [ALERTS, { $expand: 'evidence' }, 'BadRequest', /'evidence'/],
    [INCIDENTS, { $select: 'id,tags' }, 'BadRequest', /'tags'/],
    [INCIDENTS, { $count: 'yes' }, 'BadRequest', /\$count/],
    [INCIDENTS, { $skiptoken: 'x' }, 'BadRequest', /\$skiptoken/],
  ])('refuse %s %j', async (path, options, code, message) => {
    const { status, json } = await get(cloud, q(path, options as unknown as Record<string, string>))
    expect([status, json.error.code]).toEqual([400, code])
    expect(json.error.message).toMatch(message)
  })

  it('refuse an option given twice', async () => {
    expect((await get(cloud, `${INCIDENTS}?$top=1&$top=2`)).status).toBe(400)
  })

  it('take $top, $skip, $count and $select', async () => {
    const answer = await get(cloud, q(INCIDENTS, { $top: '2', $skip: '1', $count: 'true', $select: 'id,severity' }))
    expect(answer.json['@odata.count']).toBe(4)
    expect(answer.json.value).toEqual([
      { id: '3', severity: 'medium' },
      { id: '1', severity: 'high' },
    ])
    expect((await get(cloud, q(INCIDENTS, { $top: '0' }))).json.value).toEqual([])
    cloud.setScenario({ ...SOME, graph: { orderby: 'ignore' } })
    expect(ids(await get(cloud, q(INCIDENTS, { $orderby: 'id' })))).toEqual(['2', '3', '1', '4'])
  })

  it('expand alerts, or fail as large tenants do', async () => {
    const { json } = await get(cloud, q(INCIDENTS, { $expand: 'alerts' }))
    expect(json.value[2].alerts).toHaveLength(2)
    expect(ids(await get(cloud, `${INCIDENTS}/1/alerts`))).toEqual(
      json.value[2].alerts.map(({ id }: { id: string }) => id),
    )
    cloud.setScenario({ ...SOME, graph: { expandFails: true } })
    const failed = await get(cloud, q(INCIDENTS, { $expand: 'alerts' }))
    expect([failed.status, failed.json.error.code, failed.json.error.message]).toEqual([500, 'UnknownError', ''])
  })

  it('are found by id', async () => {
    expect((await get(cloud, `${INCIDENTS}/3`)).json).toMatchObject({ id: '3', redirectIncidentId: '1' })
    expect((await get(cloud, `${ALERTS}/a`)).json).toMatchObject({ id: 'a' })
    expect((await get(cloud, `${INCIDENTS}/99`)).json.error.code).toBe('NotFound')
    expect((await get(cloud, `${ALERTS}/99`)).status).toBe(404)
  })

  it('page to the end, each once', async () => {
    cloud.setScenario({ tenants: [{ generate: { incidents: 120 } }] })
    const $filter = "severity ne 'low' and status ne 'resolved'"
    const authorization = `Bearer ${await token(cloud)}`
    const all: string[] = []
    let url = cloud.apiUrl + q(INCIDENTS, { $top: '7', $filter, $count: 'true' })
    let total = 0
    while (url) {
      const { json, status } = await ask(cloud, url, { headers: { authorization } })
      expect(status).toBe(200)
      all.push(...json.value.map(({ id }: { id: string }) => id))
      total = json['@odata.count']
      url = json['@odata.nextLink']
      if (url) expect(url).toMatch(new RegExp(`^${cloud.apiUrl}${INCIDENTS}\\?.*\\$skiptoken=`))
    }
    expect(all).toHaveLength(total)
    expect(new Set(all).size).toBe(total)
    expect(total).toBeGreaterThan(20)
    const { json } = await ask(cloud, cloud.apiUrl + q(INCIDENTS, { $top: '7' }), { headers: { authorization } })
    const other = json['@odata.nextLink'].replace('$top=7', '$top=8')
    expect((await ask(cloud, other, { headers: { authorization } })).status).toBe(400)
  })

  it('have pages of the size that the scenario gives the server', async () => {
    cloud.setScenario({ tenants: [{ generate: { alerts: 150 } }] })
    expect((await get(cloud, ALERTS)).json.value).toHaveLength(100)
    expect((await get(cloud, q(ALERTS, { $top: '1000' }))).json.value).toHaveLength(150)
    cloud.setScenario({ graph: { alertsPageSize: 2 }, tenants: [{ generate: { alerts: 150 } }] })
    expect((await get(cloud, q(ALERTS, { $top: '1000' }))).json.value).toHaveLength(2)
  })

  it('change after as many requests as the scenario says', async () => {
    cloud.setScenario({ tenants: [{ incidents: [{ changes: [{ afterRequests: 2, set: { status: 'resolved' } }] }] }] })
    const seen: string[] = []
    for (let round = 0; round < 3; round += 1) seen.push((await get(cloud, INCIDENTS)).json.value[0].status)
    expect(seen).toEqual(['active', 'active', 'resolved'])
  })

  it('can have any shape that the scenario gives them', async () => {
    const incident = { raw: { severity: 'critical', extra: [1], description: null }, omit: ['status'] }
    cloud.setScenario({ tenants: [{ incidents: [incident] }] })
    const [record] = (await get(cloud, INCIDENTS)).json.value
    expect(record).toMatchObject({ severity: 'critical', extra: [1], description: null })
    expect(record).not.toHaveProperty('status')
  })

  it('come compressed to those who ask', async () => {
    const authorization = `Bearer ${await token(cloud)}`
    const headers = { authorization, 'accept-encoding': 'gzip, deflate' }
    const body = await new Promise<Buffer>((resolve) => {
      https.get(cloud.apiUrl + INCIDENTS, { ca: cloud.caPem, agent: false, headers }, (response) => {
        expect(response.headers['content-encoding']).toBe('gzip')
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)))
      })
    })
    expect(JSON.parse(gunzipSync(body).toString()).value).toHaveLength(4)
  })

  it('are nowhere else', async () => {
    expect((await get(cloud, '/v1.0/security/secureScores')).json.error.message).toContain("segment 'secureScores'")
    const posted = await ask(cloud, cloud.apiUrl + INCIDENTS, { method: 'POST' })
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET'])
  })
})
