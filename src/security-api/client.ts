/**
 * Sends one call to the security API with the tenant's token and reads the answer as JSON. What is no readable success is
 * thrown as a `GateError`; retries of single attempts are the transport's business.
 */
import { randomUUID } from 'node:crypto'
import { quotaExhausted, unreadable } from '../errors/security-api.ts'
import type { GateError } from '../errors.ts'
import type {
  AccessToken,
  Clock,
  Http,
  HttpRequest,
  HttpResponse,
  Log,
  Pace,
  Sink,
  Tenant,
  TokenSource,
} from '../model.ts'
import { kindOf } from './cells.ts'
import { clean, failureOf, findId, type Hide, isHtml, type PermissionSays, readSays } from './failures.ts'
import { isObject, type JsonObject, parseExact } from './json.ts'
import { quotaWait } from './quota.ts'

export interface ApiOptions {
  /** Root of the API: an `https:` origin. */
  readonly origin: string
  readonly tenant: Tenant
  readonly tokens: TokenSource
  readonly http: Http
  readonly pace: Pace | undefined
  readonly clock: Clock
  readonly log: Log
  /** Origin of the Defender portal. */
  readonly portal: string
  readonly permissionError: (says: PermissionSays) => GateError
  /** Takes everything that was masked out of a text: an answer may echo the token. */
  readonly redact: (text: string) => string
  readonly signal?: AbortSignal
  /** Longest time that one call waits for a quota in all, in milliseconds. Default: five minutes. */
  readonly maxWaitMs?: number
}

export interface ApiCall {
  readonly method: 'GET' | 'POST'
  /** Whole URL at the API's origin. */
  readonly url: string
  readonly hunting: boolean
  readonly timeoutMs: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: JsonObject
}

/** A success: the JSON object that the API answered with, and the id of the request for support. */
export interface Answer {
  readonly body: JsonObject
  readonly requestId: string | undefined
}

/** Reads the body of a success piece by piece. It keeps what is wrong with it to itself until the end. */
export interface BodyReader extends Sink<Buffer> {
  /**
   * The JSON of the answer, as far as it is to be looked at as a whole.
   * @throws SyntaxError, RangeError as `parseExact` does
   */
  end(): unknown
}

export interface Client {
  /** Name of the API for messages. */
  readonly api: string
  ask(call: ApiCall): Promise<Answer>
  /** Like `ask`, for a large answer: each attempt at it is read by a reader of its own; that of the last one comes back. */
  read<Reader extends BodyReader>(call: ApiCall, open: () => Reader): Promise<Answer & { readonly reader: Reader }>
  /** The tenant that the token names, in lower case, where it can be read. */
  tokenTenant(): Promise<string | undefined>
}

/** Microsoft's limit for a query is three minutes; the answer may be 50 MB. */
export const HUNTING_TIMEOUT_MS = 200_000
export const LIST_TIMEOUT_MS = 60_000

const MAX_TRIES = 5
const MAX_WAIT_MS = 5 * 60_000
/** The service tells whole seconds: waiting a little longer than it says saves a second refusal. */
const MARGIN_MS = 1000

/** `api` is its name for messages. */
export function createClient(api: string, o: ApiOptions): Client {
  return {
    api,
    ask: async (call) => readAnswer(api, await exchange(api, o, call), o.redact),
    read: async (call, open) => {
      let reader: ReturnType<typeof open> | undefined
      const success = await exchange(api, o, call, () => {
        reader = open()
        return reader
      })
      return { ...readAnswer(api, success, o.redact), reader: reader! }
    },
    tokenTenant: async () => (await o.tokens.token()).tenantId?.toLowerCase(),
  }
}

/** Sends until there is a success: one new token after a 401, and waits for a quota that opens soon. */
async function exchange(api: string, o: ApiOptions, call: ApiCall, open?: () => BodyReader): Promise<Received> {
  let token = await o.tokens.token()
  let renewed = false
  let tries = 0
  let waited = 0
  for (;;) {
    const id = randomUUID()
    let body: Body | undefined
    const takes = ({ status }: { readonly status: number }): Body | undefined => {
      body = isSuccess(status) && open !== undefined ? new Body(open()) : undefined
      return body
    }
    const response = await o.http.send({ ...requestOf(o, call, token, id), takes, maxAttempts: MAX_TRIES - tries })
    if (body === undefined) {
      body = takes(response) ?? new Body(whole(response))
      body.push(response.body)
    }
    tries += response.attempts
    o.log.debug(line(call, response, body, o.redact))
    if (isSuccess(response.status)) return received(response, body, o.redact)
    if (response.status === 401 && !renewed && tries < MAX_TRIES) {
      renewed = true
      token = await o.tokens.renew(token)
      continue
    }
    const says = readSays(response, api, id, o.redact)
    const wait = response.retryAfterMs === undefined ? quotaOf(response.status, says.text) : undefined
    if (wait === undefined) throw failureOf(response, says, askedOf(api, o, call, token))
    if (tries >= MAX_TRIES || wait > MAX_WAIT_MS || waited + wait > (o.maxWaitMs ?? MAX_WAIT_MS)) {
      throw quotaExhausted(says, new Date(o.clock.now().getTime() + wait))
    }
    waited += wait
    await waitForQuota(o, wait)
  }
}

async function waitForQuota(o: ApiOptions, wait: number): Promise<void> {
  o.log.info(
    `The quota of tenant ${o.tenant.label} is used up; waiting ${Math.ceil(wait / 1000)} s as the service asks.`,
  )
  const rest = Math.min(wait + MARGIN_MS, MAX_WAIT_MS)
  o.pace?.slowDown(rest)
  await o.clock.sleep(rest, o.signal)
}

