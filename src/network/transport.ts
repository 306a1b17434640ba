/** Sends requests over undici: time-outs, five tries, a size cap, proxies. Everything that the gate asks goes through here. */
import { setImmediate } from 'node:timers/promises'
import { requestCancelled } from '../errors/network.ts'
import type { Clock, Http, HttpRequest, HttpResponse, Log } from '../model.ts'
import { ACCEPT_ENCODING, readBody } from './body.ts'
import type { Dialled } from './dial.ts'
import {
  AttemptTimeout,
  asError,
  classify,
  type Failure,
  inWords,
  mayBeTaken,
  type Timeouts,
  triesAllowed,
} from './failure.ts'
import { backoffMs, isNotTaken, isRetriedStatus, MAX_ATTEMPTS, MAX_WAIT_MS, retryAfterMs, seconds } from './retry.ts'
import { openRoutes, type ProxySettings, type Route } from './route.ts'

export interface HttpOptions {
  /** Proxy URLs, and the hosts that need none. Credentials in a URL are used and never shown. */
  readonly proxy: ProxySettings
  readonly clock: Clock
  /** From 0 up to 1; for the jitter of waits. */
  readonly random?: () => number
  readonly log: Log
  readonly userAgent: string
  /** Milliseconds. */
  readonly timeouts?: Partial<Timeouts>
  /** Largest body, as it arrives and unpacked. */
  readonly maxBodyBytes?: number
  /** Aborting it ends everything under way with the code `cancelled`. */
  readonly signal?: AbortSignal | undefined
  /** Connections that were begun already, for the first requests. */
  readonly dialled?: Dialled
}

export interface ClosableHttp extends Http {
  /** Ends what is under way and closes every connection, so that nothing keeps the process alive. */
  close(): Promise<void>
  /**
   * Opens TLS connections to that origin, without sending anything, for the next requests there to use, until so many are
   * waiting. Does nothing where a proxy is set: the tunnel is opened by the request.
   */
  warm(origin: string, connections?: number): void
}

/** Hunting queries may run for three minutes (Microsoft's limit), so the head of an answer may take longer than that. */
const TIMEOUTS: Timeouts = { connectMs: 10_000, headersMs: 200_000, bodyMs: 30_000, totalMs: 300_000 }
const MAX_BODY_BYTES = 64 * 1024 * 1024

type Sent = Omit<HttpResponse, 'attempts' | 'retryAfterMs'>

/** The `Http` of the real world. Its errors carry the codes of `errors/network.ts`, and `cancelled`. */
export function createHttp(options: HttpOptions): ClosableHttp {
  const { clock, log, random = Math.random, maxBodyBytes = MAX_BODY_BYTES } = options
  const defaults: Timeouts = { ...TIMEOUTS, ...options.timeouts }
  const closing = new AbortController()
  const { proxy, dialled } = options
  const routes = openRoutes({ proxy, connectMs: defaults.connectMs, closing: closing.signal, dialled })

  /** One attempt, body and all; `signal` has to end it at once, whatever state it is in. */
  async function exchange(request: HttpRequest, url: URL, route: Route, signal: AbortSignal): Promise<Sent> {
    const { statusCode, headers, body } = await route.dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { 'user-agent': options.userAgent, 'accept-encoding': ACCEPT_ENCODING, ...lowerCased(request.headers) },
      body: request.body ?? null,
      headersTimeout: defaults.headersMs,
      bodyTimeout: defaults.bodyMs,
      signal,
    })
    const joined = joinedHeaders(headers)
    const sink = request.takes?.({ status: statusCode, headers: joined })
    const content = await readBody(body, joined, maxBodyBytes, sink)
    // undici frees a connection one turn of the event loop after its answer; a request before that would open another.
    await setImmediate()
    return { status: statusCode, headers: joined, body: content }
  }

  async function attempt(
    request: HttpRequest,
    url: URL,
    route: Route,
    totalMs: number,
    cancel: AbortSignal,
  ): Promise<Sent | Failure> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new AttemptTimeout()), totalMs)
    const signal = AbortSignal.any([cancel, late.signal])
    try {
      // undici tells an abort only once there is a connection; the race tells it at once.
      return await unlessAborted(exchange(request, url, route, signal), signal)
    } catch (thrown) {
      const failure = classify(thrown)
      if (failure === undefined) throw thrown
      return failure
    } finally {
      clearTimeout(timer)
    }
  }

  async function persist(request: HttpRequest, cancel: AbortSignal): Promise<HttpResponse> {
    const url = new URL(request.url)
    const route = routes.to(url)
    const timeouts: Timeouts = { ...defaults, totalMs: request.timeoutMs ?? defaults.totalMs }
    const most = Math.min(MAX_ATTEMPTS, request.maxAttempts ?? MAX_ATTEMPTS)
    let started: number | undefined
    for (let tries = 1; ; tries += 1) {
      await request.pace?.turn(cancel)
      cancel.throwIfAborted()
      started ??= clock.now().getTime()
      const outcome = await attempt(request, url, route, timeouts.totalMs, cancel)
      const now = clock.now()
      let wait = backoffMs(tries, random)
      let what: string
      let allowed = most
      if ('status' in outcome && 'body' in outcome) {
        const answer: HttpResponse = { ...outcome, attempts: tries, retryAfterMs: undefined }
        if (!isRetriedStatus(answer.status) || request.handsBack?.(answer)) return answer
        if (request.idempotent === false && !isNotTaken(answer.status)) return answer
        wait = retryAfterMs(answer.headers, now) ?? wait
        if (answer.status === 429) request.pace?.slowDown(wait)
        if (wait > MAX_WAIT_MS) return { ...answer, retryAfterMs: wait }
        if (tries >= most) return answer
        what = `answered ${answer.status}`
      } else {
        // A dead proxy is a wrong setting nearly always: it is not waited for beyond the connect time-out.
        const dead = outcome.atProxy && outcome.reason !== 'proxy-status'
        const hopeless = dead && now.getTime() - started + wait >= timeouts.connectMs
        allowed = request.idempotent === false && mayBeTaken(outcome) ? tries : Math.min(most, triesAllowed(outcome))
        if (tries >= allowed || hopeless) {
          const { proxy } = route
          throw asError(outcome, { host: url.host, tries, proxy, timeouts, maxBytes: maxBodyBytes, now })
        }
        what = `did not answer (${outcome.atProxy ? `proxy ${route.proxy?.shown}: ` : ''}${inWords(outcome, timeouts)})`
      }
      log.info(`${url.host} ${what}, trying again in ${seconds(wait)} (attempt ${tries + 1} of ${allowed})`)
      await clock.sleep(wait, cancel)
    }
  }

  return {
    async send(request) {
      const signals = [closing.signal, options.signal, request.signal].filter((signal) => signal !== undefined)
      const cancel = AbortSignal.any(signals)
      try {
        cancel.throwIfAborted()
        return await persist(request, cancel)
      } catch (thrown) {
        if (cancel.aborted) throw requestCancelled(new URL(request.url).host, cancel.reason)
        throw thrown
      }
    },
    warm: (origin, connections) => routes.warm(origin, connections),
    async close() {
      closing.abort(new Error('closed'))
      await routes.destroy()
    },
  }
}

/** Settles like `work`, or rejects as soon as the signal is aborted. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** undici gives names in lower case, and a list where a header came more than once. */
function joinedHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}
