/** Loopback servers, certificates and a clock for the tests of the network. */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from 'node:net'
import type { Clock, Log } from '../../../src/model.ts'
import { createHttp, type HttpOptions } from '../../../src/network/transport.ts'

/** Sleeping costs no time and is written down; aborting works as in the real clock. */
export class InstantClock implements Clock {
  readonly slept: number[] = []
  #now: number

  constructor(start = '2026-03-01T12:00:00Z') {
    this.#now = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#now)
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.#now += ms
  }
}

export class ListLog implements Log {
  readonly lines: string[] = []
  readonly info = (text: string): void => void this.lines.push(text)
  readonly warn = this.info
  readonly debug = this.info
}

export interface Running {
  readonly port: number
  readonly origin: string
  /** Connections that were opened so far. */
  readonly connections: () => number
  /** Closes every connection, and goes on listening. */
  hangUp(): void
  stop(): Promise<void>
}

async function run(server: Server, scheme: 'http' | 'https'): Promise<Running> {
  const sockets = new Set<Socket>()
  let opened = 0
  server.on('connection', (socket) => {
    opened += 1
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}`,
    connections: () => opened,
    hangUp,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      hangUp()
      await closed
    },
  }
}

export const httpServer = (listener: RequestListener): Promise<Running> => run(createServer(listener), 'http')

export const httpsServer = (tls: { key: string; cert: string }, listener: RequestListener): Promise<Running> =>
  run(createHttps(tls, listener), 'https')

/** Speaks whatever bytes the test wants, once a request has come in. */
export const rawServer = (answer: (socket: Socket, count: number) => void): Promise<Running> => {
  let count = 0
  return run(
    createTcp((socket) =>
      socket.on('data', () => {
        count += 1
        answer(socket, count)
      }),
    ),
    'http',
  )
}

/** Accepts connections and never says a word. */
export const silentServer = (): Promise<Running> => run(createTcp(), 'http')

/** A proxy that opens tunnels and keeps the heads of what it was asked. With `login`, it wants that one. */
export async function tunnelProxy(login?: string): Promise<Running & { asked: string[]; logins: unknown[] }> {
  const asked: string[] = []
  const logins: unknown[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    logins.push(request.headers['proxy-authorization'])
    response.end('by the proxy')
  })
  server.on('connect', (request, socket, head) => {
    asked.push(`CONNECT ${request.url}`)
    const given = request.headers['proxy-authorization']
    logins.push(given)
    socket.on('error', () => {})
    if (login !== undefined && given !== `Basic ${Buffer.from(login).toString('base64')}`) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const [, port] = (request.url ?? '').split(':')
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.once('close', () => onward.destroy())
  })
  return Object.assign(await run(server, 'http'), { asked, logins })
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = await silentServer()
  await server.stop()
  return server.port
}

export interface Bench {
  readonly http: ReturnType<typeof createHttp>
  readonly clock: InstantClock
  readonly log: ListLog
}

/** The transport with a clock that does not wait. Jitter is at its middle: the first back-off is 750 ms. */
export function bench(options: Partial<HttpOptions> = {}): Bench {
  const clock = new InstantClock()
  const log = new ListLog()
  const http = createHttp({ proxy: {}, clock, log, userAgent: 'defender-gate/test', random: () => 0.5, ...options })
  return { http, clock, log }
}
