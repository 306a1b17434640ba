import { describe, expect, it } from '@jest/globals'
import type { HttpRequest } from '../../../src/model.ts'
import { createDefenderXdrApi } from '../../../src/security-api/defender-xdr.ts'
import { type FakeAnswer, FakeWorld, failure, NOW, OTHER_TENANT, param, question, TENANT } from './fakes.ts'

const ORIGIN = 'https://api.example.com'
const open = (world: FakeWorld, more = {}) => createDefenderXdrApi(world.options({ origin: ORIGIN, ...more }))
const page = (value: object[], next?: unknown) => ({
  body: { value, ...(next === undefined ? {} : { '@odata.nextLink': next }) },
})
const numbered = (from: number, count: number) => Array.from({ length: count }, (_, i) => ({ incidentId: from + i }))

const ALERT = {
  alertId: 'fa123',
  incidentId: 924565,
  serviceSource: 'MicrosoftDefenderATP',
  creationTime: '2026-09-06T08:23:55.35Z',
  lastUpdatedTime: '2026-09-06T08:27:11Z',
  firstActivity: '2026-09-06T08:20:00Z',
  title: "'Mimikatz' hacktool",
  category: 'Malware',
  status: 'New',
  severity: 'Low',
  classification: null,
  determination: 'NotAvailable',
  detectionSource: 'WindowsDefenderAv',
  mitreTechniques: ['T1003'],
}
const INCIDENT = {
  incidentId: 924565,
  redirectIncidentId: null,
  incidentName: 'Ransomware',
  createdTime: '2026-09-06T08:23:55.35Z',
  lastUpdateTime: '2026-09-06T08:27:11Z',
  assignedTo: null,
  classification: 'InformationalExpectedActivity',
  determination: 'NoEnoughDataToValidate',
  status: 'InProgress',
  severity: 'UnSpecified',
  tags: ['Demo'],
  alerts: [ALERT],
}

describe('incidents', () => {
  it('get the nouns of Graph and a link to the portal', async () => {
    expect(await open(new FakeWorld(page([INCIDENT]))).incidents(question(), NOW)).toEqual([
      {
        id: '924565',
        title: 'Ransomware',
        status: 'inprogress',
        severity: 'unknown',
        classification: 'informationalexpectedactivity',
        createdAt: '2026-09-06T08:23:55.35Z',
        tags: ['Demo'],
        url: `https://security.example.com/incident2/924565/overview?tid=${TENANT}`,
        tenantId: undefined,
        data: {
          id: '924565',
          displayName: 'Ransomware',
          severity: 'unknown',
          status: 'inProgress',
          classification: 'informationalExpectedActivity',
          determination: 'notEnoughDataToValidate',
          createdDateTime: '2026-09-06T08:23:55.35Z',
          lastUpdateDateTime: '2026-09-06T08:27:11Z',
          tags: ['Demo'],
        },
      },
    ])
  })

  it.each([
    ['NotAvailable', 'unknown'],
    ['CompromisedUser', 'compromisedAccount'],
    ['CompromisedAccount', 'compromisedAccount'],
    ['Clean', 'notMalicious'],
    ['InsufficientData', 'notEnoughDataToValidate'],
    ['ConfirmedUserActivity', 'confirmedActivity'],
    ['ConfirmedActivity', 'confirmedActivity'],
    ['MultiStagedAttack', 'multiStagedAttack'],
    ['constructor', 'constructor'],
  ])('determination %s is %s', async (determination, noun) => {
    const [item] = await open(new FakeWorld(page([{ ...INCIDENT, determination }]))).incidents(question(), NOW)
    expect(item!.data['determination']).toBe(noun)
  })

  it.each([
    ['Active', 'active'],
    ['In Progress', 'inprogress'],
    ['Redirected', 'redirected'],
    ['UnSpecified', 'unspecified'],
    [undefined, 'unknown'],
  ])('status %s is %s', async (status, noun) => {
    const [item] = await open(new FakeWorld(page([{ ...INCIDENT, status }]))).incidents(question(), NOW)
    expect(item!.status).toBe(noun)
  })

  it('are filtered by what this API can filter, never by severity', async () => {
    const world = new FakeWorld(page([]))
    await open(world).incidents(question({ createdWithinMs: 3_600_000 }), NOW)
    const request = world.requests[0]!
    expect(request.url).toMatch(/^https:\/\/api\.example\.com\/api\/incidents\?\$top=100&\$filter=[^&]+$/)
    expect(param(request, '$filter')).toBe(
      "status ne 'Resolved' and status ne 'Redirected' and createdTime ge 2026-08-21T11:00:30Z",
    )
  })

  it('link to the tenant of the token where a domain was asked for, and to none where it is unknown', async () => {
    const tenant = { id: 'contoso.example', label: 'contoso' }
    const known = new FakeWorld(page([INCIDENT]))
    expect((await open(known, { tenant }).incidents(question(), NOW))[0]!.url).toContain(`?tid=${TENANT}`)
    const unknown = new FakeWorld(page([{ ...INCIDENT, incidentId: 'a/b' }]))
    unknown.token = { value: 'opaque', tenantId: undefined, roles: undefined }
    expect((await open(unknown, { tenant }).incidents(question(), NOW))[0]!.url).toBe(
      'https://security.example.com/incident2/a%2Fb/overview',
    )
  })

  it('without an id are an error', async () => {
    for (const incidentId of [null, undefined, '', {}]) {
      const error = await failure(open(new FakeWorld(page([{ ...INCIDENT, incidentId }]))).incidents(question(), NOW))
      expect(error.code).toBe('answer-unreadable')
    }
  })

  it('of another tenant are an error', async () => {
    const world = new FakeWorld(page([{ ...INCIDENT, tenantId: OTHER_TENANT }]))
    expect((await failure(open(world).incidents(question(), NOW))).code).toBe('wrong-tenant-data')
  })
})

