/** What became of an attempt that brought no answer: why, whether to try again, and how to say it. */

import * as say from '../errors/network.ts'
import type { GateError } from '../errors.ts'
import { TooLarge, UnknownEncoding } from './body.ts'
import type { ProxyAddress } from './proxy.ts'
import { MAX_ATTEMPTS, seconds } from './retry.ts'
import { ProxyFault } from './route.ts'

export interface Timeouts {
  /** Name look-up, TCP and TLS; also the time in which a proxy has to answer to CONNECT. */
  readonly connectMs: number
  /** From the request to the head of the answer. */
  readonly headersMs: number
  /** Between two pieces of the body. */
  readonly bodyMs: number
  /** One attempt in all. */
  readonly totalMs: number
}

/** One attempt ran out of its whole time. */
export class AttemptTimeout extends Error {}

export type Reason =
  | 'refused'
  | 'broken'
  | 'unreachable'
  | 'connect-timeout'
  | 'no-answer'
  | 'stalled'
  | 'too-slow'
  | 'dns-temporary'
  | 'dns-unknown'
  | 'untrusted'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-host'
  | 'tls'
  | 'damaged'
  | 'unknown-encoding'
  | 'too-large'
  | 'proxy-status'

export interface Failure {
  readonly reason: Reason
  /** It happened between the runner and the proxy. */
  readonly atProxy: boolean
  /** The proxy's answer to CONNECT, with `proxy-status`. */
  readonly status: number
  readonly cause: unknown
}

/**
 * Codes of Node (`ERR_…`, `Z_…`, `HPE_…`), the system (`E…`), OpenSSL's certificate check and undici (`UND_…`).
 * OpenSSL's names are the `X509_V_ERR_…` ones of its verify(1) manual, as `node:tls` reports them.
 */
const REASONS: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'broken',
  ECONNABORTED: 'broken',
  EPIPE: 'broken',
  UND_ERR_SOCKET: 'broken',
  UND_ERR_PRX_CONN: 'broken',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'broken',
  HPE_INVALID_EOF_STATE: 'broken',
  ERR_STREAM_PREMATURE_CLOSE: 'broken',
  Z_BUF_ERROR: 'broken',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'no-answer',
  UND_ERR_BODY_TIMEOUT: 'stalled',
  EAI_AGAIN: 'dns-temporary',
  ENOTFOUND: 'dns-unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_REJECTED: 'untrusted',
  CERT_REVOKED: 'untrusted',
  CERT_CHAIN_TOO_LONG: 'untrusted',
  INVALID_CA: 'untrusted',
  INVALID_PURPOSE: 'untrusted',
  PATH_LENGTH_EXCEEDED: 'untrusted',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-host',
  HOSTNAME_MISMATCH: 'wrong-host',
  EPROTO: 'tls',
  UND_ERR_HEADERS_OVERFLOW: 'damaged',
}

/** `undefined` for what is no failure of the network, and so a bug. */
export function classify(thrown: unknown): Failure | undefined {
  const failure = (reason: Reason, status = 0): Failure => ({ reason, atProxy: false, status, cause: thrown })
  if (thrown instanceof ProxyFault) {
    if (thrown.status !== undefined) return { ...failure('proxy-status', thrown.status), atProxy: true }
    return { ...(classify(thrown.cause) ?? failure('broken')), atProxy: true }
  }
  if (thrown instanceof TooLarge) return failure('too-large')
  if (thrown instanceof UnknownEncoding) return failure('unknown-encoding')
  if (thrown instanceof AttemptTimeout) return failure('too-slow')
  if (typeof thrown !== 'object' || thrown === null) return undefined
  // undici tells a proxy's 407 to a plain HTTP request by this text alone.
  const told407 = 'message' in thrown && thrown.message === 'Proxy Authentication Required (407)'
  if (told407) return { ...failure('proxy-status', 407), atProxy: true }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  // The one error of undici that has no code of its own.
  if ('name' in thrown && thrown.name === 'HTTPParserError' && code === '') return failure('damaged')
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  if (known) return failure(known)
  if (code === 'UND_ERR_PRX_TLS') return { ...failure('wrong-host'), atProxy: true }
  if (/^ERR_(SSL|TLS|OSSL)/.test(code)) return failure('tls')
  if (/^(HPE|Z)_/.test(code)) return failure('damaged')
  // Whatever else the system says about a socket.
  return 'syscall' in thrown ? failure('broken') : undefined
}

