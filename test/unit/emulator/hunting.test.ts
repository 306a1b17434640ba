import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Emulator, type Scenario, startEmulator } from '../../../emulator/emulator.ts'
import { loadScenario } from '../../../emulator/scenario.ts'
import { hunt } from './client.ts'
import { check, validator } from './openapi.ts'

let now = new Date('2026-11-20T12:00:00Z')
let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {}, now: () => now })
})
beforeEach(() => {
  now = new Date('2026-11-20T12:00:00Z')
  cloud.setScenario({})
})
afterAll(() => cloud.close())

type Answers = NonNullable<NonNullable<Scenario['tenants']>[number]['hunting']>
const answers = (...hunting: Answers) => cloud.setScenario({ tenants: [{ hunting }] })
const run = (Query: string, more: Record<string, unknown> = {}) => hunt(cloud, { Query, ...more })

describe('a faulty query', () => {
  it.each([
    ['DeviceProcessEvents | wher FileName == "x"', 'Query operator expected.. Fix syntax errors in your query.'],
    ['DeviceProcessEvents | where', 'Missing expression.. Fix syntax errors in your query.'],
    ['DeviceInfo | where (DeviceName == "x"', 'Expected: ).. Fix syntax errors in your query.'],
    ['DeviceInfo | take 1\n\nDeviceNetworkInfo | take 1', 'Expected: ;.. Fix syntax errors in your query.'],
    ['DeviceInfo | graph-match', 'Missing graph-match pattern.. Fix syntax errors in your query.'],
    ['', 'The query is empty.. Fix syntax errors in your query.'],
    ['  // only a comment\n\n// and another', 'The query is empty.. Fix syntax errors in your query.'],
    ['.drop table DeviceInfo', 'Control commands are not allowed.. Fix semantic errors in your query.'],
    ['let x = 1;', 'No tabular expression statement found.. Fix semantic errors in your query.'],
    ['1 + 1', 'No tabular expression statement found.. Fix semantic errors in your query.'],
    [
      'DeviceProcessEvents | where FileNam == "x"',
      "'where' operator: Failed to resolve column or scalar expression named 'FileNam'. Fix semantic errors in your query.",
    ],
    [
      'DeviceProcesEvents | where FileName == "x"',
      "Failed to resolve table or column expression named 'DeviceProcesEvents'. Fix semantic errors in your query.",
    ],
    [
      'DeviceInfo | join kind=inner (Nothing) on DeviceId',
      "'join' operator: Failed to resolve table or column expression named 'Nothing'. Fix semantic errors in your query.",
    ],
    [
      'DeviceInfo | where foo(DeviceId)',
      "'where' operator: Unknown function: 'foo'. Fix semantic errors in your query.",
    ],
    [
      'DeviceFileEvents | project SHA1 | invoke FileProfile(SHA9)',
      "'invoke' operator: Failed to resolve column or scalar expression named 'SHA9'. Fix semantic errors in your query.",
    ],
  ])('is refused: %s', async (query, message) => {
    for (const answer of [await run(query), await hunt(cloud, { Query: query }, '/api/advancedhunting/run')]) {
      expect([answer.status, answer.json.error.code, answer.json.error.message]).toEqual([400, 'BadRequest', message])
    }
  })
})

describe('the result schema', () => {
  const columns = async (query: string) =>
    Object.fromEntries(
      (await run(query)).json.schema.map(({ name, type }: { name: string; type: string }) => [name, type]),
    )

  it('is that of the query, in the names of .NET', async () => {
    expect(
      await columns(
        'DeviceInfo | project Timestamp, DeviceName, IsAzureADJoined, A=1h, B=decimal(1), C=guid(null), D=1.5, E=dynamic({}), F=int(1), G=1',
      ),
    ).toEqual({
      Timestamp: 'DateTime',
      DeviceName: 'String',
      IsAzureADJoined: 'SByte',
      A: 'TimeSpan',
      B: 'SqlDecimal',
      C: 'Guid',
      D: 'Double',
      E: 'Object',
      F: 'Int32',
      G: 'Int64',
    })
    expect(await columns('DeviceInfo | summarize n=count(), dcount(DeviceId) by bin(Timestamp, 1h)')).toEqual({
      Timestamp: 'DateTime',
      n: 'Int64',
      dcount_DeviceId: 'Int64',
    })
  })

  it('knows the functions of advanced hunting', async () => {
    const profiled = await columns('DeviceFileEvents | project SHA1 | invoke FileProfile(SHA1, 1000)')
    expect(profiled).toMatchObject({
      SHA1: 'String',
      SHA11: 'String',
      GlobalPrevalence: 'Int32',
      IsCertificateValid: 'SByte',
    })
    expect(await columns('AssignedIPAddresses("d", ago(1h)) | project IPAddress')).toEqual({ IPAddress: 'String' })
  })
})