describe('pages', () => {
  const server =
    (total: number, most = 100) =>
    (request: HttpRequest): FakeAnswer => {
      const skip = Number(param(request, '$skip') ?? 0)
      return page(numbered(skip, Math.max(0, Math.min(most, total - skip))))
    }

  it.each([
    [0, [null]],
    [99, [null, '99']],
    [100, [null, '100']],
    [250, [null, '100', '200', '250']],
  ])('of %i incidents are read until one is empty', async (total, skips) => {
    const world = new FakeWorld(server(total))
    expect(await open(world).incidents(question(), NOW)).toHaveLength(total)
    expect(world.requests.map((request) => param(request, '$skip'))).toEqual(skips)
    expect(new Set(world.requests.map((request) => param(request, '$filter'))).size).toBe(1)
  })

  it('that are shorter than asked for are not taken for the last', async () => {
    expect(await open(new FakeWorld(server(25, 10))).incidents(question(), NOW)).toHaveLength(25)
  })

  it('of a server without $skip are whole where they are short', async () => {
    expect(await open(new FakeWorld(page(numbered(0, 3)))).incidents(question(), NOW)).toHaveLength(3)
  })

  it('that name their next page are followed there', async () => {
    const next = `${ORIGIN}/api/incidents?$skiptoken=x`
    const world = new FakeWorld(page(numbered(0, 3), next), page(numbered(3, 2)))
    expect(await open(world).incidents(question(), NOW)).toHaveLength(5)
    expect(world.requests[1]!.url).toBe(next)
  })

  it.each(['https://api.example.com.evil.example/api/incidents', '//evil', 'http://api.example.com/api/incidents?a'])(
    'never lead to %s',
    async (next) => {
      const world = new FakeWorld(page(numbered(0, 3), next))
      expect((await failure(open(world).incidents(question(), NOW))).code).toBe('next-link-refused')
      expect(world.requests).toHaveLength(1)
    },
  )

  it('that repeat themselves behind a link are an error', async () => {
    const link = (n: number) => `${ORIGIN}/api/incidents?$skiptoken=${n}`
    const world = new FakeWorld(page(numbered(0, 3), link(1)), page(numbered(0, 3)))
    expect((await failure(open(world).incidents(question(), NOW))).code).toBe('next-link-refused')
    const late = new FakeWorld(page(numbered(0, 3)), page(numbered(0, 3), link(1)))
    expect((await failure(open(late).incidents(question(), NOW))).code).toBe('next-link-refused')
  })

  it('that repeat themselves are an error', async () => {
    const world = new FakeWorld(page(numbered(0, 100)))
    expect((await failure(open(world).incidents(question(), NOW))).code).toBe('next-link-refused')
    expect(world.requests).toHaveLength(2)
  })

  it('that shift while they are read give each incident once', async () => {
    const world = new FakeWorld(page(numbered(0, 100)), page(numbered(95, 20)))
    expect(await open(world).incidents(question(), NOW)).toHaveLength(115)
  })
})

