import { describe, expect, it } from '@jest/globals'
import { isQuotaError } from '../../../src/errors/security-api.ts'
import type { Http, Row } from '../../../src/model.ts'
import { createGraphApi } from '../../../src/security-api/graph.ts'
import { type FakeAnswer, FakeWorld, failure, NOW, question, SECRET } from './fakes.ts'

const EMPTY: FakeAnswer = { body: { schema: [{ name: 'A', type: 'String' }], results: [] } }
const says = (
  status: number,
  message: string,
  more: object = {},
  headers: Record<string, string> = {},
): FakeAnswer => ({
  status,
  headers,
  body: { error: { code: 'Code', message, ...more } },
})

function hunting(...answers: FakeAnswer[]) {
  const world = new FakeWorld(...answers)
  return { world, hunt: () => createGraphApi(world.options()).hunt('T', 'P1D', () => []) }
}

function listing(...answers: FakeAnswer[]) {
  const world = new FakeWorld(...answers)
  return { world, list: () => createGraphApi(world.options()).incidents(question(), NOW) }
}

describe('a request', () => {
  it('carries the token, a fresh id and what it accepts', async () => {
    const { world, hunt } = hunting(EMPTY)
    await hunt()
    await hunt()
    const [first, second] = world.requests
    expect(first).toMatchObject({
      method: 'POST',
      url: 'https://graph.example.com/v1.0/security/runHuntingQuery',
      timeoutMs: 200_000,
      headers: {
        authorization: `Bearer ${SECRET}`,
        accept: 'application/json',
        'content-type': 'application/json; charset=utf-8',
      },
    })
    expect(JSON.parse(first!.body!)).toEqual({ Query: 'T', Timespan: 'P1D' })
    expect(first!.pace).toBe(world.pace)
    expect(first!.headers['user-agent']).toBeUndefined()
    const ids = [first, second].map((request) => request!.headers['client-request-id'])
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  it('passes the signal on, and leaves out what it has not', async () => {
    const world = new FakeWorld(EMPTY)
    const { signal } = new AbortController()
    await createGraphApi(world.options({ signal, pace: undefined })).hunt('T', undefined, () => [])
    expect(world.requests[0]!.signal).toBe(signal)
    expect(world.requests[0]).not.toHaveProperty('pace')
    expect(JSON.parse(world.requests[0]!.body!)).toEqual({ Query: 'T' })
  })

  it('writes no token and no query string to the log', async () => {
    const { world, list } = listing({ body: { value: [] } })
    await list()
    expect(world.logged.join('\n')).toContain('/v1.0/security/incidents: 200')
    expect(world.logged.join('\n')).not.toMatch(/eyJ|filter/)
  })
})

describe('an answer that gives the token back', () => {
  const hex = Buffer.from(SECRET).toString('hex')
  const redact = (text: string) => text.replaceAll(hex, '***').replaceAll(SECRET, '***')

  it('is cleaned before it is cut, so that no beginning of a form is left', async () => {
    const message = `${'x '.repeat(220)}${hex} and more`
    const world = new FakeWorld({ status: 400, body: { error: { code: hex, message, target: hex } } })
    const error = await failure(createGraphApi(world.options({ redact })).incidents(question(), NOW))
    expect(error.message).toContain('***')
    expect(`${error.message}${error.hint}${error.requestId}`).not.toContain(hex.slice(0, 12))
  })

  it('has no request id that is one', async () => {
    const world = new FakeWorld({ status: 403, headers: { 'request-id': hex.slice(0, 90) } })
    const hide = (text: string) => text.replaceAll(hex.slice(0, 90), '***')
    const error = await failure(createGraphApi(world.options({ redact: hide })).incidents(question(), NOW))
    expect(`${error.message}${error.requestId}${world.logged.join()}`).not.toContain(hex.slice(0, 12))
  })
})

describe('401', () => {
  it('gets one new token and one more try', async () => {
    const { world, hunt } = hunting({ status: 401 }, EMPTY)
    await expect(hunt()).resolves.toMatchObject({ rows: [] })
    expect(world.renewed).toEqual([SECRET])
    expect(world.requests.map((request) => request.headers['authorization'])).toEqual([
      `Bearer ${SECRET}`,
      'Bearer fresh-1',
    ])
  })

  it('twice is an error', async () => {
    const { world, hunt } = hunting(says(401, 'Access token is empty.'))
    const error = await failure(hunt())
    expect(error.code).toBe('token-refused')
    expect(error.message).toContain('Access token is empty.')
    expect(world.requests).toHaveLength(2)
    expect(world.renewed).toHaveLength(1)
  })

  it('on a later page renews as well', async () => {
    const next = 'https://graph.example.com/v1.0/security/incidents?$skiptoken=2'
    const { world, list } = listing(
      { body: { value: [], '@odata.nextLink': next } },
      { status: 401 },
      { body: { value: [] } },
    )
    await list()
    expect(world.requests.map((request) => request.url).slice(1)).toEqual([next, next])
  })
})

describe('permissions', () => {
  it('hands the service’s list of missing roles over', async () => {
    const message =
      'Missing application roles. API required roles: ThreatHunting.Read.All,ThreatHunting.ReadWrite.All, application roles: User.Read.All,Mail.Read.'
    const { world, hunt } = hunting(says(403, message, {}, { 'request-id': 'abcdef01-1' }))
    const error = await failure(hunt())
    expect(error).toMatchObject({ code: 'permission-missing', requestId: 'abcdef01-1' })
    expect(world.permissions).toEqual([
      {
        required: ['ThreatHunting.Read.All', 'ThreatHunting.ReadWrite.All'],
        present: ['User.Read.All', 'Mail.Read'],
        requestId: 'abcdef01-1',
      },
    ])
    expect(world.requests).toHaveLength(1)
  })

  it('knows a token without any role', async () => {
    const { world, hunt } = hunting(
      says(403, 'Missing application roles. API required roles: A.B, application roles: .'),
    )
    await failure(hunt())
    expect(world.permissions).toMatchObject([{ required: ['A.B'], present: [] }])
  })

  it('knows the older wording, with the roles of the token', async () => {
    const message =
      'The application does not have any of the required application permissions (AdvancedHunting.Read.All, Incident.Read.All) to access the resource.'
    const { world, hunt } = hunting(says(403, message))
    await failure(hunt())
    expect(world.permissions).toMatchObject([
      { required: ['AdvancedHunting.Read.All', 'Incident.Read.All'], present: ['Some.Role'] },
    ])
  })

  it('takes nothing but role names from the list', async () => {
    const { world, hunt } = hunting(says(403, 'API required roles: ::error::x,A.B,<b>, application roles: `x`,C.D'))
    await failure(hunt())
    expect(world.permissions).toMatchObject([{ required: ['A.B'], present: ['C.D'] }])
  })

  it.each([
    [says(403, 'Forbidden by admin'), 'forbidden'],
    [says(403, 'API required roles: , application roles: x'), 'forbidden'],
    [says(403, 'Unauthorized request - Account is not provisioned.'), 'no-defender'],
    [says(401, 'Unauthorized request - Account is not provisioned.'), 'no-defender'],
    [says(403, 'x', { code: 'insufficient_claims' }), 'conditional-access'],
    [says(403, 'x', {}, { 'www-authenticate': 'Bearer error="insufficient_claims"' }), 'conditional-access'],
    [says(403, 'Blocked by conditional access'), 'conditional-access'],
    [{ status: 403, body: '<html>no</html>', headers: { 'content-type': 'text/html' } }, 'forbidden'],
  ])('other refusals: %j', async (given, code) => {
    const { hunt } = hunting(given)
    expect((await failure(hunt())).code).toBe(code)
  })
})

describe('failures', () => {
  it.each([
    [
      says(400, "'where' operator: Failed to resolve table or column expression named 'X'."),
      'kql-error',
      'request-refused',
    ],
    [
      says(400, 'Query execution has exceeded the allowed result size. Optimize your query'),
      'result-too-large',
      'request-refused',
    ],
    [says(404, 'Resource not found'), 'api-not-found', 'api-not-found'],
    [says(405, 'no'), 'request-refused', 'request-refused'],
    [says(429, 'Too many requests'), 'throttled', 'throttled'],
    [says(500, 'Something'), 'service-error', 'service-error'],
    [says(500, ''), 'query-too-heavy', 'service-error'],
    [{ status: 503 }, 'query-too-heavy', 'service-error'],
    [says(504, ''), 'query-too-heavy', 'service-error'],
    [{ status: 302, headers: { location: 'https://evil.example/' } }, 'redirect-refused', 'redirect-refused'],
    [{ status: 304 }, 'redirect-refused', 'redirect-refused'],
  ])('%j', async (given, whenHunting, whenListing) => {
    expect((await failure(hunting(given).hunt())).code).toBe(whenHunting)
    expect((await failure(listing(given).list())).code).toBe(whenListing)
  })

  it('a KQL error carries the sentence of the service', async () => {
    const sentence = 'Query operator expected.. Fix syntax errors in your query.'
    expect((await failure(hunting(says(400, sentence)).hunt())).message).toContain(sentence)
  })

  it('takes the words from the details where the message is empty', async () => {
    const given = says(400, '', { details: [{ code: 'x', message: 'The detail.' }] })
    expect((await failure(listing(given).list())).message).toContain('The detail.')
  })

  it('says at what time to come back after a long Retry-After', async () => {
    for (const status of [429, 503]) {
      const given = { ...says(status, 'busy'), retryAfterMs: 20 * 60_000 }
      const error = await failure(hunting(given).hunt())
      expect(error.code).toBe('retry-after-too-long')
      expect(error.message).toContain('2026-08-21 12:21 UTC')
      expect(error.hint).toContain('2026-08-21 12:21 UTC')
      expect(isQuotaError(error)).toBe(status === 429)
    }
  })

  it('keeps texts short and in one line, and no token in them', async () => {
    const text = `a\n::error::b \u001b[31m token ${SECRET} and eyJ${'x'.repeat(50)}.yyy.zzz ${'long '.repeat(500)}`
    const error = await failure(hunting(says(400, text)).hunt())
    expect(error.message).toContain('a ::error::b [31m token *** and *** long')
    expect(error.message.length).toBeLessThan(700)
    expect(JSON.stringify([error.message, error.hint])).not.toContain('eyJ')
    expect(error.message).not.toMatch(/[\n\u001b]/)
  })

  it('hides a token that is no JWT, also where the text is cut', async () => {
    const { world, hunt } = hunting(says(400, `${'x'.repeat(480)} opaque-token-of-some-length`))
    world.token = { value: 'opaque-token-of-some-length', tenantId: undefined, roles: undefined }
    expect((await failure(hunt())).message).not.toContain('opaque')
  })

  it('is quick with hostile texts', async () => {
    const error = await failure(hunting(says(400, 'eyJ'.repeat(80_000))).hunt())
    expect(error.message.length).toBeLessThan(700)
  })

  it('keeps the cause of a broken connection as it is', async () => {
    const broken = new Error('broken')
    const world = new FakeWorld(() => {
      throw broken
    })
    await expect(createGraphApi(world.options()).hunt('T', undefined, () => [])).rejects.toBe(broken)
  })
})

describe('the request id', () => {
  const id = '5ae9b6c3-0000-4000-8000-000000000001'
  it.each([
    [says(400, 'x', {}, { 'request-id': id, 'client-request-id': 'other-id-000' })],
    [says(400, 'x', { innerError: { 'request-id': id } })],
    [says(400, 'x', { innererror: { 'request-id': id } })],
    [says(400, 'x', { target: id })],
    [says(400, 'x', {}, { 'client-request-id': id })],
    [says(400, 'x', { innerError: { 'client-request-id': id } })],
  ])('is found in %j', async (given) => {
    const error = await failure(hunting(given).hunt())
    expect(error.requestId).toBe(id)
    expect(error.message).toContain(`(request id ${id})`)
  })

  it('may be the tracking id of the older API', async () => {
    const error = await failure(hunting(says(400, 'x', { target: '|1d25001e-48e8e09dbddde4f4.' })).hunt())
    expect(error.requestId).toBe('|1d25001e-48e8e09dbddde4f4.')
  })

  it('is ours where the service names none, or nothing that looks like one', async () => {
    for (const given of [says(400, 'x'), says(400, 'x', { target: 'Query' }, { 'request-id': '::error::x' })]) {
      const { world, hunt } = hunting(given)
      expect((await failure(hunt())).requestId).toBe(world.requests[0]!.headers['client-request-id'])
    }
  })
})

describe('quota', () => {
  const budget = (duration: string): FakeAnswer =>
    says(
      429,
      `You have exceeded processing resources allocated to this tenant. You can run queries again in ${duration}.`,
    )

  it('is waited for when it opens soon, with the pace of the tenant slowed', async () => {
    const { world, hunt } = hunting(budget('2 minutes'), budget('8 seconds'), EMPTY)
    await expect(hunt()).resolves.toMatchObject({ rows: [] })
    expect(world.slept).toEqual([121_000, 9_000])
    expect(world.slowed).toEqual([121_000, 9_000])
  })

  it('never slows the pace by more than the pace allows', async () => {
    const { world, hunt } = hunting(budget('5 minutes'), EMPTY)
    await hunt()
    expect(world.slowed).toEqual([300_000])
  })

  it('is an error that says when to come back when it opens late', async () => {
    const { world, hunt } = hunting(budget('00:14:30'))
    const error = await failure(hunt())
    expect(error.code).toBe('quota-exhausted')
    expect(error.message).toContain('2026-08-21 12:16 UTC')
    expect(isQuotaError(error) && error.comeBackAt.toISOString()).toBe('2026-08-21T12:15:00.500Z')
    expect(world.slept).toEqual([])
    expect(world.requests).toHaveLength(1)
  })

  it('may come with other statuses, and without a time', async () => {
    for (const status of [400, 403]) {
      const error = await failure(
        hunting(says(status, 'You have exceeded processing resources allocated to this tenant.')).hunt(),
      )
      expect(error.code).toBe('quota-exhausted')
      expect(error.message).toContain('12:16 UTC')
    }
  })

  it('ends after five tries in all', async () => {
    const { world, hunt } = hunting(budget('1 second'))
    expect((await failure(hunt())).code).toBe('quota-exhausted')
    expect(world.requests).toHaveLength(5)
    const tried = hunting({ ...budget('1 second'), attempts: 5 })
    expect((await failure(tried.hunt())).code).toBe('quota-exhausted')
    expect(tried.world.requests).toHaveLength(1)
  })

  it('is not waited for longer than allowed in all', async () => {
    const world = new FakeWorld(budget('40 seconds'))
    const error = await failure(createGraphApi(world.options({ maxWaitMs: 60_000 })).hunt('T', undefined, () => []))
    expect(error.code).toBe('quota-exhausted')
    expect(world.slept).toEqual([41_000])
  })

  it('stops waiting when the run is cancelled', async () => {
    const world = new FakeWorld(budget('8 seconds'))
    const reason = new Error('cancelled')
    const api = createGraphApi(world.options({ signal: AbortSignal.abort(reason) }))
    await expect(api.hunt('T', undefined, () => [])).rejects.toBe(reason)
  })

  it('asks the transport to hand back the answers that it waits for itself, and no others', async () => {
    const { world, hunt } = hunting(EMPTY)
    await hunt()
    const { handsBack } = world.requests[0]!
    const asked = (given: FakeAnswer) =>
      handsBack!({ status: given.status!, headers: given.headers ?? {}, body: Buffer.from(JSON.stringify(given.body)) })
    expect(asked(budget('12 minutes'))).toBe(true)
    expect(asked({ ...budget('12 minutes'), headers: { 'retry-after': '5' } })).toBe(false)
    expect(asked(says(429, 'Too many requests'))).toBe(false)
    expect(asked({ ...budget('12 minutes'), status: 503 })).toBe(false)
  })

  it('is told from other errors', () => {
    expect(isQuotaError(new Error('x'))).toBe(false)
    expect(isQuotaError(undefined)).toBe(false)
  })
})

describe('unreadable answers', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' }
  it.each<[FakeAnswer, string]>([
    [
      { status: 206, headers: { warning: '199 - "Microsoft/MDATP/500/20000"' }, body: { value: [] } },
      'only a part of it came (206), with the warning 199 - "Microsoft/MDATP/500/20000"',
    ],
    [{ status: 206, body: { value: [] } }, 'only a part of it came (206)'],
    [{ status: 204 }, 'status 204 in place of 200'],
    [{ status: 202, body: { value: [] } }, 'status 202 in place of 200'],
    [{ body: '' }, 'it is empty'],
    [{ body: '<!DOCTYPE html><p>Sign in</p>', headers: html }, 'an HTML page in place of JSON (text/html, 29 bytes)'],
    [{ body: ' <html>', headers: { 'content-type': '' } }, 'an HTML page in place of JSON (no content type, 7 bytes)'],
    [{ body: '{"value":[' }, 'no valid JSON, or cut off (application/json, 10 bytes)'],
    [{ body: '{"value":[{"id":12345678901234567890' }, 'no valid JSON, or cut off'],
    [{ body: Buffer.from([0x7b, 0xff]) }, 'no valid JSON'],
    [{ body: `{"value":${'['.repeat(500)}` }, 'JSON that is nested too deeply'],
    [{ body: 'null' }, 'null in place of an object'],
    [{ body: '[]' }, 'a list in place of an object'],
    [{ body: '"x"' }, 'a string in place of an object'],
    [{ body: { error: { code: 'x' }, value: [] } }, 'an error inside an answer of status 200'],
    [{ body: {} }, 'a list without `value`'],
    [{ body: { value: null } }, 'a list without `value`'],
    [{ body: { value: { id: '1' } } }, 'a list without `value`'],
    [{ body: { value: ['1'] } }, 'an entry that is no object'],
    [{ body: { value: [{ displayName: 'x' }] } }, 'a record without an id'],
    [{ body: { value: [{ id: '' }] } }, 'a record without an id'],
  ])('%j', async (given, message) => {
    const error = await failure(listing(given).list())
    expect(error.code).toBe('answer-unreadable')
    expect(error.message).toContain(message)
  })

  it.each<[FakeAnswer, string]>([
    [{ body: {} }, 'neither a schema nor results'],
    [{ body: { value: [] } }, 'neither a schema nor results'],
    [{ body: { schema: [{ name: 'A' }], results: ['x'] } }, 'a row that is a string'],
  ])('of hunting: %j', async (given, message) => {
    const error = await failure(hunting({ ...given, headers: { 'request-id': 'abcdef01-2' } }).hunt())
    expect(error).toMatchObject({ code: 'answer-unreadable', requestId: 'abcdef01-2' })
    expect(error.message).toContain(message)
  })

  it('quotes nothing of the answer', async () => {
    const error = await failure(listing({ body: '{"value":["attacker text"' }).list())
    expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain('attacker')
  })

  it.each(['text/plain', 'text/html', 'application/octet-stream', 'application/jsonp'])(
    'refuses JSON that says it is %s, as something on the way may have written it',
    async (type) => {
      const error = await failure(listing({ body: { value: [] }, headers: { 'content-type': type } }).list())
      expect(error.code).toBe('answer-unreadable')
      expect(error.message).toContain(`a content type other than JSON (${type}, 12 bytes)`)
    },
  )

  it.each(['', 'text/json', 'application/problem+json', 'Application/JSON;odata.metadata=minimal'])(
    'reads JSON of type %j',
    async (type) => {
      await expect(listing({ body: { value: [] }, headers: { 'content-type': type } }).list()).resolves.toEqual([])
    },
  )

  it.each(['https://api.example/next', '', 7])(
    'refuses a hunting result with the next page %j: it is a part',
    async (link) => {
      const body = { schema: [{ name: 'A', type: 'String' }], results: [], '@odata.nextLink': link }
      expect((await failure(hunting({ body }).hunt())).code).toBe('next-link-refused')
      await expect(hunting({ body: { ...body, '@odata.nextLink': null } }).hunt()).resolves.toMatchObject({ rows: [] })
    },
  )
})

describe('a hunting answer that arrives in pieces', () => {
  const BODY = '{"schema":[{"name":"A"}],"results":[{"A":1},{"A":2}]}'

  /** A transport whose first attempt breaks in the middle of the body. */
  function breaking(first: string, then: FakeAnswer) {
    const world = new FakeWorld(then)
    const http: Http = {
      send: (request) => {
        request.takes?.({ status: 200, headers: {} })?.push(Buffer.from(first))
        return world.http.send(request)
      },
    }
    return createGraphApi(world.options({ http }))
  }

  it.each([BODY.slice(0, -20), BODY, '{"schema":[{"name":"B"}],"results":[{"B":1}', '<html>', ']'])(
    'is that of the last attempt alone, whatever came before: %s',
    async (first) => {
      const found = await breaking(first, { body: BODY }).hunt('T', undefined, (): Row[] => [])
      expect(found.rows).toEqual([{ A: 1 }, { A: 2 }])
    },
  )

  it('is read as well where the transport hands it over whole', async () => {
    const world = new FakeWorld({ body: BODY })
    const http: Http = { send: ({ takes: _, ...request }) => world.http.send(request) }
    const found = await createGraphApi(world.options({ http })).hunt('T', undefined, (): Row[] => [])
    expect(found.rows).toEqual([{ A: 1 }, { A: 2 }])
  })

  it('is told of with its size', async () => {
    const { world, hunt } = hunting({ body: BODY })
    await hunt()
    expect(world.logged.join()).toContain(`200, ${BODY.length} bytes, attempt 1`)
  })

  it('rejects with what the taker of the rows throws, once the answer is whole', async () => {
    const refuse = (): never => {
      throw new Error('no such column')
    }
    const asked = (body: string) => createGraphApi(new FakeWorld({ body }).options()).hunt('T', undefined, refuse)
    await expect(asked(BODY)).rejects.toThrow('no such column')
    expect((await failure(asked(BODY.slice(0, -1)))).code).toBe('answer-unreadable')
  })
})
