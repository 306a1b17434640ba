/** One token request, made by Microsoft's library over our transport. */
import type { Configuration, INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { signInFault } from '../errors/identity.ts'
import type { Http, HttpResponse, Tenant } from '../model.ts'
import type { ReadyCredential } from './credential.ts'
import { tokenParts } from './jwt.ts'
import { plain, saysNotJson } from './text.ts'

/** The library takes tens of milliseconds to load, so it is loaded beside the first request for an ID token. */
export const loadMsal = () => import('@azure/msal-node')

export type TokenAnswer =
  | { readonly kind: 'token'; readonly value: string; readonly lifetimeMs: number; readonly response: HttpResponse }
  | { readonly kind: 'refused'; readonly response: HttpResponse }

/** Lifetime that is assumed where the answer names none: short, so that the token is soon renewed. */
const UNKNOWN_LIFETIME_MS = 5 * 60_000

/**
 * Asks the tenant's own authority for a token: exactly one request. A new MSAL application each time, because MSAL keeps
 * assertions, throttles by itself for a minute after a 429 and caches tokens; the token source decides on all three.
 * The metadata of the authority is given up front, so that MSAL looks nothing up (two requests otherwise), whatever the host.
 */
export async function requestToken(o: {
  http: Http
  credential: ReadyCredential
  /** GitHub's ID token, with OIDC. */
  idToken: string | undefined
  tenant: Tenant
  clientId: string
  authority: string
  scope: string
  /** Called with each token and assertion before anything else happens with it. */
  protect: (secret: string) => void
  redact: (text: string) => string
  signal: AbortSignal | undefined
  /** How many of the five tries are left. */
  maxAttempts: number
}): Promise<TokenAnswer> {
  const { ConfidentialClientApplication, LogLevel } = await loadMsal()
  const origin = new URL(o.authority).origin
  const base = `${origin}/${o.tenant.id}`
  const tokenEndpoint = `${base}/oauth2/v2.0/token`
  let sent: { response: HttpResponse } | { failure: unknown } | undefined

  const post = async <T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> => {
    // MSAL adds a query with a correlation id, which the body has too. Nothing but this one endpoint may ever see the credential.
    if (sent || url.split('?')[0] !== tokenEndpoint) throw new Error('unexpected request')
    const body = options?.body ?? ''
    for (const part of tokenParts(new URLSearchParams(body).get('client_assertion') ?? '')) o.protect(part)
    try {
      const response = await o.http.send({
        method: 'POST',
        url: tokenEndpoint,
        headers: { ...options?.headers, accept: 'application/json' },
        body,
        maxAttempts: o.maxAttempts,
        ...(o.signal ? { signal: o.signal } : {}),
      })
      sent = { response }
      const answer = readToken(response)
      if (!answer) throw new Error('no token')
      for (const part of tokenParts(answer.access_token)) o.protect(part)
      return { status: response.status, headers: { ...response.headers }, body: answer as T }
    } catch (thrown) {
      sent ??= { failure: thrown }
      throw thrown
    }
  }
  const networkClient: INetworkModule = {
    sendPostRequestAsync: post,
    sendGetRequestAsync: () => Promise.reject(new Error('unexpected request')),
  }

  let value: string | undefined
  let fault: unknown
  try {
    const app = new ConfidentialClientApplication({
      auth: {
        clientId: o.clientId,
        authority: base,
        knownAuthorities: [new URL(origin).host],
        authorityMetadata: JSON.stringify({
          issuer: `${base}/v2.0`,
          authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
          token_endpoint: tokenEndpoint,
          jwks_uri: `${base}/discovery/v2.0/keys`,
          end_session_endpoint: `${base}/oauth2/v2.0/logout`,
        }),
        ...proof(o.credential, o.idToken),
      },
      system: {
        networkClient,
        // MSAL says nothing anywhere: its lines may hold what must not be printed.
        loggerOptions: { loggerCallback: () => {}, piiLoggingEnabled: false, logLevel: LogLevel.Error },
      },
    })
    const result = await app.acquireTokenByClientCredential({
      scopes: [o.scope],
      skipCache: true,
      // Else an environment variable of the runner (MSAL_FORCE_REGION) sends the request elsewhere.
      azureRegion: 'DisableMsalForceRegion',
    })
    value = result?.accessToken
  } catch (thrown) {
    fault = thrown
  }
  if (sent && 'failure' in sent) throw sent.failure
  if (!sent) throw signInFault(o.tenant.label, faultText(fault, o.redact), undefined)
  const { response } = sent
  const answer = readToken(response)
  if (!answer) return { kind: 'refused', response }
  if (!value) throw signInFault(o.tenant.label, faultText(fault, o.redact), undefined)
  return { kind: 'token', value, lifetimeMs: lifetime(answer.expires_in), response }
}

/** The one credential, in MSAL's words. */
function proof(credential: ReadyCredential, idToken: string | undefined): Partial<Configuration['auth']> {
  switch (credential.kind) {
    case 'secret':
      return { clientSecret: credential.secret }
    case 'certificate': {
      const { thumbprintSha256, privateKey, chain } = credential
      return { clientCertificate: { thumbprintSha256, privateKey, x5c: chain } }
    }
    case 'oidc':
      return { clientAssertion: idToken ?? '' }
  }
}

/** The body of an answer that holds a token; anything else is `undefined`. */
function readToken(response: HttpResponse): { access_token: string; expires_in?: unknown } | undefined {
  if (response.status !== 200 || saysNotJson(response.headers)) return undefined
  try {
    const body = JSON.parse(response.body.toString('utf8'))
    return typeof body?.access_token === 'string' && body.access_token !== '' ? body : undefined
  } catch {
    return undefined
  }
}

/** `expires_in` is seconds, as a number; older endpoints write it as text. */
function lifetime(expiresIn: unknown): number {
  const seconds = Number(expiresIn)
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : UNKNOWN_LIFETIME_MS
}

/** MSAL's own words: its stable error code, without the long text. The cause is not kept, as it may hold the request. */
function faultText(fault: unknown, redact: (text: string) => string): string {
  if (fault instanceof Error) {
    const code = (fault as { errorCode?: unknown }).errorCode
    return plain(redact(typeof code === 'string' && code !== '' ? code : `${fault.name}: ${fault.message}`), 200)
  }
  return 'it gave no token'
}
