import { expect, it } from '@jest/globals'
import type { Clock, PlannedCheck } from '../../src/model.ts'
import { Pacer } from '../../src/network/pacing.ts'
import { endpoints } from '../../src/security-api/index.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { askAll, type Session, type SessionWorld } from '../../src/tenant.ts'

const CHECK: PlannedCheck = {
  id: 'open',
  parentId: 'open',
  title: 'Open',
  policy: { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
  ask: {
    kind: 'incidents',
    question: {
      kind: 'incidents',
      status: ['active'],
      minSeverity: 'high',
      createdWithinMs: undefined,
      tags: [],
      ignoreClassification: [],
    },
  },
}

/** Asks one check of a tenant whose API does as told. */
async function asked(incidents: Session['api']['incidents'], cancel = new AbortController()) {
  const clock: Clock = { now: () => new Date('2026-11-20T12:00:00Z'), sleep: async () => {} }
  const debug: string[] = []
  const token = async () => ({ value: 'token', tenantId: undefined, roles: undefined })
  const session: Session = {
    tenant: { id: 'contoso.com', label: 'contoso' },
    tokens: { token, renew: token },
    api: { incidents, alerts: incidents, hunt: () => Promise.reject(new Error('not asked')) },
    pacer: new Pacer({ clock }),
    places: endpoints('public', 'graph'),
    refuse: () => {
      throw new Error('not refused')
    },
  }
  const world: SessionWorld = {
    clock,
    http: { send: () => Promise.reject(new Error('not sent')) },
    log: { info: () => {}, warn: () => {}, debug: (text) => void debug.push(text) },
    serverUrl: 'https://github.com',
    protect: () => {},
    redact: (text) => text,
    signal: cancel.signal,
  }
  const settings = { api: 'graph', suppressions: [] } as unknown as Settings
  const [result] = await askAll(session, [CHECK], new Map(), settings, world, () => {})
  return { result: result!, debug }
}

it('a check without findings is clear', async () => {
  expect((await asked(async () => [])).result.state).toBe('clear')
})

it('a wait that is cancelled is told as such, and not as a bug', async () => {
  const cancel = new AbortController()
  const { result, debug } = await asked(async () => {
    cancel.abort(new Error('the process got SIGINT'))
    throw cancel.signal.reason
  }, cancel)
  expect([result.state, result.error?.code]).toEqual(['error', 'cancelled'])
  expect(debug).toEqual([])
})

it('a fault of our own is an error, with its stack for the debug log', async () => {
  const { result, debug } = await asked(() => Promise.reject(new TypeError('x is no function')))
  expect([result.state, result.error?.code]).toEqual(['error', 'internal-error'])
  expect(debug).toEqual([expect.stringMatching(/^TypeError: x is no function\n +at /)])
})
