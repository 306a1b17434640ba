import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Json } from '../../../src/model.ts'
import { canonical, fingerprint } from '../../../src/verdict/fingerprint.ts'
import { highest, rank } from '../../../src/verdict/severity.ts'

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.bigInt(),
    fc.string({ unit: fc.constantFrom('a', '"', ',', '[', ']', '1', '\ud800', '🦈', '\\') }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', ''), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

/** Equal in the sense of the gate: a whole number is the same as number or bigint, objects have no order. */
function same(a: Json, b: Json): boolean {
  const whole = (value: Json): bigint | undefined =>
    typeof value === 'bigint' ? value : Number.isInteger(value) ? BigInt(value as number) : undefined
  if (whole(a) !== undefined || whole(b) !== undefined) return whole(a) === whole(b)
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), new Map<string, Json>(Object.entries(b))]
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)!))
}

describe('fingerprint', () => {
  it('never changes: it stands in committed baselines', () => {
    expect(fingerprint('lsass', 'ABC', ['pc-1', 443, null, { b: 1, a: [true, 'x'] }])).toBe(
      // sha256 of [1,"lsass","abc","pc-1",443,null,{"a":[true,"x"],"b":1}]
      'c23d7a5132cfa4faba028da691ffa66f2440f2c34c09741c6f097d1ba3a1bc78',
    )
  })

  it('is the same for a tenant id in either case, and for nothing else in another case', () => {
    expect(fingerprint('c', 'AbC', ['x'])).toBe(fingerprint('c', 'aBc', ['x']))
    expect(fingerprint('c', 't', ['X'])).not.toBe(fingerprint('c', 't', ['x']))
    expect(fingerprint('C', 't', ['x'])).not.toBe(fingerprint('c', 't', ['x']))
  })

  it.each<[readonly Json[], readonly Json[]]>([
    [['1'], [1]],
    [['a', 'b'], ['ab']],
    [['a', 'b'], ['a,b']],
    [['a","b'], ['a', 'b']],
    [[], [null]],
    [[null], ['null']],
    [[true], ['true']],
    [[''], []],
    [[['a']], ['a']],
    [[[]], [{}]],
    [[{ a: 1 }], ['{"a":1}']],
    [[2n ** 53n + 1n], [2n ** 53n]],
    [[0.1], ['0.1']],
    [[Number.NaN], [null]],
    [['\ud800'], ['\ud801']],
    [
      ['a', ['b']],
      [['a'], 'b'],
    ],
  ])('tells %j from %j', (a, b) => {
    expect(fingerprint('c', 't', a)).not.toBe(fingerprint('c', 't', b))
  })

  it('tells apart where the parts begin and end', () => {
    expect(fingerprint('a', 'b', [])).not.toBe(fingerprint('ab', '', []))
    expect(fingerprint('a', 'b', ['c'])).not.toBe(fingerprint('a', 'bc', []))
  })

  it('takes a whole number for the same in both types', () => {
    expect(fingerprint('c', 't', [5n])).toBe(fingerprint('c', 't', [5]))
    expect(canonical(1e21)).toBe(canonical(10n ** 21n))
    expect(canonical(-0)).toBe('0')
  })

  it('is the same for equal values and different for all others', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonical(a) === canonical(b)).toBe(same(a, b))
        expect(same(a, a)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('does not go by the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json, { noNullPrototype: true }), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse())
        expect(fingerprint('c', 't', [turned])).toBe(fingerprint('c', 't', [object]))
      }),
      { numRuns: 100 },
    )
  })
})

describe('severity', () => {
  it('ranks unknown lowest', () => {
    const all = ['high', 'unknown', 'low', 'medium', 'informational'] as const
    expect([...all].sort((a, b) => rank(a) - rank(b))).toEqual(['unknown', 'informational', 'low', 'medium', 'high'])
    expect(highest(['unknown', 'informational'])).toBe('informational')
    expect(highest(['high', 'low'])).toBe('high')
    expect(highest(['low', 'high', 'medium'])).toBe('high')
    expect(highest(['unknown'])).toBe('unknown')
    expect(highest([])).toBeUndefined()
  })
})
