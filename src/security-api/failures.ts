/**
 * Turns an answer that is no success into the error that says what to do. Status and code decide; words decide only where
 * nothing else tells cases apart (microsoft-graph-docs `concepts/errors.md`; the wordings are those seen in public reports).
 */
import {
  blockedByPolicy,
  comeBackLater,
  forbidden,
  kqlError,
  noDefender,
  notFound,
  queryTooHeavy,
  redirected,
  requestRefused,
  resultTooLarge,
  type Says,
  serviceFailed,
  throttled,
  tokenRefused,
} from '../errors/security-api.ts'
import type { GateError } from '../errors.ts'
import type { HttpResponse } from '../model.ts'
import { isObject, type JsonObject, parseExact } from './json.ts'

/** What the service says about application permissions, for the room that knows them. */
export interface PermissionSays {
  readonly required: readonly string[]
  readonly present: readonly string[]
  readonly requestId?: string
}

/** What was asked, as far as the error's words need it. */
export interface Asked {
  readonly api: string
  readonly hunting: boolean
  /** The tenant's label. */
  readonly tenant: string
  /** The address without its query. */
  readonly address: string
  /** The token's own roles, where they are known. */
  readonly roles: readonly string[] | undefined
  readonly now: Date
  readonly permissionError: (says: PermissionSays) => GateError
}

/** An error body is a few lines; more of it is not read. */
const MAX_ERROR_BYTES = 256 * 1024
const MAX_TEXT = 500

// --- what the answer says -------------------------------------------------------------------------------------------

/**
 * Code, words and request id of an error answer.
 * @param ownId the `client-request-id` that was sent, which support can search for when the service names none
 * @param hide takes every secret out of a text, before anything is cut off: an answer may echo the token in any form
 */
export function readSays(response: HttpResponse, api: string, ownId: string, hide: Hide): Says {
  const body = errorBody(response.body)
  const error = isObject(body) && isObject(body['error']) ? body['error'] : isObject(body) ? body : {}
  const text = textIn(error) ?? (body === undefined ? plainText(response) : '')
  return {
    api,
    status: response.status,
    code: clean(String(typeof error['code'] === 'string' ? error['code'] : ''), hide).slice(0, 80),
    text: clean(text, hide),
    requestId: requestId(response.headers, error, hide) ?? ownId,
  }
}

function errorBody(body: Buffer): unknown {
  if (body.length === 0 || body.length > MAX_ERROR_BYTES) return undefined
  try {
    return parseExact({ bytes: body })
  } catch {
    return undefined
  }
}

function textIn(error: JsonObject): string | undefined {
  if (typeof error['message'] === 'string' && error['message'].trim() !== '') return error['message']
  const details = Array.isArray(error['details']) ? error['details'] : []
  const detail: unknown = details.find((entry) => isObject(entry) && typeof entry['message'] === 'string')
  return isObject(detail) ? String(detail['message']) : undefined
}

function plainText(response: HttpResponse): string {
  if (response.body.length === 0) return ''
  if (isHtml(response)) return '(an HTML page, perhaps of a proxy)'
  return response.body.toString('utf8', 0, 4 * MAX_TEXT)
}

export function isHtml(response: Pick<HttpResponse, 'headers' | 'body'>): boolean {
  if (/html/i.test(response.headers['content-type'] ?? '')) return true
  return response.body.toString('latin1', 0, 200).trimStart().startsWith('<')
}

const TOKEN_LIKE = /eyJ[\w-]{20,}(?:\.[\w-]*)*/g
/** Longer than a token and a sentence together, so that no token is cut in two before it is hidden. */
const MAX_RAW = 8000

export type Hide = (text: string) => string

/** One short line without secrets. Escaping is the business of the sink. */
export function clean(text: string, hide: Hide): string {
  const line = hide(text.slice(0, MAX_RAW))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  const letters = [...line.replace(TOKEN_LIKE, '***').toWellFormed()]
  return letters.length > MAX_TEXT ? `${letters.slice(0, MAX_TEXT - 1).join('')}…` : letters.join('')
}

