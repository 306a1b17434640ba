/** Error bodies of Microsoft Graph and of the older Defender XDR API. */
import { randomUUID } from 'node:crypto'
import { type Call, jsonReply, Refusal, type Reply, type World } from '../core/world.ts'

export const isOlderApi = (call: Call): boolean => call.path.startsWith('/api/')

/** `{"error":{code,message,innerError}}`. Graph's date has no zone. */
export function graphError(
  status: number,
  code: string,
  message: string,
  call: Call,
  world: World,
  inner: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): Reply {
  const innerError = {
    ...inner,
    date: world.now().toISOString().slice(0, 19),
    'request-id': call.id,
    'client-request-id': call.headers['client-request-id'] ?? call.id,
  }
  return jsonReply(status, { error: { code, message, ...more, innerError } })
}

/** `{"error":{code,message,target}}`; the target is the tracking id. */
export function olderError(status: number, code: string, message: string, call: Call): Reply {
  return jsonReply(status, { error: { code, message, target: call.id } })
}

/** An error in the shape of whichever API was called. */
export function apiError(status: number, code: string, message: string, call: Call, world: World): Reply {
  return isOlderApi(call) ? olderError(status, code, message, call) : graphError(status, code, message, call, world)
}

export function refuseApi(status: number, code: string, message: string, call: Call, world: World): never {
  throw new Refusal(apiError(status, code, message, call, world))
}

/** What the services say where only the status is known: faults and unknown paths. */
const USUAL: Record<number, readonly [code: string, message: string]> = {
  400: ['BadRequest', 'Invalid request.'],
  401: ['InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'],
  403: ['Forbidden', 'Access denied.'],
  404: ['NotFound', 'The requested resource was not found.'],
  405: ['MethodNotAllowed', 'The HTTP method is not supported for this resource.'],
  408: ['RequestTimeout', 'The request timed out.'],
  429: ['TooManyRequests', 'Too many requests.'],
  500: ['UnknownError', ''],
  502: ['BadGateway', 'Bad gateway.'],
  503: ['ServiceUnavailable', 'The service is temporarily unavailable. Please retry later.'],
  504: ['UnknownError', ''],
}
const OLDER_USUAL: Record<number, readonly [code: string, message: string]> = {
  ...USUAL,
  401: ['Unauthorized', 'Invalid or expired token.'],
  404: ['ResourceNotFound', 'Resource not found.'],
  429: ['429', 'API calls quota exceeded! maximum allowed 45 per 00:01:00'],
  500: ['InternalServerError', 'Internal server error.'],
}

export function usualError(status: number, call: Call, world: World, message?: string): Reply {
  if (isOlderApi(call)) {
    const [code, text] = OLDER_USUAL[status] ?? ['UnknownError', '']
    return olderError(status, code, message ?? text, call)
  }
  const [code, text] = USUAL[status] ?? ['UnknownError', '']
  const inner = status === 429 ? { code: '429', message: text, status: '429' } : {}
  return graphError(status, code, message ?? text, call, world, inner)
}

/** Headers of every answer of the API origin. */
export function apiHeaders(call: Call, world: World): Record<string, string> {
  return {
    date: world.now().toUTCString(),
    'cache-control': 'no-cache',
    'strict-transport-security': 'max-age=31536000',
    'request-id': call.id,
    'client-request-id': String(call.headers['client-request-id'] ?? call.id),
    'x-ms-ags-diagnostic': JSON.stringify({
      ServerInfo: {
        DataCenter: 'West Europe',
        Slice: 'E',
        Ring: '5',
        ScaleUnit: '004',
        RoleInstance: `AM${randomUUID().slice(0, 6)}`,
      },
    }),
  }
}
