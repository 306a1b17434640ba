import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { GateError } from '../../../src/errors.ts'
import { proxyAddress } from '../../../src/network/proxy.ts'
import type { HttpOptions } from '../../../src/network/transport.ts'
import { trusted } from './certificates.ts'
import {
  type Bench,
  bench,
  deadPort,
  httpServer,
  httpsServer,
  type Running,
  rawServer,
  silentServer,
  tunnelProxy,
} from './world.ts'

const open: (() => Promise<void>)[] = []
let tls: { key: string; cert: string }

beforeAll(async () => {
  tls = await trusted()
})

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function serve<T extends Running>(server: Promise<T>): Promise<T> {
  const running = await server
  open.push(running.stop)
  return running
}

function client(options: Partial<HttpOptions>): Bench {
  const made = bench(options)
  open.push(made.http.close)
  return made
}

const get = (url: string) => ({ method: 'GET', url, headers: {} }) as const
const target = (): Promise<Running> => serve(httpsServer(tls, (_, response) => void response.end('from the target')))
const failed = (sent: Promise<unknown>): Promise<GateError> =>
  sent.then(
    () => {
      throw new Error('should have failed')
    },
    (error) => error,
  )

describe('proxyAddress', () => {
  it.each([undefined, '', '  '])('is none for %j', (value) => {
    expect(proxyAddress('HTTPS_PROXY', value)).toBeUndefined()
  })

  it.each([
    ['http://proxy:8080', 'http://proxy:8080', undefined],
    ['proxy.corp:8080/', 'http://proxy.corp:8080', undefined],
    ['https://proxy', 'https://proxy', undefined],
    ['http://me:p%40ss%3A@proxy:8080', 'http://***@proxy:8080', 'me:p@ss:'],
    ['http://me@proxy:8080', 'http://***@proxy:8080', 'me:'],
    ['http://me:100%@proxy:8080', 'http://***@proxy:8080', 'me:100%'],
    ['http://me:gr%C3%BC%C3%9Fe@[::1]:8080', 'http://***@[::1]:8080', 'me:grüße'],
  ])('%s is shown as %s', (value, shown, login) => {
    const address = proxyAddress('HTTPS_PROXY', value)
    expect(address?.shown).toBe(shown)
    expect(address?.uri).not.toContain('me')
    expect(address?.authorization).toBe(login && `Basic ${Buffer.from(login).toString('base64')}`)
  })

  it.each(['http://', 'ftp://me:secret@proxy', 'socks5://proxy:1080', 'http://me:secret@proxy:99999', 'a b'])(
    '%s is an error that does not show it',
    (value) => {
      expect(() => proxyAddress('HTTP_PROXY', value)).toThrow(
        expect.objectContaining({ code: 'proxy-setting', message: expect.stringContaining('HTTP_PROXY') }),
      )
      expect(() => proxyAddress('HTTP_PROXY', value)).not.toThrow(/secret|proxy:/)
    },
  )
})

