import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ask } from '../../../src/checks/index.ts'
import {
  type ListQuestion,
  type PlannedCheck,
  SEVERITIES,
  type SecurityApi,
  type SecurityItem,
} from '../../../src/model.ts'

const NOW = new Date('2026-06-15T12:00:00Z')
const HOUR = 3_600_000

function question(kind: 'incidents' | 'alerts', more: Partial<ListQuestion> = {}): ListQuestion {
  return {
    kind,
    status: kind === 'incidents' ? ['active', 'inprogress', 'awaitingaction'] : ['new', 'inprogress'],
    minSeverity: 'high',
    createdWithinMs: undefined,
    tags: [],
    ignoreClassification: ['falsepositive', 'informationalexpectedactivity'],
    ...more,
  }
}

let next = 1
function item(more: Partial<SecurityItem> = {}): SecurityItem {
  return {
    id: String(next++),
    title: 'Title',
    status: 'active',
    severity: 'high',
    classification: 'unknown',
    createdAt: '2026-06-15T10:00:00Z',
    tags: [],
    url: 'https://security.microsoft.com/x',
    tenantId: undefined,
    data: { a: 1 },
    ...more,
  }
}

async function answer(wish: ListQuestion, items: readonly SecurityItem[]) {
  const refuse = () => Promise.reject(new Error('wrong list'))
  const api = {
    incidents: refuse,
    alerts: refuse,
    hunt: refuse,
    [wish.kind]: async () => items,
  } as unknown as SecurityApi
  const planned: PlannedCheck = {
    id: 'c',
    parentId: 'c',
    title: 'c',
    policy: { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
    ask: { kind: wish.kind, question: wish },
  }
  return ask(planned, api, NOW, () => [])
}

async function counts(wish: ListQuestion, one: SecurityItem): Promise<boolean> {
  return (await answer(wish, [one])).findings.length === 1
}

describe('what counts', () => {
  it.each([
    ['incidents', 'active', true],
    ['incidents', 'inProgress', true],
    ['incidents', 'awaitingAction', true],
    ['incidents', 'unknownFutureValue', true],
    ['incidents', '', true],
    ['incidents', 'new', true],
    ['incidents', 'resolved', false],
    ['incidents', 'Redirected', false],
    ['alerts', 'new', true],
    ['alerts', 'inprogress', true],
    ['alerts', 'unknown', true],
    ['alerts', 'something', true],
    ['alerts', 'resolved', false],
  ] as const)('%s in state %s: %s', async (kind, status, expected) => {
    expect(await counts(question(kind), item({ status }))).toBe(expected)
  })

  it('only the states that the user wants, of the known ones', async () => {
    const wish = question('incidents', { status: ['resolved', 'redirected'] })
    expect(await counts(wish, item({ status: 'active' }))).toBe(false)
    expect(await counts(wish, item({ status: 'resolved' }))).toBe(true)
    expect(await counts(wish, item({ status: 'redirected' }))).toBe(false)
    expect(await counts(wish, item({ status: 'other' }))).toBe(true)
  })

  it('severities from the lowest wanted on, and always the unknown one', async () => {
    for (const minSeverity of ['informational', 'low', 'medium', 'high'] as const) {
      for (const severity of SEVERITIES) {
        const expected = severity === 'unknown' || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minSeverity)
        expect(await counts(question('alerts', { minSeverity }), item({ status: 'new', severity }))).toBe(expected)
      }
    }
  })

  it.each([
    ['2026-06-15T11:00:00Z', true],
    ['2026-06-15T11:00:00.0000000Z', true],
    ['2026-06-15T10:59:59.9999999Z', false],
    ['2026-06-15T13:00:00+02:00', true],
    ['2026-06-16T00:00:00Z', true],
    ['2020-01-01T00:00:00Z', false],
    ['2026-06-15T10:30:00', false],
    ['', true],
    ['1', true],
    ['yesterday', true],
    ['2026-99-99T00:00:00Z', true],
  ])('created at %j within an hour: %s', async (createdAt, expected) => {
    expect(await counts(question('incidents', { createdWithinMs: HOUR }), item({ createdAt }))).toBe(expected)
  })

  it('any of the tags, for incidents only', async () => {
    const wish = { tags: ['vip', 'Crown Jewel'] }
    expect(await counts(question('incidents', wish), item({ tags: ['x', 'VIP'] }))).toBe(true)
    expect(await counts(question('incidents', wish), item({ tags: ['crown jewel'] }))).toBe(true)
    expect(await counts(question('incidents', wish), item({ tags: ['vip2'] }))).toBe(false)
    expect(await counts(question('incidents', wish), item())).toBe(false)
    expect(await counts(question('alerts', wish), item({ status: 'new' }))).toBe(true)
  })

  it('no ignored classification', async () => {
    expect(await counts(question('incidents'), item({ classification: 'FalsePositive' }))).toBe(false)
    expect(await counts(question('incidents'), item({ classification: 'truepositive' }))).toBe(true)
    expect(
      await counts(question('incidents', { ignoreClassification: [] }), item({ classification: 'falsepositive' })),
    ).toBe(true)
  })
})

