import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import {
  certificateExpired,
  certificateInvalid,
  certificateKeyEncrypted,
  certificateKeyMismatch,
  certificateKeyMissing,
  certificateKeyType,
  certificateMissing,
  certificateNotYetValid,
  idTokenPermission,
} from '../errors/identity.ts'
import { certificatePem, type PemBlock, pemBlocks } from './pem.ts'

/** How the app proves who it is, as the settings give it. */
export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'certificate'; readonly pem: string }
  | {
      readonly kind: 'oidc'
      readonly audience: string
      /** `ACTIONS_ID_TOKEN_REQUEST_URL` and `…_TOKEN`: GitHub sets them only for a job that may ask for an ID token. */
      readonly requestUrl: string | undefined
      readonly requestToken: string | undefined
    }

/** A credential that can be used: read, checked and in the form that MSAL takes. */
export type ReadyCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  | {
      readonly kind: 'certificate'
      /** SHA-256 over the DER of the certificate, in hex: what `x5t#S256` is made of. */
      readonly thumbprintSha256: string
      /** PKCS#8 in PEM. */
      readonly privateKey: string
      /** The certificate that belongs to the key, then the others of the input, in PEM: the `x5c` header. */
      readonly chain: string
      readonly expires: Date
    }
  | { readonly kind: 'oidc'; readonly audience: string; readonly requestUrl: string; readonly requestToken: string }

/**
 * Reads and checks a credential; makes no request.
 * @throws GateError for an OIDC credential without the request variables, and for each way in which a PEM can be wrong
 */
export function checkCredential(credential: Credential, now: Date): ReadyCredential {
  switch (credential.kind) {
    case 'secret':
      return credential
    case 'certificate':
      return checkCertificate(credential.pem, now)
    case 'oidc': {
      const { audience, requestUrl, requestToken } = credential
      if (!requestUrl || !requestToken) throw idTokenPermission()
      return { kind: 'oidc', audience, requestUrl, requestToken }
    }
  }
}

/**
 * Every value of a credential that must be masked before anything is printed: a secret; a PEM as a whole, each of its lines
 * and the base64 of each block without line breaks; the token with which GitHub's ID token is asked for.
 */
export function secretParts(credential: Credential): string[] {
  switch (credential.kind) {
    case 'secret':
      return unique([credential.secret, credential.secret.trim()])
    case 'certificate': {
      const { pem } = credential
      // Lines of fewer than four characters can't be part of a key, and masking them would ruin the log.
      const lines = pem.split(/\r\n|\r|\n|\\r\\n|\\r|\\n/).flatMap((line) => [line, line.trim()])
      return unique([
        pem,
        pem.trim(),
        ...[...lines, ...pemBlocks(pem).map((block) => block.base64)].filter((part) => part.trim().length >= 4),
      ])
    }
    case 'oidc':
      return unique([credential.requestToken ?? ''])
  }
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value.trim() !== '')
}

function checkCertificate(pem: string, now: Date): ReadyCredential {
  const blocks = pemBlocks(pem)
  if (blocks.length === 0) throw certificateInvalid(describeNoPem(pem))
  const broken = blocks.find((block) => block.der === undefined && !block.encrypted)
  if (broken) throw certificateInvalid(`has a ${broken.label} block that is no base64`)

  const keys = blocks.filter((block) => block.label.endsWith('PRIVATE KEY'))
  const certificates = blocks.filter((block) => /^(?:X509 )?CERTIFICATE$/.test(block.label))
  if (keys.length === 0 && certificates.length === 0) {
    throw certificateInvalid(
      `has neither a certificate nor a private key, but: ${blocks.map((block) => block.label).join(', ')}`,
    )
  }
  const [keyBlock, second] = keys
  if (!keyBlock) throw certificateKeyMissing()
  if (keyBlock.encrypted) throw certificateKeyEncrypted()
  if (certificates.length === 0) throw certificateMissing()
  if (second) throw certificateInvalid(`has ${keys.length} private keys, where one is needed`)

  const key = readKey(keyBlock)
  const read = certificates.map(readCertificate)
  const leaf = read.find((certificate) => certificate.checkPrivateKey(key))
  if (!leaf) throw certificateKeyMismatch()
  if (now < leaf.validFromDate) throw certificateNotYetValid(iso(leaf.validFromDate), iso(now))
  if (now > leaf.validToDate) throw certificateExpired(iso(leaf.validToDate))
  return {
    kind: 'certificate',
    thumbprintSha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    chain: [leaf, ...read.filter((other) => other !== leaf)].map((one) => certificatePem(one.raw)).join(''),
    expires: leaf.validToDate,
  }
}

/** Half a sentence on a text without PEM blocks. It never shows the text: it may be a key. */
function describeNoPem(text: string): string {
  if (/-----BEGIN /.test(text)) return 'is a damaged PEM text: a block has no matching END line'
  const bare = text.replace(/\s+/g, '')
  if (/^M[A-Za-z0-9+/]{99,}={0,2}$/.test(bare))
    return 'is base64 without PEM lines, probably a PFX (PKCS#12) or DER file'
  return 'is no PEM text: it has no BEGIN line'
}

function readKey(block: PemBlock): KeyObject {
  if (block.label === 'OPENSSH PRIVATE KEY') throw certificateKeyType('an OpenSSH key')
  if (block.label === 'DSA PRIVATE KEY') throw certificateKeyType('a DSA key')
  const type = ({ 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' } as const)[block.label] ?? 'pkcs8'
  let key: KeyObject
  try {
    key = createPrivateKey({ key: block.der!, format: 'der', type })
  } catch {
    // OpenSSL's words would not help, and the cause may quote the input: neither is kept.
    throw certificateInvalid(`has a ${block.label} block that can't be read as a private key`)
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType !== 'rsa') throw certificateKeyType(`of type ${asymmetricKeyType ?? 'unknown'}`)
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < 2048) throw certificateKeyType(`an RSA key of ${bits} bits`)
  return key
}

function readCertificate(block: PemBlock): X509Certificate {
  try {
    return new X509Certificate(block.der!)
  } catch {
    throw certificateInvalid(`has a ${block.label} block that can't be read as a certificate`)
  }
}

/** Seconds are enough. */
function iso(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
