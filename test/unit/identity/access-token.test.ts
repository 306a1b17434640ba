import { describe, expect, it, jest } from '@jest/globals'
import { GateError } from '../../../src/errors.ts'
import { createTokenSource, type TokenSourceOptions } from '../../../src/identity/access-token.ts'
import type { ReadyCredential } from '../../../src/identity/credential.ts'
import type { HttpRequest, HttpResponse } from '../../../src/model.ts'
import {
  AUTHORITY,
  aadsts,
  accessToken,
  CLIENT,
  fakeClock,
  fakeHttp,
  fakeLog,
  issued,
  jwt,
  NOW,
  reply,
  seconds,
  TENANT,
} from './fakes.ts'

const SECRET = 'p@ss word+/=&%~ü'
const OIDC: ReadyCredential = {
  kind: 'oidc',
  audience: 'api://AzureADTokenExchange',
  requestUrl: 'https://pipelines.example/id?v=2',
  requestToken: 'request-token',
}

function setUp(
  answers: (HttpResponse | Error | ((request: HttpRequest) => HttpResponse))[],
  more: Partial<TokenSourceOptions> = {},
) {
  const http = fakeHttp(...answers)
  const clock = fakeClock()
  const log = fakeLog()
  const masked: string[] = []
  const source = createTokenSource({
    tenant: { id: TENANT, label: 'contoso' },
    clientId: CLIENT,
    credential: { kind: 'secret', secret: SECRET },
    authority: AUTHORITY,
    scope: 'https://graph.microsoft.com/.default',
    audiences: ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'],
    http,
    clock,
    log,
    protect: (secret) => masked.push(secret),
    redact: (text) => [SECRET, ...masked].reduce((rest, secret) => rest.replaceAll(secret, '***'), text),
    serverUrl: 'https://github.com',
    ...more,
  })
  return { source, http, clock, log, masked }
}

const form = (request: HttpRequest | undefined) => new URLSearchParams(request?.body)
const posts = (sent: readonly HttpRequest[]) => sent.filter((request) => request.method === 'POST')

async function failureOf(promise: Promise<unknown>): Promise<GateError> {
  const thrown = await promise.then(
    () => new Error('did not fail'),
    (error) => error,
  )
  if (!(thrown instanceof GateError)) throw thrown
  return thrown
}

describe('a token with a client secret', () => {
  it('takes exactly one request, to the tenant’s own authority', async () => {
    const { source, http } = setUp([issued()])
    expect(await source.token()).toEqual({ value: accessToken(), tenantId: TENANT, roles: ['ThreatHunting.Read.All'] })
    expect(http.sent).toHaveLength(1)
    const [request] = http.sent
    expect(request!.method).toBe('POST')
    expect(request!.url.split('?')[0]).toBe(`${AUTHORITY}/${TENANT}/oauth2/v2.0/token`)
    expect(request!.headers['Content-Type']).toContain('application/x-www-form-urlencoded')
    const sent = form(request)
    expect(sent.get('grant_type')).toBe('client_credentials')
    expect(sent.get('client_id')).toBe(CLIENT)
    expect(sent.get('client_secret')).toBe(SECRET)
    expect(sent.get('scope')).toBe('https://graph.microsoft.com/.default')
    expect(sent.has('client_assertion')).toBe(false)
  })

  it.each([
    'https://login.microsoftonline.com',
    'https://login.microsoftonline.us',
    'https://login.windows.net',
    'https://localhost:1234',
    'https://sign-in.corp.example:8443',
  ])('asks %s and no other host, for a GUID and for a domain', async (authority) => {
    for (const id of [TENANT, 'contoso.onmicrosoft.com']) {
      const { source, http } = setUp([issued()], { authority, tenant: { id, label: id } })
      await source.token()
      expect(http.sent.map((request) => request.url.split('?')[0])).toEqual([`${authority}/${id}/oauth2/v2.0/token`])
    }
  })

  it('is not sent elsewhere by MSAL_FORCE_REGION', async () => {
    process.env['MSAL_FORCE_REGION'] = 'westus'
    try {
      const { source, http } = setUp([issued()])
      await source.token()
      expect(http.sent.map((request) => new URL(request.url).host)).toEqual(['login.microsoftonline.com'])
    } finally {
      delete process.env['MSAL_FORCE_REGION']
    }
  })

  it('is asked for once however many checks ask at the same time, and once for later ones', async () => {
    const { source, http } = setUp([issued()])
    const tokens = await Promise.all(Array.from({ length: 20 }, () => source.token()))
    expect(new Set(tokens.map((token) => token.value)).size).toBe(1)
    await source.token()
    expect(http.sent).toHaveLength(1)
  })

  it('is masked before use: the whole, its payload and its signature', async () => {
    const { source, masked } = setUp([issued()])
    await source.token()
    const [, payload, signature] = accessToken().split('.')
    expect(masked).toEqual([accessToken(), payload, signature])
  })

  it('leaves nothing in the log but its life', async () => {
    const { source, log } = setUp([issued()])
    await source.token()
    expect(log.lines).toEqual(['Signed in to tenant contoso; the token is good for 3599 s.'])
  })

  it('prints nothing by itself, also when it fails', async () => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      jest.spyOn(console, name).mockReturnValue(),
    )
    try {
      await setUp([issued()]).source.token()
      await failureOf(setUp([reply(401, aadsts(7000215, 'x'))]).source.token())
      for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
  })

  it('keeps two tenants apart', async () => {
    const bad = setUp([reply(400, aadsts(700016, 'Not found.'))])
    const good = setUp([issued()])
    const [first, second] = await Promise.allSettled([bad.source.token(), good.source.token()])
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  })
})

