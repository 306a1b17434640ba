/** Tokens for one tenant: one request however many checks ask, a new one in time, and errors that say what to do. */
import { GateError } from '../errors.ts'
import type { AccessToken, Clock, Http, HttpResponse, Log, Tenant, TokenSource } from '../model.ts'
import type { ReadyCredential } from './credential.ts'
import { entraError, retriedNumber } from './entra-errors.ts'
import { readClaims, tokenParts } from './jwt.ts'
import { fetchIdToken } from './oidc.ts'
import { checkToken } from './token-check.ts'
import { loadMsal, requestToken, type TokenAnswer } from './token-request.ts'

export interface TokenSourceOptions {
  readonly tenant: Tenant
  readonly clientId: string
  /** As `checkCredential` gave it; the caller has masked its secrets (`secretParts`). */
  readonly credential: ReadyCredential
  /** Origin of the sign-in host: `https://login.microsoftonline.com`. */
  readonly authority: string
  /** `https://graph.microsoft.com/.default` */
  readonly scope: string
  /** Values of `aud` that are accepted where the token can be read. */
  readonly audiences: readonly string[]
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  /** Masks a value; called with each token before anything else happens with it. */
  readonly protect: (secret: string) => void
  /** Takes everything that was masked out of a text: Entra ID's messages may echo it. */
  readonly redact: (text: string) => string
  /** `GITHUB_SERVER_URL`: which issuer GitHub's ID tokens have. */
  readonly serverUrl: string
  readonly signal?: AbortSignal
}

/** Tries in all for a refusal that may pass, those of the transport included. */
const MAX_TRIES = 5
/** A token is renewed this long before its end (or at half its life, if that is shorter). */
const MARGIN_MS = 5 * 60_000
/** A longer wait is not worth it: the contract's limit for `Retry-After`. */
const MAX_WAIT_MS = 5 * 60_000
/** A failure is told again to the other checks of the same round, but not to the next one: rounds are at least 1 s apart. */
const FAILURE_MEMORY_MS = 900
/** What no wait can mend: the value of the input is wrong. Asking again would only lock the app out. */
const FINAL: ReadonlySet<string> = new Set(['secret-wrong', 'secret-expired'])

interface Held {
  readonly token: AccessToken
  /** Milliseconds since 1970, by the clock of the runner. */
  readonly renewAt: number
}

/**
 * The source of one tenant's tokens. Both methods throw a `GateError` that names cause and cure, before any request where
 * the credential itself is wrong. Several tenants have a source each; none knows of another.
 */
export function createTokenSource(o: TokenSourceOptions): TokenSource {
  let held: Held | undefined
  let pending: Promise<AccessToken> | undefined
  let failed: { readonly error: unknown; readonly until: number } | undefined
  const exchange = createExchange(o)

  const getOne = async (): Promise<AccessToken> => {
    if (failed && o.clock.now().getTime() < failed.until) throw failed.error
    try {
      held = await exchange()
      failed = undefined
      return held.token
    } catch (error) {
      held = undefined
      const final = error instanceof GateError && FINAL.has(error.code)
      failed = { error, until: final ? Number.POSITIVE_INFINITY : o.clock.now().getTime() + FAILURE_MEMORY_MS }
      throw error
    }
  }
  const shared = (): Promise<AccessToken> => {
    pending ??= getOne().finally(() => {
      pending = undefined
    })
    return pending
  }
  const fresh = () => (held && o.clock.now().getTime() < held.renewAt ? held.token : undefined)

  return {
    token: async () => fresh() ?? shared(),
    renew: async (stale) => {
      const current = fresh()
      if (current && current.value !== stale.value) return current
      if (held?.token.value === stale.value) held = undefined
      return shared()
    },
  }
}

/** A JWT or the beginning of one. Masked tokens are known as a whole; an answer may quote a part. */
const JWT = /eyJ[\w-]{6,}(?:\.[\w-]+){0,2}/g

/** One exchange with its retries: credential → token. */
function createExchange(o: TokenSourceOptions): () => Promise<Held> {
  const { credential, protect, signal } = o
  const redact = (text: string) => o.redact(text).replace(JWT, '***')

  const attempt = async (maxAttempts: number): Promise<{ answer: TokenAnswer; idToken: string | undefined }> => {
    const [idToken] = await Promise.all([
      credential.kind === 'oidc' ? fetchIdToken({ ...credential, http: o.http, protect, signal }) : undefined,
      loadMsal(),
    ])
    for (const part of idToken === undefined ? [] : tokenParts(idToken)) protect(part)
    return { answer: await requestToken({ ...o, idToken, redact, signal, maxAttempts }), idToken }
  }

  const refusal = (response: HttpResponse, idToken: string | undefined, retryAfterMs: number | undefined) =>
    entraError({
      ...o,
      status: response.status,
      headers: response.headers,
      body: response.body,
      attempts: response.attempts,
      retryAfterMs,
      credential: credential.kind,
      presented: idToken === undefined ? undefined : readClaims(idToken),
      audience: credential.kind === 'oidc' ? credential.audience : '',
      redact,
    })

  const accept = ({ value, lifetimeMs, response }: TokenAnswer & { kind: 'token' }, askedAt: number): Held => {
    const now = o.clock.now()
    const serverNow = dateOf(response)
    const token = checkToken({ value, tenant: o.tenant, audiences: o.audiences, now, serverNow })
    o.log.debug(`Signed in to tenant ${o.tenant.label}; the token is good for ${Math.round(lifetimeMs / 1000)} s.`)
    return { token, renewAt: askedAt + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 2) }
  }

  return async () => {
    let tries = 0
    for (let round = 0; ; round++) {
      const askedAt = o.clock.now().getTime()
      const { answer, idToken } = await attempt(MAX_TRIES - tries)
      if (answer.kind === 'token') return accept(answer, askedAt)
      const { response } = answer
      const asked = retryAfter(response, dateOf(response) ?? o.clock.now())
      const number = retriedNumber(response.status, response.body)
      const tooLong = response.retryAfterMs ?? (number !== undefined && asked > MAX_WAIT_MS ? asked : undefined)
      tries += response.attempts
      if (number === undefined || tries >= MAX_TRIES || tooLong !== undefined) throw refusal(response, idToken, tooLong)
      const wait = Math.max(asked, 1000 * 2 ** round)
      o.log.info(
        `Microsoft Entra ID answered AADSTS${number} for tenant ${o.tenant.label}, which may pass: next try in ${Math.ceil(wait / 1000)} s.`,
      )
      await o.clock.sleep(wait, signal)
    }
  }
}

/** Time of the answer by the server's clock. */
function dateOf(response: HttpResponse): Date | undefined {
  const date = new Date(response.headers['date'] ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** `Retry-After` in milliseconds: seconds (Microsoft writes decimals too) or a date; 0 where there is none. */
function retryAfter(response: HttpResponse, now: Date): number {
  const value = response.headers['retry-after']?.trim() ?? ''
  const ms = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime()
  return ms > 0 ? ms : 0
}
