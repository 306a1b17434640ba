/** Every sentence about what the security API answered. Text of the service in them is short and never a token. */
import { type CodeEntry, GateError } from '../errors.ts'

export const SECURITY_API_CODES = {
  'token-refused': {
    title: 'The API refused the token',
    cause:
      'The API answered 401, and again 401 to a fresh token: a token of another cloud or API, or one that a policy revoked.',
    cure: 'Check that `cloud`, `api`, `authority-url` and `api-url` belong together, and look at the sign-in log of the app in Entra ID.',
  },
  forbidden: {
    title: 'The API refused access',
    cause:
      'The API answered 403 for a reason other than a missing application permission; the message carries its words.',
    cure: 'Follow the words of the service. With the request id Microsoft’s support can say more.',
  },
  'conditional-access': {
    title: 'Conditional access blocked the call',
    cause:
      'A conditional access policy for workload identities blocks this app, by the address of the runner or by risk.',
    cure: 'Exclude the app from the policy or allow the address of the runner: GitHub-hosted runners have no fixed addresses.',
  },
  'no-defender': {
    title: 'The tenant has no Microsoft Defender XDR',
    cause:
      'The service says that the account is not provisioned: Defender XDR was never opened in this tenant, or it has no licence.',
    cure: 'Check `tenant-id`. Open the Defender portal once as an administrator of that tenant, and check its licences.',
  },
  'api-not-found': {
    title: 'The API does not know the address',
    cause: 'The API answered 404: the address is not the root of this API, or the API is not offered in this cloud.',
    cure: 'Remove `api-url` or correct it, and check `cloud` and `api`.',
  },
  throttled: {
    title: 'The API kept throttling',
    cause:
      'The API answered 429 to every attempt. Its limits are per tenant and shared with every other client of the app.',
    cure: 'Run fewer checks at a time, or at another time; look for other jobs that use the same app.',
  },
  'retry-after-too-long': {
    title: 'The API asked to come back later',
    cause: 'The answer carried a `Retry-After` of more than five minutes. The gate does not wait that long.',
    cure: 'Run the workflow again after the time in the message.',
  },
  'quota-exhausted': {
    title: 'The quota of the tenant is used up',
    cause:
      'Advanced hunting has a budget of processing time per tenant in cycles of 15 minutes. Analysts in the portal use the same budget.',
    cure: 'Run the workflow again after the time in the message. Make the queries lighter: shorter `timespan`, filters first, fewer columns.',
  },
  'service-error': {
    title: 'The API failed',
    cause: 'The API answered with a server error to every attempt.',
    cure: 'Run the workflow again later. If it lasts, look at the service health and give Microsoft’s support the request id.',
  },
  'query-too-heavy': {
    title: 'The query is probably too heavy',
    cause:
      'Hunting answered with a server error without a message, which is how it gives up on queries that need more than about three minutes.',
    cure: 'Narrow the query: shorter `timespan`, filter on time and indexed columns first, avoid wide joins, return fewer columns.',
  },
  'result-too-large': {
    title: 'The result of the query is too large',
    cause: 'A hunting result may have 50 MB at most, and 100,000 rows.',
    cure: 'Return fewer rows or columns: filter, `project` what you need, `summarize` or `take`.',
  },
  'kql-error': {
    title: 'The service refused the query',
    cause:
      'The query has a syntax error, or names a table or column that this tenant does not have. Tables of products without a licence look like typing errors.',
    cure: 'Correct the query. The action `validate` finds most of these with line and column, without credentials.',
  },
  'request-refused': {
    title: 'The API refused the request',
    cause: 'The API answered with an error that has no code of its own here; the message carries its words.',
    cure: 'Follow the words of the service; if the request should be right, please report it.',
  },
  'redirect-refused': {
    title: 'The API redirected',
    cause: 'The API answered with a redirect. The gate never follows one, because the token would go along.',
    cure: 'Set `api-url` to the root of the API itself, or remove it. A proxy that asks for a login also answers like this.',
  },
  'answer-unreadable': {
    title: 'The answer could not be read',
    cause: 'What came back is not the answer that this API gives: no JSON, cut off, only a part, or another shape.',
    cure: 'Look for a proxy that changes answers and check `api-url`. If it lasts, please report it with what the message names.',
  },
  'next-link-refused': {
    title: 'The link to the next page was refused',
    cause:
      'A page of the list names a next page on another host, or one that was already read. The token is never sent elsewhere.',
    cure: 'Check `api-url`: answers through a gateway must carry links to that same gateway.',
  },
  'too-many-pages': {
    title: 'The list does not end',
    cause:
      'The list has more pages than the gate is ready to read, so it can’t be known whether it was read to its end.',
    cure: 'Ask for less: `created-within`, a higher `min-severity`, fewer states in `status`.',
  },
  'wrong-tenant-data': {
    title: 'The answer is about another tenant',
    cause: 'A record names a tenant other than the one that was asked for.',
    cure: 'Check `tenant-id` and `api-url`. Nothing of the answer was used.',
  },
} as const satisfies Record<string, CodeEntry>

