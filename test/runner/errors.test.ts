/** Each error through the built action: its code, and advice that names what to do. All of them are asked beforehand, side by side. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scenario } from '../../emulator/emulator.ts'
import { CHECKS_CODES } from '../../src/errors/checks.ts'
import { GATE_CODES } from '../../src/errors/gate.ts'
import { IDENTITY_CODES } from '../../src/errors/identity.ts'
import { NETWORK_CODES } from '../../src/errors/network.ts'
import { SECURITY_API_CODES } from '../../src/errors/security-api.ts'
import { VERDICT_CODES } from '../../src/errors/verdict.ts'
import { Stage, type Step, type StepRequest, side } from '../support/step.ts'
import { certificate, ecKey, pkcs8, rsaKey } from '../unit/identity/pems.ts'
import { deadPort } from '../unit/network/world.ts'

interface Case extends StepRequest {
  readonly code: string
  /** What the advice, or the message, has to name. */
  readonly names?: RegExp
  /** The settings are wrong, so there is no check to be in error. */
  readonly input?: boolean
}

const SOON = { headers: { 'retry-after': '0.01' } }
const INCIDENTS = { check: 'incidents' }
const HUNT = { check: 'hunting', query: 'DeviceInfo | take 5' }
type Fault = NonNullable<Scenario['faults']>[number]
const fault = (route: string, action: Fault['action'], more: object = {}): StepRequest => ({
  scenario: { faults: [{ route, action, ...more } as Fault] },
  inputs: route === 'hunting' ? HUNT : INCIDENTS,
})
const entra = (code: number): StepRequest => fault('token', 'entra-error', { code })
const file = (path: string, content: string | Buffer): StepRequest => ({
  scenario: {},
  inputs: { check: 'hunting', queries: path },
  files: { [path]: content },
})
const baseline = (content: string | undefined): StepRequest => ({
  scenario: {},
  inputs: { ...INCIDENTS, baseline: 'known.json' },
  files: content === undefined ? {} : { 'known.json': content },
})
/** A token that can be read but was signed by nobody. */
const token = (claims: object): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.')

const DAY = 86_400_000
const around = (from: number, to: number) => ({
  from: new Date(Date.now() + from * DAY),
  to: new Date(Date.now() + to * DAY),
})
let plain: Server

