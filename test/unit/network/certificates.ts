/** Certificates for the tests of the network. */
import { randomUUID } from 'node:crypto'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A self-signed certificate, by default for 127.0.0.1. */
export async function certificate(
  options: { ip?: string; notBefore?: Date; notAfter?: Date } = {},
): Promise<Certificate> {
  // OpenSSL looks an issuer up by its name, so each needs one of its own.
  const made = await generate([{ name: 'commonName', value: `loopback ${randomUUID()}` }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(options.notBefore ? { notBeforeDate: options.notBefore } : {}),
    ...(options.notAfter ? { notAfterDate: options.notAfter } : {}),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: options.ip ?? '127.0.0.1' }] },
    ],
  })
  return { key: made.private, cert: made.cert }
}

/** Trusts a certificate in this process, as NODE_EXTRA_CA_CERTS does from its start. */
export function trust({ cert }: Certificate): void {
  setDefaultCACertificates([...getCACertificates('default'), cert])
}

export async function trusted(): Promise<Certificate> {
  const made = await certificate()
  trust(made)
  return made
}
