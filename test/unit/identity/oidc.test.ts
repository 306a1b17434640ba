import { describe, expect, it } from '@jest/globals'
import { fetchIdToken } from '../../../src/identity/oidc.ts'
import type { Http, HttpRequest } from '../../../src/model.ts'
import { fakeHttp, jwt, reply } from './fakes.ts'

const ID_TOKEN = jwt({ sub: 'repo:o/r:ref:refs/heads/main' })
const URL = 'https://pipelines.example/idtoken/1?api-version=2.0'

function fetchWith(http: Http, more: { requestUrl?: string; protect?: (secret: string) => void } = {}) {
  return fetchIdToken({
    http,
    requestUrl: URL,
    requestToken: 'request-token',
    audience: 'api://AzureADTokenExchange',
    protect: () => {},
    signal: undefined,
    ...more,
  })
}

const failure = (http: Http, more: { requestUrl?: string } = {}) =>
  fetchWith(http, more).then(
    () => Promise.reject(new Error('did not fail')),
    (thrown) => thrown,
  )

describe('GitHub’s ID token', () => {
  it('is asked for with the audience and the request token, and masked at once', async () => {
    const http = fakeHttp(reply(200, { count: 1, value: ID_TOKEN }))
    const masked: string[] = []
    expect(await fetchWith(http, { protect: (secret) => masked.push(secret) })).toBe(ID_TOKEN)
    expect(masked).toEqual([ID_TOKEN])
    const [request] = http.sent as [HttpRequest]
    expect(request.method).toBe('GET')
    expect(request.headers['authorization']).toBe('bearer request-token')
    const asked = new globalThis.URL(request.url)
    expect(asked.origin + asked.pathname).toBe('https://pipelines.example/idtoken/1')
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      'api-version': '2.0',
      audience: 'api://AzureADTokenExchange',
    })
  })

  it('works with a request URL without a query', async () => {
    const http = fakeHttp(reply(200, { value: ID_TOKEN }))
    await fetchWith(http, { requestUrl: 'https://pipelines.example/idtoken' })
    expect(http.sent[0]!.url).toBe('https://pipelines.example/idtoken?audience=api%3A%2F%2FAzureADTokenExchange')
  })

  it.each([
    [401, 'refused the request with 401', 'good only while the job runs'],
    [403, 'refused the request with 403', 'good only while the job runs'],
    [400, 'answered 400', 'audience'],
    [302, 'redirect', 'proxy'],
    [503, 'answered 503 5 times', 'status'],
    [404, 'answered 404', 'status'],
  ])('tells %d apart', async (status, message, hint) => {
    const error = await failure(
      fakeHttp(reply(status, '<html>secret words</html>', { attempts: status === 503 ? 5 : 1 })),
    )
    expect(error.code).toBe('id-token-unavailable')
    expect(error.message).toContain(message)
    expect(error.message).toContain('pipelines.example')
    expect(error.hint).toContain(hint)
    // The permission is the cause only where the request variables are missing.
    expect(`${error.message}${error.hint}`).not.toMatch(/id-token: write|secret words/)
  })

  it.each([
    ['', 'pipelines.example gave an empty answer'],
    ['<html>', 'pipelines.example gave an HTML page'],
    ['{"value":', 'pipelines.example gave an answer that is no JSON'],
    ...['{}', 'null', '5', '{"value":""}', '{"value":5}', '{"value":null}'].map((body) => [
      body,
      'pipelines.example gave JSON that is no ID token',
    ]),
  ])('says what the answer %j is', async (body, message) => {
    expect(await failure(fakeHttp(reply(200, body!)))).toMatchObject({
      code: 'id-token-unavailable',
      message: expect.stringContaining(message!),
    })
  })

  it('takes no token out of an answer that says that it is no JSON', async () => {
    const answer = reply(200, { value: ID_TOKEN }, { headers: { 'content-type': 'text/html' } })
    expect((await failure(fakeHttp(answer))).message).toContain('an answer whose content type is not JSON')
  })

  it.each(['not a url', 'file:///x'])('says so where the request URL is none: %s', async (requestUrl) => {
    const http = fakeHttp(reply(200, {}))
    expect((await failure(http, { requestUrl })).message).toContain('is no URL')
    expect(http.sent).toEqual([])
  })

  it('passes on what the transport throws', async () => {
    const broken = new Error('connection')
    expect(await failure(fakeHttp(broken))).toBe(broken)
  })
})
