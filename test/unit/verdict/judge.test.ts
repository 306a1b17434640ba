import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/errors.ts'
import type { CheckResult, CheckState, Mode, OnError, Policy, RawFinding, Suppression } from '../../../src/model.ts'
import { fingerprint } from '../../../src/verdict/fingerprint.ts'
import { conclude, erred, type Judged, judge } from '../../../src/verdict/judge.ts'
import { answer, check, finding, policy, raw, result, suppression, TENANT } from './helpers.ts'

const NOW = new Date('2026-06-15T12:00:00Z')

function judged(
  findings: readonly RawFinding[],
  rules: Partial<Policy> = {},
  more: { truncated?: boolean; known?: readonly RawFinding[]; suppressions?: readonly Suppression[] } = {},
): Judged {
  const planned = check('lsass', { policy: policy(rules) })
  const known = (more.known ?? []).map(({ key }) => fingerprint('lsass', TENANT.id, key))
  return judge({
    check: planned,
    tenant: TENANT,
    answer: answer(findings, { truncated: more.truncated ?? false, columns: ['A'], notes: ['n'] }),
    baseline: new Map([['lsass', new Set(known)]]),
    suppressions: more.suppressions ?? [],
    now: NOW,
  })
}

const rows = (count: number): RawFinding[] => Array.from({ length: count }, (_, i) => raw([i], { data: { N: i } }))