async function cases(): Promise<Case[]> {
  const [good, other, old, future] = [
    await certificate(around(-1, 1)),
    await certificate(around(-1, 1)),
    await certificate(around(-9, -1)),
    await certificate(around(1, 9)),
  ]
  plain = createServer((_, response) => void response.end('plain'))
  plain.on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
  await new Promise<void>((resolve) => plain.listen(0, 'localhost', resolve))
  const [dead, unencrypted] = [await deadPort(), (plain.address() as AddressInfo).port]
  const pem = (code: string, names: RegExp, text: string): Case => ({
    code,
    names,
    input: true,
    scenario: {},
    inputs: { ...INCIDENTS, 'client-secret': '', 'client-certificate': text },
  })
  const cert = (code: string, text: string, scenario: Scenario): Case => ({
    code,
    scenario,
    inputs: { ...INCIDENTS, 'client-secret': '', 'client-certificate': text },
  })
  return [
    // --- what takes seconds, first
    {
      code: 'connection-failed',
      names: /127\.0\.0\.1|localhost/,
      scenario: {},
      inputs: { ...INCIDENTS, 'api-url': `https://localhost:${dead}` },
    },
    {
      code: 'proxy-unreachable',
      names: /HTTPS_PROXY/,
      scenario: {},
      inputs: INCIDENTS,
      env: { HTTPS_PROXY: `http://me:s3cret-of-proxy@127.0.0.1:${dead}` },
      secrets: ['s3cret-of-proxy'],
    },
    {
      code: 'not-clear-long-enough',
      names: /clear-for/,
      scenario: {
        tenants: [{ incidents: [{ severity: 'high', changes: [{ afterRequests: 1, set: { status: 'resolved' } }] }] }],
      },
      inputs: { ...INCIDENTS, 'wait-timeout': '3s', 'poll-interval': '2s', 'clear-for': '2s' },
    },
    // --- the credential
    pem('certificate-invalid', /client-certificate/, 'not a PEM'),
    pem('certificate-key-missing', /private key/i, good.cert),
    pem('certificate-missing', /certificate/, good.key),
    pem('certificate-expired', /new certificate|renew/i, old.cert + old.key),
    pem('certificate-not-yet-valid', /clock|valid/i, future.cert + future.key),
    pem('certificate-key-mismatch', /pair|belong/i, good.cert + other.key),
    pem('certificate-key-type', /RSA/, good.cert + pkcs8(ecKey())),
    pem(
      'certificate-key-encrypted',
      /passphrase/,
      good.cert + String(rsaKey().export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })),
    ),
    {
      code: 'id-token-permission',
      names: /id-token: write/,
      scenario: {},
      inputs: { ...INCIDENTS, 'client-secret': '' },
    },
    // --- Entra ID
    {
      code: 'secret-wrong',
      names: /client-secret|secret value/i,
      scenario: {},
      inputs: { ...INCIDENTS, 'client-secret': 'wrong~secret~of~forty~characters' },
      secrets: ['wrong~secret~of~forty~characters'],
    },
    {
      code: 'secret-expired',
      names: /new .*secret/i,
      scenario: { apps: [{ secrets: [{ value: 'old~secret~of~forty~characters', expires: '-1d' }] }] },
      inputs: { ...INCIDENTS, 'client-secret': 'old~secret~of~forty~characters' },
    },
    { code: 'credential-missing', ...entra(7000218) },
    {
      code: 'app-not-in-tenant',
      names: /adminconsent/,
      scenario: { tenants: [{ servicePrincipal: false }] },
      inputs: INCIDENTS,
    },
    {
      code: 'app-not-in-tenant',
      names: /client-id/,
      scenario: {},
      inputs: { ...INCIDENTS, 'client-id': '77777777-7777-7777-7777-777777777777' },
    },
    { code: 'app-disabled', scenario: { apps: [{ disabled: true }] }, inputs: INCIDENTS },
    {
      code: 'tenant-not-found',
      names: /tenant-id/,
      scenario: {},
      inputs: { ...INCIDENTS, 'tenant-id': '88888888-8888-8888-8888-888888888888' },
    },
    { code: 'wrong-cloud', names: /cloud/, ...entra(900382) },
    { code: 'api-not-enabled', scenario: { tenants: [{ missingResources: ['graph'] }] }, inputs: INCIDENTS },
    { code: 'consent-missing', names: /adminconsent/, ...entra(65001) },
    cert('assertion-refused', good.cert + good.key, {}),
    { code: 'assertion-expired', names: /clock/, ...entra(700024) },
    { code: 'blocked-by-policy', scenario: { tenants: [{ conditionalAccessBlocks: true }] }, inputs: INCIDENTS },
    { code: 'sign-in-unavailable', ...fault('token', 'status', { status: 503, ...SOON }) },
    { code: 'sign-in-throttled', ...fault('token', 'retry-after', { retryAfter: 0.01 }) },
    { code: 'sign-in-throttled', names: /minutes/, ...fault('token', 'retry-after', { retryAfter: 900 }) },
    { code: 'sign-in-failed', ...entra(7777777) },
    { code: 'sign-in-unreadable', names: /authority-url/, ...fault('token', 'html-200') },
    {
      code: 'sign-in-blocked',
      names: /proxy|firewall/,
      ...fault('token', 'status', {
        status: 403,
        headers: { 'content-type': 'text/html' },
        body: '<html>Blocked</html>',
      }),
    },
    { code: 'wrong-tenant', names: /tenant-id/, ...fault('token', 'wrong-tenant') },
    {
      code: 'wrong-audience',
      ...fault('token', 'status', {
        status: 200,
        body: {
          token_type: 'Bearer',
          expires_in: 3599,
          access_token: token({ aud: 'https://management.azure.com', tid: '11111111-1111-1111-1111-111111111111' }),
        },
      }),
    },
    { code: 'token-expired', scenario: { tokens: { lifetimeSeconds: -60 } }, inputs: INCIDENTS },
    { code: 'clock-off', names: /clock/, scenario: { clockSkew: '-2h' }, inputs: INCIDENTS },
    {
      code: 'permission-missing',
      names: /SecurityIncident\.Read\.All/,
      scenario: { tenants: [{ roles: [] }] },
      inputs: INCIDENTS,
    },
    {
      code: 'permission-missing',
      names: /ThreatHunting\.Read\.All/,
      scenario: { tokens: { opaque: true }, tenants: [{ roles: [] }] },
      inputs: HUNT,
    },
    // --- the security API
    { code: 'token-refused', names: /cloud/, ...fault('incidents', 'status', { status: 401 }) },
    { code: 'forbidden', ...fault('incidents', 'status', { status: 403 }) },
    {
      code: 'conditional-access',
      ...fault('incidents', 'status', {
        status: 403,
        body: { error: { code: 'AccessDenied', message: 'Blocked by conditional access.' } },
      }),
    },
    { code: 'no-defender', names: /licence/, scenario: { tenants: [{ defender: false }] }, inputs: INCIDENTS },
    { code: 'api-not-found', names: /api-url/, ...fault('incidents', 'status', { status: 404 }) },
    { code: 'throttled', ...fault('incidents', 'retry-after', { retryAfter: 0.01 }) },
    { code: 'retry-after-too-long', names: /UTC/, ...fault('incidents', 'retry-after', { retryAfter: 900 }) },
    {
      code: 'quota-exhausted',
      names: /UTC/,
      scenario: { tenants: [{ hunting: [{ error: 'cpu-quota' }] }] },
      inputs: HUNT,
    },
    { code: 'service-error', ...fault('incidents', 'status', { status: 503, ...SOON }) },
    { code: 'query-too-heavy', names: /timespan/, ...fault('hunting', 'status', { status: 504, ...SOON }) },
    { code: 'result-too-large', scenario: { tenants: [{ hunting: [{ error: 'too-large' }] }] }, inputs: HUNT },
    { code: 'kql-error', names: /DeviceInof/, scenario: {}, inputs: { ...HUNT, query: 'DeviceInof | take 5' } },
    { code: 'kql-error', scenario: {}, inputs: { ...HUNT, query: 'DeviceInfo | take 5\n\nDeviceEvents | take 5' } },
    { code: 'request-refused', ...fault('incidents', 'status', { status: 400 }) },
    { code: 'redirect-refused', names: /api-url/, ...fault('incidents', 'redirect') },
    { code: 'answer-unreadable', ...fault('incidents', 'html-200') },
    { code: 'answer-unreadable', ...fault('incidents', 'truncated-json') },
    { code: 'answer-unreadable', ...fault('hunting', 'empty-200') },
    { code: 'answer-unreadable', ...fault('alerts', 'empty-204'), inputs: { check: 'alerts' } },
    { code: 'next-link-refused', ...fault('incidents', 'next-link-elsewhere') },
    {
      code: 'wrong-tenant-data',
      scenario: {
        tenants: [{ incidents: [{ severity: 'high' }] }],
        faults: [{ route: 'incidents', action: 'wrong-tenant' }],
      },
      inputs: INCIDENTS,
    },
    // --- the network
    {
      code: 'host-not-found',
      names: /\.invalid/,
      scenario: {},
      inputs: { ...INCIDENTS, 'authority-url': 'https://login.example.invalid' },
    },
    {
      code: 'server-certificate-untrusted',
      names: /NODE_EXTRA_CA_CERTS/,
      scenario: { tls: { api: 'untrusted' } },
      inputs: INCIDENTS,
    },
    { code: 'server-certificate-expired', scenario: { tls: { api: 'expired' } }, inputs: INCIDENTS },
    { code: 'server-certificate-wrong-host', scenario: { tls: { login: 'wrong-host' } }, inputs: INCIDENTS },
    { code: 'tls-failed', scenario: {}, inputs: { ...INCIDENTS, 'api-url': `https://localhost:${unencrypted}` } },
    { code: 'answer-too-large', ...fault('incidents', 'big-body') },
    { code: 'proxy-refused', scenario: {}, inputs: INCIDENTS, env: { HTTPS_PROXY: `http://localhost:${unencrypted}` } },
    {
      code: 'proxy-setting',
      names: /HTTPS_PROXY/,
      scenario: {},
      inputs: INCIDENTS,
      env: { HTTPS_PROXY: 'socks5://proxy:1080' },
    },
    // --- query files
    { code: 'queries-none', names: /none\/\*\.kql/, scenario: {}, inputs: { check: 'hunting', queries: 'none/*.kql' } },
    {
      code: 'query-file-outside',
      scenario: {},
      inputs: { check: 'hunting', queries: 'h.kql' },
      files: { 'h.kql': { link: '/etc/hostname' } },
    },
    { code: 'query-file-extension', names: /\.kql/, ...file('q.json', '{}') },
    { code: 'query-file-too-large', ...file('q.kql', 'T'.repeat(1024 * 1024 + 1)) },
    { code: 'query-file-encoding', names: /UTF-8/, ...file('q.kql', Buffer.from('DeviceInfo', 'utf16le')) },
    { code: 'query-file-yaml', ...file('q.yaml', 'a: b: c\n') },
    { code: 'query-file-shape', ...file('q.yaml', 'query: [a]\n') },
    { code: 'query-file-ambiguous', ...file('q.md', '```kql\nA\n```\n```kql\nB\n```\n') },
    { code: 'query-empty', ...file('q.kql', '// nothing\n') },
    { code: 'key-column-missing', names: /Nowhere/, scenario: {}, inputs: { ...HUNT, key: 'Nowhere' } },
    // --- the verdict
    { code: 'baseline-missing', names: /baseline\.json/, ...baseline(undefined) },
    { code: 'baseline-invalid', names: /baseline\.json/, ...baseline('<<<<<<< HEAD') },
  ]
}

