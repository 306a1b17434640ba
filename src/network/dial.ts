/** TCP connections begun ahead of the code that talks over them: the first thing of a run, which waits for nothing else. */
import { connect, isIP, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'

/** Connections that wait to be taken. Nothing is sent over them. */
export class Dialled {
  readonly #begun: Socket[] = []
  readonly #waiting = new Map<string, Socket[]>()
  readonly #connectMs: number

  /** In milliseconds; what is not connected by then has failed with `ETIMEDOUT`. */
  constructor(connectMs = 10_000) {
    this.#connectMs = connectMs
  }

  /** Begins to connect to an `https:` origin. A failure is not told: whoever takes the connection will meet it. */
  dial(origin: string, connections = 1): void {
    const { protocol, hostname, port } = new URL(origin)
    if (protocol !== 'https:') return
    learnAddresses()
    const host = hostname.replace(/^\[(.*)\]$/, '$1')
    const sockets = Array.from({ length: connections }, () => this.#begin(host, Number(port || 443)))
    this.#waiting.set(origin, [...(this.#waiting.get(origin) ?? []), ...sockets])
  }

  /**
   * Until the names are looked up, or for some milliseconds: the event loop has to turn before a look-up becomes a connection,
   * and code that is loaded holds it up.
   */
  async lookedUp(atMostMs = 3): Promise<void> {
    const known = this.#begun.map(
      (socket) =>
        new Promise((resolve) => socket.once('lookup', resolve).once('connect', resolve).once('close', resolve)),
    )
    // The timer holds the process, as nothing else may: every connection may have failed by now.
    const over = new AbortController()
    const late = sleep(atMostMs, undefined, { signal: over.signal }).catch(() => undefined)
    await Promise.race([Promise.all(known), late])
    over.abort()
  }

  /** A connection to that origin; it may still be under way. `undefined` where none is left. */
  take(origin: string): Socket | undefined {
    const waiting = this.#waiting.get(origin) ?? []
    for (let socket = waiting.shift(); socket !== undefined; socket = waiting.shift()) {
      // One that the server is done with is about to be closed.
      if (socket.connecting || socket.readyState === 'open') return socket
    }
    return undefined
  }

  /** Also what was taken. */
  destroy(): void {
    for (const socket of this.#begun) socket.destroy()
    this.#waiting.clear()
  }

  #begin(host: string, port: number): Socket {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 })
    socket.setTimeout(this.#connectMs, () => {
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
    })
    socket.once('connect', () => socket.setTimeout(0)).on('error', () => {})
    this.#begun.push(socket)
    return socket
  }
}

let learnt = false

/**
 * Node asks of every host whether it is an IP address, by a pattern that takes the engine 10 ms to prepare: nearly all of that
 * goes into making it fast, in two steps, for a handful of names.
 */
export function learnAddresses(): void {
  if (learnt) return
  learnt = true
  setFlagsFromString('--no-regexp-optimization')
  for (let step = 0; step < 2; step += 1) isIP('localhost')
  setFlagsFromString('--regexp-optimization')
}