describe('the state of a check', () => {
  it.each<[number, number | undefined, number, CheckState, string]>([
    [0, 0, 0, 'clear', '0 findings'],
    [1, 0, 0, 'findings', '1 finding, none allowed'],
    [2, 0, 0, 'findings', '2 findings, none allowed'],
    [2, 2, 0, 'clear', '2 findings, at most 2 allowed'],
    [3, 2, 0, 'findings', '3 findings, at most 2 allowed'],
    [0, undefined, 1, 'findings', '0 findings, at least 1 expected'],
    [1, undefined, 1, 'clear', '1 finding, at least 1 expected'],
    [9, undefined, 0, 'clear', '9 findings'],
    [9, undefined, 1, 'clear', '9 findings, at least 1 expected'],
    [1, 5, 2, 'findings', '1 finding, at most 5 allowed, at least 2 expected'],
    [2, 5, 2, 'clear', '2 findings, at most 5 allowed, at least 2 expected'],
    [6, 5, 2, 'findings', '6 findings, at most 5 allowed, at least 2 expected'],
  ])('%i findings, at most %p, at least %i: %s', (count, maxFindings, minFindings, state, reason) => {
    const one = judged(rows(count), { maxFindings, minFindings })
    expect(one).toMatchObject({ state, reason, error: undefined, counts: { findings: count, known: 0, suppressed: 0 } })
    expect(one).toMatchObject({ columns: ['A'], notes: ['n'], tenant: TENANT })
  })

  it.each<[number, number | undefined, number, CheckState]>([
    [0, 0, 0, 'error'],
    [1, 0, 0, 'findings'],
    [2, 2, 0, 'error'],
    [3, 2, 0, 'findings'],
    [3, 2, 9, 'findings'],
    [0, undefined, 0, 'clear'],
    [1, undefined, 1, 'clear'],
    [0, undefined, 1, 'error'],
    [2, 5, 2, 'error'],
  ])('cut off after %i findings, at most %p, at least %i: %s', (count, maxFindings, minFindings, state) => {
    const one = judged(rows(count), { maxFindings, minFindings }, { truncated: true })
    expect(one.state).toBe(state)
    if (state !== 'error') {
      expect(one.reason).toMatch(/^at least /)
      return
    }
    expect(one).toMatchObject({
      findings: [],
      counts: { findings: 0, known: 0, suppressed: 0 },
      columns: ['A'],
      notes: ['n'],
    })
    expect(one.error).toMatchObject({ code: 'result-cut-off' })
    expect(one.error?.message).toContain(`cut off after ${count} rows: at least ${count} finding`)
  })

  it('is never decided by a cut-off result that more findings could decide otherwise', () => {
    const limit = fc.option(fc.nat(4), { nil: undefined })
    fc.assert(
      fc.property(fc.nat(6), limit, fc.nat(4), fc.nat(6), (count, maxFindings, minFindings, more) => {
        const cut = judged(rows(count), { maxFindings, minFindings }, { truncated: true }).state
        const whole = judged(rows(count + more), { maxFindings, minFindings }).state
        if (cut !== 'error') expect(whole).toBe(cut)
      }),
    )
  })

  it('does not count known and suppressed findings, and tells of them', () => {
    const found = [...rows(3), raw(['s'], { data: { N: 's' } })]
    const one = judged(found, {}, { known: found.slice(0, 2), suppressions: [suppression({ where: { N: 's' } })] })
    expect(one).toMatchObject({ state: 'findings', reason: '1 finding, none allowed (and 2 known, 1 suppressed)' })
    expect(one.counts).toEqual({ findings: 1, known: 2, suppressed: 1 })
    expect(one.findings.map(({ status }) => status)).toEqual(['known', 'known', 'new', 'suppressed'])
    const clear = judged(found.slice(0, 2), {}, { known: found })
    expect(clear).toMatchObject({ state: 'clear', reason: '0 findings (and 2 known)' })
  })

  it('takes known rows only of the same check and tenant', () => {
    const [row] = rows(1)
    const accepted = new Set([fingerprint('lsass', 'another', row!.key), fingerprint('other', TENANT.id, row!.key)])
    const baseline = new Map([
      ['lsass', accepted],
      ['other', new Set([fingerprint('lsass', TENANT.id, row!.key)])],
    ])
    const one = judge({ check: check(), tenant: TENANT, answer: answer([row!]), baseline, suppressions: [], now: NOW })
    expect(one.findings[0]).toMatchObject({ status: 'new', fingerprint: fingerprint('lsass', TENANT.id, row!.key) })
  })

  it('knows the rows of a file by the id with the path, not by that of the entry', () => {
    const file = check('hunt/a.kql', { parentId: 'hunt' })
    const found = answer(rows(1))
    const one = judge({ check: file, tenant: TENANT, answer: found, baseline: new Map(), suppressions: [], now: NOW })
    expect(one.findings[0]?.fingerprint).toBe(fingerprint('hunt/a.kql', TENANT.id, [0]))
  })

  it('keeps what reports tell of a finding', () => {
    const told = { title: 'T', url: 'https://security.microsoft.com/x', at: '2026-06-15T00:00:00Z', data: { A: 1 } }
    expect(judged([raw(['k'], { ...told, severity: 'low' })]).findings).toMatchObject([{ ...told, severity: 'low' }])
  })

  it('counts two rows with the same key twice, known or not', () => {
    const twice = [raw(['k']), raw(['k'])]
    expect(judged(twice).counts.findings).toBe(2)
    expect(judged(twice, {}, { known: twice }).counts.known).toBe(2)
  })

  it('holds a finding that is both known and suppressed as suppressed', () => {
    const held = suppression({ where: { N: '0' } })
    const one = judged(rows(1), {}, { known: rows(1), suppressions: [held] })
    expect(one.findings[0]).toMatchObject({ status: 'suppressed', suppression: held })
  })

  it('says nothing in its reason that came from the API', () => {
    const one = judged([raw(['::error::x'], { title: '::error::y', data: { '::a': '::b' } })])
    expect(one.reason).toBe('1 finding, none allowed')
  })
})

