import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { certificate } from './certificates.ts'
import { httpServer, httpsServer, type Running, silentServer } from './world.ts'

const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function serve(server: Promise<Running>): Promise<Running> {
  const running = await server
  open.push(running.stop)
  return running
}

/** Runs child.ts; what it leaves open would keep it alive for seconds, and past ten of them it is killed. */
function child(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve) => {
    const started = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'child.ts'), ...args],
      {
        env: { PATH: process.env['PATH'], ...env },
        timeout: 10_000,
      },
    )
    let output = ''
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (piece) => (output += piece))
    started.once('close', (status, signal) => resolve(`${output} (${signal ?? status})`))
  })
}

describe('the process', () => {
  it('ends with the work: kept connections, and those opened ahead of time, do not hold it', async () => {
    const { origin } = await serve(
      httpServer((_, response) => void response.setHeader('keep-alive', 'timeout=600').end('fine')),
    )
    expect(await child(['all', origin, origin, origin])).toBe('200,200,200 (0)')
  })

  it('ends in the middle of requests that are closed: waiting for an answer, for TLS, for a retry', async () => {
    const silent = await serve(silentServer())
    const failing = await serve(
      httpServer((_, response) => void response.writeHead(503, { 'retry-after': '250' }).end()),
    )
    const urls = [silent.origin, silent.origin.replace('http:', 'https:'), failing.origin]
    expect(await child(['some', ...urls])).toBe('cancelled,cancelled,cancelled (0)')
  })

  it('trusts a private authority by NODE_EXTRA_CA_CERTS', async () => {
    const tls = await certificate()
    const folder = await mkdtemp(join(tmpdir(), 'network-'))
    open.push(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'ca.pem'), tls.cert)
    const { origin } = await serve(httpsServer(tls, (_, response) => void response.end('fine')))
    expect(await child(['all', origin])).toBe('server-certificate-untrusted (0)')
    expect(await child(['all', origin], { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })).toBe('200 (0)')
  })
})
