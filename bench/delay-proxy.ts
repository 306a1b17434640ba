/**
 * A link with a delay: a TCP relay that hands on each packet half a round trip after it came. The kernel answers a
 * connect on loopback at once, so the round trip of TCP's handshake is added to what comes first: nothing that a client
 * sends is treated as sent before a real connect would have come back. Usage: delay-proxy.ts ROUND-TRIP-MS PORT [PORT …];
 * sends the list of its own ports to its parent.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

const [roundTrip = 0, ...ports] = process.argv.slice(2).map(Number)
const oneWay = roundTrip / 2

/** Hands on what comes, in order, `oneWay` after it came but not before `earliest`. */
function relay(from: Socket, to: Socket, earliest: number): void {
  // Timers of different lengths may fire out of order; what they let go of may not.
  const queue: (() => void)[] = []
  const after = (act: () => void): void => {
    const now = performance.now()
    queue.push(act)
    setTimeout(() => queue.shift()?.(), Math.max(now, earliest) + oneWay - now)
  }
  from.on('data', (data) => after(() => !to.destroyed && to.write(data)))
  from.on('end', () => after(() => !to.destroyed && to.end()))
  from.on('error', () => after(() => to.destroy()))
}

function listen(target: number): Promise<number> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const opened = performance.now()
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    relay(client, upstream, opened + roundTrip)
    relay(upstream, client, 0)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

process.once('disconnect', () => process.exit(0))
process.send?.(await Promise.all(ports.map(listen)))
