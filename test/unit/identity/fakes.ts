/** A world without network and time: answers are queued, requests recorded, sleeping moves the clock. */
import type { Clock, Http, HttpRequest, HttpResponse, Log } from '../../../src/model.ts'

export const TENANT = '11111111-2222-3333-4444-555555555555'
export const CLIENT = '99999999-8888-7777-6666-555555555555'
export const AUTHORITY = 'https://login.microsoftonline.com'
export const NOW = new Date('2026-11-20T12:00:00Z')

export interface FakeClock extends Clock {
  readonly slept: number[]
  advance(ms: number): void
}

export function fakeClock(start: Date = NOW): FakeClock {
  let now = start.getTime()
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(now),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
    },
    advance: (ms) => {
      now += ms
    },
  }
}

export function reply(status: number, body: unknown, more: Partial<HttpResponse> = {}): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: {}, attempts: 1, retryAfterMs: undefined, ...more, body: Buffer.from(text) }
}

type Answer = HttpResponse | Error | ((request: HttpRequest) => HttpResponse)

/** Answers in order; the last one again and again. */
export function fakeHttp(...answers: Answer[]): Http & { readonly sent: HttpRequest[] } {
  const sent: HttpRequest[] = []
  return {
    sent,
    send: async (request) => {
      sent.push(request)
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!
      await Promise.resolve()
      if (answer instanceof Error) throw answer
      return typeof answer === 'function' ? answer(request) : answer
    },
  }
}

export function fakeLog(): Log & { readonly lines: string[] } {
  const lines: string[] = []
  const add = (text: string) => void lines.push(text)
  return { lines, info: add, warn: add, debug: add }
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT with a signature that nobody checks. */
export function jwt(claims: Readonly<Record<string, unknown>>, signature = 'c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'): string {
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${signature}`
}

export const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

/** A Graph token as Entra ID issues it. */
export function accessToken(more: Readonly<Record<string, unknown>> = {}, signature?: string): string {
  const claims = {
    aud: 'https://graph.microsoft.com',
    tid: TENANT,
    exp: seconds(NOW) + 3600,
    roles: ['ThreatHunting.Read.All'],
  }
  return jwt({ ...claims, ...more }, signature)
}

export const issued = (token = accessToken(), more: Readonly<Record<string, unknown>> = {}) =>
  reply(200, { token_type: 'Bearer', expires_in: 3599, access_token: token, ...more })

/** A refusal in Entra ID's shape. */
export function aadsts(number: number, text: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    error: 'invalid_client',
    error_description: `AADSTS${number}: ${text}\r\nTrace ID: 0e1f2a3b-0000-4000-8000-000000000001\r\nCorrelation ID: 0e1f2a3b-0000-4000-8000-000000000002\r\nTimestamp: 2026-11-20 12:00:00Z`,
    error_codes: [number],
    timestamp: '2026-11-20 12:00:00Z',
    trace_id: '0e1f2a3b-0000-4000-8000-000000000001',
    correlation_id: '0e1f2a3b-0000-4000-8000-000000000002',
    ...more,
  }
}
