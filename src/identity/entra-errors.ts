/** Turns an answer to the token request that holds no token into an error that says what it means and what to do. */

import {
  federatedMismatch,
  type IdentityCode,
  signInAnswer,
  signInRefused,
  signInThrottledUntil,
} from '../errors/identity.ts'
import type { GateError } from '../errors.ts'
import type { Tenant } from '../model.ts'
import { consentHelp } from './consent.ts'
import type { ReadyCredential } from './credential.ts'
import { ENTRA_ERRORS, RETRIED } from './entra-error-table.ts'
import { federatedHint, type Presented, presentedSentence } from './federated.ts'
import { hostOf, kindOfAnswer, plain } from './text.ts'

export interface EntraErrorInput {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** How often the transport sent the request, from 1. */
  readonly attempts: number
  /** Time to come back that is too far away to wait for, in milliseconds. */
  readonly retryAfterMs: number | undefined
  readonly credential: ReadyCredential['kind']
  /** What GitHub's ID token said; only with OIDC, and only where it could be decoded. */
  readonly presented: Presented | undefined
  readonly tenant: Tenant
  readonly clientId: string
  readonly authority: string
  readonly scope: string
  /** Audience asked of GitHub; empty without OIDC. */
  readonly audience: string
  readonly serverUrl: string
  /** Takes every secret out of a text: Entra ID's messages may echo them. */
  readonly redact: (text: string) => string
}

/** The members of Entra ID's error body that are used, all optional. Source: reference-error-codes.md of entra-docs. */
interface EntraBody {
  readonly error: string
  readonly description: string
  readonly number: number | undefined
  readonly traceId: string | undefined
  readonly correlationId: string | undefined
  readonly timestamp: string | undefined
}

/** OAuth 2.0 error values, for a refusal whose AADSTS number is not known or not there. */
const OAUTH: ReadonlyMap<string, readonly [IdentityCode, string]> = new Map([
  ['invalid_client', ['sign-in-failed', 'the credential was not accepted']],
  ['unauthorized_client', ['sign-in-failed', 'the app is not known or not allowed in this tenant']],
  ['invalid_scope', ['sign-in-failed', 'the scope was not accepted']],
  ['invalid_resource', ['api-not-enabled', 'the API is not known in the tenant']],
  ['invalid_grant', ['sign-in-failed', 'the assertion or grant was rejected']],
  ['interaction_required', ['sign-in-failed', 'it asks for a user, and an application has none']],
  ['temporarily_unavailable', ['sign-in-unavailable', 'it is not available for the moment']],
])
const UNKNOWN = ['sign-in-failed', 'it gives a reason that is not in the table of the gate'] as const

/**
 * The AADSTS number of a refusal that is worth another try with a new assertion. Answers that the transport has tried again
 * by itself (408, 429, 5xx) are not: five tries are enough.
 */
export function retriedNumber(status: number, body: Buffer): number | undefined {
  if (status < 400 || status >= 500 || status === 408 || status === 429) return undefined
  const number = readBody(body)?.number
  return number !== undefined && RETRIED.has(number) ? number : undefined
}

/** Any answer without a token, as an error. Never holds a secret: every text of the answer goes through `redact`. */
export function entraError(o: EntraErrorInput): GateError {
  if (o.retryAfterMs !== undefined)
    return signInThrottledUntil(hostOf(o.authority), o.tenant.label, minutes(o.retryAfterMs))
  const body = readBody(o.body)
  return body && o.status >= 400 ? explained(o, body) : foreign(o)
}

function explained(o: EntraErrorInput, body: EntraBody): GateError {
  const known = body.number === undefined ? undefined : ENTRA_ERRORS.get(body.number)
  const number = body.number === undefined ? `OAuth error ${plain(o.redact(body.error), 60)}` : `AADSTS${body.number}`
  const line = supportLine(o, body)
  const requestId = body.traceId ?? body.correlationId
  const common = { tenant: o.tenant.label, number, line, requestId: requestId && plain(o.redact(requestId), 60) }
  if (!known) {
    const [code, meaning] = OAUTH.get(body.error) ?? UNKNOWN
    const lookUp =
      body.number === undefined ? '' : ` Look it up: ${new URL(o.authority).origin}/error?code=${body.number} .`
    return signInRefused(code, {
      ...common,
      meaning,
      hint: `Check tenant-id, client-id, the credential and cloud.${lookUp}`,
    })
  }
  switch (known.code) {
    case 'federated-credential-mismatch':
      return federatedMismatch({
        ...common,
        clientId: o.clientId,
        presented: presentedSentence(o.presented),
        hint: `${federatedHint(o)} ${known.remedy}`,
      })
    case 'app-not-in-tenant':
    case 'consent-missing':
      return signInRefused(known.code, { ...common, meaning: known.meaning, hint: `${known.remedy} ${consentHelp(o)}` })
    default:
      return signInRefused(known.code, { ...common, meaning: known.meaning, hint: known.remedy })
  }
}