/** A request id that may be shown: attackers don't write it, but nothing else that is let through looks like it. */
export function findId(candidates: readonly unknown[], hide: Hide): string | undefined {
  return candidates
    .filter((value) => typeof value === 'string')
    .find((value) => ID.test(value) && hide(value) === value)
}

/** The older API's `target` looks like `|1d25001e-48e8e09dbddde4f4.` or a GUID; elsewhere it may name a field. */
const ID = /^[\w|](?:[\w.|-]|:(?!:)){7,99}$/
const TRACKING_TARGET = /^\|?[0-9a-f]{8}[0-9a-f.-]{7,}$/i

function requestId(headers: HttpResponse['headers'], error: JsonObject, hide: Hide): string | undefined {
  const inner = [error['innerError'], error['innererror']].find(isObject) ?? {}
  const target = error['target']
  const candidates = [
    headers['request-id'],
    inner['request-id'],
    headers['x-ms-request-id'],
    typeof target === 'string' && TRACKING_TARGET.test(target) ? target : undefined,
    headers['client-request-id'],
    inner['client-request-id'],
  ]
  return findId(candidates, hide)
}

// --- what it means --------------------------------------------------------------------------------------------------

/** The error for an answer that is no 2xx and no quota. */
export function failureOf(response: HttpResponse, says: Says, asked: Asked): GateError {
  const { status } = response
  if (status >= 300 && status < 400) return redirected(says)
  if (response.retryAfterMs !== undefined) {
    return comeBackLater(says, new Date(asked.now.getTime() + response.retryAfterMs))
  }
  if (status >= 500) return serverFailure(says, asked)
  return accessFailure(response, says, asked) ?? clientFailure(says, asked)
}

function serverFailure(says: Says, asked: Asked): GateError {
  // Heavy queries end in 500 or 504 `UnknownError` with an empty message.
  const heavy = asked.hunting && (says.text === '' || says.status === 504)
  return heavy ? queryTooHeavy(says) : serviceFailed(says)
}

function accessFailure(response: HttpResponse, says: Says, asked: Asked): GateError | undefined {
  const permissions = missingRoles(says, asked)
  if (permissions !== undefined) return asked.permissionError(permissions)
  if (/account is not provisioned/i.test(says.text)) return noDefender(says, asked.tenant)
  const challenge = response.headers['www-authenticate'] ?? ''
  const policy = /insufficient_claims|AADSTS53003|conditional access/i
  if ([challenge, says.code, says.text].some((text) => policy.test(text))) return blockedByPolicy(says)
  return undefined
}

function clientFailure(says: Says, asked: Asked): GateError {
  switch (says.status) {
    case 400:
      if (!asked.hunting) return requestRefused(says)
      return /exceeded the allowed result size/i.test(says.text) ? resultTooLarge(says) : kqlError(says)
    case 401:
      return tokenRefused(says)
    case 403:
      return forbidden(says)
    case 404:
      return notFound(says, asked.address)
    case 429:
      return throttled(says)
    default:
      return requestRefused(says)
  }
}

/**
 * "Missing application roles. API required roles: A,B, application roles: X,Y." (Graph and the newer Defender API), or
 * "The application does not have any of the required application permissions (A, B) to access the resource."
 */
function missingRoles(says: Says, asked: Asked): PermissionSays | undefined {
  if (says.status !== 401 && says.status !== 403) return undefined
  const id = says.requestId === undefined ? {} : { requestId: says.requestId }
  const newer = /API required roles:(.*?),?\s*application roles:(.*)$/i.exec(says.text)
  if (newer !== null) {
    const required = roleNames(newer[1] ?? '')
    return required.length === 0 ? undefined : { required, present: roleNames(newer[2] ?? ''), ...id }
  }
  const older = /required application permissions?\s*\(([^)]*)\)/i.exec(says.text)
  const required = roleNames(older?.[1] ?? '')
  return required.length === 0 ? undefined : { required, present: asked.roles ?? [], ...id }
}

function roleNames(list: string): string[] {
  return list
    .split(/[\s,;]+/)
    .map((name) => name.replace(/\.+$/, ''))
    .filter((name) => /^[A-Za-z][\w.-]{0,99}$/.test(name))
}
