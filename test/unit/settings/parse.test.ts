import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  boolean,
  checkId,
  date,
  type Form,
  guid,
  integer,
  line,
  oneOf,
  origin,
  path,
  tenantId,
  text,
} from '../../../src/settings/parse.ts'

function taken<T>(form: Form<T>, value: unknown): T | undefined {
  const parsed = form.read(value)
  return parsed.ok ? parsed.value : undefined
}
function hint(form: Form<unknown>, value: unknown): string | undefined {
  const parsed = form.read(value)
  if (parsed.ok) throw new Error(`${String(value)} was taken`)
  expect(parsed.faults[0]!.needs).not.toBe('')
  return parsed.faults[0]!.mend
}
const WRONG_TYPES = [undefined, null, [], {}, ['true'], Number.NaN, Number.POSITIVE_INFINITY]

describe('boolean', () => {
  it.each(['true', 'True', 'TRUE', 'tRuE', true])('%j is true', (value) => expect(taken(boolean, value)).toBe(true))
  it.each(['false', 'False', 'FALSE', false])('%j is false', (value) => expect(taken(boolean, value)).toBe(false))
  it.each([
    ['yes', '`true`'],
    ['on', '`true`'],
    ['1', '`true`'],
    [1, '`true`'],
    ['no', '`false`'],
    ['off', '`false`'],
    [0, '`false`'],
    ['ture', '`true`'],
    ['flase', '`false`'],
  ])('%j is neither, but means %s', (value, word) => expect(hint(boolean, value)).toBe(`Did you mean ${word}?`))
  it.each([...WRONG_TYPES, '', 'true ', 'maybe', '__proto__', 'constructor'])('%j is neither', (value) =>
    expect(taken(boolean, value)).toBeUndefined(),
  )
})

describe('integer', () => {
  it.each([
    ['0', 0],
    ['42', 42],
    ['007', 7],
    [0, 0],
    [-0, 0],
    [5, 5],
    ['999999999999999', 999_999_999_999_999],
  ])('%j is %d', (value, number) => {
    expect(Object.is(taken(integer, value), number)).toBe(true)
  })
  it.each([
    ...WRONG_TYPES,
    '',
    '-1',
    -1,
    '+1',
    '1.0',
    '1.5',
    1.5,
    '1e3',
    '0x10',
    '1_000',
    '1,000',
    ' 1',
    '10x',
    '1000000000000000',
    1e15,
    true,
    '١',
  ])('%j is none', (value) => expect(taken(integer, value)).toBeUndefined())
  it('says what 10x may have meant', () => expect(hint(integer, '10x')).toBe('Did you mean `10`?'))
  it('takes no time over a megabyte of blanks', () => {
    expect(hint(integer, `1${' '.repeat(1_000_000)}!`)).toBeUndefined()
  })
  it('takes every whole number, native and in digits', () => {
    fc.assert(fc.property(fc.nat(), (n) => expect([taken(integer, n), taken(integer, String(n))]).toEqual([n, n])))
  })
})

describe('oneOf', () => {
  const form = oneOf(['enforce', 'inProgress'], { report: 'Not here.' })
  it('knows words in any case and gives them as they are written', () => {
    expect(taken(form, 'ENFORCE')).toBe('enforce')
    expect(taken(form, 'inprogress')).toBe('inProgress')
  })
  it('hints at the nearest word, or says what it was told to say', () => {
    expect(hint(form, 'enforc')).toBe('Did you mean `enforce`?')
    expect(hint(form, 'Report')).toBe('Not here.')
    expect(hint(form, 'constructor')).toBeUndefined()
    expect(hint(form, '__proto__')).toBeUndefined()
    expect(hint(form, 3)).toBeUndefined()
  })
})