/** How often a request that fails in this way may be tried in all. */
export function triesAllowed({ reason, status }: Failure): number {
  switch (reason) {
    case 'refused':
    case 'broken':
    case 'unreachable':
    case 'connect-timeout':
    case 'dns-temporary':
    case 'damaged':
      return MAX_ATTEMPTS
    // The connection stood and minutes are gone: once more in case the request got lost, but not for a quarter of an hour.
    case 'no-answer':
    case 'stalled':
    case 'too-slow':
      return 2
    case 'proxy-status':
      return [502, 503, 504].includes(status) ? MAX_ATTEMPTS : 1
    // A resolver that does not answer says EAI_AGAIN; ENOTFOUND means that the name does not exist.
    case 'dns-unknown':
    case 'untrusted':
    case 'expired':
    case 'not-yet-valid':
    case 'wrong-host':
    case 'tls':
    case 'unknown-encoding':
    case 'too-large':
      return 1
  }
}

/** Whether the server may have taken the request all the same. A fault at the proxy comes before anything is sent. */
export function mayBeTaken({ reason, atProxy }: Failure): boolean {
  return !atProxy && ['broken', 'no-answer', 'stalled', 'too-slow', 'damaged'].includes(reason)
}

/** Plain words for a log line and for messages: `the connection was refused`. */
export function inWords({ reason, status, atProxy }: Failure, timeouts: Timeouts): string {
  switch (reason) {
    case 'refused':
      return 'the connection was refused'
    case 'broken':
      return 'the connection broke before the answer was complete'
    case 'unreachable':
      return 'there is no route to it'
    case 'connect-timeout':
      return `no connection within ${seconds(timeouts.connectMs)}`
    case 'no-answer':
      // A proxy has the connect time-out to answer to CONNECT.
      return `no answer within ${seconds(atProxy ? timeouts.connectMs : timeouts.headersMs)}`
    case 'stalled':
      return `the answer stopped in the middle for ${seconds(timeouts.bodyMs)}`
    case 'too-slow':
      return `the answer was not complete within ${seconds(timeouts.totalMs)}`
    case 'dns-temporary':
      return 'the name look-up failed for now'
    case 'dns-unknown':
      return 'there is no such name'
    case 'untrusted':
      return 'the certificate is not trusted'
    case 'expired':
      return 'has expired'
    case 'not-yet-valid':
      return 'is not valid yet'
    case 'wrong-host':
      return 'the certificate belongs to another host'
    case 'tls':
      return 'no secure connection could be agreed on'
    case 'damaged':
    case 'unknown-encoding':
      return 'the answer could not be read'
    case 'too-large':
      return 'the answer is too large'
    case 'proxy-status':
      return `the proxy answered ${status}`
  }
}

export interface Circumstances {
  readonly host: string
  readonly tries: number
  readonly proxy: ProxyAddress | undefined
  readonly timeouts: Timeouts
  readonly maxBytes: number
  readonly now: Date
}

/** The error for people. */
export function asError(failure: Failure, { host, tries, proxy, timeouts, maxBytes, now }: Circumstances): GateError {
  const place: say.Place = { host, tries, cause: failure.cause }
  const what = inWords(failure, timeouts)
  // Whether NO_PROXY exempts the host is undici's to know, so the proxy is only named where it was surely at fault.
  const atProxy = failure.atProxy ? proxy : undefined
  const whose = atProxy ? `the proxy ${atProxy.shown} (${atProxy.variable})` : host
  switch (failure.reason) {
    case 'refused':
    case 'broken':
    case 'unreachable':
      return atProxy ? say.proxyUnreachable(place, atProxy, what) : say.connectionFailed(place, what)
    case 'connect-timeout':
      return atProxy ? say.proxyUnreachable(place, atProxy, what) : say.connectionTimeout(place, what)
    case 'dns-temporary':
    case 'dns-unknown':
      return atProxy ? say.proxyUnreachable(place, atProxy, what) : say.hostNotFound(place, what)
    case 'no-answer':
      return atProxy ? say.proxyUnreachable(place, atProxy, what) : say.answerTimeout(place, what)
    case 'stalled':
    case 'too-slow':
      return say.answerTimeout(place, what)
    case 'untrusted':
      return say.certificateUntrusted(place, whose)
    case 'expired':
    case 'not-yet-valid':
      return say.certificateExpired(place, whose, what, `${now.toISOString().slice(0, 19)}Z`)
    case 'wrong-host':
      return say.certificateWrongHost(place, whose)
    case 'tls':
      return say.tlsFailed(place, whose)
    case 'damaged':
      return atProxy ? say.proxyUnreachable(place, atProxy, what) : say.answerDamaged(place)
    case 'unknown-encoding':
      return say.answerDamaged(place)
    case 'too-large':
      return say.answerTooLarge(place, maxBytes)
    case 'proxy-status': {
      const named = proxy ?? { variable: 'HTTPS_PROXY', shown: 'of this network' }
      return failure.status === 407 ? say.proxyLogin(place, named) : say.proxyRefused(place, named, failure.status)
    }
  }
}
