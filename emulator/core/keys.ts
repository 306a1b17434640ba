/** RSA signing keys of the two token issuers, made once per process and only when asked for. */
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public key as it appears in a JWKS. */
  readonly jwk: Record<string, unknown>
}

const cache = new Map<string, Promise<SigningKey>>()

export function signingKey(issuer: 'entra' | 'github'): Promise<SigningKey> {
  const known = cache.get(issuer) ?? make()
  cache.set(issuer, known)
  return known
}

async function make(): Promise<SigningKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const kid = createHash('sha256').update(der).digest('base64url').slice(0, 27)
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } }
}
