/** The way to a server: directly or through a proxy, over connections that are kept. The only file that knows undici. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import { type Dialled, learnAddresses } from './dial.ts'
import { type ProxyAddress, proxyAddress } from './proxy.ts'

export interface Route {
  readonly dispatcher: Dispatcher
  /** The proxy that is set for this kind of URL. `NO_PROXY` may still exempt the host. */
  readonly proxy: ProxyAddress | undefined
}

export interface Routes {
  /** Throws a `GateError` where the proxy's setting is no address. */
  to(url: URL): Route
  /** Opens connections ahead of time until so many wait for requests to that origin. Does nothing where a proxy is set. */
  warm(origin: string, connections?: number): void
  destroy(): Promise<void>
}

/** The proxy, and not the server behind it, failed. `status` is its answer to CONNECT, where there was one. */
export class ProxyFault extends Error {
  readonly status: number | undefined

  constructor(status: number | undefined, cause?: unknown) {
    super('proxy', { cause })
    this.status = status
  }
}

/** What `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. */
export interface ProxySettings {
  readonly https?: string | undefined
  readonly http?: string | undefined
  readonly no?: string | undefined
}

export interface RouteOptions {
  readonly proxy: ProxySettings
  readonly connectMs: number
  /** Destroys every socket, also those that are still connecting. */
  readonly closing: AbortSignal
  /** Connections that were begun already. */
  readonly dialled?: Dialled | undefined
}

export function openRoutes({ proxy, connectMs, closing, dialled }: RouteOptions): Routes {
  // undici's parser is WebAssembly with one huge function, which the engine would optimise in the background: for the
  // answers of a run that cost a sixth of its CPU time and 16 MiB, and won nothing.
  setFlagsFromString('--no-wasm-tier-up')
  setFlagsFromString('--no-wasm-dynamic-tiering')
  learnAddresses()
  // HTTP/2 is left out: each request would share one TCP connection, and undici's part for it is the younger one.
  // One context for all connections: each would else make its own, which takes as long as the handshake.
  const tls = { allowH2: false, signal: closing, secureContext: createSecureContext() }
  const ahead = new ConnectionsAhead(buildConnector({ ...tls, timeout: connectMs }), dialled)
  const options = { allowH2: false, connect: ahead.connect } as const
  const open = new Map<string, Route>()

  function route(protocol: string): Route {
    const address =
      protocol === 'https:' ? proxyAddress('HTTPS_PROXY', proxy.https) : proxyAddress('HTTP_PROXY', proxy.http)
    if (address === undefined) return { dispatcher: new Agent(options), proxy: undefined }
    // One agent a protocol: like other programs, and unlike undici, https never falls back to HTTP_PROXY.
    const dispatcher = new EnvHttpProxyAgent({
      ...options,
      httpProxy: address.uri,
      httpsProxy: address.uri,
      noProxy: proxy.no ?? '',
      connectTimeout: connectMs,
      requestTls: tls,
      proxyTls: tls,
      ...(address.authorization === undefined ? {} : { token: address.authorization }),
      clientFactory: (origin, given) => tunnelClient(origin, given, connectMs),
      factory: (origin, given) =>
        new URL(String(origin)).origin === address.origin ? forwardClient(origin, given) : new Pool(origin, given),
    })
    return { dispatcher, proxy: address }
  }

  return {
    to(url) {
      const known = open.get(url.protocol)
      if (known) return known
      const made = route(url.protocol)
      open.set(url.protocol, made)
      return made
    },
    warm(origin, connections = 1) {
      const url = new URL(origin)
      const proxied = url.protocol === 'https:' ? proxy.https : proxy.http
      if (proxied || closing.aborted) return
      while (ahead.waitingFor(url) < connections) ahead.open(url)
    },
    async destroy() {
      dialled?.destroy()
      await Promise.all([...open.values()].map(({ dispatcher }) => dispatcher.destroy()))
    },
  }
}

/** Keeps the connections that were opened ahead of time, by origin, until a request takes them. */
class ConnectionsAhead {
  readonly #connect: buildConnector.connector
  readonly #dialled: Dialled | undefined
  readonly #waiting = new Map<string, Set<Promise<Socket>>>()

  constructor(connect: buildConnector.connector, dialled: Dialled | undefined) {
    this.#connect = connect
    this.#dialled = dialled
  }

  waitingFor({ origin }: URL): number {
    return this.#waiting.get(origin)?.size ?? 0
  }

  open({ protocol, host, hostname, port, origin }: URL): void {
    const waiting = this.#waiting.get(origin) ?? new Set()
    this.#waiting.set(origin, waiting)
    const bare = hostname.replace(/^\[(.*)\]$/, '$1')
    const socket = this.#begun(origin).then((httpSocket) => {
      const to = { protocol, host, hostname: bare, port, ...(httpSocket && { httpSocket }) }
      return new Promise<Socket>((resolve, reject) => {
        this.#connect(to, (error, made) => (error ? reject(error) : resolve(made!)))
      })
    })
    waiting.add(socket)
    const forget = () => void waiting.delete(socket)
    // A failure is not told: the request itself will meet it, and say so.
    socket.then((made) => made.once('close', forget), forget)
  }

  /** The TCP connection to speak TLS over, where there is one already. */
  async #begun(origin: string): Promise<Socket | undefined> {
    const socket = this.#dialled?.take(origin)
    if (socket?.connecting) await once(socket, 'connect')
    return socket
  }

  /** The connector for undici. */
  readonly connect: buildConnector.connector = (options, callback) => {
    const waiting = this.#waiting.get(`${options.protocol}//${options.host}`)
    const [socket] = waiting ?? []
    if (waiting === undefined || socket === undefined) return this.#connect(options, callback)
    waiting.delete(socket)
    socket.then(
      (made) => (made.readyState === 'open' ? callback(null, made) : this.#connect(options, callback)),
      (error: Error) => callback(error, null),
    )
  }
}

type Connected = Dispatcher.ConnectData

/** The connection to the proxy for CONNECT. What fails here is the proxy's fault, and is marked so. */
function tunnelClient(origin: URL, given: object, answerMs: number): Dispatcher {
  const pool = new Pool(origin, { ...given, headersTimeout: answerMs })
  const connect = pool.connect.bind(pool) as (options: object) => Promise<Connected>
  return Object.assign(pool, {
    async connect(options: object): Promise<Connected> {
      const tunnel = await connect(options).catch((cause) => {
        throw new ProxyFault(undefined, cause)
      })
      if (tunnel.statusCode === 200) return tunnel
      tunnel.socket.on('error', () => {}).destroy()
      throw new ProxyFault(tunnel.statusCode)
    },
  })
}

/** The connection to the proxy for plain HTTP, which it forwards. */
function forwardClient(origin: string | URL, given: { connect?: unknown }): Dispatcher {
  const connect = given.connect as buildConnector.connector
  return new Pool(origin, {
    ...given,
    connect: (options, callback) =>
      connect(options, (...[error, socket]) =>
        error ? callback(new ProxyFault(undefined, error), null) : callback(null, socket!),
      ),
  })
}
