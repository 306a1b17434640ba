/** A certificate authority and server certificates, made once per process; their dates follow the real clock. */
import { randomUUID } from 'node:crypto'
import type { TlsFault } from '../scenario.ts'

export interface ServerCertificate {
  readonly key: string
  readonly cert: string
}
export interface Authority {
  readonly caPem: string
  /** The good certificate for localhost, or one with a fault. */
  certificate(fault: Exclude<TlsFault, 'drop'> | undefined): Promise<ServerCertificate>
}

const DAY_MS = 86_400_000
let made: Promise<Authority> | undefined

export function authority(): Promise<Authority> {
  made ??= makeAuthority()
  return made
}

async function makeAuthority(): Promise<Authority> {
  const { generate } = await import('selfsigned')
  const base = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const
  const validity = (from: number, to: number) => ({
    notBeforeDate: new Date(Date.now() + from * DAY_MS),
    notAfterDate: new Date(Date.now() + to * DAY_MS),
  })
  // A name of its own: a verifier that trusts several of them looks the issuer up by name.
  const makeCa = () =>
    generate([{ name: 'commonName', value: `Defender Gate emulator CA ${randomUUID()}` }], {
      ...base,
      ...validity(-1, 30),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
      ],
    })
  const ca = await makeCa()
  const leaf = async (fault: Exclude<TlsFault, 'drop'> | undefined): Promise<ServerCertificate> => {
    const signer = fault === 'untrusted' ? await makeCa() : ca
    const host = fault === 'wrong-host' ? 'login.woodgrove.example' : 'localhost'
    const made = await generate([{ name: 'commonName', value: host }], {
      ...base,
      ...(fault === 'expired' ? validity(-20, -10) : validity(-1, 30)),
      ca: { key: signer.private, cert: signer.cert },
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames:
            fault === 'wrong-host'
              ? [{ type: 2, value: host }]
              : [
                  { type: 2, value: host },
                  { type: 7, ip: '127.0.0.1' },
                ],
        },
      ],
    })
    return { key: made.private, cert: made.cert }
  }
  const cache = new Map<string, Promise<ServerCertificate>>()
  return {
    caPem: ca.cert,
    certificate(fault) {
      const name = fault ?? 'good'
      const known = cache.get(name) ?? leaf(fault)
      cache.set(name, known)
      return known
    },
  }
}
