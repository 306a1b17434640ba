import dns from 'node:dns'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { type Certificate, certificate, trust, trusted } from './certificates.ts'
import { type Bench, bench, httpServer, httpsServer, type Running, silentServer } from './world.ts'

const open: (() => Promise<void>)[] = []
const DAY = 86_400_000

afterEach(async () => {
  jest.restoreAllMocks()
  for (const close of open.splice(0).reverse()) await close()
})

async function serve(tls: Certificate): Promise<Running> {
  const running = await httpsServer(tls, (_, response) => void response.end('fine'))
  open.push(running.stop)
  return running
}

function client(): Bench {
  const made = bench()
  open.push(made.http.close)
  return made
}

const get = (url: string) => ({ method: 'GET', url, headers: {} }) as const

describe('certificates', () => {
  it('are accepted when trusted, also on a connection that was opened ahead of time', async () => {
    const { origin, connections } = await serve(await trusted())
    const { http } = client()
    http.warm(origin)
    expect(await http.send(get(origin))).toMatchObject({ status: 200 })
    expect(connections()).toBe(1)
  })

  it('are refused when not, once, naming NODE_EXTRA_CA_CERTS', async () => {
    const { origin, connections } = await serve(await certificate())
    const { http, clock } = client()
    await expect(http.send(get(origin))).rejects.toMatchObject({
      code: 'server-certificate-untrusted',
      message: `The certificate of ${new URL(origin).host} is not trusted by this runner (tried once).`,
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
    expect(connections()).toBe(1)
    expect(clock.slept).toEqual([])
  })

  it.each([
    ['has expired', -10 * DAY, -DAY],
    ['is not valid yet', DAY, 10 * DAY],
  ])('hint at the clock when one %s', async (what, from, to) => {
    const old = await certificate({ notBefore: new Date(Date.now() + from), notAfter: new Date(Date.now() + to) })
    trust(old)
    const { origin, connections } = await serve(old)
    await expect(client().http.send(get(origin))).rejects.toMatchObject({
      code: 'server-certificate-expired',
      message: expect.stringContaining(what),
      hint: expect.stringContaining("runner's clock: it says 2026-03-01T12:00:00Z"),
    })
    expect(connections()).toBe(1)
  })

  it('are refused for another host', async () => {
    const other = await certificate({ ip: '127.0.0.2' })
    trust(other)
    const { origin, connections } = await serve(other)
    await expect(client().http.send(get(origin))).rejects.toMatchObject({ code: 'server-certificate-wrong-host' })
    expect(connections()).toBe(1)
  })

  it('are not to be had from a server that speaks no TLS', async () => {
    const plain = await httpServer((_, response) => void response.end('fine'))
    open.push(plain.stop)
    await expect(client().http.send(get(`https://127.0.0.1:${plain.port}`))).rejects.toMatchObject({
      code: 'tls-failed',
    })
    expect(plain.connections()).toBe(1)
  })
})

describe('names', () => {
  function resolverSays(code: string): { asked: string[] } {
    const asked: string[] = []
    jest.spyOn(dns, 'lookup').mockImplementation(((host: string, _: object, done: (error: Error) => void) => {
      asked.push(host)
      setImmediate(() =>
        done(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo' })),
      )
    }) as never)
    return { asked }
  }

  it('that do not exist are an error at once', async () => {
    const { asked } = resolverSays('ENOTFOUND')
    await expect(client().http.send(get('https://grahp.microsoft.com/x'))).rejects.toMatchObject({
      code: 'host-not-found',
      message: 'grahp.microsoft.com could not be found: there is no such name (tried once).',
      hint: expect.stringContaining('spelling'),
    })
    expect(asked).toEqual(['grahp.microsoft.com'])
  })

  it('that cannot be looked up for now are tried again', async () => {
    const { asked } = resolverSays('EAI_AGAIN')
    const { http, log } = client()
    await expect(http.send(get('https://graph.microsoft.com/x'))).rejects.toMatchObject({
      code: 'host-not-found',
      message: 'graph.microsoft.com could not be found: the name look-up failed for now (tried 5 times).',
    })
    expect(asked).toHaveLength(5)
    expect(log.lines[0]).toBe(
      'graph.microsoft.com did not answer (the name look-up failed for now), trying again in 0.8 s (attempt 2 of 5)',
    )
  })

  it('of a proxy are told as the proxy', async () => {
    resolverSays('ENOTFOUND')
    const { http } = bench({ proxy: { https: 'http://proxy.corp:8080' } })
    open.push(http.close)
    await expect(http.send(get('https://graph.microsoft.com/x'))).rejects.toMatchObject({
      code: 'proxy-unreachable',
      message: expect.stringContaining('there is no such name (tried once)'),
    })
  })
})

describe('time to connect', () => {
  it('is bounded, and tried again', async () => {
    // Takes the connection and never begins with TLS.
    const silent = await silentServer()
    open.push(silent.stop)
    const controller = new AbortController()
    const { http, log, clock } = bench({ timeouts: { connectMs: 40 }, signal: controller.signal })
    open.push(http.close)
    clock.sleep = async () => controller.abort()
    await expect(http.send(get(`https://127.0.0.1:${silent.port}`))).rejects.toMatchObject({ code: 'cancelled' })
    expect(log.lines).toEqual([
      `127.0.0.1:${silent.port} did not answer (no connection within 0 s), trying again in 0.8 s (attempt 2 of 5)`,
    ])
  })
})
