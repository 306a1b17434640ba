import { idTokenUnavailable } from '../errors/identity.ts'
import type { Http, HttpResponse } from '../model.ts'
import { kindOfAnswer, saysNotJson } from './text.ts'

const AGAIN = 'Run the job again; see githubstatus.com (or the status of your GitHub server) when it stays.'

/**
 * Asks GitHub for a fresh ID token. It lives only minutes, so it is asked for before each exchange and never kept.
 * Source: github/docs, content/actions/reference/security/oidc.md: `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…` with the
 * request token as bearer; the answer is `{"value": "<jwt>"}`.
 * @throws GateError `id-token-unavailable`, and whatever the transport throws for a connection that can't be made
 */
export async function fetchIdToken(o: {
  http: Http
  requestUrl: string
  requestToken: string
  audience: string
  protect: (secret: string) => void
  signal: AbortSignal | undefined
}): Promise<string> {
  const url = URL.parse(o.requestUrl)
  if (!url || !/^https?:$/.test(url.protocol))
    throw idTokenUnavailable('ACTIONS_ID_TOKEN_REQUEST_URL is no URL', 'The runner sets it: check what overrides it.')
  url.searchParams.set('audience', o.audience)
  const response = await o.http.send({
    method: 'GET',
    url: url.href,
    headers: { authorization: `bearer ${o.requestToken}`, accept: 'application/json' },
    ...(o.signal ? { signal: o.signal } : {}),
  })
  if (response.status !== 200) throw refused(response, url.host)
  const value = saysNotJson(response.headers) ? undefined : readValue(response.body)
  if (value === undefined)
    throw idTokenUnavailable(`${url.host} gave ${kindOfAnswer(response, 'no ID token')}`.replace(/,$/, ''), AGAIN)
  o.protect(value)
  return value
}

/** Which of the ways to fail it was. The body is not shown: nothing in it helps the user. */
function refused({ status, attempts }: HttpResponse, host: string) {
  if (status === 401 || status === 403) {
    return idTokenUnavailable(
      `${host} refused the request with ${status}`,
      "The job's request token is good only while the job runs, and only for that job: check that ACTIONS_ID_TOKEN_REQUEST_TOKEN is the runner's own, and run the job again.",
    )
  }
  if (status === 400 || status === 422) {
    return idTokenUnavailable(
      `${host} answered ${status}`,
      'Check the input audience: GitHub did not accept the request for it.',
    )
  }
  if (status >= 300 && status < 400) {
    return idTokenUnavailable(
      `${host} answered ${status}, a redirect, which is never followed with a token`,
      'Look at the proxy between the runner and GitHub.',
    )
  }
  const times = attempts > 1 ? ` ${attempts} times` : ''
  return idTokenUnavailable(`${host} answered ${status}${times}`, AGAIN)
}

function readValue(body: Buffer): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))?.value
    return typeof value === 'string' && value !== '' ? value : undefined
  } catch {
    return undefined
  }
}