describe('renewal', () => {
  const next = (name: string) => accessToken({ jti: name }, `c2lnbmF0dXJl${name}`)

  it('by token() five minutes before the end, not sooner', async () => {
    const { source, http, clock } = setUp([issued(next('one')), issued(next('two'))])
    await source.token()
    clock.advance((3599 - 301) * 1000)
    expect((await source.token()).value).toBe(next('one'))
    clock.advance(2000)
    expect((await source.token()).value).toBe(next('two'))
    expect(http.sent).toHaveLength(2)
  })

  it('at half the life of a short one, so that it is used at all', async () => {
    const { source, http, clock } = setUp([issued(undefined, { expires_in: '60' })])
    await source.token()
    clock.advance(29_000)
    await source.token()
    expect(http.sent).toHaveLength(1)
    clock.advance(2000)
    await source.token()
    expect(http.sent).toHaveLength(2)
  })

  it.each([undefined, null, 'soon', -5])('soon, where the answer names %j as its life', async (life) => {
    const { source, http, clock } = setUp([issued(undefined, { expires_in: life })])
    await source.token()
    await source.token()
    expect(http.sent).toHaveLength(1)
    clock.advance(151_000)
    await source.token()
    expect(http.sent).toHaveLength(2)
  })

  it('by renew() once, however many callers hold the same stale token', async () => {
    const { source, http } = setUp([issued(next('one')), issued(next('two')), issued(next('three'))])
    const stale = await source.token()
    const renewed = await Promise.all(Array.from({ length: 10 }, () => source.renew(stale)))
    expect(new Set(renewed.map((token) => token.value))).toEqual(new Set([next('two')]))
    expect((await source.renew(stale)).value).toBe(next('two'))
    expect((await source.token()).value).toBe(next('two'))
    expect(http.sent).toHaveLength(2)
    expect((await source.renew(renewed[0]!)).value).toBe(next('three'))
  })

  it('a failed renewal does not bring the refused token back', async () => {
    const { source, clock } = setUp([issued(next('one')), reply(500, ''), issued(next('two'))])
    const stale = await source.token()
    await failureOf(source.renew(stale))
    clock.advance(1000)
    expect((await source.token()).value).toBe(next('two'))
  })
})