describe('the request', () => {
  it.each([
    ['/v1.0/security/runHuntingQuery', { Query: 'DeviceInfo' }],
    ['/v1.0/security/runHuntingQuery', { query: 'DeviceInfo', timespan: 'P1D' }],
    ['/v1.0/security/microsoft.graph.security.runHuntingQuery', { Query: 'DeviceInfo', Timespan: null }],
    ['/api/advancedhunting/run', { Query: 'DeviceInfo' }],
  ])('%s takes %j', async (path, body) => {
    expect((await hunt(cloud, body, path)).status).toBe(200)
  })

  it.each([
    ['/v1.0/security/runHuntingQuery', {}, 400, 'BadRequest'],
    ['/v1.0/security/runHuntingQuery', { Query: 1 }, 400, 'BadRequest'],
    ['/v1.0/security/runHuntingQuery', { Query: 'DeviceInfo', WorkspaceId: 'x' }, 400, 'BadRequest'],
    ['/v1.0/security/runHuntingQuery', '{"Query": ', 400, 'BadRequest'],
    ['/v1.0/security/runHuntingQuery', '["DeviceInfo"]', 400, 'BadRequest'],
    ['/api/advancedhunting/run', { query: 'DeviceInfo' }, 400, 'InvalidRequestBody'],
    ['/api/advancedhunting/run', { Query: 'DeviceInfo', Timespan: 'P1D' }, 400, 'InvalidRequestBody'],
    ['/api/advancedhunting/run', {}, 400, 'MissingRequiredParameter'],
  ])('%s refuses %j', async (path, body, status, code) => {
    const answer = await hunt(cloud, body, path)
    expect([answer.status, answer.json.error.code]).toEqual([status, code])
  })

  it.each([
    'P1D',
    'P7D',
    'PT12H',
    'P1DT2H',
    'P2W',
    '2026-11-20T00:00:00Z',
    '2026-11-01T00:00:00Z/2026-11-20T00:00:00Z',
    'P3D/2026-11-20T00:00:00Z',
    '2026-11-19/PT6H',
  ])('takes the time span %s', async (Timespan) => {
    expect((await run('DeviceInfo', { Timespan })).status).toBe(200)
  })

  it.each([
    '',
    'P',
    'PT',
    '1d',
    'P1D/P1D',
    'P-1D',
    'yesterday',
    'P1D/2026-11-20/x',
    '2026-11-20T00:00:00Z/2026-11-01T00:00:00Z',
    7,
  ])('refuses the time span %j', async (Timespan) => {
    const { status, json } = await run('DeviceInfo', { Timespan })
    expect([status, json.error.message]).toEqual([400, "Invalid value for parameter 'Timespan'."])
  })
})