/** Entra ID's own first line with the ids that its support asks for, on one line. */
function supportLine(o: EntraErrorInput, body: EntraBody): string {
  const [first = ''] = body.description.split(/\r?\n|\s(?=Trace ID:)/, 1)
  const ids = { 'Trace ID': body.traceId, 'Correlation ID': body.correlationId, Timestamp: body.timestamp }
  const named = Object.entries(ids).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${plain(o.redact(value), 60)}`],
  )
  const text = plain(o.redact(first), 600)
  return [text === '' ? plain(o.redact(body.error), 60) : text, ...named].join(' | ')
}

/** An answer that Entra ID did not write, or that is no refusal and holds no token either. */
function foreign(o: EntraErrorInput): GateError {
  const { status } = o
  const host = hostOf(o.authority)
  const what = `${kindOfAnswer(o, 'neither a token nor an error of Entra ID,')} with status ${status}${o.attempts > 1 ? ` (tried ${o.attempts} times)` : ''}`
  const answer = (code: Parameters<typeof signInAnswer>[0], hint: string) =>
    signInAnswer(code, { host, tenant: o.tenant.label, what, hint })
  if (status === 429)
    return answer(
      'sign-in-throttled',
      'Wait some minutes, then run the step again; run fewer gates at the same time against this tenant.',
    )
  if (status === 408 || status >= 500)
    return answer(
      'sign-in-unavailable',
      `Run the step again in some minutes. If it stays, check authority-url and the proxy between the runner and ${host}.`,
    )
  if (status >= 300 && status < 400)
    return answer(
      'sign-in-blocked',
      `A redirect is never followed with a credential. Check authority-url; else a proxy or sign-on page stands between the runner and ${host}.`,
    )
  if ([401, 403, 407, 451].includes(status))
    return answer(
      'sign-in-blocked',
      `Entra ID answers with JSON, so a proxy or firewall most likely stands in between: allow ${host} there.`,
    )
  return answer(
    'sign-in-unreadable',
    `That is no answer of Entra ID. Check authority-url, and the proxy or firewall between the runner and ${host}.`,
  )
}

function readBody(body: Buffer): EntraBody | undefined {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const members = value as Record<string, unknown>
  const text = (name: string) => (typeof members[name] === 'string' && members[name] !== '' ? members[name] : undefined)
  const error = text('error')
  if (error === undefined) return undefined
  const description = text('error_description') ?? ''
  const [first] = Array.isArray(members['error_codes']) ? members['error_codes'] : []
  const digits =
    /AADSTS(\d{2,9})/.exec(description)?.[1] ?? (Number.isSafeInteger(first) && first > 0 ? first : undefined)
  const labelled = (label: string) => new RegExp(`${label}:\\s*([^\\r\\n]{1,60})`).exec(description)?.[1]
  return {
    error,
    description,
    number: digits === undefined ? undefined : Number(digits),
    traceId: shaped(GUID, text('trace_id'), labelled('Trace ID')),
    correlationId: shaped(GUID, text('correlation_id'), labelled('Correlation ID')),
    timestamp: shaped(TIME, text('timestamp'), labelled('Timestamp')),
  }
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,7})?Z?$/

/** What support asks for has one shape; anything else in its place is not shown. */
function shaped(shape: RegExp, ...values: readonly (string | undefined)[]): string | undefined {
  return values.map((value) => value?.trim()).find((value) => value !== undefined && shape.test(value))
}

function minutes(ms: number): string {
  const count = Math.ceil(ms / 60_000)
  return count === 1 ? '1 minute' : `${count} minutes`
}
