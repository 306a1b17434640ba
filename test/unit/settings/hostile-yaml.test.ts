import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GateErrors } from '../../../src/errors.ts'
import { complaints, problemsOf, settingsOf } from './helper.ts'

const GOOD = 'checks: [{ id: a, hunting: { query: x } }]\n'
const laughs = (levels: number, width: number): string => {
  const lines = ['a0: &a0 [lol]']
  for (let level = 1; level <= levels; level++)
    lines.push(
      `a${level}: &a${level} [${Array(width)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  return lines.join('\n')
}

describe('a file that means harm', () => {
  it.each<[string, string, string]>([
    ['a billion laughs', laughs(9, 10), 'aliases too often'],
    ['aliases without number', `a: &a x\nb: [${Array(200).fill('*a').join(', ')}]`, 'uses more than 100 aliases'],
    [
      'many anchors with an alias each',
      Array.from({ length: 300 }, (_, n) => `k${n}: [&a${n} x, *a${n}]`).join('\n'),
      'uses more than 100 aliases',
    ],
    ['a list that holds itself', `${GOOD}tenants: &a [*a]`, '`tenants[0]` is a list, but must be a mapping'],
    ['a check that holds itself', 'checks: &a [{ id: a, incidents: { status: *a } }]', 'status'],
    ['brackets without end', '['.repeat(6000), 'is nested too deeply. Remove the nesting.'],
    ['braces without end', '{a: '.repeat(4000), 'is nested too deeply. Remove the nesting.'],
    ['lists of lists', `checks: ${'['.repeat(6000)}${']'.repeat(20_000)}`, 'The config file'],
    ['dashes without end', '- '.repeat(5000), 'is nested too deeply. Remove the nesting.'],
    ['a key without end', `${'k'.repeat(900_000)}: 1`, 'longer than 1,024 characters'],
    ['a quoted key without end', `"${'k'.repeat(900_000)}": 1`, 'longer than 1,024 characters'],
    ['keys without number', Array.from({ length: 3000 }, (_, n) => `k${n}:`).join('\n'), '`k0` is not a key'],
    ['the same key without number', 'k: 1\n'.repeat(5000), 'has the key `k` twice'],
    ['checks without number', `checks:\n${'- x\n'.repeat(2000)}`, '`checks[0]` is "x", but must be a mapping'],
    [
      'more faults than the schema library can carry',
      `checks:\nsuppressions:\n${'- {}\n'.repeat(32_000)}`,
      'The config file has more faults than can be told.',
    ],
    [
      '__proto__ at the root',
      `${GOOD}__proto__: { polluted: true }`,
      'gate.yml:2:1: The config file has the key `__proto__`',
    ],
    [
      '__proto__ as a column',
      `${GOOD}suppressions: [{ check: a, where: { __proto__: x }, reason: r, expires: 2027-01-01 }]`,
      'has the key `__proto__`',
    ],
    ['constructor', `${GOOD}constructor: { prototype: { polluted: true } }`, '`constructor` is not a key'],
    ['toString as a kind', 'checks: [{ id: a, toString: {} }]', '`checks[0].toString` is not a key'],
    ['hidden characters in a key', `${GOOD}"a\\u202e\\n::error::x": 1`, '`["a\\u{202e}\\n::error::x"]` is not a key'],
    [
      'workflow commands in a value',
      `checks: [{ id: "\\n::set-output name=x::y", alerts: {} }]`,
      'is "\\n::set-output name=x::y"',
    ],
    ['a regular expression tag', 'checks: !!js/regexp /x/', 'uses a YAML tag'],
    ['a time stamp tag', 'checks: !!timestamp 2020-01-01', 'uses a YAML tag'],
    ['a mapping as a key', '{ { a: 1 }: 2 }', 'a key that is no text'],
  ])('%s', async (_name, config, says) => {
    const all = await complaints({ config })
    expect(all).toContain(says)
    expect(all).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/)
    expect(all.length).toBeLessThan(300_000)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('tells at most 500 problems', async () => {
    expect(await problemsOf({ config: Array.from({ length: 2000 }, (_, n) => `k${n}: 1`).join('\n') })).toHaveLength(
      500,
    )
  })

  it('a column may be called like a member of every object', async () => {
    const config = `${GOOD}suppressions: [{ check: a, where: { constructor: x, toString: y }, reason: r, expires: 2027-01-01 }]`
    expect((await settingsOf({ config })).suppressions[0]!.where).toEqual({ constructor: 'x', toString: 'y' })
  })

  it('any text ends in settings or in GateErrors, never in another error', async () => {
    const word = fc.constantFrom(
      'checks',
      'id',
      'incidents',
      'hunting',
      'query',
      'tags',
      'where',
      'suppressions',
      'a',
      '&a',
      '*a',
      '!t',
      '007',
      'null',
      '~',
      '"',
      "'",
      '|',
      '>',
      '%YAML 1.1',
      '---',
      '__proto__',
      '\u0007',
    )
    const mark = fc.constantFrom(': ', '\n', '\n  ', '- ', '{', '}', '[', ']', ', ', '# ', '? ', '\t', '')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(word, mark), { maxLength: 25 }), async (pairs) => {
        const config = pairs.flat().join('')
        const thrown = await settingsOf({ config }).then(
          () => undefined,
          (error: unknown) => error,
        )
        expect(thrown === undefined || thrown instanceof GateErrors).toBe(true)
        if (thrown instanceof GateErrors) expect(thrown.problems.length).toBeGreaterThan(0)
      }),
      { numRuns: 200 },
    )
  })
})
