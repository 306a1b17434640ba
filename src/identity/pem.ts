/** Takes a PEM text apart. Tolerates what happens to secrets on their way: lost line breaks, `\n` written out, CRLF. */

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`, … */
  readonly label: string
  /** The content without white space. */
  readonly base64: string
  /** `undefined` where the content is no base64. */
  readonly der: Buffer | undefined
  readonly encrypted: boolean
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END \1-----/g
/** RFC 1421 headers of an old-style encrypted key; the base64 follows them. */
const HEADERS = /^\s*(?:[A-Za-z-]+:[^\n]*\n\s*)+/

/** The blocks of a PEM text in their order; text between them (openssl's "Bag Attributes") is skipped. */
export function pemBlocks(pem: string): readonly PemBlock[] {
  return [...pem.replace(/\\r\\n|\\n|\\r|\r\n?/g, '\n').matchAll(BLOCK)].map(([, label = '', body = '']) => {
    const base64 = body.replace(HEADERS, '').replace(/\s+/g, '')
    return {
      label,
      base64,
      der: /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined,
      encrypted: label === 'ENCRYPTED PRIVATE KEY' || /Proc-Type:[^\n]*ENCRYPTED/.test(body),
    }
  })
}

/** A certificate in PEM text as OpenSSL writes it. */
export function certificatePem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
