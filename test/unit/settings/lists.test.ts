import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { columns, globs, listOf, splitList, tags } from '../../../src/settings/lists.ts'
import { checkId, type Form } from '../../../src/settings/parse.ts'

function taken<T>(form: Form<T>, value: unknown): T | undefined {
  const parsed = form.read(value)
  return parsed.ok ? parsed.value : undefined
}

describe('splitList', () => {
  it('takes commas and line breaks, and drops what is empty', () => {
    expect(splitList(' a, b\r\nc\n\n,d,\n')).toEqual(['a', 'b', 'c', 'd'])
    expect(splitList(' , \n')).toEqual([])
  })

  it('gives back what was joined', () => {
    const item = fc.stringMatching(/^[a-z]([a-z ]{0,8}[a-z])?$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(item, fc.constantFrom(',', '\n', '\r\n', ' , ', ',,', '\n \n'))), (pairs) => {
        expect(splitList(pairs.flat().join(''))).toEqual(pairs.map(([each]) => each))
      }),
    )
  })
})

describe('listOf', () => {
  const form = listOf(checkId, { empty: false })

  it('keeps the order and each item once', () => {
    expect(taken(form, 'b,a,b')).toEqual(['b', 'a'])
    expect(taken(form, ['b', 'a', 'b'])).toEqual(['b', 'a'])
  })

  it('tells every wrong item, with its index in a YAML list', () => {
    expect(form.read(['a', 'B', 3])).toMatchObject({
      faults: [
        { at: [1], given: 'B' },
        { at: [2], given: 3 },
      ],
    })
    expect(form.read('a,B,C')).toMatchObject({
      faults: [
        { at: [], given: 'B' },
        { at: [], given: 'C' },
      ],
    })
  })

  it('refuses an item that stands twice where it must not', () => {
    const once = listOf(checkId, { empty: false, once: true })
    expect(once.read('a, b, a')).toMatchObject({
      faults: [{ given: 'a', twice: true }],
    })
    expect(once.read(['a', 'b', 'a'])).toMatchObject({ faults: [{ at: [2] }] })
  })

  it('in brackets is told once, with what to leave out', () => {
    expect(columns.read('[DeviceId, "SHA1"]')).toMatchObject({
      faults: [{ given: '[DeviceId, "SHA1"]', mend: expect.stringContaining('without brackets') }],
    })
    // A tag may look so, and an item that is wrong for another reason is told for itself.
    expect(taken(tags, '[x]')).toEqual(['[x]'])
    expect(columns.read('A, B;')).toMatchObject({ faults: [{ given: 'B;' }] })
  })

  it.each([[], '', ' , ', null, undefined, {}, 3, true])('%j is no list', (value) =>
    expect(taken(form, value)).toBeUndefined(),
  )

  it('may be empty where that says something, but only as a YAML list', () => {
    expect(taken(tags, [])).toEqual([])
    expect(taken(tags, ',')).toBeUndefined()
  })
})

describe('tags', () => {
  it('are in lower case', () => expect(taken(tags, 'Tier 0, SOC\ntier 0')).toEqual(['tier 0', 'soc']))
  it.each([[[2024]], [['']], [[null]], [[['a']]]])('%j are none', (value) => expect(taken(tags, value)).toBeUndefined())
})

describe('columns', () => {
  it('keep their case', () =>
    expect(taken(columns, 'DeviceId, SHA256\nMy Column.x-y')).toEqual(['DeviceId', 'SHA256', 'My Column.x-y']))
  it.each(['DeviceId; SHA1', "['a']", 'a|b', 'a()', [''], [1], ['a\n'], []])('%j are none', (value) =>
    expect(taken(columns, value)).toBeUndefined(),
  )
})

describe('globs', () => {
  it('are one a line, braces and commas included', () => {
    expect(taken(globs, 'hunting/**/*.{kql,yml}\n\n  ./a//b.kql \n! hunting/old/** \n')).toEqual([
      'hunting/**/*.{kql,yml}',
      'a/b.kql',
      '!hunting/old/**',
    ])
    expect(taken(globs, ['a.kql', '!b.kql'])).toEqual(['a.kql', '!b.kql'])
    expect(taken(globs, 'a..b/c...kql')).toEqual(['a..b/c...kql'])
  })

  it.each([
    '../a.kql',
    'a/../../b',
    'a/..',
    '..',
    '/etc/passwd',
    '\\\\server\\x',
    'C:\\x',
    'c:/x',
    '!../a\nb',
    '{a,..}/b',
    '{..,a}/b',
    'a\\..\\b',
    '!',
    ' ',
    'a\u0000',
    '! ',
    [],
    [1],
    [null],
    ['a\nb'],
  ])('%j lead nowhere or out', (value) => expect(taken(globs, value)).toBeUndefined())

  it('that are none at all are told so', () => {
    expect(globs.read([])).toMatchObject({ faults: [{ needs: expect.stringContaining('with at least one') }] })
  })

  it('need one that includes', () => {
    const parsed = globs.read(['!a', '!b'])
    expect(parsed).toMatchObject({ ok: false, faults: [{ mend: expect.stringContaining('add one that includes') }] })
  })

  it('never let `..` through as a folder', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a./{},!*\\]{1,12}$/), (pattern) => {
        for (const each of taken(globs, pattern) ?? [])
          expect(each.replace(/^!/, '').split(/[/\\{},]/)).not.toContain('..')
      }),
    )
  })
})