describe('alerts', () => {
  it('come from the incidents, each once, whatever the state of the incident', async () => {
    const newer = { ...ALERT, lastUpdatedTime: '2026-09-07T00:00:00Z', status: 'UnSpecified', severity: 'High' }
    const world = new FakeWorld(
      page([
        { ...INCIDENT, incidentId: 1, status: 'Resolved', alerts: [newer, { ...ALERT, alertId: 'other' }] },
        { ...INCIDENT, incidentId: 2, alerts: [ALERT] },
        { ...INCIDENT, incidentId: 3, alerts: null },
        { ...INCIDENT, incidentId: 4, alerts: [] },
      ]),
    )
    const items = await open(world).alerts(question({ kind: 'alerts', status: ['new'] }), NOW)
    expect(items.map(({ id, status, severity }) => [id, status, severity])).toEqual([
      ['fa123', 'unspecified', 'high'],
      ['other', 'new', 'low'],
    ])
    expect(items[1]).toEqual({
      id: 'other',
      title: "'Mimikatz' hacktool",
      status: 'new',
      severity: 'low',
      classification: 'unknown',
      createdAt: '2026-09-06T08:23:55.35Z',
      tags: [],
      url: `https://security.example.com/alerts/other?tid=${TENANT}`,
      tenantId: undefined,
      data: {
        id: 'other',
        title: "'Mimikatz' hacktool",
        severity: 'low',
        status: 'new',
        determination: 'unknown',
        createdDateTime: '2026-09-06T08:23:55.35Z',
        lastUpdateDateTime: '2026-09-06T08:27:11Z',
        category: 'Malware',
        serviceSource: 'MicrosoftDefenderATP',
        detectionSource: 'WindowsDefenderAv',
        incidentId: '1',
        mitreTechniques: ['T1003'],
        firstActivityDateTime: '2026-09-06T08:20:00Z',
      },
    })
  })

  it('are looked for in all incidents that changed since', async () => {
    const world = new FakeWorld(page([]))
    await open(world).alerts(question({ kind: 'alerts', createdWithinMs: 3_600_000 }), NOW)
    expect(param(world.requests[0]!, '$filter')).toBe('lastUpdateTime ge 2026-08-21T11:00:30Z')
    await open(world).alerts(question({ kind: 'alerts' }), NOW)
    expect(param(world.requests[1]!, '$filter')).toBeNull()
  })

  it.each([[{}], ['x'], [['x']], [[{ title: 'no id' }]]])('of the wrong shape are an error: %j', async (alerts) => {
    const world = new FakeWorld(page([{ ...INCIDENT, alerts }]))
    expect((await failure(open(world).alerts(question(), NOW))).code).toBe('answer-unreadable')
  })
})

describe('hunting', () => {
  it('sends the query alone and reads Pascal case', async () => {
    const world = new FakeWorld({
      body: { Stats: { ExecutionTime: 1 }, Schema: [{ Name: 'On', Type: 'SByte' }], Results: [{ On: 0 }] },
    })
    expect(await open(world).hunt('T', 'P1D', () => [])).toEqual({
      columns: [{ name: 'On', type: 'sbyte' }],
      rows: [{ On: false }],
      truncated: false,
    })
    expect(world.requests[0]).toMatchObject({
      method: 'POST',
      url: `${ORIGIN}/api/advancedhunting/run`,
      body: '{"Query":"T"}',
    })
  })

  it('turns the error of the service into ours', async () => {
    const world = new FakeWorld({
      status: 400,
      body: {
        error: {
          code: 'BadRequest',
          message: 'Fix semantic errors in your query.',
          target: '|1d25001e-48e8e09dbddde4f4.',
        },
      },
    })
    const error = await failure(open(world).hunt('T', undefined, () => []))
    expect(error).toMatchObject({ code: 'kql-error', requestId: '|1d25001e-48e8e09dbddde4f4.' })
  })
})
