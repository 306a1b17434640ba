/** The address of a proxy as the environment gives it, with its credentials set apart. */
import { proxySetting } from '../errors/network.ts'

export interface ProxyAddress {
  /** The environment variable that people know it by. */
  readonly variable: 'HTTPS_PROXY' | 'HTTP_PROXY'
  readonly uri: string
  readonly origin: string
  /** Value of `Proxy-Authorization`; a secret. */
  readonly authorization: string | undefined
  /** For messages: without credentials, but showing that there are some. */
  readonly shown: string
}

/** `undefined` where none is set. An address without a scheme means `http://`, as elsewhere. Throws a `GateError`. */
export function proxyAddress(variable: ProxyAddress['variable'], value: string | undefined): ProxyAddress | undefined {
  const text = value?.trim()
  if (!text) return undefined
  const full = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || !url.hostname || !['http:', 'https:'].includes(url.protocol)) throw proxySetting(variable)
  const { username, password, origin, host, protocol } = url
  const known = username !== '' || password !== ''
  const credentials = `${decoded(username)}:${decoded(password)}`
  return {
    variable,
    uri: origin,
    origin,
    authorization: known ? `Basic ${Buffer.from(credentials).toString('base64')}` : undefined,
    shown: `${protocol}//${known ? '***@' : ''}${host}`,
  }
}

/** A password with a bare `%` is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