const list = await cases()
let steps: Step[] = []
let stages: Stage[] = []
beforeAll(async () => {
  stages = await Promise.all(Array.from({ length: 4 }, () => Stage.open()))
  steps = await side(stages, list, (one, stage) => stage.step(one))
}, 300_000)
afterAll(async () => {
  plain.close()
  for (const stage of stages) await stage.close()
})

/** Codes that take minutes of silence, a run of pages or a broken disk to come about; the tests of their rooms have them. */
const ELSEWHERE = [
  'connection-timeout',
  'answer-timeout',
  'answer-damaged',
  'come-back-later',
  'too-many-pages',
  'result-cut-off',
  'not-run',
  'query-file-unreadable',
  'query-file-fenced',
]
/** These have a file of their own beside this one. */
const IN_SIGN_IN = ['id-token-unavailable', 'federated-credential-mismatch', 'proxy-login']

describe('each error', () => {
  it.each(list.map(({ code }, index) => [code, index] as const))(
    '%s (%d) is an error of the run that names what to do',
    (code, index) => {
      const [{ names, input }, step] = [list[index]!, steps[index]!]
      const told = input ? step.annotations.map(({ properties }) => properties['title']?.split(': ')[1]) : step.codes
      expect([step.exitCode, step.outputs['verdict'], told]).toEqual([1, 'error', [code]])
      const text = input ? step.annotations[0]!.message : Object.values(step.report.checks[0].error).join(' ')
      if (names !== undefined) expect(text).toMatch(names)
      expect(step.outputs).toMatchObject({ sarif: '', errors: input ? '0' : '1', findings: '0' })
      // One annotation for the failing check, and the summary tells the same.
      expect(step.annotations.filter(({ level }) => level === 'error')).toHaveLength(1)
      expect(step.summary.length).toBeGreaterThan(100)
    },
  )

  it('of a dead proxy comes within the connect time-out, and shows no credentials', () => {
    const step = steps[list.findIndex(({ code }) => code === 'proxy-unreachable')]!
    expect(step.durationMs).toBeLessThan(20_000)
    expect(step.report.checks[0].error.message).toContain('127.0.0.1')
  })

  it('that Entra ID answers keeps the line with the trace id for its support', () => {
    const index = list.findIndex(({ code }) => code === 'secret-wrong')
    expect(JSON.stringify(steps[index]!.report)).toMatch(/AADSTS7000215.*Trace ID/)
    expect(steps[index]!.requests).toHaveLength(1)
  })

  it('of the API carries the id of the request', () => {
    for (const code of ['forbidden', 'kql-error', 'service-error', 'token-refused']) {
      const step = steps[list.findIndex((one) => one.code === code)]!
      const { message, hint } = step.report.checks[0].error
      expect(`${message} ${hint}`).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
    }
  })

  it('is here, or where it says', () => {
    const all = Object.keys({
      ...IDENTITY_CODES,
      ...SECURITY_API_CODES,
      ...NETWORK_CODES,
      ...CHECKS_CODES,
      ...VERDICT_CODES,
      ...GATE_CODES,
    })
    const here = new Set([...list.map(({ code }) => code), ...ELSEWHERE, ...IN_SIGN_IN])
    expect(all.filter((code) => !here.has(code))).toEqual([])
  })
})