describe('the answer', () => {
  it('carries the record, known by its id', async () => {
    const { findings, ...rest } = await answer(question('incidents'), [
      item({ id: '42', createdAt: '2026-06-15T10:00:00.1234567Z' }),
    ])
    expect(rest).toEqual({ truncated: false, columns: [], notes: [] })
    expect(findings).toEqual([
      {
        key: ['42'],
        severity: 'high',
        title: 'Title',
        url: 'https://security.microsoft.com/x',
        at: '2026-06-15T10:00:00.123Z',
        data: { a: 1 },
      },
    ])
  })

  it('is sorted by severity, then newest first', async () => {
    const wish = question('incidents', { minSeverity: 'low' })
    const { findings } = await answer(wish, [
      item({ id: 'low', severity: 'low' }),
      item({ id: 'unknown', severity: 'unknown' }),
      item({ id: 'old', createdAt: '2026-06-01T00:00:00Z' }),
      item({ id: 'undated', createdAt: '' }),
      item({ id: 'new', createdAt: '2026-06-15T00:00:00Z' }),
      item({ id: 'medium', severity: 'medium' }),
    ])
    expect(findings.map(({ key }) => key[0])).toEqual(['new', 'old', 'undated', 'medium', 'low', 'unknown'])
  })

  it('has a record once that came on two pages, and counts it if one of them does', async () => {
    const items = [
      item({ id: '1', status: 'resolved' }),
      item({ id: '1' }),
      item({ id: '1' }),
      item({ id: '' }),
      item({ id: '' }),
    ]
    const { findings } = await answer(question('incidents'), items)
    expect(findings.map(({ key }) => key[0])).toEqual(['1', '', ''])
  })

  it('never loses an open high incident, whatever else is in the list', async () => {
    const any = fc.record({
      status: fc.constantFrom('active', 'resolved', 'redirected', 'x'),
      severity: fc.constantFrom(...SEVERITIES),
      classification: fc.constantFrom('unknown', 'falsepositive'),
      createdAt: fc.oneof(
        fc.constant('junk'),
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 20 }), fc.nat(20), async (others, position) => {
        const items = others.map((other) => item(other))
        items.splice(Math.min(position, items.length), 0, item({ id: 'the one' }))
        const { findings } = await answer(question('incidents'), items)
        expect(findings.some(({ key }) => key[0] === 'the one')).toBe(true)
      }),
    )
  })

  it('rejects as the API does', async () => {
    const failing = { incidents: () => Promise.reject(new Error('down')) } as unknown as SecurityApi
    const ask1: PlannedCheck['ask'] = { kind: 'incidents', question: question('incidents') }
    await expect(ask({ ask: ask1 } as PlannedCheck, failing, NOW, () => [])).rejects.toThrow('down')
  })
})
