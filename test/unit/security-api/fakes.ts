/** A fake world for the security API: answers in order, requests kept, a clock that moves only when something sleeps. */
import { GateError } from '../../../src/errors.ts'
import type {
  AccessToken,
  Clock,
  Http,
  HttpRequest,
  HttpResponse,
  ListQuestion,
  Log,
  Pace,
  TokenSource,
} from '../../../src/model.ts'
import type { ApiOptions } from '../../../src/security-api/client.ts'

export const TENANT = '11111111-1111-1111-1111-111111111111'
export const OTHER_TENANT = '22222222-2222-2222-2222-222222222222'
export const NOW = new Date('2026-08-21T12:00:30.500Z')
export const SECRET = 'eyJhbGciOiJub25lIn0.eyJ0aWQiOiJzZWNyZXQifQ.c2lnbmF0dXJl'

type Body = string | Buffer | object
export interface FakeAnswer {
  status?: number
  headers?: Record<string, string>
  body?: Body
  attempts?: number
  retryAfterMs?: number
}

export function answer(given: FakeAnswer): HttpResponse {
  const { body = '' } = given
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return {
    status: given.status ?? 200,
    headers: { 'content-type': 'application/json', ...given.headers },
    body: bytes,
    attempts: given.attempts ?? 1,
    retryAfterMs: given.retryAfterMs,
  }
}

/** Hands the body over in small pieces where the request wants it so. */
function taken(response: HttpResponse, { takes }: HttpRequest): HttpResponse {
  const sink = takes?.(response)
  if (sink === undefined) return response
  for (let at = 0; at < response.body.length; at += 7) sink.push(response.body.subarray(at, at + 7))
  return { ...response, body: Buffer.alloc(0) }
}

export class FakeWorld {
  readonly requests: HttpRequest[] = []
  readonly slept: number[] = []
  readonly slowed: number[] = []
  readonly logged: string[] = []
  readonly renewed: string[] = []
  readonly permissions: unknown[] = []
  token: AccessToken = { value: SECRET, tenantId: TENANT, roles: ['Some.Role'] }
  readonly #answers: ((request: HttpRequest) => FakeAnswer)[]
  #now = NOW.getTime()

  constructor(...answers: (FakeAnswer | ((request: HttpRequest) => FakeAnswer))[]) {
    this.#answers = answers.map((given) => (typeof given === 'function' ? given : () => given))
  }

  /** The last answer is repeated. */
  readonly http: Http = {
    send: async (request) => {
      this.requests.push(request)
      const next = this.#answers.length > 1 ? this.#answers.shift()! : this.#answers[0]!
      return taken(answer(next(request)), request)
    },
  }
  readonly tokens: TokenSource = {
    token: async () => this.token,
    renew: async (stale) => {
      this.renewed.push(stale.value)
      this.token = { ...this.token, value: `fresh-${this.renewed.length}` }
      return this.token
    },
  }
  readonly clock: Clock = {
    now: () => new Date(this.#now),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      this.slept.push(ms)
      this.#now += ms
    },
  }
  readonly pace: Pace = { turn: async () => undefined, slowDown: (ms) => this.slowed.push(ms) }
  readonly log: Log = {
    info: (text) => this.logged.push(text),
    warn: (text) => this.logged.push(text),
    debug: (text) => this.logged.push(text),
  }

  options(more: Partial<ApiOptions> = {}): ApiOptions {
    return {
      origin: 'https://graph.example.com',
      tenant: { id: TENANT, label: 'contoso' },
      tokens: this.tokens,
      http: this.http,
      pace: this.pace,
      clock: this.clock,
      log: this.log,
      portal: 'https://security.example.com',
      redact: (text) => text.replaceAll(this.token.value, '***'),
      permissionError: (says) => {
        this.permissions.push(says)
        return new GateError('permission-missing', 'missing', 'grant it', { requestId: says.requestId })
      },
      ...more,
    }
  }
}

export function question(more: Partial<ListQuestion> = {}): ListQuestion {
  return {
    kind: 'incidents',
    status: ['active', 'inprogress', 'awaitingaction'],
    minSeverity: 'high',
    createdWithinMs: undefined,
    tags: [],
    ignoreClassification: ['falsepositive', 'informationalexpectedactivity'],
    ...more,
  }
}

/** What a promise was rejected with; fails the test when it was not, or with anything but a `GateError`. */
export async function failure(promise: Promise<unknown>): Promise<GateError> {
  const thrown = await promise.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  if (!(thrown instanceof GateError)) throw thrown
  return thrown
}

export const param = (request: HttpRequest, name: string): string | null => new URL(request.url).searchParams.get(name)
