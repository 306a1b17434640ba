/**
 * No secret leaves memory: Entra ID, GitHub and the API give the caller's own secrets back, in every form and in every place
 * of an answer, and nothing that the process writes may hold any of them. Masks are the runner's to know and are set apart.
 */
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate } from 'selfsigned'
import type { Call, Reply, Route } from '../../emulator/core/world.ts'
import { CLIENT_SECRET, type Emulator, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { runStep } from '../../scripts/runner.ts'
import { filesOf, type GateRun, runGate, trust } from '../support/gate-run.ts'
import { forms, LeakDetector } from '../support/leak-detector.ts'

// --- a cloud that gives back what it was given ----------------------------------------------------------------------

type Turn = { readonly status: number; readonly form: number }

/** What the caller proved itself with in this request. */
function proofsIn(call: Call): string[] {
  const bearer = /^bearer (.+)$/i.exec(String(call.headers.authorization ?? ''))?.[1]
  const form = new URLSearchParams(call.origin === 'login' ? call.body : '')
  return [bearer, form.get('client_secret'), form.get('client_assertion')].filter((proof) => typeof proof === 'string')
}

/** One form of it in every place of an answer that the gate may look at. */
function echo(call: Call, { status, form }: Turn): Reply {
  const all = proofsIn(call).map((proof) => forms(proof))
  const text = all.map((list) => list[form % list.length]).join(' ')
  const long = `The request was not processed. ${'Received: '.repeat(form % 40)}${text}`
  // A header may hold no line break and no character beyond Latin-1.
  const header = text.replace(/[^ -~]/g, '')
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'request-id': header,
      'client-request-id': header,
      'x-ms-request-id': header.slice(0, 90),
      'www-authenticate': `Bearer error="insufficient_claims", error_description="${header.replaceAll('"', '')}"`,
      warning: `199 - "${header.replaceAll('"', '')}"`,
      ...(status >= 300 && status < 400 ? { location: `https://elsewhere.example/?${encodeURIComponent(text)}` } : {}),
    },
    body: JSON.stringify({
      error:
        call.origin === 'login'
          ? form % 2 === 0
            ? text
            : 'invalid_client'
          : { code: text.slice(0, 300), message: long, target: text.slice(0, 60), innerError: { 'request-id': text.slice(0, 90) } },
      error_description: `AADSTS7000215: ${long}\r\nTrace ID: ${text.slice(0, 60)}\r\nCorrelation ID: ${text}\r\nTimestamp: ${text}`,
      trace_id: text,
      correlation_id: text.slice(7, 70),
      timestamp: text,
      message: long,
    }),
  }
}

let turn: Turn = { status: 400, form: 0 }
const echoing = (origin: Route['origin'], method: string, path: RegExp): Route => ({
  origin,
  method,
  path,
  name: 'echo',
  handle: (call) => echo(call, turn),
})
const ECHOES = {
  'the ID token service': [echoing('github', 'GET', /^\/77\/\/idtoken\/.*$/)],
  'Entra ID': [echoing('login', 'POST', /^\/.*\/oauth2\/v2\.0\/token$/)],
  'the API': [echoing('api', 'GET', /^\/.*$/), echoing('api', 'POST', /^\/.*$/)],
} as const

const INCIDENTS = { check: 'incidents' }
const HUNTING = { check: 'hunting', query: 'DeviceInfo | project DeviceName' }
const QUESTIONS = [INCIDENTS, HUNTING, { ...INCIDENTS, api: 'defender-xdr' }, { ...HUNTING, api: 'defender-xdr' }] as const
const STATUSES = [200, 206, 302, 400, 401, 403, 404, 429, 500, 503]
/** As many as the longest list of forms. */
const FORMS = forms(CLIENT_SECRET).length

// --- who signs in ---------------------------------------------------------------------------------------------------

const GITHUB_TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a'
let pem = ''
let certificate = ''
beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const made = await generate([{ name: 'commonName', value: 'defender-gate' }], {
    keyPair: { privateKey: key, publicKey: privateKeyToPublic(key) },
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 86_400_000),
  })
  certificate = made.cert
  pem = `${made.cert.trim()}\n${key}`
})

function privateKeyToPublic(key: string): string {
  return generatePublic(key)
}

type Way = 'secret' | 'certificate' | 'oidc'

function signIn(way: Way, cloud: Emulator): Pick<Parameters<typeof runGate>[0], 'idToken'> & { inputs: Record<string, string> } {
  const inputs = {
    'tenant-id': cloud.tenantId,
    'client-id': cloud.clientId,
    'authority-url': cloud.loginUrl,
    'api-url': cloud.apiUrl,
    'github-token': GITHUB_TOKEN,
  }
  switch (way) {
    case 'secret':
      return { inputs: { ...inputs, 'client-secret': cloud.clientSecret } }
    case 'certificate':
      return { inputs: { ...inputs, 'client-certificate': pem } }
    case 'oidc':
      return { inputs, idToken: { requestUrl: cloud.oidcRequestUrl, requestToken: cloud.oidcRequestToken } }
  }
}