function requestOf(o: ApiOptions, call: ApiCall, token: AccessToken, id: string): HttpRequest {
  return {
    method: call.method,
    url: call.url,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token.value}`,
      'client-request-id': id,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      ...call.headers,
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    timeoutMs: call.timeoutMs,
    // The quota of calls a minute is for hunting; lists have a far wider one.
    ...(o.pace === undefined || !call.hunting ? {} : { pace: o.pace }),
    ...(o.signal === undefined ? {} : { signal: o.signal }),
    handsBack: isQuotaAnswer,
  }
}

/** A quota is waited for here, by what its words say. A `Retry-After` says it better and is the transport's business. */
function isQuotaAnswer(answer: Pick<HttpResponse, 'status' | 'headers' | 'body'>): boolean {
  if (answer.headers['retry-after'] !== undefined || answer.body.length > 10_000) return false
  return quotaOf(answer.status, answer.body.toString('utf8')) !== undefined
}

/** The status of the quota answer is not documented: 429 is likely, 400 and 403 are possible. */
function quotaOf(status: number, text: string): number | undefined {
  return [400, 403, 429].includes(status) ? quotaWait(text) : undefined
}

function askedOf(api: string, o: ApiOptions, call: ApiCall, token: AccessToken) {
  const { origin, pathname } = new URL(call.url)
  return {
    api,
    hunting: call.hunting,
    tenant: o.tenant.label,
    address: `${origin}${pathname}`,
    roles: token.roles,
    now: o.clock.now(),
    permissionError: o.permissionError,
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

function line(call: ApiCall, response: HttpResponse, { size }: Body, hide: Hide): string {
  const id = headerId(response, hide) ?? 'none'
  return `${call.method} ${new URL(call.url).pathname}: ${response.status}, ${size} bytes, attempt ${response.attempts}, request id ${id}`
}

// --- the answer -----------------------------------------------------------------------------------------------------

/** The body of a success, as far as it has come. */
class Body implements Sink<Buffer> {
  /** In bytes. */
  size = 0
  /** The first piece that is not empty: by its start HTML is told. */
  start = Buffer.alloc(0)
  readonly reader: BodyReader

  constructor(reader: BodyReader) {
    this.reader = reader
  }

  push(piece: Buffer): void {
    if (this.size === 0) this.start = Buffer.from(piece.subarray(0, START))
    this.size += piece.length
    this.reader.push(piece)
  }
}

/** As many bytes of a body are looked at to tell HTML. */
const START = 200

/** For a body that comes in one piece. It is held once: `parseExact` lets go of its bytes. */
function whole({ body }: HttpResponse): BodyReader {
  const source = { bytes: body }
  return { push: () => undefined, end: () => parseExact(source) }
}

/** A success, and what reads it. */
interface Received {
  readonly status: number
  readonly requestId: string | undefined
  readonly warning: string | undefined
  readonly html: boolean
  /** The answer says of itself that it is something other than JSON; one that says nothing is judged by its content. */
  readonly saysNotJson: boolean
  /** Type and size, for messages. */
  readonly facts: string
  readonly size: number
  readonly reader: BodyReader
}

const JSON_TYPE = /^\s*(?:$|(?:application|text)\/(?:[\w.+-]+\+)?json\b)/i

function received(response: HttpResponse, { size, start, reader }: Body, hide: Hide): Received {
  const { status, headers } = response
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(headers['content-type'] ?? '')?.[0] ?? 'no content type'
  return {
    status,
    requestId: headerId(response, hide),
    warning: headers['warning'],
    html: isHtml({ headers, body: start }),
    saysNotJson: headers['content-type'] !== undefined && !JSON_TYPE.test(headers['content-type']),
    facts: `${type}, ${size} bytes`,
    size,
    reader,
  }
}

function headerId({ headers }: HttpResponse, hide: Hide): string | undefined {
  return findId([headers['request-id'], headers['client-request-id']], hide)
}

function readAnswer(api: string, answer: Received, hide: Hide): Answer {
  const refuse = (what: string): GateError => unreadable(api, what, answer.requestId)
  if (answer.status === 206) throw refuse(`only a part of it came (206)${warning(answer, hide)}`)
  if (answer.status !== 200) throw refuse(`status ${answer.status} in place of 200`)
  if (answer.size === 0) throw refuse('it is empty')
  const parsed = parse(answer, refuse)
  if (answer.saysNotJson) throw refuse(`a content type other than JSON (${answer.facts})`)
  if (!isObject(parsed)) throw refuse(`${kindOf(parsed)} in place of an object`)
  if (parsed['error'] !== undefined && parsed['error'] !== null) throw refuse('an error inside an answer of status 200')
  return { body: parsed, requestId: answer.requestId }
}

function parse(answer: Received, refuse: (what: string) => GateError): unknown {
  try {
    return answer.reader.end()
  } catch (thrown) {
    // The thrown error is not kept as a cause: its message quotes the answer.
    if (answer.html) throw refuse(`an HTML page in place of JSON (${answer.facts})`)
    if (thrown instanceof RangeError) throw refuse(`JSON that is nested too deeply (${answer.facts})`)
    throw refuse(`no valid JSON, or cut off (${answer.facts})`)
  }
}

function warning(answer: Received, hide: Hide): string {
  return answer.warning === undefined ? '' : `, with the warning ${clean(answer.warning, hide).slice(0, 200)}`
}
