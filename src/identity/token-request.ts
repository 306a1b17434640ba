/** One token request, made by Microsoft's library over our transport. */
import type { Configuration, INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { signInFault } from '../errors/identity.ts'
import type { Http, HttpResponse, Tenant } from '../model.ts'
import type { ReadyCredential } from './credential.ts'
import { tokenParts } from './jwt.ts'
import { plain, saysNotJson } from './text.ts'

/** The library takes tens of milliseconds to load, so it is loaded beside the first request for an ID token. */
export const loadMsal = () => import('./msal.ts')

export type TokenAnswer =
  | { readonly kind: 'token'; readonly value: string; readonly lifetimeMs: number; readonly response: HttpResponse }
  | { readonly kind: 'refused'; readonly response: HttpResponse }

/** Lifetime that is assumed where the answer names none: short, so that the token is soon renewed. */
const UNKNOWN_LIFETIME_MS = 5 * 60_000

export interface TokenRequest {
  readonly http: Http
  readonly credential: ReadyCredential
  /** GitHub's ID token, with OIDC. */
  readonly idToken: string | undefined
  readonly tenant: Tenant
  readonly clientId: string
  readonly authority: string
  readonly scope: string
  /** Called with each token and assertion before anything else happens with it. */
  readonly protect: (secret: string) => void
  readonly redact: (text: string) => string
  readonly signal: AbortSignal | undefined
  /** How many of the five tries are left. */
  readonly maxAttempts: number
}

/**
 * Asks the tenant's own authority for a token: exactly one request. A new MSAL application each time, because MSAL keeps
 * assertions, throttles by itself for a minute after a 429 and caches tokens; the token source decides on all three.
 */
export async function requestToken(o: TokenRequest): Promise<TokenAnswer> {
  const base = `${new URL(o.authority).origin}/${o.tenant.id}`
  const network = new OneRequest(o, tokenEndpoint(base))
  const { value, fault } = await askMsal(o, base, network)
  const { sent } = network
  if (sent === undefined) throw signInFault(o.tenant.label, faultText(fault, o.redact), undefined)
  if ('failure' in sent) throw sent.failure
  const { response } = sent
  const answer = readToken(response)
  if (!answer) return { kind: 'refused', response }
  if (!value) throw signInFault(o.tenant.label, faultText(fault, o.redact), undefined)
  return { kind: 'token', value, lifetimeMs: lifetime(answer.expires_in), response }
}

const tokenEndpoint = (base: string): string => `${base}/oauth2/v2.0/token`

/** What MSAL sends, over our transport: one request to the token endpoint, and nothing to anywhere else. */
class OneRequest implements INetworkModule {
  readonly #o: TokenRequest
  readonly #endpoint: string
  /** What became of the request; `undefined` while none was sent. */
  sent: { readonly response: HttpResponse } | { readonly failure: unknown } | undefined

  constructor(o: TokenRequest, endpoint: string) {
    this.#o = o
    this.#endpoint = endpoint
  }

  sendGetRequestAsync(): Promise<never> {
    return Promise.reject(new Error('unexpected request'))
  }

  async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    const { http, protect, maxAttempts, signal } = this.#o
    // MSAL adds a query with a correlation id, which the body has too. Nothing but this one endpoint may ever see the credential.
    if (this.sent || url.split('?')[0] !== this.#endpoint) throw new Error('unexpected request')
    const body = options?.body ?? ''
    for (const part of tokenParts(new URLSearchParams(body).get('client_assertion') ?? '')) protect(part)
    try {
      const response = await http.send({
        method: 'POST',
        url: this.#endpoint,
        headers: { ...options?.headers, accept: 'application/json' },
        body,
        maxAttempts,
        ...(signal ? { signal } : {}),
      })
      this.sent = { response }
      const answer = readToken(response)
      if (!answer) throw new Error('no token')
      for (const part of tokenParts(answer.access_token)) protect(part)
      return { status: response.status, headers: { ...response.headers }, body: answer as T }
    } catch (thrown) {
      this.sent ??= { failure: thrown }
      throw thrown
    }
  }
}

/** The token as MSAL hands it out, or what it threw instead. */
async function askMsal(
  o: TokenRequest,
  base: string,
  networkClient: INetworkModule,
): Promise<{ readonly value?: string | undefined; readonly fault?: unknown }> {
  const { ConfidentialClientApplication, LogLevel } = await loadMsal()
  try {
    const app = new ConfidentialClientApplication({
      auth: { clientId: o.clientId, ...authorityOf(base), ...proof(o.credential, o.idToken) },
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
    return { value: result?.accessToken }
  } catch (fault) {
    return { fault }
  }
}

/** With the metadata of the authority given up front MSAL looks nothing up (two requests otherwise), whatever the host. */
function authorityOf(
  base: string,
): Pick<Configuration['auth'], 'authority' | 'knownAuthorities' | 'authorityMetadata'> {
  return {
    authority: base,
    knownAuthorities: [new URL(base).host],
    authorityMetadata: JSON.stringify({
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: tokenEndpoint(base),
      jwks_uri: `${base}/discovery/v2.0/keys`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    }),
  }
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
