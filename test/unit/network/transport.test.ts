import { createGzip, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { HttpRequest, Pace } from '../../../src/model.ts'
import type { HttpOptions } from '../../../src/network/transport.ts'
import { type Bench, bench, deadPort, httpServer, type Running, rawServer, silentServer } from './world.ts'

const open: { stop?: () => Promise<void>; http?: { close: () => Promise<void> } }[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await (one.stop ? one.stop() : one.http?.close())
})

async function serve(server: Promise<Running>): Promise<Running> {
  const running = await server
  open.push(running)
  return running
}

function client(options?: Partial<HttpOptions>): Bench {
  const made = bench(options)
  open.push(made)
  return made
}

const get = (url: string) => ({ method: 'GET', url, headers: {} }) as const
const post = (url: string) => ({ method: 'POST', url, headers: {}, body: '{"a":1}' }) as const

/** Answers with one status after the other, the last one from then on. */
function answering(answers: readonly { status: number; headers?: Record<string, string | string[]>; body?: string }[]) {
  const seen: { method: string; url: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = []
  const server = serve(
    httpServer((request, response) => {
      let body = ''
      request.on('data', (piece) => {
        body += piece
      })
      request.on('end', () => {
        const answer = answers[Math.min(seen.length, answers.length - 1)]!
        seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
        response.writeHead(answer.status, answer.headers).end(answer.body ?? `answer ${seen.length}`)
      })
    }),
  )
  return { server, seen }
}

describe('a request', () => {
  it('is sent as given, with lower-case header names, and its answer comes back whole', async () => {
    const { server, seen } = answering([
      { status: 200, headers: { 'X-Request-Id': 'r1', 'X-Twice': ['a', 'b'] }, body: 'hallo' },
    ])
    const { origin } = await server
    const { http } = client()
    const answer = await http.send({
      method: 'POST',
      url: `${origin}/a%20b?c=%27d%27`,
      headers: { 'Content-Type': 'application/json', AUTHORIZATION: 'Bearer t' },
      body: '{"ä":1}',
    })
    expect(answer).toMatchObject({ status: 200, attempts: 1, retryAfterMs: undefined })
    expect(answer.headers).toMatchObject({ 'x-request-id': 'r1', 'x-twice': 'a, b' })
    expect(answer.body.toString()).toBe('hallo')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/a%20b?c=%27d%27', body: '{"ä":1}' })
    expect(seen[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer t',
      'user-agent': 'defender-gate/test',
      'accept-encoding': 'gzip',
    })
  })

  it('goes over the connection of the one before', async () => {
    const { server } = answering([{ status: 200 }])
    const { origin, connections } = await server
    const { http } = client()
    for (let index = 0; index < 5; index += 1) await http.send(get(origin))
    expect(connections()).toBe(1)
  })

  it('uses the connection that was opened ahead of time', async () => {
    const { server, seen } = answering([{ status: 200 }])
    const { origin, connections } = await server
    const { http } = client()
    http.warm(origin)
    while (connections() === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toHaveLength(0)
    await http.send(get(origin))
    expect(connections()).toBe(1)
  })

  it('opens as many connections ahead of time as are asked for, those that wait already counted in', async () => {
    const { server } = answering([{ status: 200 }])
    const { origin, connections } = await server
    const { http } = client()
    http.warm(origin)
    http.warm(origin)
    http.warm(origin, 3)
    while (connections() < 3) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([http.send(get(origin)), http.send(get(origin)), http.send(get(origin))])
    expect(connections()).toBe(3)
  })

  it('does not mind when the connection that was opened ahead of time has been closed', async () => {
    const { server } = answering([{ status: 200 }])
    const { origin, connections, hangUp } = await server
    const { http } = client()
    http.warm(origin)
    while (connections() === 0) await new Promise((resolve) => setImmediate(resolve))
    hangUp()
    expect(await http.send(get(origin))).toMatchObject({ status: 200 })
    expect(connections()).toBeGreaterThan(1)
  })

  it('meets the failure itself where the connection ahead of time could not be made', async () => {
    const origin = `http://127.0.0.1:${await deadPort()}`
    const { http } = client()
    http.warm(origin)
    await expect(http.send(get(origin))).rejects.toMatchObject({
      code: 'connection-failed',
      message: expect.stringContaining('(tried 5 times)'),
    })
  })

  it.each([301, 302, 307, 308])('does not follow a redirect (%d)', async (status) => {
    const { server, seen } = answering([{ status, headers: { location: '/elsewhere' } }])
    const { origin } = await server
    const answer = await client().http.send(get(`${origin}/here`))
    expect(answer).toMatchObject({ status, attempts: 1 })
    expect(answer.headers['location']).toBe('/elsewhere')
    expect(seen.map(({ url }) => url)).toEqual(['/here'])
  })
})

describe('trying again', () => {
  it.each([200, 201, 204, 304, 400, 401, 403, 404, 409, 410, 418, 501])('%d is an answer at once', async (status) => {
    const { server, seen } = answering([{ status, body: status === 204 || status === 304 ? '' : 'x' }])
    const { origin } = await server
    const { http, clock } = client()
    expect(await http.send(post(origin))).toMatchObject({ status, attempts: 1 })
    expect(seen).toHaveLength(1)
    expect(clock.slept).toEqual([])
  })

  it.each([408, 429, 500, 502, 503, 504])('%d is tried again, for POST too, with the same body', async (status) => {
    const { server, seen } = answering([{ status }, { status: 200, body: 'fine' }])
    const { origin } = await server
    const { http, clock, log } = client()
    const answer = await http.send({
      ...post(`${origin}/secret-path?tenant=t`),
      headers: { authorization: 'Bearer t' },
    })
    expect(answer).toMatchObject({ status: 200, attempts: 2 })
    expect(answer.body.toString()).toBe('fine')
    expect(seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}'])
    expect(clock.slept).toEqual([750])
    expect(log.lines).toEqual([`${new URL(origin).host} answered ${status}, trying again in 0.8 s (attempt 2 of 5)`])
  })

  it('ends with the fifth answer as it is', async () => {
    const { server, seen } = answering([{ status: 503, headers: { 'retry-after': '7' } }])
    const { origin } = await server
    const { http, clock } = client()
    const answer = await http.send(get(origin))
    expect(answer).toMatchObject({ status: 503, attempts: 5, retryAfterMs: undefined })
    expect(answer.body.toString()).toBe('answer 5')
    expect(seen).toHaveLength(5)
    expect(clock.slept).toEqual([7_000, 7_000, 7_000, 7_000])
  })

  it('backs off longer each time where nothing is asked for', async () => {
    const { server } = answering([{ status: 500 }])
    const { http, clock } = client()
    await http.send(get((await server).origin))
    expect(clock.slept).toEqual([750, 1_500, 3_000, 6_000])
  })

  it.each([
    ['2', 2_000],
    ['2.128', 2_128],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['300', 300_000],
  ])('waits as long as Retry-After: %s says', async (text, ms) => {
    const { server } = answering([
      { status: 429, headers: { 'retry-after': text, date: 'Sun, 01 Mar 2026 12:00:00 GMT' } },
      { status: 200 },
    ])
    const { http, clock } = client()
    expect(await http.send(get((await server).origin))).toMatchObject({ status: 200, attempts: 2 })
    expect(clock.slept).toEqual([ms])
  })

  it.each(['300.001', '3600', 'Sun, 01 Mar 2026 13:00:00 GMT'])('does not wait for Retry-After: %s', async (text) => {
    const { server, seen } = answering([
      { status: 429, headers: { 'retry-after': text, date: 'Sun, 01 Mar 2026 12:00:00 GMT' }, body: 'slow down' },
    ])
    const { http, clock } = client()
    const answer = await http.send(get((await server).origin))
    expect(answer).toMatchObject({
      status: 429,
      attempts: 1,
      retryAfterMs: text.startsWith('300') ? 300_001 : 3_600_000,
    })
    expect(answer.body.toString()).toBe('slow down')
    expect(seen).toHaveLength(1)
    expect(clock.slept).toEqual([])
  })

  it('asks the pace before every attempt, and tells it of 429 alone', async () => {
    const { server } = answering([
      { status: 503, headers: { 'retry-after': '1' } },
      { status: 429, headers: { 'retry-after': '4' } },
      { status: 429 },
      { status: 429, headers: { 'retry-after': '9999' } },
    ])
    const told: string[] = []
    const pace: Pace = { turn: async () => void told.push('turn'), slowDown: (ms) => void told.push(`slow ${ms}`) }
    await client().http.send({ ...get((await server).origin), pace })
    expect(told).toEqual(['turn', 'turn', 'slow 4000', 'turn', 'slow 3000', 'turn', 'slow 9999000'])
  })

  it('passes on the error of a pace that was stopped', async () => {
    const stopped = new Error('stopped')
    const pace: Pace = { turn: () => Promise.reject(stopped), slowDown: () => {} }
    await expect(client().http.send({ ...get('http://127.0.0.1:9'), pace })).rejects.toBe(stopped)
  })
})

describe('a broken connection', () => {
  const FINE = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine'
  const BREAKS: [string, string][] = [
    ['before the answer', ''],
    ['within the head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart'],
    ['within a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\npart'],
    ['between chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n'],
  ]
  const ENDINGS = ['reset', 'closed'] as const

  for (const ending of ENDINGS) {
    it.each(BREAKS)(`is tried again when ${ending} %s`, async (_, bytes) => {
      const { origin } = await serve(
        rawServer((socket, count) => {
          if (count === 3) return socket.end(FINE)
          const stop = (): unknown => (ending === 'reset' ? socket.resetAndDestroy() : socket.end())
          return bytes === '' ? stop() : socket.write(bytes, () => setImmediate(stop))
        }),
      )
      const { http, log } = client()
      const answer = await http.send(post(origin))
      expect(answer).toMatchObject({ status: 200, attempts: 3 })
      expect(answer.body.toString()).toBe('fine')
      expect(log.lines).toHaveLength(2)
    })
  }

  it('is an error after exactly five tries', async () => {
    let count = 0
    const { origin } = await serve(
      rawServer((socket) => {
        count += 1
        socket.resetAndDestroy()
      }),
    )
    const { http, log } = client()
    await expect(http.send(get(`${origin}/x?secret`))).rejects.toMatchObject({
      code: 'connection-failed',
      message: `${new URL(origin).host} could not be asked: the connection broke before the answer was complete (tried 5 times).`,
      hint: expect.stringContaining('HTTPS_PROXY'),
    })
    expect(count).toBe(5)
    expect(log.lines.join()).not.toContain('secret')
  })

  it('is an error after five tries when nothing listens', async () => {
    const { http, clock } = client()
    await expect(http.send(get(`http://127.0.0.1:${await deadPort()}`))).rejects.toMatchObject({
      code: 'connection-failed',
      message: expect.stringMatching(/the connection was refused \(tried 5 times\)\.$/),
    })
    expect(clock.slept).toHaveLength(4)
  })

  it('is tried again when the answer is no HTTP', async () => {
    const { origin } = await serve(
      rawServer((socket, count) => void socket.end(count === 1 ? 'SSH-2.0-OpenSSH\r\n\r\n' : FINE)),
    )
    expect(await client().http.send(get(origin))).toMatchObject({ attempts: 2 })
  })
})

describe('a request that must not be done twice', () => {
  const once = (url: string) => ({ ...post(url), idempotent: false })

  it.each([408, 500, 502, 504])('gives %d back, as the server may have done it', async (status) => {
    const { server, seen } = answering([{ status }, { status: 201 }])
    const { http } = client()
    expect(await http.send(once((await server).origin))).toMatchObject({ status, attempts: 1 })
    expect(seen).toHaveLength(1)
  })

  it.each([429, 503])('is sent again after %d, which says that it was not taken', async (status) => {
    const { server, seen } = answering([{ status }, { status: 201 }])
    const { http } = client()
    expect(await http.send(once((await server).origin))).toMatchObject({ status: 201, attempts: 2 })
    expect(seen).toHaveLength(2)
  })

  it('is not sent again when the connection breaks under way', async () => {
    let count = 0
    const { origin } = await serve(
      rawServer((socket) => {
        count += 1
        socket.destroy()
      }),
    )
    const { http } = client()
    await expect(http.send(once(origin))).rejects.toMatchObject({ code: 'connection-failed' })
    expect(count).toBe(1)
  })

  it('is sent again when there was no connection', async () => {
    const { http, clock } = client()
    await expect(http.send(once(`http://127.0.0.1:${await deadPort()}`))).rejects.toMatchObject({
      message: expect.stringContaining('(tried 5 times)'),
    })
    expect(clock.slept).toHaveLength(4)
  })
})

describe('time', () => {
  it('ends for an answer that does not start, which is tried twice', async () => {
    const { origin, connections } = await serve(silentServer())
    const { http, log } = client({ timeouts: { headersMs: 60 } })
    await expect(http.send(get(origin))).rejects.toMatchObject({
      code: 'answer-timeout',
      message: expect.stringMatching(/no answer within 0\.1 s \(tried 2 times\)/),
    })
    expect(connections()).toBe(2)
    expect(log.lines).toEqual([
      `${new URL(origin).host} did not answer (no answer within 0.1 s), trying again in 0.8 s (attempt 2 of 2)`,
    ])
  })

  it('ends for a body that stops in the middle', async () => {
    const { origin } = await serve(
      rawServer((socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart')),
    )
    const { http } = client({ timeouts: { bodyMs: 60 } })
    await expect(http.send(get(origin))).rejects.toMatchObject({
      code: 'answer-timeout',
      message: expect.stringMatching(/the answer stopped in the middle .* \(tried 2 times\)/),
    })
  })

  it('ends for a body that trickles on and on', async () => {
    const { origin } = await serve(
      httpServer((_, response) => {
        const timer = setInterval(() => response.write('x'), 5)
        response.once('close', () => clearInterval(timer))
      }),
    )
    const { http } = client()
    await expect(http.send({ ...get(origin), timeoutMs: 80 })).rejects.toMatchObject({
      code: 'answer-timeout',
      message: expect.stringMatching(/not complete within 0\.1 s/),
    })
  })

  it('is given anew to the second try', async () => {
    const { origin } = await serve(
      rawServer((socket, count) => {
        if (count > 1) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine')
      }),
    )
    const { http } = client()
    expect(await http.send({ ...get(origin), timeoutMs: 100 })).toMatchObject({ status: 200, attempts: 2 })
  })
})

describe('size', () => {
  const maxBodyBytes = 3_000_000

  it('may be as much as the cap, in one piece of memory', async () => {
    const content = Buffer.alloc(maxBodyBytes, 'abcdefgh')
    for (const headers of [{ 'content-length': maxBodyBytes }, {}]) {
      const { origin } = await serve(httpServer((_, response) => void response.writeHead(200, headers).end(content)))
      const { body } = await client({ maxBodyBytes }).http.send(get(origin))
      expect(body.equals(content)).toBe(true)
    }
  })

  it('is refused by the announcement alone, and not tried again', async () => {
    let count = 0
    const { origin } = await serve(
      httpServer((_, response) => {
        count += 1
        response.writeHead(200, { 'content-length': maxBodyBytes + 1 })
        response.flushHeaders()
      }),
    )
    await expect(client({ maxBodyBytes }).http.send(get(origin))).rejects.toMatchObject({
      code: 'answer-too-large',
      message: expect.stringContaining('more than 2 MB'),
    })
    expect(count).toBe(1)
  })

  it('is refused while reading, where it is not announced', async () => {
    let ended: Promise<unknown> | undefined
    const { origin } = await serve(
      httpServer((_, response) => {
        const piece = Buffer.alloc(64 * 1024)
        const more = (): void => {
          while (response.write(piece));
        }
        response.on('drain', more)
        ended = new Promise((resolve) => response.once('close', resolve))
        more()
      }),
    )
    await expect(client({ maxBodyBytes }).http.send(get(origin))).rejects.toMatchObject({ code: 'answer-too-large' })
    await ended
  })

  it('counts unpacked, so that a small answer cannot become a huge one', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    let count = 0
    const { origin } = await serve(
      httpServer((_, response) => {
        count += 1
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
      }),
    )
    await expect(client({ maxBodyBytes }).http.send(get(origin))).rejects.toMatchObject({ code: 'answer-too-large' })
    expect(count).toBe(1)
  })

  it('counts as it arrives, too', async () => {
    const { origin } = await serve(
      httpServer((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        // Members with no content unpack to nothing, for ever.
        const empty = Buffer.concat(Array(10_000).fill(gzipSync('')))
        const more = (): void => {
          while (response.write(empty));
        }
        response.on('drain', more)
        more()
      }),
    )
    await expect(client({ maxBodyBytes }).http.send(get(origin))).rejects.toMatchObject({ code: 'answer-too-large' })
  })
})

describe('packed answers', () => {
  it('are unpacked, in pieces and in several members', async () => {
    const content = Buffer.from(JSON.stringify(Array.from({ length: 100_000 }, (_, id) => ({ id, name: `n${id}` }))))
    const { origin } = await serve(
      httpServer((_, response) => {
        response.writeHead(200, { 'content-encoding': 'GZIP' })
        response.write(gzipSync('first,'))
        const packer = createGzip()
        packer.pipe(response)
        packer.end(content)
      }),
    )
    const { body } = await client().http.send(get(origin))
    expect(body.equals(Buffer.concat([Buffer.from('first,'), content]))).toBe(true)
  })

  it.each([{ 'content-length': '0' }, {}])('may be empty (%j)', async (headers) => {
    const { server } = answering([{ status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: '' }])
    expect((await client().http.send(get((await server).origin))).body).toHaveLength(0)
  })

  it.each([
    ['cut off', gzipSync('x'.repeat(10_000)).subarray(0, 30), 'connection-failed', 5],
    ['damaged', Buffer.from('this is no gzip at all'), 'answer-damaged', 5],
  ])('are a broken attempt when %s', async (_, bytes, code, times) => {
    let count = 0
    const { origin } = await serve(
      httpServer((_request, response) => {
        count += 1
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes)
      }),
    )
    await expect(client().http.send(get(origin))).rejects.toMatchObject({ code })
    expect(count).toBe(times)
  })

  it('are an error in an encoding that was not asked for', async () => {
    const { server, seen } = answering([{ status: 200, headers: { 'content-encoding': 'br' } }])
    await expect(client().http.send(get((await server).origin))).rejects.toMatchObject({ code: 'answer-damaged' })
    expect(seen).toHaveLength(1)
  })
})

describe('cancelling', () => {
  it.each(['request', 'options', 'close'] as const)(
    'by the %s ends a request that waits for its answer',
    async (by) => {
      const controller = new AbortController()
      const started = Promise.withResolvers<void>()
      const { origin } = await serve(httpServer(() => started.resolve()))
      const { http } = client(by === 'options' ? { signal: controller.signal } : {})
      const sent = http.send({ ...get(origin), ...(by === 'request' ? { signal: controller.signal } : {}) })
      const outcome = expect(sent).rejects.toMatchObject({
        code: 'cancelled',
        message: `The run was cancelled before ${new URL(origin).host} had answered.`,
      })
      await started.promise
      if (by === 'close') await http.close()
      else controller.abort()
      await outcome
    },
  )

  it('ends a wait, a turn and a request that has not begun', async () => {
    const { server, seen } = answering([{ status: 503 }])
    const { origin } = await server
    const controller = new AbortController()
    const { http, clock } = client({ signal: controller.signal })
    clock.sleep = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        controller.abort(new Error('enough'))
      })
    await expect(http.send(get(origin))).rejects.toMatchObject({ code: 'cancelled' })
    await expect(http.send(get(origin))).rejects.toMatchObject({ code: 'cancelled' })
    expect(seen).toHaveLength(1)
  })

  it('ends a body in the middle', async () => {
    const controller = new AbortController()
    const { origin } = await serve(
      httpServer((_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('part', () => setImmediate(() => controller.abort()))
      }),
    )
    await expect(client().http.send({ ...get(origin), signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
  })

  it('ends a request while it connects, at once', async () => {
    const controller = new AbortController()
    const { http } = client()
    // TEST-NET-1 (RFC 5737) answers nobody; where the system refuses it at once, the abort still comes first.
    const sent = http.send({ ...get('https://192.0.2.1/'), signal: controller.signal })
    setImmediate(() => controller.abort())
    await expect(sent).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('leaves the other requests alone', async () => {
    const controller = new AbortController()
    const { origin } = await serve(
      httpServer((request, response) => {
        if (request.url === '/slow') controller.abort()
        else response.end('fine')
      }),
    )
    const { http } = client()
    await expect(http.send({ ...get(`${origin}/slow`), signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(await http.send(get(`${origin}/fast`))).toMatchObject({ status: 200 })
  })
})

describe('a body that is taken piece by piece', () => {
  /** What each attempt gave, in order. */
  function taking(status = 200) {
    const attempts: Buffer[][] = []
    const takes: NonNullable<HttpRequest['takes']> = (head) => {
      if (head.status !== status) return undefined
      const pieces: Buffer[] = []
      attempts.push(pieces)
      return pieces
    }
    return { takes, bodies: () => attempts.map((pieces) => Buffer.concat(pieces).toString()) }
  }

  it('goes to its taker, and the answer comes without it', async () => {
    const { server } = answering([{ status: 200, headers: { 'X-A': 'b' }, body: 'x'.repeat(200_000) }])
    const { origin } = await server
    const { http } = client()
    const { takes, bodies } = taking()
    const answer = await http.send({ ...get(origin), takes })
    expect(answer).toMatchObject({ status: 200, attempts: 1 })
    expect(answer.headers['x-a']).toBe('b')
    expect(answer.body).toHaveLength(0)
    expect(bodies()).toEqual(['x'.repeat(200_000)])
  })

  it('comes whole where the taker does not want it, and is taken anew by each attempt', async () => {
    const { server } = answering([
      { status: 503, body: 'later' },
      { status: 404, body: 'none' },
    ])
    const { origin } = await server
    const { http } = client()
    const { takes, bodies } = taking(503)
    const answer = await http.send({ ...get(origin), takes })
    expect(answer.body.toString()).toBe('none')
    expect(bodies()).toEqual(['later'])
  })

  it('starts again with the next attempt where it broke off', async () => {
    const { origin } = await serve(
      rawServer((socket, count) => {
        if (count === 1) return void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst')
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecond')
      }),
    )
    const { http } = client()
    const { takes, bodies } = taking()
    await expect(http.send({ ...get(origin), takes })).resolves.toMatchObject({ attempts: 2 })
    expect(bodies()).toEqual(['first', 'second'])
  })

  it('is unpacked on the way', async () => {
    const { origin } = await serve(
      httpServer((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('y'.repeat(600_000)))
      }),
    )
    const { http } = client()
    const { takes, bodies } = taking()
    await http.send({ ...get(origin), takes })
    expect(bodies()).toEqual(['y'.repeat(600_000)])
  })

  it.each(['identity', 'gzip'])('keeps within the size cap (%s)', async (encoding) => {
    const { origin } = await serve(
      httpServer((_, response) => {
        const body = Buffer.alloc(50_000, 'z')
        response.writeHead(200, { 'content-encoding': encoding }).end(encoding === 'gzip' ? gzipSync(body) : body)
      }),
    )
    const { http } = client({ maxBodyBytes: 40_000 })
    const { takes, bodies } = taking()
    await expect(http.send({ ...get(origin), takes })).rejects.toMatchObject({ code: 'answer-too-large' })
    expect(bodies().join('').length).toBeLessThanOrEqual(40_000)
  })
})
