import { describe, expect, it } from '@jest/globals'
import type { HttpRequest, ListQuestion } from '../../../src/model.ts'
import { createGraphApi } from '../../../src/security-api/graph.ts'
import { FakeWorld, failure, NOW, OTHER_TENANT, param, question, SECRET, TENANT } from './fakes.ts'

const ORIGIN = 'https://graph.example.com'
const page = (value: object[], next?: unknown) => ({
  body: { value, ...(next === undefined ? {} : { '@odata.nextLink': next }) },
})

const INCIDENT = {
  id: '2972395',
  tenantId: TENANT.toUpperCase(),
  status: 'awaitingAction',
  incidentWebUrl: `https://security.microsoft.com/incident2/2972395/overview?tid=${TENANT}`,
  redirectIncidentId: null,
  displayName: 'Multi-stage incident',
  createdDateTime: '2026-08-13T08:43:35.5533333Z',
  lastUpdateDateTime: '2026-09-30T09:35:45.1133333Z',
  assignedTo: 'KaiC@contoso.com',
  classification: 'truePositive',
  determination: 'multiStagedAttack',
  severity: 'medium',
  customTags: ['Demo', 'Release'],
  systemTags: ['Defender Experts', 'Demo'],
  priorityScore: 86,
  description: null,
}

async function ask(kind: 'incidents' | 'alerts', given: Partial<ListQuestion> = {}): Promise<HttpRequest> {
  const world = new FakeWorld(page([]))
  await createGraphApi(world.options())[kind](question({ kind, ...given }), NOW)
  return world.requests[0]!
}

describe('the question to the server', () => {
  it('asks for incidents by what is surely out', async () => {
    const request = await ask('incidents', { createdWithinMs: 86_400_000 })
    expect(request).toMatchObject({
      method: 'GET',
      timeoutMs: 60_000,
      headers: { prefer: 'include-unknown-enum-members' },
    })
    expect(new URL(request.url).pathname).toBe('/v1.0/security/incidents')
    expect(param(request, '$top')).toBe('50')
    expect(param(request, '$filter')).toBe(
      "status ne 'resolved' and status ne 'redirected' and severity ne 'informational' and severity ne 'low' and severity ne 'medium' and createdDateTime ge 2026-08-20T12:00:30Z",
    )
    expect([...new URL(request.url).searchParams.keys()]).toEqual(['$top', '$filter'])
  })

  it('asks for alerts likewise', async () => {
    const request = await ask('alerts', { status: ['new', 'inprogress'], minSeverity: 'medium' })
    expect(new URL(request.url).pathname).toBe('/v1.0/security/alerts_v2')
    expect(param(request, '$top')).toBe('100')
    expect(param(request, '$filter')).toBe("status ne 'resolved' and severity ne 'informational' and severity ne 'low'")
  })

  it('never excludes unknown states and severities, nor names literals that may be unknown', async () => {
    const filter = param(
      await ask('incidents', { status: ['resolved', 'redirected'], minSeverity: 'informational' }),
      '$filter',
    )
    expect(filter).toBe("status ne 'active' and status ne 'inProgress'")
    const alerts = param(await ask('alerts', { status: [], minSeverity: 'high' }), '$filter')
    expect(alerts).not.toMatch(/'unknown'| eq /)
  })

  it('leaves the filter out when nothing is out', async () => {
    const status = ['active', 'inprogress', 'resolved', 'redirected']
    expect(param(await ask('incidents', { status, minSeverity: 'informational' }), '$filter')).toBeNull()
  })

  it('asks for all time when the time lies before all records', async () => {
    const request = await ask('incidents', { createdWithinMs: 1e18 })
    expect(param(request, '$filter')).not.toContain('createdDateTime')
  })
})

