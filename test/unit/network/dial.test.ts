import { execFileSync } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { Dialled } from '../../../src/network/dial.ts'
import { certificate, trusted } from './certificates.ts'
import { type Bench, bench, deadPort, httpServer, httpsServer, type Running } from './world.ts'

const open: (() => Promise<void>)[] = []

afterEach(async () => {
  jest.restoreAllMocks()
  for (const close of open.splice(0).reverse()) await close()
})

async function serve(tls?: { key: string; cert: string }): Promise<Running> {
  const running = await httpsServer(tls ?? (await trusted()), (_, response) => void response.end('fine'))
  open.push(running.stop)
  return running
}

function client(dialled: Dialled, connectMs = 10_000): Bench {
  const made = bench({ dialled, timeouts: { connectMs } })
  open.push(made.http.close)
  return made
}

async function until(true_: () => boolean): Promise<void> {
  while (!true_()) await new Promise((resolve) => setImmediate(resolve))
}

const get = (url: string) => ({ method: 'GET', url, headers: {} }) as const

/** The resolver never answers. */
function noResolver(): void {
  jest.spyOn(dns, 'lookup').mockImplementation((() => undefined) as never)
}

describe('connections that were begun already', () => {
  it('are opened without anything being asked for, and carry the first requests', async () => {
    const { origin, connections } = await serve()
    const dialled = new Dialled()
    dialled.dial(origin, 2)
    await until(() => connections() === 2)
    const { http } = client(dialled)
    http.warm(origin, 2)
    await Promise.all([http.send(get(origin)), http.send(get(origin))])
    expect(connections()).toBe(2)
  })

  it('may still be under way when they are taken', async () => {
    const { origin, connections } = await serve()
    const dialled = new Dialled()
    dialled.dial(origin)
    const { http } = client(dialled)
    http.warm(origin)
    expect(await http.send(get(origin))).toMatchObject({ status: 200, attempts: 1 })
    expect(connections()).toBe(1)
  })

  it('are of one origin each', async () => {
    const [one, other] = [await serve(), await serve()]
    const dialled = new Dialled()
    dialled.dial(one.origin)
    const { http } = client(dialled)
    http.warm(other.origin)
    await http.send(get(other.origin))
    await until(() => one.connections() === 1)
    expect(other.connections()).toBe(1)
  })

  it('are made anew where the server has hung up', async () => {
    const { origin, connections, hangUp } = await serve()
    const dialled = new Dialled()
    dialled.dial(origin)
    await until(() => connections() === 1)
    hangUp()
    for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setTimeout(resolve, 1))
    const { http, log } = client(dialled)
    http.warm(origin)
    expect(await http.send(get(origin))).toMatchObject({ status: 200, attempts: 1 })
    expect(log.lines).toEqual([])
    expect(connections()).toBe(2)
  })

  it('tell a certificate that is not trusted once, as others do', async () => {
    const { origin, connections } = await serve(await certificate())
    const dialled = new Dialled()
    dialled.dial(origin)
    const { http } = client(dialled)
    http.warm(origin)
    await expect(http.send(get(origin))).rejects.toMatchObject({ code: 'server-certificate-untrusted' })
    expect(connections()).toBe(1)
  })

  it('leave a failure for the request to meet', async () => {
    const origin = `https://127.0.0.1:${await deadPort()}`
    const dialled = new Dialled()
    dialled.dial(origin)
    const { http } = client(dialled)
    http.warm(origin)
    await expect(http.send(get(origin))).rejects.toMatchObject({
      code: 'connection-failed',
      message: expect.stringContaining('the connection was refused (tried 5 times)'),
    })
  })

  it('are not cut off once they stand, however long an answer takes', async () => {
    const slow = await httpsServer(await trusted(), (_, response) => {
      setTimeout(() => response.end('fine'), 900)
    })
    open.push(slow.stop)
    const dialled = new Dialled(500)
    dialled.dial(slow.origin)
    await until(() => slow.connections() === 1)
    const { http } = client(dialled)
    http.warm(slow.origin)
    expect(await http.send(get(slow.origin))).toMatchObject({ status: 200, attempts: 1 })
    expect(slow.connections()).toBe(1)
  })

  it('have a limited time to connect', async () => {
    noResolver()
    const dialled = new Dialled(40)
    dialled.dial('https://login.example')
    const { http, log } = client(dialled, 40)
    http.warm('https://login.example')
    await expect(http.send(get('https://login.example'))).rejects.toMatchObject({ code: 'connection-timeout' })
    expect(log.lines[0]).toBe(
      'login.example did not answer (no connection within 0 s), trying again in 0.8 s (attempt 2 of 5)',
    )
  })

  it('are for TLS alone', async () => {
    const plain = await httpServer((_, response) => void response.end('fine'))
    open.push(plain.stop)
    const dialled = new Dialled()
    dialled.dial(plain.origin)
    const { http } = client(dialled)
    expect(await http.send(get(plain.origin))).toMatchObject({ status: 200 })
    expect(plain.connections()).toBe(1)
  })

  it.each(['left', 'taken'])('end with the transport (%s)', async (what) => {
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {}).resume()))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const dialled = new Dialled()
    dialled.dial(origin)
    const taken = what === 'taken' ? dialled.take(origin) : undefined
    await until(() => sockets.length === 1)
    const { http } = bench({ dialled })
    await http.close()
    await until(() => sockets.every(({ closed }) => closed))
    expect(taken?.destroyed ?? true).toBe(true)
    expect(dialled.take(origin)).toBeUndefined()
    await new Promise((resolve) => server.close(resolve))
  })

  it('are not handed out while the server is closing them', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const dialled = new Dialled()
    dialled.dial(origin)
    const socket = dialled.take(origin)!
    dialled.dial(origin)
    await once(socket, 'close')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(dialled.take(origin)).toBeUndefined()
    dialled.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('lookedUp', () => {
  it('comes back once every name is looked up', async () => {
    const { origin, connections } = await serve()
    const dialled = new Dialled()
    dialled.dial(origin.replace('127.0.0.1', 'localhost'), 2)
    await dialled.lookedUp(60_000)
    await until(() => connections() === 2)
    dialled.destroy()
  })

  it('comes back although every connection has failed and nothing else holds the process', () => {
    const script = `
      const { Dialled } = await import(${JSON.stringify(new URL('../../../src/network/dial.ts', import.meta.url).href)})
      const dialled = new Dialled()
      dialled.dial('https://127.0.0.1:1')
      await dialled.lookedUp()
      console.log('went on')`
    const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script]
    expect(execFileSync(process.execPath, options, { encoding: 'utf8' })).toBe('went on\n')
  })

  it('waits no longer than it may', async () => {
    noResolver()
    const dialled = new Dialled()
    dialled.dial('https://login.example')
    await dialled.lookedUp(1)
    expect(dialled.take('https://login.example')?.connecting).toBe(true)
    dialled.destroy()
  })
})