describe('guid and tenantId', () => {
  const GUID = 'ABCDEF12-2222-3333-4444-555555555555'
  it('gives lower case', () => {
    expect(taken(guid, GUID)).toBe(GUID.toLowerCase())
    expect(taken(tenantId, GUID)).toBe(GUID.toLowerCase())
    expect(taken(tenantId, 'Contoso.OnMicrosoft.com')).toBe('contoso.onmicrosoft.com')
    expect(taken(tenantId, 'xn--mnchen-3ya.xn--p1ai')).toBe('xn--mnchen-3ya.xn--p1ai')
  })
  it('finds the GUID in braces', () => expect(hint(guid, `{${GUID}}`)).toBe(`Did you mean \`${GUID.toLowerCase()}\`?`))
  it.each([
    ...WRONG_TYPES,
    '',
    'contoso',
    '1.2.3.4',
    'a..com',
    '-a.com',
    'a-.com',
    'a.com/',
    'https://a.com',
    'a b.com',
    '.com',
    'a.com.',
    'ABCDEF12-2222-3333-4444-55555555555',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(130)}com`,
  ])('%j is no tenant', (value) => expect(taken(tenantId, value)).toBeUndefined())
  it('says why common is no tenant', () => expect(hint(tenantId, 'common')).toContain('directory (tenant) id'))
})

describe('origin', () => {
  it.each([
    ['https://graph.microsoft.com', 'https://graph.microsoft.com'],
    ['https://graph.microsoft.com/', 'https://graph.microsoft.com'],
    ['HTTPS://Graph.Microsoft.com', 'https://graph.microsoft.com'],
    ['https://127.0.0.1:8443', 'https://127.0.0.1:8443'],
    ['https://[::1]:8443', 'https://[::1]:8443'],
    ['https://a.example:443', 'https://a.example'],
  ])('%s is %s', (given, expected) => expect(taken(origin, given)).toBe(expected))
  it.each([
    ...WRONG_TYPES,
    '',
    'graph.microsoft.com',
    'http://a.example',
    'ftp://a.example',
    'https://',
    'https://a.example/v1.0',
    'https://a.example?x',
    'https://a.example/?',
    'https://a.example#',
    'https://user@a.example',
    'https://u:p@a.example',
    'https://a.example\\@evil.example',
    'https://a.ex\nample',
    'https://a.example:99999',
    'javascript:x',
  ])('%j is none', (value) => expect(taken(origin, value)).toBeUndefined())
  it('hints without path and credentials', () => {
    expect(hint(origin, 'https://graph.microsoft.com/v1.0')).toBe('Did you mean `https://graph.microsoft.com`?')
    expect(hint(origin, 'https://user:word@a.example')).toBe('Did you mean `https://a.example`?')
    expect(hint(origin, 'http://a.example:80/x')).toBe('Did you mean `https://a.example`?')
  })
})

describe('texts', () => {
  it.each([
    [text, 'text\nof two lines'],
    [line, 'Zeile – ünïcödé 🛡'],
    [path, 'a b/c.yml'],
  ] as const)('takes what it says: %#', (form, value) => {
    expect(taken(form, value)).toBe(value)
  })
  it.each([...WRONG_TYPES, '', ' ', 5, true])('%j is no text', (value) => {
    for (const form of [text, line, path]) expect(taken(form as Form<unknown>, value)).toBeUndefined()
  })
  it.each(['a\nb', 'a\u0000', 'a\u001b[31m', 'a\u2028b', 'x'.repeat(301)])('%j is no single line', (value) =>
    expect(taken(line, value)).toBeUndefined(),
  )
  it('wants numbers in quotes', () => expect(hint(line, 4688)).toBe("Put it in quotes: '4688'."))
  it.each(['a\u0000b', 'a\nb', 'x'.repeat(4097)])('%j is no path', (value) =>
    expect(taken(path, value)).toBeUndefined(),
  )
})

describe('checkId', () => {
  it.each(['a', 'open-incidents', '4688', '-'])('%s is one', (id) => expect(taken(checkId, id)).toBe(id))
  it.each(['', 'A', 'a_b', 'a/b', 'a b', 'ä', 'a'.repeat(101), 4688, null])('%j is none', (id) =>
    expect(taken(checkId, id)).toBeUndefined(),
  )
  it('makes one of it', () => {
    expect(hint(checkId, 'Open Incidents!')).toBe('Did you mean `open-incidents`?')
    expect(hint(checkId, '!!!')).toBeUndefined()
  })
})

describe('date', () => {
  it.each(['2027-01-31', '2028-02-29', '0001-01-01'])('%s exists', (day) => expect(taken(date, day)).toBe(day))
  it.each([
    '2027-02-29',
    '2027-02-30',
    '2027-13-01',
    '2027-00-10',
    '2027-01-00',
    '2027-1-1',
    '27-01-01',
    '2027-01-31T00:00:00Z',
    20270131,
    new Date(0),
  ])('%j does not', (day) => expect(taken(date, day)).toBeUndefined())
  it('agrees with the calendar', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        (y, m, d) => {
          const day = [String(y).padStart(4, '0'), String(m).padStart(2, '0'), String(d).padStart(2, '0')].join('-')
          const leap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0
          const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1]!
          expect(taken(date, day) === day).toBe(d <= days)
        },
      ),
    )
  })
})