/** What the service said about a failure. `text` is already short and clean; it may be empty. */
export interface Says {
  /** Name of the API for people. */
  readonly api: string
  readonly status: number
  readonly code: string
  readonly text: string
  readonly requestId: string | undefined
}

/**
 * A quota of the tenant is used up until `comeBackAt`. Other calls to the same tenant would meet the same, so what has
 * not been asked yet need not be.
 */
export class QuotaError extends GateError {
  readonly comeBackAt: Date

  constructor(code: keyof typeof SECURITY_API_CODES, message: string, hint: string, says: Says, comeBackAt: Date) {
    super(code, message, hint, { requestId: says.requestId })
    this.comeBackAt = comeBackAt
  }
}

/** Whether the rest of the same tenant's queries need not be tried now. */
export function isQuotaError(error: unknown): error is QuotaError {
  return error instanceof QuotaError
}

type Code = keyof typeof SECURITY_API_CODES

function failure(code: Code, message: string, hint: string, says: Says): GateError {
  return new GateError(code, withId(message, says), hint, { requestId: says.requestId })
}

function withId(message: string, says: Says): string {
  return says.requestId === undefined ? message : `${message} (request id ${says.requestId})`
}

function words(says: Says): string {
  const code = says.code === '' ? '' : ` ${says.code}`
  return says.text === '' ? `${says.status}${code}` : `${says.status}${code}: ${says.text}`
}

