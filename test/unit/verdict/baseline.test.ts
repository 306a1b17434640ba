import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/errors.ts'
import type { Baseline, CheckResult } from '../../../src/model.ts'
import { missingBaseline, nextBaseline, parseBaseline, unreadableBaseline } from '../../../src/verdict/baseline.ts'
import { check, finding, policy, result } from './helpers.ts'

const hash = (letter: string): string => letter.repeat(64)
const [A, B, C] = [hash('a'), hash('b'), hash('c')]

const ran = (id: string, ...findings: ReturnType<typeof finding>[]): CheckResult =>
  result({ check: check(id), findings })
const NO_JSON = 'it is not JSON.'
const VERSION = '"version" is not 1.'
const LISTS = '"fingerprints" is not an object.'
const noHash = (item: number): string => `item ${item} of "a" is not a SHA-256 in lower-case hex.`
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
    ['nothing', '', NO_JSON],
    ['a merge conflict', '<<<<<<< HEAD\n{}', NO_JSON],
    ['a list', '[]', 'it is not a JSON object.'],
    ['null', 'null', 'it is not a JSON object.'],
    ['no version', '{"fingerprints":{}}', VERSION],
    ['another version', '{"version":2,"fingerprints":{}}', VERSION],
    ['a version in text', '{"version":"1","fingerprints":{}}', VERSION],
    ['an inherited version', '{"__proto__":{"version":1},"fingerprints":{}}', 'it has an unknown key "__proto__".'],
    ['no fingerprints', '{"version":1}', LISTS],
    ['a list of fingerprints', '{"version":1,"fingerprints":[]}', LISTS],
    ['an unknown key', '{"version":1,"fingerprints":{},"comment":""}', 'it has an unknown key "comment".'],
    ['a key of 80', `{"${'k'.repeat(80)}":1}`, `it has an unknown key "${'k'.repeat(80)}".`],
    ['a key of 81', `{"${'k'.repeat(81)}":1}`, `it has an unknown key "${'k'.repeat(79)}…".`],
    ['no list', `{"version":1,"fingerprints":{"a":"${A}"}}`, 'the value of "a" is not a list.'],
    ['upper case', `{"version":1,"fingerprints":{"a":["${'A'.repeat(64)}"]}}`, noHash(1)],
    ['a short one', `{"version":1,"fingerprints":{"a":["${'a'.repeat(63)}"]}}`, noHash(1)],
    ['a long one', `{"version":1,"fingerprints":{"a":["${A}","a${A}"]}}`, noHash(2)],
    ['a line end behind it', `{"version":1,"fingerprints":{"a":["${A}\\n"]}}`, noHash(1)],
    ['a number', '{"version":1,"fingerprints":{"a":[1]}}', noHash(1)],
    ['a list in the list', `{"version":1,"fingerprints":{"a":["${A}",["${A}"]]}}`, noHash(2)],
  ])('refuses %s, and says how to make the first one', (_, text, why) => {
    let thrown: unknown
    try {
      parseBaseline(text, 'sec/baseline.json')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(GateError)
    const { code, message, hint, place } = thrown as GateError
    expect(code).toBe('baseline-invalid')
    expect(message).toBe(`The baseline file sec/baseline.json can not be read: ${why}`)
    expect(hint).toMatch(/run once without baseline and commit baseline\.json from report-dir/)
    expect(place?.file).toBe('sec/baseline.json')
  })

  it('keeps what the JSON parser said', () => {
    expect(() => parseBaseline('{', 'b.json')).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }))
  })

  it('reads 64 MiB and no more', () => {
    const empty = '{"version":1,"fingerprints":{}}'
    const full = empty.padEnd(64 * 1024 * 1024)
    expect(parseBaseline(full, 'b.json').size).toBe(0)
    expect(() => parseBaseline(`${full} `, 'b.json')).toThrow('it is larger than 64 MiB.')
  })

  it('tells of a path that is no file', () => {
    const cause = new Error('EISDIR')
    expect(unreadableBaseline('b', cause)).toMatchObject({
      code: 'baseline-invalid',
      message: 'The baseline file b can not be read: it is no file that the runner may read.',
      cause,
    })
  })

  it('says the same of a file that is not there', () => {
    expect(missingBaseline('b.json')).toMatchObject({ code: 'baseline-missing', place: { file: 'b.json' } })
    expect(missingBaseline('b.json').hint).toMatch(/run once without baseline/)
  })

  it('takes the empty file that the hint gives, and the one of the example is as the gate would write it', () => {
    const given = /\{.*\}\}/.exec(missingBaseline('b.json').hint)?.[0] ?? ''
    expect(parseBaseline(given, 'b.json').size).toBe(0)
    const example = new URL('../../../examples/hunting-as-code/.github/defender-baseline.json', import.meta.url)
    expect(readFileSync(example, 'utf8')).toBe(nextBaseline([], new Map()))
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

  it('leaves a canary out, and what was accepted of it before: its rows must count again', () => {
    const canary = check('canary', { policy: policy({ maxFindings: undefined, minFindings: 1 }) })
    const old: Baseline = new Map([['canary', new Set([A])]])
    const results = [result({ check: canary, findings: [finding(A, { status: 'known' }), finding(B)] })]
    expect(lists(nextBaseline([...results, ran('other', finding(C))], old))).toEqual({ other: [C] })
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
