import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Finding, SEVERITIES } from '../../../src/model.ts'
import { baselineChunks, nextBaseline } from '../../../src/verdict/baseline.ts'
import { CompactFindings } from '../../../src/verdict/compact-findings.ts'
import { Judging, judge } from '../../../src/verdict/judge.ts'
import { Prints } from '../../../src/verdict/prints.ts'
import { answer, check, raw, result, suppression, TENANT } from './helpers.ts'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const NOW = new Date('2026-06-15T12:00:00Z')

function sorted(prints: readonly string[]): string[] {
  const list = new Prints()
  for (const print of prints) list.push(print)
  return [...list.sorted()]
}

describe('fingerprints', () => {
  it('come back as they went in, and sorted each once', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.nat(300).map((n) => sha(String(n))),
          { maxLength: 400 },
        ),
        (prints) => {
          const list = new Prints()
          for (const print of prints) list.push(print)
          expect(list).toHaveLength(prints.length)
          expect(prints.map((_, index) => list.at(index))).toEqual(prints)
          expect([...list.sorted()]).toEqual([...new Set(prints)].sort())
        },
      ),
    )
  })

  it('are in order also where they begin alike, first and last ones among them', () => {
    const alike = Array.from({ length: 100 }, (_, n) => `abcd${sha(String(n)).slice(4)}`)
    const ends = ['0'.repeat(64), 'f'.repeat(64), `${'f'.repeat(63)}e`, `${'0'.repeat(63)}1`]
    const prints = [...alike, ...ends, ...alike, ...ends]
    expect(sorted(prints)).toEqual([...new Set(prints)].sort())
    expect(sorted([])).toEqual([])
  })
})

const MANY = Array.from({ length: 2000 }, (_, n) => sha(`many ${n}`))

describe('fingerprints of a large run', () => {
  it('are sorted the same way', () => {
    const alike = Array.from({ length: 100 }, (_, n) => `abcd${sha(String(n)).slice(4)}`)
    const ends = ['0'.repeat(64), 'f'.repeat(64), `${'f'.repeat(63)}e`, `${'0'.repeat(63)}1`]
    const prints = [...alike, ...MANY, ...ends, ...alike, ...ends]
    expect(sorted(prints)).toEqual([...new Set(prints)].sort())
  })
})

const kind = fc.record({
  severity: fc.constantFrom(...SEVERITIES),
  status: fc.constantFrom('new', 'known', 'suppressed'),
  suppression: fc.constantFrom(undefined, suppression({ reason: 'a' }), suppression({ reason: 'b' })),
})

describe('findings without details', () => {
  it('keep what they are also where there are thousands', () => {
    const findings = new CompactFindings()
    const given = MANY.map((fingerprint, index) => ({
      fingerprint,
      severity: SEVERITIES[index % SEVERITIES.length]!,
      status: index % 3 === 0 ? ('known' as const) : ('new' as const),
    }))
    for (const one of given) findings.push({ ...one, suppression: undefined })
    expect([...findings].map(({ fingerprint, severity, status }) => ({ fingerprint, severity, status }))).toEqual(given)
  })

  it('keep fingerprint, severity, status and suppression, and can be gone through again', () => {
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 200 }), (kinds) => {
        const findings = new CompactFindings()
        const given = kinds.map((one, index) => ({ fingerprint: sha(String(index)), ...one }))
        for (const one of given) findings.push(one)
        const kept = ({ fingerprint, severity, status, suppression: held }: Finding) => ({
          ...{ fingerprint, severity, status },
          suppression: held,
        })
        expect(findings).toHaveLength(given.length)
        expect([...findings].map(kept)).toEqual(given)
        expect([...findings].map(kept)).toEqual(given)
      }),
    )
  })

  it('hold no text that others wrote', () => {
    const judging = new Judging(
      { check: check(), tenant: TENANT, baseline: new Map(), suppressions: [], now: NOW },
      'counts',
    )
    judging.push(
      raw(['k'], { title: 'theirs', url: 'https://theirs.example', at: NOW.toISOString(), data: { A: 'theirs' } }),
    )
    const [found] = [...judging.conclude({ truncated: false, columns: [], notes: [] }).findings]
    expect([found!.title, found!.url, found!.at, found!.data]).toEqual(['', undefined, undefined, {}])
  })

  it('are judged as those with details are', () => {
    const row = fc.record({ n: fc.nat(9), severity: fc.constantFrom(...SEVERITIES) })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.nat(3), fc.boolean(), (rows, maxFindings, truncated) => {
        const findings = rows.map(({ n, severity }) => raw([n], { severity, data: { N: n } }))
        const planned = check('lsass', { policy: { maxFindings, minFindings: 0, mode: 'enforce', onError: 'fail' } })
        const first = judge({
          check: planned,
          tenant: TENANT,
          answer: answer([raw([1])]),
          baseline: new Map(),
          suppressions: [],
          now: NOW,
        })
        const baseline = new Map([['lsass', new Set([...first.findings].map(({ fingerprint }) => fingerprint))]])
        const judges = {
          check: planned,
          tenant: TENANT,
          baseline,
          suppressions: [suppression({ where: { N: '2' } })],
          now: NOW,
        }
        const whole = answer(findings, { truncated })
        const full = judge({ ...judges, answer: whole })
        const judging = new Judging(judges, 'counts')
        for (const finding of findings) judging.push(finding)
        const { findings: compact, ...counts } = judging.conclude(whole)
        const { findings: kept, ...rest } = full
        expect(counts).toEqual(rest)
        const told = (one: Finding) => [one.fingerprint, one.severity, one.status, one.suppression]
        expect([...compact].map(told)).toEqual(kept.map(told))
        const of = (given: Iterable<Finding> & { readonly length: number }) =>
          nextBaseline([result({ ...rest, findings: given })], baseline)
        expect(of(compact)).toBe(of(kept))
      }),
    )
  })
})

describe('the next baseline', () => {
  it('is written in pieces, of which none is large', () => {
    const findings = new CompactFindings()
    for (let n = 0; n < 3000; n += 1) findings.push({ fingerprint: sha(String(n)), severity: 'high', status: 'new' })
    const chunks = [...baselineChunks([result({ check: check('a'), findings })], new Map())]
    const counts = chunks.map((chunk) => chunk.match(/[0-9a-f]{64}/g)?.length ?? 0)
    expect(counts.filter((count) => count > 0)).toEqual(Array(6).fill(500))
    const { fingerprints } = JSON.parse(chunks.join('')) as { fingerprints: Record<string, string[]> }
    expect(fingerprints['a']).toEqual(Array.from({ length: 3000 }, (_, n) => sha(String(n))).sort())
  })
})