/** `2026-08-21 14:45 UTC`, rounded up to the minute. */
function timeOf(date: Date): string {
  const up = new Date(Math.ceil(date.getTime() / 60_000) * 60_000)
  return `${up.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

export const tokenRefused = (says: Says): GateError =>
  failure(
    'token-refused',
    `${says.api} refused the token, and a fresh one as well: ${words(says)}`,
    'Check that cloud, api, authority-url and api-url belong together, and look at the sign-in log of the app in Entra ID.',
    says,
  )

export const forbidden = (says: Says): GateError =>
  failure(
    'forbidden',
    `${says.api} refused access: ${words(says)}`,
    'No application permission was named as missing. Follow the words of the service, or ask the administrator of the tenant.',
    says,
  )

export const blockedByPolicy = (says: Says): GateError =>
  failure(
    'conditional-access',
    `A conditional access policy of the tenant blocked the call to ${says.api}: ${words(says)}`,
    'Ask the administrator to exclude the app from the policy for workload identities, or to allow the address of the runner. GitHub-hosted runners have no fixed addresses.',
    says,
  )

export const noDefender = (says: Says, tenant: string): GateError =>
  failure(
    'no-defender',
    `Microsoft Defender XDR is not set up in tenant ${tenant}: ${words(says)}`,
    'Check tenant-id. If it is right, an administrator has to open the Defender portal of that tenant once, and it needs a licence for Defender XDR.',
    says,
  )

export const notFound = (says: Says, address: string): GateError =>
  failure(
    'api-not-found',
    `${says.api} does not know ${address}: ${words(says)}`,
    'Remove or correct api-url, and check cloud and api.',
    says,
  )

export const throttled = (says: Says): GateError =>
  failure(
    'throttled',
    `${says.api} throttled every attempt: ${words(says)}`,
    'Run fewer checks at a time or at another time, and look for other jobs that use the same app in this tenant.',
    says,
  )

/** A `Retry-After` that is too far away. Only throttling (429) speaks for the tenant's other calls as well. */
export function comeBackLater(says: Says, at: Date): GateError {
  const message = withId(`${says.api} asks to come back at ${timeOf(at)}: ${words(says)}`, says)
  const hint = `Run the workflow again after ${timeOf(at)}. The gate waits five minutes at most.`
  if (says.status === 429) return new QuotaError('retry-after-too-long', message, hint, says, at)
  return new GateError('retry-after-too-long', message, hint, { requestId: says.requestId })
}

export const quotaExhausted = (says: Says, at: Date): GateError =>
  new QuotaError(
    'quota-exhausted',
    withId(`The quota of this tenant is used up until ${timeOf(at)}: ${words(says)}`, says),
    `Run the workflow again after ${timeOf(at)}. Analysts in the portal use the same budget; lighter queries (shorter timespan, filters first) need less of it.`,
    says,
    at,
  )

export const serviceFailed = (says: Says): GateError =>
  failure(
    'service-error',
    `${says.api} failed on every attempt: ${words(says)}`,
    'Run the workflow again later. If it lasts, give the request id to Microsoft’s support.',
    says,
  )

export const queryTooHeavy = (says: Says): GateError =>
  failure(
    'query-too-heavy',
    `${says.api} failed on every attempt without saying why (${words(says)}), as it does when a query is too heavy.`,
    'Narrow the query: a shorter timespan, filters on time and indexed columns first, no wide joins, fewer columns.',
    says,
  )

export const resultTooLarge = (says: Says): GateError =>
  failure(
    'result-too-large',
    `The result of the query is larger than the service gives out: ${words(says)}`,
    'Return fewer rows or columns: filter, project what you need, summarize or take. The limits are 100,000 rows and 50 MB.',
    says,
  )

export const kqlError = (says: Says): GateError =>
  failure(
    'kql-error',
    `The service refused the query: ${words(says)}`,
    'Correct the query. A table of a product that the tenant has no licence for looks like a typing error. The action defender-gate/defender-gate/validate checks query files offline and tells line and column.',
    says,
  )

export const requestRefused = (says: Says): GateError =>
  failure(
    'request-refused',
    `${says.api} refused the request: ${words(says)}`,
    'Follow the words of the service. If the settings are right, please report this message.',
    says,
  )

export const redirected = (says: Says): GateError =>
  failure(
    'redirect-refused',
    `${says.api} answered with a redirect (${says.status}), which is never followed with a token.`,
    'Set api-url to the root of the API itself, or remove it. A proxy that asks for a login also answers like this.',
    says,
  )

/** `what` names what came in place of the answer, with nothing of its content. */
export const unreadable = (api: string, what: string, requestId: string | undefined): GateError =>
  failure(
    'answer-unreadable',
    `The answer of ${api} could not be read: ${what}.`,
    'Look for a proxy that changes answers, and check api-url. If it lasts, please report this message.',
    { api, status: 0, code: '', text: '', requestId },
  )

export const nextLinkRefused = (api: string, why: string): GateError =>
  new GateError(
    'next-link-refused',
    `${api} named a next page that was refused: ${why}.`,
    'Check api-url: the links in answers must lead to that same origin over https. The token was not sent there.',
  )

export const tooManyPages = (api: string, pages: number): GateError =>
  new GateError(
    'too-many-pages',
    `The list of ${api} did not end after ${pages} pages.`,
    'Ask for less: created-within, a higher min-severity, or fewer states in status.',
  )

/** `found` is the tenant id that the record names. */
export const wrongTenant = (api: string, asked: string, found: string): GateError =>
  new GateError(
    'wrong-tenant-data',
    `${api} was asked about tenant ${asked} and answered with a record of tenant ${found}.`,
    'Check tenant-id and api-url. Nothing of this answer was used.',
  )
