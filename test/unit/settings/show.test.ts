import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { begun, nearest, secretParts, shortName, show } from '../../../src/settings/show.ts'

describe('show', () => {
  it.each([
    [undefined, 'nothing'],
    [null, 'nothing'],
    ['', 'nothing'],
    [3, '3'],
    [true, 'true'],
    ['a', '"a"'],
    [[], 'an empty list'],
    [[1], 'a list'],
    [{}, 'a mapping'],
    ['a\nb\r\tc', '"a\\nb\\r\\tc"'],
    ['\u001b[31m\u202e\u200b\ud800', '"\\u{1b}[31m\\u{202e}\\u{200b}\\u{d800}"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    ['https://user:word@host/', '"https://***@host/"'],
    ['HTTPS:\\\\user:word@host', '"HTTPS:\\\\***@host"'],
    ['a https://user:w@rd@host/x http:user@b', '"a https://***@host/x http:***@b"'],
    ['user:word@host', '"user:***@host"'],
    ['someone@contoso.com', '"someone@contoso.com"'],
    ['https://host/@x y@z', '"https://host/@x y@z"'],
  ])('%j is shown as %s', (value, shown) => expect(show(value)).toBe(shown))

  it('is one short line of visible characters, whatever is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (given) => {
        const shown = show(given)
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        // At worst each of 60 characters is written as an escape.
        expect(shown.length).toBeLessThanOrEqual(60 * 10 + 3)
      }),
    )
  })

  it.each(['a', 'a:', 'a@', ':/', 'www.'])('takes no time over a megabyte of %j', (piece) => {
    expect(show(piece.repeat(1_000_000 / piece.length)).length).toBeLessThan(70)
  })

  it('survives a list that holds itself', () => {
    const list: unknown[] = []
    list.push(list)
    expect(show(list)).toBe('a list')
  })

  it('never shows a secret, a line of a key, or a piece cut off', () => {
    const secrets = secretParts(['hunter2-hunter2', '-----BEGIN KEY-----\nMIIEvQIBADAN\n', undefined])
    expect(show('xx hunter2-hunter2 yy', secrets)).toBe('"xx *** yy"')
    expect(show('xx MIIEvQIBADAN', secrets)).toBe('"xx ***"')
    expect(show(`${'a'.repeat(55)}hunter2-hunter2`, secrets)).not.toContain('hunter')
  })

  it('hides the longer of two secrets first', () => {
    expect(show('abcdefgh', secretParts(['abcd', 'abcdefgh']))).toBe('"***"')
  })
})

describe('nearest', () => {
  const known = ['min-severity', 'max-findings', 'api', 'key']
  it.each([
    ['min_severity', 'min-severity'],
    ['MIN-SEVERITY', 'min-severity'],
    ['max-finding', 'max-findings'],
    ['ap', 'api'],
    ['app', 'api'],
    ['keys', 'key'],
    ['pai', 'api'],
  ])('%s is near %s', (given, word) => expect(nearest(given, known)).toBe(word))

  it('is the nearest of several, and of two at the same distance the first', () => {
    expect(nearest('statuss', ['stats', 'status'])).toBe('status')
    expect(nearest('statuss', ['status', 'stats'])).toBe('status')
    expect(nearest('statu', ['stats', 'status'])).toBe('stats')
    expect(nearest('statu', ['status', 'stats'])).toBe('status')
    expect(nearest(' Status ', ['status'])).toBe('status')
  })

  it('is none beyond two edits, or one in four letters, and looks at 200 characters at most', () => {
    const long = 'a'.repeat(200)
    expect(nearest(long, [long])).toBe(long)
    expect(nearest(`${long}a`, [`${long}a`])).toBeUndefined()
    expect(nearest('abcd', ['abxy'])).toBeUndefined()
    expect(nearest('abcd', ['abdc'])).toBe('abdc')
    expect(nearest('abcde', ['abxye'])).toBe('abxye')
    expect(nearest('abcd', ['abxd'])).toBe('abxd')
  })

  it.each(['', 'severity', 'a', 'axx', 'apix-', 'zzz', 'min-severities-x', 'x'.repeat(1_000_000)])(
    '%# is near none',
    (given) => expect(nearest(given, known)).toBeUndefined(),
  )
})

describe('begun', () => {
  const known = ['medium', 'low', 'min-severity', 'min-findings']
  it.each([
    ['med', 'medium'],
    ['MEDI', 'medium'],
    ['min-s', 'min-severity'],
    ['min', undefined],
    ['me', undefined],
    ['', undefined],
    ['edium', undefined],
  ])('%j begins %j', (given, word) => expect(begun(given, known)).toBe(word))
})

it('shortName cuts at characters, not in the middle of one', () => {
  expect(shortName('🛡'.repeat(61))).toBe(`${'🛡'.repeat(60)}…`)
})
