/** Keys and certificates for the tests, made once a file. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { generate } from 'selfsigned'

export const VALID_FROM = new Date('2026-01-01T00:00:00Z')
export const VALID_TO = new Date('2027-01-01T00:00:00Z')

export const rsaKey = (bits = 2048): KeyObject => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
export const ecKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
export const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string

export interface Pair {
  readonly cert: string
  readonly key: string
}

export async function certificate(
  o: { from?: Date; to?: Date; name?: string; ca?: { key: string; cert: string } } = {},
): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: o.name ?? 'defender-gate' }], {
    algorithm: 'sha256',
    keySize: 2048,
    notBeforeDate: o.from ?? VALID_FROM,
    notAfterDate: o.to ?? VALID_TO,
    ...(o.ca ? { ca: o.ca } : {}),
  })
  return { cert: made.cert, key: made.private }
}
