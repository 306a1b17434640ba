import { jwtDecode } from 'jwt-decode'

/** Claims that the gate looks at, each of the type that it should have or absent. Nothing here is verified: these are hints. */
export interface Claims {
  readonly iss: string | undefined
  readonly sub: string | undefined
  readonly aud: readonly string[]
  /** Seconds since 1970. */
  readonly exp: number | undefined
  readonly tid: string | undefined
  readonly roles: readonly string[] | undefined
  /** GitHub's ids of owner and repository, in its ID tokens. */
  readonly ownerId: string | undefined
  readonly repositoryId: string | undefined
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
const texts = (value: unknown) => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined)

/**
 * The claims of a JWT; `undefined` where it can't be read. Microsoft calls tokens for its own APIs opaque, so an unreadable
 * one is no error (learn.microsoft.com, identity-platform/access-tokens).
 */
export function readClaims(token: string): Claims | undefined {
  let payload: unknown
  try {
    payload = jwtDecode<unknown>(token)
  } catch {
    return undefined
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined
  const claims = payload as Record<string, unknown>
  const exp = claims['exp']
  return {
    iss: text(claims['iss']),
    sub: text(claims['sub']),
    aud: texts(claims['aud']) ?? [text(claims['aud'])].filter((aud) => aud !== undefined),
    exp: typeof exp === 'number' && Number.isFinite(exp) ? exp : undefined,
    tid: text(claims['tid'])?.toLowerCase(),
    roles: texts(claims['roles']),
    ownerId: text(claims['repository_owner_id']),
    repositoryId: text(claims['repository_id']),
  }
}

/**
 * What of a token is masked: the whole, its payload and its signature. The header alone stays readable: it is the same in
 * every token and gives nothing away, so masking it would only eat innocent text.
 */
export function tokenParts(token: string): string[] {
  const [, payload, signature] = token.split('.')
  return [token, payload ?? '', signature ?? ''].filter((part) => part.length >= 8)
}