describe('records', () => {
  it('become incidents', async () => {
    const world = new FakeWorld(page([INCIDENT]))
    expect(await createGraphApi(world.options()).incidents(question(), NOW)).toEqual([
      {
        id: '2972395',
        title: 'Multi-stage incident',
        status: 'awaitingaction',
        severity: 'medium',
        classification: 'truepositive',
        createdAt: '2026-08-13T08:43:35.5533333Z',
        tags: ['Demo', 'Release', 'Defender Experts'],
        url: INCIDENT.incidentWebUrl,
        tenantId: TENANT,
        data: {
          id: '2972395',
          displayName: 'Multi-stage incident',
          severity: 'medium',
          status: 'awaitingAction',
          classification: 'truePositive',
          determination: 'multiStagedAttack',
          assignedTo: 'KaiC@contoso.com',
          createdDateTime: '2026-08-13T08:43:35.5533333Z',
          lastUpdateDateTime: '2026-09-30T09:35:45.1133333Z',
          tags: ['Demo', 'Release', 'Defender Experts'],
          priorityScore: 86,
        },
      },
    ])
  })

  it('become alerts', async () => {
    const alert = {
      id: 'da637551227677560813_-961444813',
      title: 'Suspicious execution of hidden file',
      severity: 'low',
      status: 'new',
      classification: null,
      determination: 'confirmedUserActivity',
      serviceSource: 'microsoftDefenderForEndpoint',
      detectionSource: 'antivirus',
      incidentId: '28282',
      mitreTechniques: ['T1564.001'],
      createdDateTime: '2026-04-27T12:19:27.7211305Z',
      alertWebUrl: 'https://security.microsoft.com/alerts/da637551227677560813_-961444813',
      evidence: [{ '@odata.type': '#microsoft.graph.security.deviceEvidence' }],
    }
    const world = new FakeWorld(page([alert]))
    expect(await createGraphApi(world.options()).alerts(question({ kind: 'alerts' }), NOW)).toEqual([
      {
        id: alert.id,
        title: alert.title,
        status: 'new',
        severity: 'low',
        classification: 'unknown',
        createdAt: alert.createdDateTime,
        tags: [],
        url: alert.alertWebUrl,
        tenantId: undefined,
        data: {
          id: alert.id,
          title: alert.title,
          severity: 'low',
          status: 'new',
          determination: 'confirmedActivity',
          createdDateTime: alert.createdDateTime,
          serviceSource: 'microsoftDefenderForEndpoint',
          detectionSource: 'antivirus',
          incidentId: '28282',
          mitreTechniques: ['T1564.001'],
        },
      },
    ])
  })

  it('count as unknown where they are, and never get lost', async () => {
    const strange = [
      { id: '1' },
      { id: 2, status: 7, severity: {}, classification: [], displayName: 5, customTags: 'x', systemTags: [1, 'ok'] },
      { id: '3', status: 'SomethingNew', severity: 'catastrophic', createdDateTime: null },
      { id: '__proto__', status: null, severity: 'HIGH' },
    ]
    const items = await createGraphApi(new FakeWorld(page(strange)).options()).incidents(question(), NOW)
    expect(
      items.map(({ id, title, status, severity, tags, createdAt }) => [id, title, status, severity, tags, createdAt]),
    ).toEqual([
      ['1', 'Incident 1', 'unknown', 'unknown', [], ''],
      ['2', 'Incident 2', 'unknown', 'unknown', ['ok'], ''],
      ['3', 'Incident 3', 'somethingnew', 'unknown', [], ''],
      ['__proto__', 'Incident __proto__', 'unknown', 'high', [], ''],
    ])
  })

  it.each([
    ['javascript:alert(1)'],
    ['http://security.microsoft.com/x'],
    ['//evil.example/x'],
    ['https://user:pass@security.microsoft.com/'],
    ['https://'],
    [5],
    [null],
  ])('show no link for %j', async (incidentWebUrl) => {
    const world = new FakeWorld(page([{ ...INCIDENT, incidentWebUrl }]))
    const [item] = await createGraphApi(world.options()).incidents(question(), NOW)
    expect(item!.url).toBeUndefined()
  })

  it('that come twice are kept once, as they were changed last', async () => {
    const old = { ...INCIDENT, lastUpdateDateTime: '2026-01-01T00:00:00Z', status: 'active' }
    const fresh = { ...INCIDENT, lastUpdateDateTime: '2026-01-02T00:00:00Z', status: 'resolved' }
    for (const order of [
      [old, fresh],
      [fresh, old],
    ]) {
      const world = new FakeWorld(page([order[0]!], `${ORIGIN}/v1.0/security/incidents?$skip=50`), page([order[1]!]))
      const items = await createGraphApi(world.options()).incidents(question(), NOW)
      expect(items.map((item) => item.status)).toEqual(['resolved'])
    }
  })
})

describe('the tenant of records', () => {
  it('must be the one asked for', async () => {
    const world = new FakeWorld(page([INCIDENT, { ...INCIDENT, id: '2', tenantId: OTHER_TENANT }]))
    const error = await failure(createGraphApi(world.options()).incidents(question(), NOW))
    expect(error.code).toBe('wrong-tenant-data')
    expect(error.message).toContain(OTHER_TENANT)
  })

  it('must be the token’s where a domain was asked for', async () => {
    const tenant = { id: 'contoso.example', label: 'contoso.example' }
    const wrong = new FakeWorld(page([{ ...INCIDENT, tenantId: OTHER_TENANT }]))
    expect((await failure(createGraphApi(wrong.options({ tenant })).alerts(question(), NOW))).code).toBe(
      'wrong-tenant-data',
    )
    const right = new FakeWorld(page([INCIDENT]))
    expect(await createGraphApi(right.options({ tenant })).incidents(question(), NOW)).toHaveLength(1)
  })

  it('can’t be told when neither is known', async () => {
    const world = new FakeWorld(page([INCIDENT]))
    world.token = { value: 'opaque', tenantId: undefined, roles: undefined }
    const tenant = { id: 'contoso.example', label: 'contoso.example' }
    expect(await createGraphApi(world.options({ tenant })).incidents(question(), NOW)).toHaveLength(1)
  })

  it('is shown only as an id', async () => {
    const world = new FakeWorld(page([{ ...INCIDENT, tenantId: '::error::x' }]))
    const error = await failure(createGraphApi(world.options()).incidents(question(), NOW))
    expect(error.code).toBe('wrong-tenant-data')
    expect(error.message).not.toContain('::')
  })
})

