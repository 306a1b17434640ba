/** What each form takes and suggests, to the letter, without the settings around it. */
import { describe, expect, it } from '@jest/globals'
import { GateError } from '../../../src/errors.ts'
import { lookBack } from '../../../src/settings/duration.ts'
import { globs, listOf, tags } from '../../../src/settings/lists.ts'
import { checkId, type Form, guid, integer, origin, tenantId, text } from '../../../src/settings/parse.ts'
import { Problems } from '../../../src/settings/problems.ts'
import { readInputs } from '../../../src/settings/read-inputs.ts'

/** The value; `refused`, or the suggestion, where it is not taken. */
function read(form: Form<unknown>, value: unknown): unknown {
  const parsed = form.read(value)
  return parsed.ok ? parsed.value : (parsed.faults[0]?.mend ?? 'refused')
}

describe('durations', () => {
  it.each(
    ['s sec secs second seconds', 'm min mins minute minutes', 'h hr hrs hour hours', 'd day days', 'w week weeks']
      .flatMap((words) => words.split(' '))
      .map((word) => [word, word.charAt(0)] as const),
  )('"7 %s" is 7%s', (word, unit) => {
    expect(read(lookBack, `7 ${word}`)).toBe(`Did you mean \`7${unit}\`?`)
    expect(read(lookBack, ` 7 ${word.toUpperCase()} `)).toBe(`Did you mean \`7${unit}\`?`)
  })

  it.each([
    [' 60 ', 'Give it a unit: `60s`, `60m`, `60h` or `60d`.'],
    ['P1Y', 'Years and months have no fixed length: give days, such as `P30D`.'],
    ['p10m', 'Years and months have no fixed length: give days, such as `P30D`.'],
    ['P1X', 'refused'],
    ['xP10M', 'refused'],
    ['7 days x', 'refused'],
    ['x 7 days', 'refused'],
    ['60!', 'refused'],
    ['x60', 'refused'],
    ['60 x', 'refused'],
  ])('%j: %s', (value, expected) => expect(read(lookBack, value)).toBe(expected))
})

describe('lists', () => {
  it.each<[Form<unknown>, unknown, unknown]>([
    [tags, [' A ', 'b'], ['a', 'b']],
    [tags, [5], "Put it in quotes: '5'."],
    [tags, [true], 'refused'],
    [globs, [' a/./b ', '! c'], ['a/b', '!c']],
    [globs, ['a!b'], ['a!b']],
    [listOf(guid, { empty: false }), '[x', 'refused'],
    [listOf(guid, { empty: false }), 'x]', 'refused'],
  ])('%#', (form, value, expected) => expect(read(form, value)).toEqual(expected))
})

describe('single values', () => {
  it.each<[Form<unknown>, unknown, unknown]>([
    [text, true, "Put it in quotes: 'true'."],
    [text, 5, "Put it in quotes: '5'."],
    [text, null, 'refused'],
    [text, ['a'], 'refused'],
    [integer, [5], 'refused'],
    [integer, ' 5 ', 'Did you mean `5`?'],
    [integer, '5 x', 'Did you mean `5`?'],
    [integer, '5%', 'refused'],
    [guid, 'none', 'refused'],
    [tenantId, 'xcommon', 'refused'],
    [tenantId, 'commonx', 'refused'],
    [origin, ['https://a.example'], 'refused'],
    [origin, ' https://a.example', 'Did you mean `https://a.example`?'],
    [origin, 'http://a.example/x', 'Did you mean `https://a.example`?'],
    [origin, 'ftp://a.example', 'refused'],
    [checkId, '--A  b--', 'Did you mean `a-b`?'],
    [checkId, 'A'.repeat(101), `Did you mean \`${'a'.repeat(100)}\`?`],
  ])('%#', (form, value, expected) => expect(read(form, value)).toEqual(expected))
})

describe('problems', () => {
  const subject = { name: 'It', place: undefined }

  it('are no more than 500', () => {
    const problems = new Problems([])
    for (let index = 0; index < 600; index += 1) problems.add(new GateError('x', `problem ${index}`, ''))
    expect(problems.all).toHaveLength(500)
    expect(problems.full).toBe(true)
  })

  it('suggest nothing that is made of any secret', () => {
    const problems = new Problems(['first-secret', 'second-secret'])
    problems.faults(subject, [
      { at: [], given: 'x second-secret', needs: 'text', mend: 'Did you mean `SECOND-SECRET`?' },
    ])
    expect(JSON.stringify(problems.all.map(({ message, hint }) => [message, hint]))).not.toMatch(/second-secret/i)
  })
})

it('an input that does not go with the check says what it goes with, also where there is space around the check', () => {
  const problems = new Problems([])
  readInputs({ check: ' hunting ', 'min-severity': 'high' }, problems)
  expect(problems.all.map(({ message }) => message).join()).toContain(
    'does not go with `check: hunting`; it goes with `incidents` and `alerts`.',
  )
})