describe('a check that could not be evaluated', () => {
  const error = new GateError('kql-error', 'The query is wrong: ::error::x', 'Mend it.', { requestId: 'abc-1' })

  it('is in error with nothing counted', () => {
    expect(erred({ check: check(), tenant: TENANT, error, durationMs: 5 })).toEqual({
      check: check(),
      tenant: TENANT,
      state: 'error',
      counts: { findings: 0, known: 0, suppressed: 0 },
      findings: [],
      error: {
        code: 'kql-error',
        message: 'The query is wrong: ::error::x',
        hint: "Mend it. Request id for Microsoft's support: abc-1.",
      },
      reason: 'could not be evaluated (kql-error)',
      columns: [],
      notes: [],
      portalUrl: undefined,
      durationMs: 5,
    })
  })

  it('tells no request id where there is none', () => {
    const bare = new GateError('x', 'It failed.', 'Mend it.')
    expect(erred({ check: check(), tenant: TENANT, error: bare, durationMs: 5 }).error?.hint).toBe('Mend it.')
  })

  it('tells the request id once', () => {
    const hinted = new GateError('x', 'It failed.', 'Quote abc-1.', { requestId: 'abc-1' })
    expect(erred({ check: check(), tenant: TENANT, error: hinted, durationMs: 5 }).error?.hint).toBe('Quote abc-1.')
    const told = new GateError('x', 'Request abc-1 failed.', 'Mend it.', { requestId: 'abc-1' })
    expect(erred({ check: check(), tenant: TENANT, error: told, durationMs: 5 }).error?.hint).toBe('Mend it.')
  })
})

describe('the verdict', () => {
  const one = (state: CheckState, mode: Mode = 'enforce', onError: OnError = 'fail'): CheckResult =>
    result({ state, check: check('c', { policy: policy({ mode, onError }) }) })

  it.each<[readonly CheckResult[], string, boolean]>([
    [[], 'error', true],
    [[one('clear')], 'passed', false],
    [[one('findings')], 'failed', true],
    [[one('findings', 'report')], 'failed', false],
    [[one('error')], 'error', true],
    [[one('error', 'enforce', 'warn')], 'error', false],
    [[one('error', 'report', 'fail')], 'error', true],
    [[one('clear'), one('error')], 'error', true],
    [[one('error'), one('findings')], 'failed', true],
    [[one('error', 'enforce', 'warn'), one('findings', 'report')], 'failed', false],
    [[one('error', 'enforce', 'fail'), one('findings', 'report')], 'failed', true],
    [[one('findings', 'report'), one('findings'), one('clear')], 'failed', true],
    [[one('clear', 'report', 'warn'), one('clear')], 'passed', false],
  ])('row %#', (results, verdict, stepFails) => {
    expect(conclude(results)).toMatchObject({ verdict, stepFails })
  })

  it('is passed only if every check is clear, in any order', () => {
    const any = fc.constantFrom<CheckState>('clear', 'findings', 'error')
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (states) => {
        const { verdict, stepFails } = conclude(states.map((state) => one(state)))
        expect(verdict === 'passed').toBe(states.length > 0 && states.every((state) => state === 'clear'))
        expect(verdict === 'failed').toBe(states.includes('findings'))
        expect(stepFails).toBe(verdict !== 'passed')
      }),
    )
  })

  it('sums the counts, and ranks only what counts', () => {
    const counts = { findings: 2, known: 3, suppressed: 1 }
    const findings = [
      finding('a', { severity: 'unknown' }),
      finding('b', { severity: 'low' }),
      finding('c', { severity: 'high', status: 'known' }),
      finding('d', { severity: 'high', status: 'suppressed' }),
    ]
    const results = [
      result({ state: 'findings', counts, findings }),
      result({ counts: { ...counts, findings: 1 } }),
      one('error'),
    ]
    expect(conclude(results).totals).toEqual({
      findings: 3,
      known: 6,
      suppressed: 2,
      errors: 1,
      highestSeverity: 'low',
    })
    expect(conclude([one('clear')]).totals.highestSeverity).toBeUndefined()
    expect(conclude([result({ findings: [findings[0]!] })]).totals.highestSeverity).toBe('unknown')
  })
})