describe('pages', () => {
  it('are read to the end, each link unchanged and with the same headers', async () => {
    const links = [
      `${ORIGIN}/v1.0/security/incidents?$top=50&$skiptoken=a%2Fb+c`,
      `https://GRAPH.example.com:443/v1.0/security/incidents?$filter=status ne 'resolved'&$skip=100`,
    ]
    const world = new FakeWorld(page([{ id: '1' }], links[0]), page([], links[1]), page([{ id: '3' }], null))
    const items = await createGraphApi(world.options()).incidents(question(), NOW)
    expect(items.map((item) => item.id)).toEqual(['1', '3'])
    expect(world.requests.slice(1).map((request) => request.url)).toEqual(links)
    for (const request of world.requests) expect(request.headers['prefer']).toBe('include-unknown-enum-members')
  })

  it.each([
    ['https://evil.example/v1.0/security/incidents?$skip=50'],
    ['https://graph.example.com.evil.example/v1.0/security/incidents'],
    ['https://graph.example.com@evil.example/'],
    ['https://graph.example.com:8443/v1.0/security/incidents?$skip=50'],
    ['http://graph.example.com/v1.0/security/incidents?$skip=50'],
    ['https://user@graph.example.com/v1.0/security/incidents?$skip=50'],
    ['https:\\\\evil.example\\v1.0'],
    ['//evil.example/v1.0'],
    ['//graph.example.com/v1.0'],
    ['/v1.0/security/incidents?$skip=50'],
    ['javascript:alert(1)'],
    ['file:///etc/passwd'],
    [' '],
    [''],
    [5],
    [{}],
    [['https://graph.example.com/v1.0/security/incidents?$skip=50']],
  ])('stop with an error at the link %j, and the token goes nowhere', async (link) => {
    const world = new FakeWorld(page([{ id: '1' }], link), page([]))
    expect((await failure(createGraphApi(world.options()).incidents(question(), NOW))).code).toBe('next-link-refused')
    expect(world.requests).toHaveLength(1)
    expect(world.requests[0]!.headers['authorization']).toBe(`Bearer ${SECRET}`)
  })

  it('stop with an error when a link comes twice', async () => {
    const [a, b] = ['a', 'b'].map((token) => `${ORIGIN}/v1.0/security/incidents?$skiptoken=${token}`)
    const world = new FakeWorld(page([], a), page([], b), page([], `${a}#again`))
    const error = await failure(createGraphApi(world.options()).incidents(question(), NOW))
    expect(error.code).toBe('next-link-refused')
    expect(world.requests).toHaveLength(3)
  })

  it('stop with an error when the first page is named again', async () => {
    const world = new FakeWorld((request) => page([], request.url))
    expect((await failure(createGraphApi(world.options()).incidents(question(), NOW))).code).toBe('next-link-refused')
  })

  it('stop with an error when they don’t end', async () => {
    const world: FakeWorld = new FakeWorld(() =>
      page([], `${ORIGIN}/v1.0/security/incidents?$skiptoken=${world.requests.length}`),
    )
    expect((await failure(createGraphApi(world.options()).incidents(question(), NOW))).code).toBe('too-many-pages')
    expect(world.requests).toHaveLength(2000)
  })

  it('fail as a whole when one of them fails', async () => {
    const world = new FakeWorld(page([{ id: '1' }], `${ORIGIN}/v1.0/x`), {
      status: 500,
      body: { error: { message: 'x' } },
    })
    expect((await failure(createGraphApi(world.options()).incidents(question(), NOW))).code).toBe('service-error')
  })
})

describe('hunting', () => {
  it('decodes the answer', async () => {
    const body = `{"schema":[{"name":"Id","type":"Int64"},{"name":"On","type":"SByte"}],"results":[{"Id":9223372036854775807,"On":1,"On@odata.type":"#SByte"}]}`
    const world = new FakeWorld({ body })
    expect(await createGraphApi(world.options()).hunt('T', undefined, () => [])).toEqual({
      columns: [
        { name: 'Id', type: 'int64' },
        { name: 'On', type: 'sbyte' },
      ],
      rows: [{ Id: 9223372036854775807n, On: true }],
      truncated: false,
    })
  })

  it('sends the query as it stands', async () => {
    const query = '﻿T // "ü→𝕏"\r\n\t| where a == @"\\"\n\ud800'
    const world = new FakeWorld({ body: { schema: [] } })
    await createGraphApi(world.options()).hunt(query, undefined, () => [])
    expect(JSON.parse(world.requests[0]!.body!)).toEqual({ Query: query })
  })
})
