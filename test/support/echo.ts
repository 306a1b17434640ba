/** Services that give secrets back: in every form, and in every place of an answer that the gate may look at. */
import type { Call, Reply } from '../../emulator/core/world.ts'
import { forms } from './leak-detector.ts'

/** What the caller proved itself with in this request. */
export function proofsIn(call: Call): string[] {
  const bearer = /^(?:bearer|token) (.+)$/i.exec(String(call.headers.authorization ?? ''))?.[1]
  const form = new URLSearchParams(call.origin === 'login' ? call.body : '')
  return [bearer, form.get('client_secret'), form.get('client_assertion')].filter((proof) => typeof proof === 'string')
}

/** One form of each text; the number rotates through all of them. */
export function inForm(texts: readonly string[], form: number): string {
  const all = texts.map((text) => formsOf(text))
  return all.map((list) => list[form % list.length]).join(' ')
}

const recent = new Map<string, readonly string[]>()

/** Most texts are asked for again and again, for one answer after the other. */
function formsOf(text: string): readonly string[] {
  if (recent.size > 200) recent.clear()
  const found = recent.get(text) ?? forms(text)
  recent.set(text, found)
  return found
}

/** Every header that the gate may look at, with this text in it. */
function headersWith(text: string, challenge: string): Record<string, string> {
  // A header may hold no line break and no character beyond Latin-1.
  const header = text.replace(/[^ -~]/g, '')
  const quoted = header.replaceAll('"', '')
  return {
    'request-id': header,
    'client-request-id': header,
    'x-ms-request-id': header.slice(0, 90),
    'www-authenticate': `Bearer error="${challenge}", error_description="${quoted}"`,
    warning: `199 - "${quoted}"`,
  }
}

// --- an answer that is nothing but an echo --------------------------------------------------------------------------

export type Turn = { readonly status: number; readonly form: number }

/** One form of the caller's proofs in every place of an answer. */
export function echo(call: Call, { status, form }: Turn): Reply {
  const text = inForm(proofsIn(call), form)
  const long = `The request was not processed. ${'Received: '.repeat(form % 40)}${text}`
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...headersWith(text, 'insufficient_claims'),
      ...(status >= 300 && status < 400 ? { location: `https://elsewhere.example/?${encodeURIComponent(text)}` } : {}),
    },
    body: JSON.stringify({
      error:
        call.origin === 'login'
          ? form % 2 === 0
            ? text
            : 'invalid_client'
          : {
              code: text.slice(0, 300),
              message: long,
              target: text.slice(0, 60),
              innerError: { 'request-id': text.slice(0, 90) },
            },
      error_description: `AADSTS7000215: ${long}\r\nTrace ID: ${text.slice(0, 60)}\r\nCorrelation ID: ${text}\r\nTimestamp: ${text}`,
      trace_id: text,
      correlation_id: text.slice(7, 70),
      timestamp: text,
      message: long,
    }),
  }
}

// --- an echo within an answer ---------------------------------------------------------------------------------------

/** Members of an answer that the gate shows, or might. */
const TOLD: ReadonlySet<string> = new Set([
  ...['code', 'message', 'target', 'request-id', 'client-request-id'],
  ...['error_description', 'error_uri', 'trace_id', 'correlation_id', 'timestamp'],
  ...['displayName', 'title', 'DeviceName', 'documentation_url'],
])
/** Longer answers get it in their headers only, which together may hold 16 KB. */
const LONGEST_BODY = 1024 * 1024
const LONGEST_HEADER = 2500
/** Of a long list the first records have to do. */
const MOST_PLACES = 12

/** The same answer, which still means what it meant, with these secrets in it. */
export function withEcho(reply: Reply, secrets: readonly string[], form: number): Reply {
  const turned = secrets.map((_, index) => secrets[(index + form) % secrets.length]!)
  const text = inForm(turned, form)
  const header = inForm(turned.slice(0, 1), form).slice(0, LONGEST_HEADER)
  const { location } = reply.headers
  return {
    ...reply,
    headers: {
      ...reply.headers,
      ...headersWith(header, 'invalid_token'),
      ...(location === undefined ? {} : { location: `${location}?${encodeURIComponent(header)}` }),
    },
    body: reply.body.length > LONGEST_BODY ? reply.body : bodyWith(reply.body, text),
  }
}

function bodyWith(body: string, text: string): string {
  if (body === '') return ''
  let places = 0
  const told = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string' || !TOLD.has(name) || places === MOST_PLACES) return value
    places += 1
    return `${value} ${text}`
  }
  try {
    const json: unknown = JSON.parse(body, told)
    return JSON.stringify(Array.isArray(json) ? json : Object.assign({ '@echo': text }, json))
  } catch {
    // No JSON: it stays what it is, as near to its start as can be.
    const [head] = /^<[\s\S]*?<title>/.exec(body) ?? ['']
    return `${head}${text} ${body.slice(head.length)}`
  }
}
