import { describe, expect, it } from '@jest/globals'
import type { NETWORK_CODES } from '../../../src/errors/network.ts'
import { TooLarge, UnknownEncoding } from '../../../src/network/body.ts'
import { AttemptTimeout, asError, classify, type Failure, triesAllowed } from '../../../src/network/failure.ts'
import { proxyAddress } from '../../../src/network/proxy.ts'
import { ProxyFault } from '../../../src/network/route.ts'

const coded = (code: string, more = {}): Error => Object.assign(new Error(`secret ${code}`), { code, ...more })

function told(thrown: unknown) {
  const failure = classify(thrown) as Failure
  const error = asError(failure, {
    host: 'graph.example',
    tries: triesAllowed(failure),
    proxy: proxyAddress('HTTPS_PROXY', 'http://me:secret@proxy:8080'),
    timeouts: { connectMs: 10_000, headersMs: 200_000, bodyMs: 30_000, totalMs: 300_000 },
    maxBytes: 64 * 1024 * 1024,
    now: new Date('2026-03-01T12:00:00Z'),
  })
  return { tries: triesAllowed(failure), error }
}

// What was thrown, the tries it is worth, the code it gets, and its code when the proxy is to blame.
const CASES: [string, unknown, number, keyof typeof NETWORK_CODES, keyof typeof NETWORK_CODES][] = [
  ['refused', coded('ECONNREFUSED'), 5, 'connection-failed', 'proxy-unreachable'],
  ['reset', coded('ECONNRESET'), 5, 'connection-failed', 'proxy-unreachable'],
  ['broken pipe', coded('EPIPE'), 5, 'connection-failed', 'proxy-unreachable'],
  ['closed', coded('UND_ERR_SOCKET'), 5, 'connection-failed', 'proxy-unreachable'],
  ['no route', coded('EHOSTUNREACH'), 5, 'connection-failed', 'proxy-unreachable'],
  ['no network', coded('ENETUNREACH'), 5, 'connection-failed', 'proxy-unreachable'],
  ['any word of the system', coded('EOTHER', { syscall: 'read' }), 5, 'connection-failed', 'proxy-unreachable'],
  ['connect time-out', coded('UND_ERR_CONNECT_TIMEOUT'), 5, 'connection-timeout', 'proxy-unreachable'],
  ['time-out of the system', coded('ETIMEDOUT'), 5, 'connection-timeout', 'proxy-unreachable'],
  ['DNS for now', coded('EAI_AGAIN'), 5, 'host-not-found', 'proxy-unreachable'],
  ['DNS for good', coded('ENOTFOUND'), 1, 'host-not-found', 'proxy-unreachable'],
  ['no answer', coded('UND_ERR_HEADERS_TIMEOUT'), 2, 'answer-timeout', 'proxy-unreachable'],
  ['stalled', coded('UND_ERR_BODY_TIMEOUT'), 2, 'answer-timeout', 'answer-timeout'],
  ['too slow', new AttemptTimeout(), 2, 'answer-timeout', 'answer-timeout'],
  ['untrusted', coded('SELF_SIGNED_CERT_IN_CHAIN'), 1, 'server-certificate-untrusted', 'server-certificate-untrusted'],
  [
    'unknown issuer',
    coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    1,
    'server-certificate-untrusted',
    'server-certificate-untrusted',
  ],
  ['expired', coded('CERT_HAS_EXPIRED'), 1, 'server-certificate-expired', 'server-certificate-expired'],
  ['not yet valid', coded('CERT_NOT_YET_VALID'), 1, 'server-certificate-expired', 'server-certificate-expired'],
  [
    'another host',
    coded('ERR_TLS_CERT_ALTNAME_INVALID'),
    1,
    'server-certificate-wrong-host',
    'server-certificate-wrong-host',
  ],
  ['no TLS', coded('EPROTO', { syscall: 'write' }), 1, 'tls-failed', 'tls-failed'],
  ['TLS version', coded('ERR_SSL_UNSUPPORTED_PROTOCOL'), 1, 'tls-failed', 'tls-failed'],
  ['no HTTP', coded('HPE_INVALID_CONSTANT'), 5, 'answer-damaged', 'proxy-unreachable'],
  ['damaged gzip', coded('Z_DATA_ERROR'), 5, 'answer-damaged', 'proxy-unreachable'],
  ['cut gzip', coded('Z_BUF_ERROR'), 5, 'connection-failed', 'proxy-unreachable'],
  ['another encoding', new UnknownEncoding(), 1, 'answer-damaged', 'answer-damaged'],
  ['too large', new TooLarge(), 1, 'answer-too-large', 'answer-too-large'],
]

describe('a failure', () => {
  it.each(CASES)('%s', (_, thrown, tries, code, atProxy) => {
    const direct = told(thrown)
    expect(direct).toMatchObject({ tries, error: { code, cause: thrown } })
    expect(direct.error.message).toMatch(/graph\.example.* \(tried (once|[25] times)\)\.$/)
    expect(told(new ProxyFault(undefined, thrown))).toMatchObject({ tries, error: { code: atProxy } })
    for (const { error } of [direct, told(new ProxyFault(undefined, thrown))]) {
      expect(`${error.message} ${error.hint}`).not.toContain('secret')
    }
  })

  it.each([
    [407, 1, 'proxy-login'],
    [403, 1, 'proxy-refused'],
    [404, 1, 'proxy-refused'],
    [502, 5, 'proxy-refused'],
    [503, 5, 'proxy-refused'],
    [504, 5, 'proxy-refused'],
  ])('the proxy answers %d', (status, tries, code) => {
    const { error, ...rest } = told(new ProxyFault(status))
    expect({ ...rest, code: error.code }).toEqual({ tries, code })
    expect(error.message).toContain('http://***@proxy:8080')
  })

  it('names the certificate of the proxy as such', () => {
    expect(told(new ProxyFault(undefined, coded('DEPTH_ZERO_SELF_SIGNED_CERT'))).error.message).toContain(
      'The certificate of the proxy http://***@proxy:8080 (HTTPS_PROXY) is not trusted',
    )
  })

  it.each([new TypeError('bug'), coded('UND_ERR_INVALID_ARG'), coded('toString'), 'text', null, undefined])(
    'is not what %p is: that is a bug',
    (thrown) => {
      expect(classify(thrown)).toBeUndefined()
    },
  )
})
