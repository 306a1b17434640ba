/**
 * The other side: a plain HTTPS server in a process of its own, with answers that were made up front, so that nothing is
 * measured but the client. Prints its addresses as one line of JSON. `// rows=N` in a query says how many rows to answer.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { rootCertificates } from 'node:tls'
import { authority } from '../emulator/core/certificates.ts'
import { huntingAnswer, incidentsPage, PAGES, token } from './answers.ts'

export interface Addresses {
  readonly login: string
  readonly api: string
  /** File with the authority of the server, to trust beside those that a program trusts anyway. */
  readonly ca: string
  /** File with the same authority and with those that Node trusts, for programs that take one file for all. */
  readonly roots: string
}

const certificates = await authority()
const certificate = await certificates.certificate(undefined)
const folder = mkdtempSync(join(tmpdir(), 'defender-gate-bench-'))
const ca = join(folder, 'ca.pem')
writeFileSync(ca, certificates.caPem)
const roots = join(folder, 'roots.pem')
writeFileSync(roots, [...rootCertificates, certificates.caPem].join('\n'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
process.once('SIGTERM', () => process.exit(0))
process.once('disconnect', () => process.exit(0))

const hunting = new Map<number, Buffer>()
/** Milliseconds in which the list was neither being asked for nor answered; reset when its first page is asked for. */
let idle: number[] = []
let answeredAt: number | undefined

function reply(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrived = performance.now()
  const url = new URL(request.url ?? '/', 'https://localhost')
  const body = await buffer(request)
  if (url.pathname.endsWith('/oauth2/v2.0/token')) return reply(response, token())
  if (url.pathname === '/idle') return reply(response, Buffer.from(JSON.stringify(idle)))
  if (url.pathname === '/v1.0/security/runHuntingQuery') {
    const rows = Number(/rows=(\d+)/.exec(body.toString('utf8'))?.[1] ?? 0)
    const made = hunting.get(rows) ?? huntingAnswer(rows)
    hunting.set(rows, made)
    return reply(response, made)
  }
  const page = Number(url.searchParams.get('page') ?? 0)
  const many = page > 0 || (url.searchParams.get('$filter') ?? '').includes('createdDateTime')
  if (page === 0) idle = []
  else if (answeredAt !== undefined) idle.push(arrived - answeredAt)
  reply(response, incidentsPage(page, many && page + 1 < PAGES ? `https://${request.headers.host}${url.pathname}` : ''))
  answeredAt = performance.now()
}

function listen(): Promise<string> {
  const server = createServer(certificate, (request, response) => void answer(request, response))
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`https://localhost:${(server.address() as AddressInfo).port}`)),
  )
}

const addresses: Addresses = { login: await listen(), api: await listen(), ca, roots }
process.send?.(addresses)
