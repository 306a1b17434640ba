import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { certificatePem, pemBlocks } from '../../../src/identity/pem.ts'

const LABELS = ['CERTIFICATE', 'PRIVATE KEY', 'RSA PRIVATE KEY', 'X509 CERTIFICATE'] as const
const block = fc.record({ label: fc.constantFrom(...LABELS), der: fc.uint8Array({ minLength: 1, maxLength: 300 }) })
/** What happens to line breaks on the way into a secret. */
const breaks = fc.constantFrom('\n', '\r\n', '\r', '\\n', '\\r\\n', ' ', '\n\n', '\n  ')
/** What openssl writes between blocks. */
const between = fc.constantFrom('', 'Bag Attributes\n    localKeyID: 01\n', '\n\n', 'subject=CN = gate\n')

function written(label: string, der: Uint8Array, newline: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join(newline)
}

describe('PEM', () => {
  it('gives back every block, however its line breaks were changed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(block, breaks, between), { maxLength: 4 }), (parts) => {
        const pem = parts.map(([{ label, der }, newline, text]) => `${text}${written(label, der, newline)}\n`).join('')
        const read = pemBlocks(pem)
        expect(read.map(({ label, der }) => [label, der?.toString('hex')])).toEqual(
          parts.map(([{ label, der }]) => [label, Buffer.from(der).toString('hex')]),
        )
      }),
    )
  })

  it('reads what it writes, and so does OpenSSL', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (der) => {
        const pem = certificatePem(Buffer.from(der))
        expect(pem.split('\n').every((line) => line.length <= 64)).toBe(true)
        expect(pemBlocks(pem)).toMatchObject([{ label: 'CERTIFICATE', der: Buffer.from(der), encrypted: false }])
      }),
    )
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const [key] = pemBlocks(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
    expect(createPrivateKey({ key: key!.der!, format: 'der', type: 'pkcs8' }).equals(privateKey)).toBe(true)
  })

  it('takes any text without a fault, and in time', () => {
    const piece = fc.constantFrom(
      '-----BEGIN ',
      '-----END ',
      'PRIVATE KEY',
      'CERTIFICATE',
      '-----',
      '\n',
      'MIIB',
      '=',
      ' ',
      '\\n',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => {
        for (const { base64, label } of pemBlocks(pieces.join('')))
          expect([/\s/.test(base64), label.length <= 40]).toEqual([false, true])
      }),
    )
    const long = `-----BEGIN X-----\n${randomBytes(300_000).toString('base64')}\n`.repeat(3)
    const began = performance.now()
    expect(pemBlocks(long)).toEqual([])
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})
