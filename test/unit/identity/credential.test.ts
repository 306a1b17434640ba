import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { GateError } from '../../../src/errors.ts'
import { type Credential, checkCredential, secretParts } from '../../../src/identity/credential.ts'
import { NOW } from './fakes.ts'
import { certificate, ecKey, type Pair, pkcs8, rsaKey, VALID_FROM, VALID_TO } from './pems.ts'

let good: Pair
let root: Pair
let issued: Pair
beforeAll(async () => {
  good = await certificate()
  root = await certificate({ name: 'root' })
  issued = await certificate({ name: 'issued', ca: root })
})

const check = (pem: string, now = NOW) => checkCredential({ kind: 'certificate', pem }, now)

function failure(pem: string, now = NOW): GateError {
  try {
    check(pem, now)
  } catch (thrown) {
    if (thrown instanceof GateError) return thrown
    throw thrown
  }
  throw new Error('did not fail')
}

function ready(pem: string) {
  const result = check(pem)
  if (result.kind !== 'certificate') throw new Error('no certificate')
  return result
}

describe('a certificate that can be used', () => {
  it('gives the SHA-256 thumbprint, the key as PKCS#8 and the end of its life', () => {
    const result = ready(good.key + good.cert)
    const der = new X509Certificate(good.cert).raw
    expect(result.thumbprintSha256).toBe(createHash('sha256').update(der).digest('hex'))
    expect(createPrivateKey(result.privateKey).equals(createPrivateKey(good.key))).toBe(true)
    expect(result.expires).toEqual(VALID_TO)
    expect(new X509Certificate(result.chain).raw.equals(der)).toBe(true)
  })

  it('takes key and certificate in either order, PKCS#1 too, with CRLF and with text between the blocks', () => {
    const pkcs1 = createPrivateKey(good.key).export({ type: 'pkcs1', format: 'pem' }) as string
    const thumbprint = ready(good.key + good.cert).thumbprintSha256
    for (const pem of [
      good.cert + good.key,
      good.cert + pkcs1,
      (good.cert + good.key).replaceAll('\n', '\r\n'),
      `Bag Attributes\n    localKeyID: 01\n${good.cert}Key Attributes: <No Attributes>\n${good.key}`,
    ]) {
      expect(ready(pem).thumbprintSha256).toBe(thumbprint)
    }
  })

  it('survives lost line breaks and line breaks written out', () => {
    const pem = good.cert + good.key
    const thumbprint = ready(pem).thumbprintSha256
    expect(ready(pem.replaceAll('\n', ' ')).thumbprintSha256).toBe(thumbprint)
    expect(ready(pem.replaceAll('\n', '\\n')).thumbprintSha256).toBe(thumbprint)
  })

  it('puts the certificate of the key first in the chain, wherever it stands', () => {
    const { chain, thumbprintSha256 } = ready(root.cert + issued.cert + issued.key)
    const certificates = chain.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)!
    expect(certificates).toHaveLength(2)
    expect(certificates.map((pem) => new X509Certificate(pem).subject)).toEqual(['CN=issued', 'CN=root'])
    expect(thumbprintSha256).toBe(createHash('sha256').update(new X509Certificate(issued.cert).raw).digest('hex'))
  })

  it('is good from the first to the last second', () => {
    expect(check(good.cert + good.key, VALID_FROM).kind).toBe('certificate')
    expect(check(good.cert + good.key, VALID_TO).kind).toBe('certificate')
  })
})