describe('rows', () => {
  const ALL =
    'DeviceInfo | project Timestamp, DeviceName, IsAzureADJoined, OnboardingStatus, N=long(1), I=int(1), R=1.5, D=dynamic({})'

  it('have the cells that the service sends', async () => {
    answers({
      rows: [
        {
          Timestamp: '2026-11-20T09:39:50.7688641Z',
          DeviceName: 'pay-web-01',
          IsAzureADJoined: true,
          N: '9223372036854775807',
          I: 0,
          R: 2,
          D: { a: [1, 'x', { b: true }], c: { d: null, e: false }, 'f g': 3 },
          DeviceId: 'not in the result',
        },
        { DeviceName: 'second', IsAzureADJoined: false, D: ['x', { y: 1 }] },
      ],
    })
    const { text, json } = await run(ALL)
    expect(text).toContain('"N":9223372036854775807,')
    const [first, second] = json.results
    expect(first).toEqual({
      Timestamp: '2026-11-20T09:39:50.7688641Z',
      DeviceName: 'pay-web-01',
      'IsAzureADJoined@odata.type': '#SByte',
      IsAzureADJoined: 1,
      OnboardingStatus: '',
      'N@odata.type': '#Int64',
      N: expect.any(Number),
      I: 0,
      R: 2,
      D: {
        '@odata.type': '#microsoft.graph.security.dynamicColumnValue',
        'a@odata.type': '#Collection(String)',
        a: ['1', 'x', '{"b":true}'],
        c: { '@odata.type': '#microsoft.graph.security.dynamicColumnValue', d: {}, e: false },
        'f g': 3,
      },
    })
    expect(second).toEqual({
      Timestamp: {},
      DeviceName: 'second',
      'IsAzureADJoined@odata.type': '#SByte',
      IsAzureADJoined: 0,
      OnboardingStatus: '',
      N: {},
      I: {},
      R: {},
      'D@odata.type': '#Collection(String)',
      D: ['x', '{"y":1}'],
    })
  })

  it('are plain in the older API, in Pascal case', async () => {
    answers({ rows: [{ DeviceName: 'a', IsAzureADJoined: true, D: { x: [1] } }] })
    const { json, status } = await hunt(cloud, { Query: ALL }, '/api/advancedhunting/run')
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(['Stats', 'Schema', 'Results'])
    expect(json.Schema[0]).toEqual({ Name: 'Timestamp', Type: 'DateTime' })
    expect(json.Results[0]).toMatchObject({
      DeviceName: 'a',
      Timestamp: null,
      IsAzureADJoined: 1,
      D: { x: [1] },
      N: null,
    })
    expect(json.Stats).toMatchObject({ ExecutionTime: expect.any(Number) })
  })

  it('go to the first entry that matches, and to none', async () => {
    const row = (DeviceName: string) => [{ DeviceName }]
    answers(
      { contains: 'first', rows: row('1'), times: 1 },
      { regex: '(?i:FIRST)', rows: row('2') },
      { query: 'DeviceInfo // exact', rows: row('3') },
    )
    const asked = async (query: string) =>
      (await run(query)).json.results.map((found: { DeviceName: string }) => found.DeviceName)
    expect(await asked('DeviceInfo // first')).toEqual(['1'])
    expect(await asked('DeviceInfo // first')).toEqual(['2'])
    expect(await asked('DeviceInfo // exact')).toEqual(['3'])
    expect(await asked('DeviceInfo // exact ')).toEqual([])
  })

  it('lie inside the time span', async () => {
    answers({ rows: ['-1h', '-30h', '-29d', '-31d'].map((Timestamp) => ({ Timestamp })) })
    const found = async (Timespan?: string) =>
      (await run('DeviceInfo', Timespan ? { Timespan } : {})).json.results.length
    expect(await found()).toBe(3)
    expect(await found('P1D')).toBe(1)
    expect(await found('P60D')).toBe(4)
    expect(await found('P1D/2026-11-19T11:00:00Z')).toBe(1)
  })

  it('must have columns that exist', async () => {
    answers({ rows: [{ DeviceNam: 'typo' }] })
    const { status, json } = await run('DeviceInfo')
    expect([status, json.error.code]).toEqual([501, 'EmulatorFailure'])
    expect(cloud.failures.pop()).toContain('DeviceNam')
  })

  it('come from a seed, the same each time', async () => {
    answers({ generate: { rows: 40, seed: 7 } })
    const first = await run('DeviceProcessEvents')
    check(validator('microsoft.graph.security.huntingQueryResults'), first)
    expect(first.json.results).toHaveLength(40)
    expect((await run('DeviceProcessEvents')).text).toBe(first.text)
    expect(first.text).toContain(':{}')
    answers({ generate: { rows: 40, seed: 8 } })
    expect((await run('DeviceProcessEvents')).text).not.toBe(first.text)
  })

  it('are cut off silently at 100,000', async () => {
    answers({ generate: { rows: 100_001 } })
    expect((await run('DeviceInfo | project N=1')).json.results).toHaveLength(100_000)
  })
})

describe('limits', () => {
  it.each([
    ['too-large' as const, 400, 'BadRequest', /^Query execution has exceeded the allowed result size/],
    ['cpu-quota' as const, 429, 'TooManyRequests', /^You have exceeded processing resources allocated to this tenant/],
    ['timeout' as const, 504, 'UnknownError', /^$/],
  ])('%s', async (error, status, code, message) => {
    answers({ error })
    const answer = await run('DeviceInfo')
    expect([answer.status, answer.json.error.code]).toEqual([status, code])
    expect(answer.json.error.message).toMatch(message)
  })

  it('an answer has at most 50 MB', async () => {
    const cell = 'x'.repeat(1024 * 1024)
    answers({ rows: Array.from({ length: 51 }, () => ({ DeviceName: cell })) })
    expect((await run('DeviceInfo | project DeviceName')).json.error.message).toContain('allowed result size')
  })

  it('a quota counts the calls of a minute', async () => {
    cloud.setScenario({ huntingCallsPerMinute: 2 })
    expect((await run('DeviceInfo')).status).toBe(200)
    expect((await run('DeviceInfo')).status).toBe(200)
    const refused = await run('DeviceInfo')
    expect([refused.status, refused.json.error.message]).toEqual([
      429,
      'API calls quota exceeded! maximum allowed 2 per 00:01:00',
    ])
    now = new Date(now.getTime() + 61_000)
    expect((await run('DeviceInfo')).status).toBe(200)
  })

  it('an answer can take its time', async () => {
    answers({ latencyMs: 60, rows: [] })
    const started = performance.now()
    await run('DeviceInfo')
    expect(performance.now() - started).toBeGreaterThan(55)
  })
})

describe('the bundled scenarios', () => {
  const LSASS = `DeviceProcessEvents
| where FileName =~ "procdump.exe" and ProcessCommandLine has "lsass"
| project Timestamp, DeviceName, AccountName, FileName, ProcessCommandLine, ReportId`

  it('hunting-hit: the query of the README finds two hosts', async () => {
    const hit = await loadScenario('hunting-hit')
    cloud.setScenario(hit)
    const { json } = await hunt(cloud, { Query: LSASS, Timespan: 'P1D' })
    expect(json.results.map((row: { DeviceName: string }) => row.DeviceName)).toEqual([
      'pay-web-02.contoso.com',
      'build-01.contoso.com',
    ])
    expect((await hunt(cloud, { Query: 'DeviceInfo' })).json.results).toEqual([])
  })
})