describe('failures', () => {
  it('a wrong secret makes exactly one request, whoever asks and however late', async () => {
    const { source, http, clock } = setUp([
      reply(401, aadsts(7000215, `Invalid client secret ${SECRET}.`), { headers: { 'retry-after': '600' } }),
    ])
    const errors = await Promise.all([failureOf(source.token()), failureOf(source.token())])
    clock.advance(3_600_000)
    errors.push(await failureOf(source.token()))
    expect(errors.map((error) => error.code)).toEqual(['secret-wrong', 'secret-wrong', 'secret-wrong'])
    expect(http.sent).toHaveLength(1)
    expect(errors[0]!.hint).toContain('Invalid client secret ***.')
  })

  it('any other failure is told to the checks of the round and asked anew in the next', async () => {
    const { source, http, clock } = setUp([reply(400, aadsts(700016, 'x')), issued()])
    await failureOf(source.token())
    await failureOf(source.token())
    expect(http.sent).toHaveLength(1)
    clock.advance(1000)
    await source.token()
    expect(http.sent).toHaveLength(2)
  })

  it('what the transport throws comes through as it is', async () => {
    const dead = new GateError('proxy-unreachable', 'The proxy is dead.', 'Mend it.')
    expect(await failureOf(setUp([dead]).source.token())).toBe(dead)
  })

  it.each([90033, 90024, 90012, 90006, 50033, 90055, 50196])('AADSTS%d is tried five times in all', async (number) => {
    const { source, http, clock, log } = setUp([reply(400, aadsts(number, 'x'))])
    const error = await failureOf(source.token())
    expect(error.message).toContain(`AADSTS${number}`)
    expect(http.sent).toHaveLength(5)
    expect(clock.slept).toEqual([1000, 2000, 4000, 8000])
    expect(log.lines).toHaveLength(4)
  })

  it('a passing fault passes', async () => {
    const { source, http } = setUp([reply(400, aadsts(90033, 'x')), reply(401, aadsts(90055, 'x')), issued()])
    await source.token()
    expect(http.sent).toHaveLength(3)
  })

  it('the tries of the transport count', async () => {
    const { source, http } = setUp([reply(400, aadsts(90033, 'x'), { attempts: 4 })])
    await failureOf(source.token())
    expect(http.sent).toHaveLength(2)
    const after503 = setUp([reply(503, aadsts(90033, 'x'), { attempts: 5 })])
    expect((await failureOf(after503.source.token())).code).toBe('sign-in-unavailable')
    expect(after503.http.sent).toHaveLength(1)
  })

  it('Retry-After is kept, in seconds and as a date by the server’s clock', async () => {
    const date = 'Fri, 20 Nov 2026 10:00:00 GMT'
    const { source, clock } = setUp([
      reply(400, aadsts(90055, 'x'), { headers: { 'retry-after': '17.5' } }),
      reply(400, aadsts(90055, 'x'), { headers: { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT', date } }),
      issued(),
    ])
    await source.token()
    expect(clock.slept).toEqual([17_500, 30_000])
  })

  it('one of more than five minutes ends it, and says when to come back', async () => {
    for (const answer of [
      reply(400, aadsts(90055, 'x'), { headers: { 'retry-after': '301' } }),
      reply(429, '', { attempts: 1, retryAfterMs: 301_000 }),
    ]) {
      const { source, http, clock } = setUp([answer])
      expect((await failureOf(source.token())).message).toContain('come back in 6 minutes')
      expect([http.sent.length, clock.slept]).toEqual([1, []])
    }
  })

  it('an abort ends the waiting', async () => {
    const abort = new AbortController()
    const reason = new GateError('cancelled', 'c', 'c')
    const { source } = setUp(
      [
        () => {
          abort.abort(reason)
          return reply(400, aadsts(90033, 'x'))
        },
      ],
      { signal: abort.signal },
    )
    expect(await failureOf(source.token())).toBe(reason)
  })

  it('a throttled try leaves no memory in the library: the next round asks again', async () => {
    const { source, http, clock } = setUp([reply(429, '', { headers: { 'retry-after': '60' }, attempts: 5 }), issued()])
    await failureOf(source.token())
    clock.advance(1000)
    await source.token()
    expect(http.sent).toHaveLength(2)
  })

  it('a fault of the library itself is told by its code, and no request is made', async () => {
    const { source, http } = setUp([issued()], { tenant: { id: 'common', label: 'common' } })
    const error = await failureOf(source.token())
    expect(error.code).toBe('sign-in-failed')
    expect(error.message).toContain('missing_tenant_id_error')
    expect(http.sent).toEqual([])
  })
})

describe('with GitHub OIDC', () => {
  const idToken = (name: string) =>
    jwt(
      {
        iss: 'https://token.actions.githubusercontent.com',
        sub: 'repo:octo/app:environment:prod',
        aud: 'api://AzureADTokenExchange',
        repository_owner_id: '11',
        repository_id: '22',
      },
      `aWQtdG9rZW4t${name}`,
    )
  const given = (name: string) => reply(200, { value: idToken(name) })

  it('exchanges the ID token, masked, for an access token', async () => {
    const { source, http, masked } = setUp([given('one'), issued()], { credential: OIDC })
    await source.token()
    expect(http.sent.map((request) => request.method)).toEqual(['GET', 'POST'])
    const sent = form(http.sent[1])
    expect(sent.get('client_assertion')).toBe(idToken('one'))
    expect(sent.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(sent.has('client_secret')).toBe(false)
    expect(masked).toEqual(expect.arrayContaining([idToken('one'), idToken('one').split('.')[2], accessToken()]))
  })

  it('asks for a fresh ID token for each exchange', async () => {
    const { source, http, clock } = setUp([given('one'), issued(), given('two'), issued()], { credential: OIDC })
    await source.token()
    clock.advance(3_600_000)
    await source.token()
    expect(posts(http.sent).map((request) => form(request).get('client_assertion'))).toEqual([
      idToken('one'),
      idToken('two'),
    ])
  })

  it.each([70021, 700024])('AADSTS%d is tried again with a new assertion', async (number) => {
    const refused = reply(401, aadsts(number, 'x'))
    const { source, http, clock } = setUp([given('one'), refused, given('two'), refused, given('three'), issued()], {
      credential: OIDC,
    })
    await source.token()
    expect(posts(http.sent).map((request) => form(request).get('client_assertion'))).toEqual(
      ['one', 'two', 'three'].map(idToken),
    )
    expect(clock.slept).toEqual([1000, 2000])
  })

  it('shows what was presented when no federated credential matches, never the token', async () => {
    const echo = (request: HttpRequest) =>
      reply(401, aadsts(700213, `No match for ${form(request).get('client_assertion')}`))
    const { source, http } = setUp([given('one'), echo], { credential: OIDC })
    const error = await failureOf(source.token())
    expect(error.code).toBe('federated-credential-mismatch')
    expect(error.message).toContain('"repo:octo/app:environment:prod"')
    expect(error.hint).toContain('"repo:octo@11/app@22:environment:prod"')
    expect(error.hint).toContain('No match for ***')
    expect(error.message + error.hint).not.toContain('eyJ')
    expect(http.sent).toHaveLength(2)
  })

  it('a part of a token in an answer is taken out too', async () => {
    const { source } = setUp(
      [given('one'), reply(401, aadsts(700213, `Assertion ${idToken('one').slice(0, 60)} is bad`))],
      { credential: OIDC },
    )
    expect((await failureOf(source.token())).hint).toContain('Assertion *** is bad')
  })

  it('works with an ID token that can’t be decoded', async () => {
    const { source } = setUp([reply(200, { value: 'opaque' }), reply(401, aadsts(700213, 'x'))], { credential: OIDC })
    const error = await failureOf(source.token())
    expect(error.message).toContain('could not be decoded')
    expect(error.hint).toContain('api://AzureADTokenExchange')
  })

  it('a failure of GitHub’s hop is told as such', async () => {
    const { source, http } = setUp([reply(500, '', { attempts: 5 })], { credential: OIDC })
    expect((await failureOf(source.token())).code).toBe('id-token-unavailable')
    expect(http.sent).toHaveLength(1)
  })
})

describe('the token itself', () => {
  const expectCode = async (
    claims: Record<string, unknown>,
    code: string,
    more: Partial<TokenSourceOptions> = {},
    headers = {},
  ) => {
    const { source, http } = setUp([{ ...issued(accessToken(claims)), headers }], more)
    const error = await failureOf(source.token())
    expect(error.code).toBe(code)
    expect(http.sent).toHaveLength(1)
    return error
  }

  it('of another tenant is refused', async () => {
    const error = await expectCode({ tid: 'aaaaaaaa-2222-3333-4444-555555555555' }, 'wrong-tenant')
    expect(error.message).toBe(
      'The token for tenant contoso is for another tenant (tid aaaaaaaa-2222-3333-4444-555555555555).',
    )
  })

  it('of the tenant in other letter case is accepted; one without tid, and one for a domain, too', async () => {
    await setUp([issued(accessToken({ tid: TENANT.toUpperCase() }))]).source.token()
    await setUp([issued(accessToken({ tid: undefined }))]).source.token()
    const domain = { id: 'contoso.com', label: 'contoso' }
    const token = await setUp([issued(accessToken({ tid: 'AAAAAAAA-2222-3333-4444-555555555555' }))], {
      tenant: domain,
    }).source.token()
    expect(token.tenantId).toBe('aaaaaaaa-2222-3333-4444-555555555555')
  })

  it('for another API is refused', async () => {
    const error = await expectCode({ aud: 'https://management.azure.com' }, 'wrong-audience')
    expect(error.message).toContain('aud https://management.azure.com')
    await expectCode({ aud: ['x', 'y'] }, 'wrong-audience')
  })

  it.each([
    ['https://graph.microsoft.com/'],
    ['HTTPS://GRAPH.microsoft.com'],
    ['00000003-0000-0000-c000-000000000000'],
    [['other', 'https://graph.microsoft.com']],
    [undefined],
    [42],
  ])('for %j is accepted', async (aud) => {
    await setUp([issued(accessToken({ aud }))]).source.token()
  })

  const at = (ms: number) => ({ exp: seconds(NOW) + ms / 1000 })
  const date = (ms: number) => ({ date: new Date(NOW.getTime() + ms).toUTCString() })

  it('that is old by the server’s clock is refused as such', async () => {
    await expectCode(at(-60_000), 'token-expired', {}, date(0))
  })

  it('that is over by our clock alone tells of the clock', async () => {
    const error = await expectCode(at(-301_000), 'clock-off')
    expect(error.message).toContain('says 2026-11-20T12:00:00Z')
    expect(error.message).toContain('ends at 2026-11-20T11:54:59Z')
    await expectCode(at(-1000), 'clock-off', {}, date(-60_000))
  })

  it('is used where the clocks are off by less than five minutes, or the end is no number', async () => {
    await setUp([issued(accessToken(at(-299_000)))]).source.token()
    await setUp([issued(accessToken({ exp: 'soon' }))]).source.token()
    await setUp([issued(accessToken({ exp: 1e300 }))]).source.token()
  })

  it.each([
    [3_600_000, 'about 60 minutes slow: it says 2026-11-20T12:00:00Z, the sign-in host says 2026-11-20T13:00:00Z'],
    [-3_600_000, 'about 60 minutes fast: it says 2026-11-20T12:00:00Z, the sign-in host says 2026-11-20T11:00:00Z'],
    [301_000, 'about 5 minutes slow'],
    [-301_000, 'about 5 minutes fast'],
  ])('is no use where the clock is off by %d ms, opaque or not', async (ms, words) => {
    const error = await expectCode({}, 'clock-off', {}, date(ms))
    expect(error.message).toContain(words)
    await expect(setUp([{ ...issued('opaque-token'), headers: date(ms) }]).source.token()).rejects.toMatchObject({
      code: 'clock-off',
    })
  })

  it('is used where the clock is off by five minutes at most, or the answer has no date', async () => {
    for (const headers of [date(300_000), date(-300_000), { date: 'today' }, {}]) {
      await setUp([{ ...issued(), headers }]).source.token()
    }
  })

  it.each(['text/plain', 'text/html; charset=utf-8', 'application/octet-stream'])(
    'in an answer of type %s is not taken',
    async (type) => {
      const { source, masked } = setUp([{ ...issued(), headers: { 'content-type': type } }])
      await expect(source.token()).rejects.toMatchObject({ code: 'sign-in-unreadable' })
      expect(masked).toEqual([])
    },
  )

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/problem+json', 'text/json', ''])(
    'in an answer of type %j is taken',
    async (type) => {
      await setUp([{ ...issued(), headers: { 'content-type': type } }]).source.token()
    },
  )

  it.each([
    'opaque-token',
    'a.b.c',
    `x.${Buffer.from('null').toString('base64url')}.y`,
    `x.${Buffer.from('[1]').toString('base64url')}.y`,
  ])('that can’t be read (%s) is used as it is', async (value) => {
    expect(await setUp([issued(value)]).source.token()).toEqual({ value, tenantId: undefined, roles: undefined })
  })

  it('without roles, or with roles that are no list, leaves them open', async () => {
    for (const roles of [undefined, null, 'ThreatHunting.Read.All']) {
      expect((await setUp([issued(accessToken({ roles }))]).source.token()).roles).toBeUndefined()
    }
    expect((await setUp([issued(accessToken({ roles: ['A', 5, null] }))]).source.token()).roles).toEqual(['A'])
  })
})
