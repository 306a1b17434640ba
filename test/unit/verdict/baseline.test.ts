import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/errors.ts'
import type { Baseline, CheckResult } from '../../../src/model.ts'
import { missingBaseline, nextBaseline, parseBaseline } from '../../../src/verdict/baseline.ts'
import { check, finding, result } from './helpers.ts'

const hash = (letter: string): string => letter.repeat(64)
const [A, B, C] = [hash('a'), hash('b'), hash('c')]

const ran = (id: string, ...findings: CheckResult['findings']): CheckResult => result({ check: check(id), findings })
const lists = (text: string): unknown => (JSON.parse(text) as { fingerprints: unknown }).fingerprints

describe('reading', () => {
  it('gives the fingerprints by check id', () => {
    const text = JSON.stringify({ version: 1, fingerprints: { lsass: [A, B, A], 'hunt/a b.kql': [], __proto__x: [C] } })
    const baseline = parseBaseline(`\u{feff}${text}`, 'b.json')
    expect(baseline.get('lsass')).toEqual(new Set([A, B]))
    expect([...baseline.keys()]).toEqual(['lsass', 'hunt/a b.kql', '__proto__x'])
    expect(parseBaseline('{"fingerprints":{},"version":1}\n', 'b.json').size).toBe(0)
  })

  it('takes names of the prototype for ids like any other', () => {
    const baseline = parseBaseline(
      `{"version":1,"fingerprints":{"__proto__":["${A}"],"constructor":["${B}"]}}`,
      'b.json',
    )
    expect([...baseline]).toEqual([
      ['__proto__', new Set([A])],
      ['constructor', new Set([B])],
    ])
    expect(parseBaseline('{"version":1,"fingerprints":{}}', 'b.json').get('toString')).toBeUndefined()
  })

  it.each([
    ['nothing', ''],
    ['a merge conflict', '<<<<<<< HEAD\n{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no version', '{"fingerprints":{}}'],
    ['another version', '{"version":2,"fingerprints":{}}'],
    ['a version in text', '{"version":"1","fingerprints":{}}'],
    ['an inherited version', '{"__proto__":{"version":1},"fingerprints":{}}'],
    ['no fingerprints', '{"version":1}'],
    ['a list of fingerprints', '{"version":1,"fingerprints":[]}'],
    ['an unknown key', '{"version":1,"fingerprints":{},"comment":""}'],
    ['no list', `{"version":1,"fingerprints":{"a":"${A}"}}`],
    ['upper case', `{"version":1,"fingerprints":{"a":["${'A'.repeat(64)}"]}}`],
    ['a short one', `{"version":1,"fingerprints":{"a":["${'a'.repeat(63)}"]}}`],
    ['a line end behind it', `{"version":1,"fingerprints":{"a":["${A}\\n"]}}`],
    ['a number', '{"version":1,"fingerprints":{"a":[1]}}'],
  ])('refuses %s, and says how to make the first one', (_, text) => {
    let thrown: unknown
    try {
      parseBaseline(text, 'sec/baseline.json')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(GateError)
    const { code, message, hint, place } = thrown as GateError
    expect(code).toBe('baseline-invalid')
    expect(message).toContain('sec/baseline.json')
    expect(hint).toMatch(/run once without baseline and commit baseline\.json from report-dir/)
    expect(place?.file).toBe('sec/baseline.json')
  })

  it('says the same of a file that is not there', () => {
    expect(missingBaseline('b.json')).toMatchObject({ code: 'baseline-missing', place: { file: 'b.json' } })
    expect(missingBaseline('b.json').hint).toMatch(/run once without baseline/)
  })
})

describe('writing', () => {
  it('is sorted, without doubles, with two spaces and a last line end', () => {
    const text = nextBaseline(
      [ran('z', finding(B), finding(A), finding(B)), ran('10', finding(C)), ran('a', finding(C))],
      new Map(),
    )
    expect(text).toBe(`{
  "version": 1,
  "fingerprints": {
    "10": [
      "${C}"
    ],
    "a": [
      "${C}"
    ],
    "z": [
      "${A}",
      "${B}"
    ]
  }
}
`)
  })

  it('is a baseline also when it is empty', () => {
    const text = nextBaseline([], new Map())
    expect(text).toBe('{\n  "version": 1,\n  "fingerprints": {}\n}\n')
    expect(parseBaseline(text, 'b').size).toBe(0)
  })

  it('accepts new and known findings, not suppressed ones', () => {
    const text = nextBaseline(
      [ran('a', finding(A), finding(B, { status: 'known' }), finding(C, { status: 'suppressed' }))],
      new Map([['a', new Set([C])]]),
    )
    expect(lists(text)).toEqual({ a: [A, B] })
  })

  it('replaces the checks of this run, keeps the others, and leaves empty lists out', () => {
    const old: Baseline = new Map([
      ['ran', new Set([A, B])],
      ['clear', new Set([A])],
      ['other', new Set([C])],
      ['empty', new Set<string>()],
    ])
    expect(lists(nextBaseline([ran('ran', finding(B, { status: 'known' })), ran('clear')], old))).toEqual({
      other: [C],
      ran: [B],
    })
    expect(old.get('ran')).toEqual(new Set([A, B]))
  })

  it('joins the tenants of a check', () => {
    expect(lists(nextBaseline([ran('a', finding(B)), ran('a', finding(A)), ran('a')], new Map()))).toEqual({
      a: [A, B],
    })
  })

  it('reads back what it wrote, and writes the same again', () => {
    const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
    const some = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.array(hex, { minLength: 1, maxLength: 4 })), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(some, (entries) => {
        const old: Baseline = new Map(entries.map(([id, hashes]) => [id, new Set(hashes)]))
        const text = nextBaseline([], old)
        const back = parseBaseline(text, 'b')
        expect(new Map(back)).toEqual(old)
        expect(nextBaseline([], back)).toBe(text)
      }),
      { numRuns: 50 },
    )
  })
})