describe('a certificate that is wrong is told apart', () => {
  it.each([
    ['cert.pem', 'no BEGIN line'],
    ['', 'no BEGIN line'],
    [`MII${'A'.repeat(400)}==`, 'PFX'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE', 'no matching END line'],
    ['-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----', 'no base64'],
    [
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      'neither a certificate nor a private key, but: PUBLIC KEY',
    ],
  ])('%j', (pem, words) => {
    const error = failure(pem)
    expect(error.code).toBe('certificate-invalid')
    expect(error.message).toContain(words)
    expect(error.hint).toContain('openssl pkcs12')
  })

  it('a key that is no key, a certificate that is no certificate', () => {
    const junk = (label: string) => `-----BEGIN ${label}-----\nAAAAAAAA\n-----END ${label}-----\n`
    expect(failure(good.cert + junk('PRIVATE KEY')).message).toContain("can't be read as a private key")
    expect(failure(good.cert + junk('RSA PRIVATE KEY')).message).toContain("can't be read as a private key")
    expect(failure(junk('CERTIFICATE') + good.key).message).toContain("can't be read as a certificate")
  })

  it('without a key, without a certificate, with two keys', () => {
    expect(failure(good.cert).code).toBe('certificate-key-missing')
    expect(failure(good.key).code).toBe('certificate-missing')
    expect(failure(good.cert + good.key + root.key).message).toContain('2 private keys')
  })

  it('expired or not valid yet, with the dates', () => {
    const expired = failure(good.cert + good.key, new Date(VALID_TO.getTime() + 1000))
    expect([expired.code, expired.message]).toEqual([
      'certificate-expired',
      expect.stringContaining('2027-01-01T00:00:00Z'),
    ])
    const early = failure(good.cert + good.key, new Date(VALID_FROM.getTime() - 1000))
    expect(early.code).toBe('certificate-not-yet-valid')
    expect(early.message).toContain('2026-01-01T00:00:00Z')
    expect(early.message).toContain('2025-12-31T23:59:59Z')
  })

  it('a key of another pair', () => {
    expect(failure(good.cert + root.key).code).toBe('certificate-key-mismatch')
  })

  it('a key that is no RSA key, or a short one', () => {
    const ec = ecKey()
    for (const key of [pkcs8(ec), ec.export({ type: 'sec1', format: 'pem' }) as string]) {
      expect(failure(good.cert + key)).toMatchObject({
        code: 'certificate-key-type',
        message: expect.stringContaining('of type ec'),
      })
    }
    expect(failure(good.cert + pkcs8(rsaKey(1024))).message).toContain('1024 bits')
    const openssh = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAAAAAA\n-----END OPENSSH PRIVATE KEY-----\n'
    expect(failure(good.cert + openssh).message).toContain('OpenSSH')
    const dsa = '-----BEGIN DSA PRIVATE KEY-----\nAAAAAAAA\n-----END DSA PRIVATE KEY-----\n'
    expect(failure(good.cert + dsa).message).toContain('DSA')
  })

  it('an encrypted key, new style and old, with or without the certificate', () => {
    const key = createPrivateKey(good.key)
    const cipher = { cipher: 'aes-256-cbc', passphrase: 'open sesame' }
    const modern = key.export({ type: 'pkcs8', format: 'pem', ...cipher }) as string
    const old = key.export({ type: 'pkcs1', format: 'pem', ...cipher }) as string
    expect(old).toContain('Proc-Type: 4,ENCRYPTED')
    for (const pem of [good.cert + modern, good.cert + old, modern]) {
      expect(failure(pem)).toMatchObject({
        code: 'certificate-key-encrypted',
        hint: expect.stringContaining('openssl pkey'),
      })
    }
  })

  it('never shows any of the input, whatever it is', () => {
    void fc.assert(
      fc.property(fc.string({ minLength: 12 }), fc.constantFrom('CERTIFICATE', 'PRIVATE KEY', 'X'), (text, label) => {
        const marked = `${text}s3cr3t-marker`
        for (const pem of [marked, `-----BEGIN ${label}-----\n${marked}\n-----END ${label}-----`]) {
          const error = failure(pem)
          expect(`${error.message}${error.hint}${error.stack}${String(error.cause)}`).not.toContain('s3cr3t-marker')
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('OIDC', () => {
  const oidc = (requestUrl: string | undefined, requestToken: string | undefined): Credential => ({
    kind: 'oidc',
    audience: 'api://AzureADTokenExchange',
    requestUrl,
    requestToken,
  })

  it.each([
    [undefined, undefined],
    ['https://actions.example/token', undefined],
    [undefined, 'token'],
    ['', ''],
  ])('names the permission when the request variables are missing (%j, %j)', (url, token) => {
    let error: unknown
    try {
      checkCredential(oidc(url, token), NOW)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'id-token-permission' })
    expect((error as GateError).hint).toContain('permissions: id-token: write')
    expect((error as GateError).hint).toContain('forks')
  })

  it('is ready with both', () => {
    expect(checkCredential(oidc('https://actions.example/token', 't'), NOW)).toEqual(
      oidc('https://actions.example/token', 't'),
    )
  })
})

describe('what is masked', () => {
  it('of a secret: the secret, also without white space around it', () => {
    expect(secretParts({ kind: 'secret', secret: 's3cret~value' })).toEqual(['s3cret~value'])
    expect(secretParts({ kind: 'secret', secret: ' s3cret\n' })).toEqual([' s3cret\n', 's3cret'])
    expect(secretParts({ kind: 'secret', secret: '' })).toEqual([])
  })

  it('of a PEM: the whole, every line, and the base64 of each block in one line', () => {
    for (const pem of [good.cert + good.key, (good.cert + good.key).replaceAll('\n', '\r\n')]) {
      const parts = secretParts({ kind: 'certificate', pem })
      expect(parts).toContain(pem)
      for (const line of pem.split(/\r?\n/).filter((text) => text !== '')) expect(parts).toContain(line)
      const body = good.key.replace(/-----.*-----/g, '').replace(/\s/g, '')
      expect(parts).toContain(body)
    }
  })

  it('of a PEM in one line: the parts between the written line breaks', () => {
    const parts = secretParts({ kind: 'certificate', pem: good.key.replaceAll('\n', '\\n') })
    expect(parts).toContain(good.key.split('\n')[1])
  })

  it('no line that is too short to be part of a key', () => {
    expect(secretParts({ kind: 'certificate', pem: 'a\nbcd\nlonger line' })).toEqual([
      'a\nbcd\nlonger line',
      'longer line',
    ])
  })

  it('of OIDC: the request token', () => {
    expect(secretParts({ kind: 'oidc', audience: 'a', requestUrl: 'https://x', requestToken: 'tok' })).toEqual(['tok'])
    expect(secretParts({ kind: 'oidc', audience: 'a', requestUrl: undefined, requestToken: undefined })).toEqual([])
  })
})