describe('a request to an https server', () => {
  it('goes through a tunnel of HTTPS_PROXY, which is kept', async () => {
    const { origin, port } = await target()
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { https: proxy.origin } })
    for (let index = 0; index < 3; index += 1) {
      expect((await http.send(get(`${origin}/x`))).body.toString()).toBe('from the target')
    }
    expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${port}`])
    expect(proxy.logins).toEqual([undefined])
  })

  it('logs in with the credentials of the proxy URL', async () => {
    const { origin } = await target()
    const proxy = await serve(tunnelProxy('me:p@ss:'))
    const { http } = client({ proxy: { https: `http://me:p%40ss%3A@127.0.0.1:${proxy.port}` } })
    expect((await http.send(get(origin))).body.toString()).toBe('from the target')
  })

  it.each(['', 'me:wrong-secret@'])('says so when the proxy answers 407 (%s)', async (login) => {
    const { origin, connections } = await target()
    const proxy = await serve(tunnelProxy('me:right'))
    const { http, log } = client({ proxy: { https: `http://${login}127.0.0.1:${proxy.port}` } })
    const error = await failed(http.send(get(origin)))
    expect(error).toMatchObject({
      code: 'proxy-login',
      message: expect.stringContaining(
        `http://${login && '***@'}127.0.0.1:${proxy.port} wants a user name and password`,
      ),
      hint: expect.stringContaining('HTTPS_PROXY'),
    })
    expect(`${error.message} ${error.hint} ${log.lines.join()}`).not.toMatch(/wrong-secret|me:|bWU6/)
    expect(proxy.asked).toHaveLength(1)
    expect(connections()).toBe(0)
  })

  it.each([
    [403, 1],
    [502, 5],
    [503, 5],
  ])('says so when the proxy refuses with %d, after %d tries', async (status, tries) => {
    const proxy = await serve(
      rawServer((socket) => void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)),
    )
    const { http, log } = client({ proxy: { https: `http://me:secret@127.0.0.1:${proxy.port}` } })
    const error = await failed(http.send(get('https://graph.example/secret')))
    expect(error).toMatchObject({
      code: 'proxy-refused',
      message: expect.stringMatching(`refused to connect to graph\\.example \\(status ${status}\\)`),
    })
    expect(proxy.connections()).toBe(tries)
    expect(log.lines).toHaveLength(tries - 1)
    expect(`${error.message} ${error.hint} ${log.lines.join()}`).not.toMatch(/secret/)
  })

  it('does not wait for a dead proxy beyond the connect time-out, and says that it was the proxy', async () => {
    const port = await deadPort()
    const { http, clock, log } = client({ proxy: { https: `http://me:secret@127.0.0.1:${port}` } })
    const error = await failed(http.send(get('https://graph.example')))
    expect(error).toMatchObject({
      code: 'proxy-unreachable',
      message: expect.stringContaining(
        `The proxy http://***@127.0.0.1:${port} could not be reached, so graph.example was not asked: the connection was refused`,
      ),
      hint: expect.stringMatching(/HTTPS_PROXY.*NO_PROXY/),
    })
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(10_000)
    expect(log.lines[0]).toContain(`proxy http://***@127.0.0.1:${port}`)
    expect(`${error.message} ${error.hint} ${log.lines.join()}`).not.toMatch(/secret/)
  })

  it('tells the proxy that never answers to CONNECT from a server that does not', async () => {
    const proxy = await serve(silentServer())
    const { http } = client({ proxy: { https: proxy.origin }, timeouts: { connectMs: 80 } })
    expect(await failed(http.send(get('https://graph.example')))).toMatchObject({
      code: 'proxy-unreachable',
      message: expect.stringContaining('no answer within 0.1 s (tried once)'),
    })
  })

  it('tells a proxy that hangs up', async () => {
    const proxy = await serve(rawServer((socket) => void socket.resetAndDestroy()))
    const { http } = client({ proxy: { https: proxy.origin } })
    expect(await failed(http.send(get('https://graph.example')))).toMatchObject({ code: 'proxy-unreachable' })
  })

  it('is told from the proxy when the server behind it breaks', async () => {
    const broken = await serve(
      httpsServer(tls, (request) => {
        request.socket.destroy()
      }),
    )
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { https: proxy.origin } })
    expect(await failed(http.send(get(broken.origin)))).toMatchObject({
      code: 'connection-failed',
      message: expect.stringContaining('(tried 5 times)'),
    })
    expect(proxy.asked).toHaveLength(5)
  })

  it.each(['127.0.0.1', 'example.com, 127.0.0.1', '*'])('goes past the proxy for NO_PROXY: %s', async (no) => {
    const { origin } = await target()
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { https: proxy.origin, no } })
    expect((await http.send(get(origin))).body.toString()).toBe('from the target')
    expect(proxy.asked).toEqual([])
  })

  it('goes through the proxy where NO_PROXY names others', async () => {
    const { origin } = await target()
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { https: proxy.origin, no: 'example.com,.0.0.1:444,27.0.0.1' } })
    await http.send(get(origin))
    expect(proxy.asked).toHaveLength(1)
  })

  it('goes past HTTP_PROXY, which is not for it', async () => {
    const { origin } = await target()
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { http: proxy.origin } })
    expect((await http.send(get(origin))).body.toString()).toBe('from the target')
    expect(proxy.asked).toEqual([])
  })

  it('opens no connection ahead of time past the proxy', async () => {
    const { origin, connections } = await target()
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { https: proxy.origin } })
    http.warm(origin)
    await http.send(get(origin))
    expect(connections()).toBe(1)
    expect(proxy.asked).toHaveLength(1)
  })

  it('is an error for a setting that is no proxy, and only for what it concerns', async () => {
    const { origin } = await serve(httpServer((_, response) => void response.end('fine')))
    const { http } = client({ proxy: { https: 'socks5://me:secret@proxy' } })
    expect(await failed(http.send(get('https://graph.example')))).toMatchObject({ code: 'proxy-setting' })
    expect(await http.send(get(origin))).toMatchObject({ status: 200 })
  })

  it('never takes a proxy from the environment of the process', async () => {
    const { origin } = await target()
    const before = process.env['HTTPS_PROXY']
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${await deadPort()}`
    try {
      const { http } = client({ proxy: { http: 'http://127.0.0.1:9' } })
      expect(await http.send(get(origin))).toMatchObject({ status: 200 })
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY']
      else process.env['HTTPS_PROXY'] = before
    }
  })
})

describe('a request to an http server', () => {
  it('is forwarded by HTTP_PROXY', async () => {
    const proxy = await serve(tunnelProxy())
    const { http } = client({ proxy: { http: `http://me:pass@127.0.0.1:${proxy.port}`, https: 'http://127.0.0.1:9' } })
    expect((await http.send(get('http://ghes.example/api?x=1'))).body.toString()).toBe('by the proxy')
    expect(proxy.asked).toEqual(['GET http://ghes.example/api?x=1'])
    expect(proxy.logins).toEqual([`Basic ${Buffer.from('me:pass').toString('base64')}`])
  })

  it('names HTTP_PROXY when that is dead or wants credentials', async () => {
    const dead = client({ proxy: { http: `127.0.0.1:${await deadPort()}` } })
    expect(await failed(dead.http.send(get('http://ghes.example')))).toMatchObject({
      code: 'proxy-unreachable',
      hint: expect.stringContaining('HTTP_PROXY'),
    })
    const wants = await serve(rawServer((socket) => void socket.end('HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n')))
    const { http } = client({ proxy: { http: wants.origin } })
    expect(await failed(http.send(get('http://ghes.example')))).toMatchObject({
      code: 'proxy-login',
      hint: expect.stringContaining('HTTP_PROXY'),
    })
  })
})
