/** What each sink writes, to the letter. That it is harmless is judged by parsers in escape.test.ts and escape-properties.test.ts. */
import { describe, expect, it } from '@jest/globals'
import * as sink from '../../../src/report/escape.ts'

type Cases = readonly (readonly [text: string, written: string])[]
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index))

function writes(to: (text: string) => string | undefined, cases: Cases): void {
  it.each(cases)('%j: %j', (text, written) => expect(to(text)).toBe(written))
}

describe('visible', () => {
  const named = (first: number, last: number): void => {
    for (let point = first; point <= last; point += 1)
      expect(sink.visible(`a${String.fromCodePoint(point)}b`)).toBe(`a\\u{${point.toString(16)}}b`)
  }

  it('names every control, mark and blank that can not be seen', () => {
    for (const [first, last] of [
      [0x00, 0x08],
      [0x0b, 0x0c],
      [0x0e, 0x1f],
      [0x7f, 0x9f],
      [0xad, 0xad],
      [0x34f, 0x34f],
      [0x61c, 0x61c],
      [0x115f, 0x1160],
      [0x17b4, 0x17b5],
      [0x180b, 0x180e],
      [0x200b, 0x200f],
      [0x2028, 0x202e],
      [0x2060, 0x206f],
      [0x2800, 0x2800],
      [0x3164, 0x3164],
      [0xd800, 0xd801],
      [0xdfff, 0xdfff],
      [0xfe00, 0xfe0f],
      [0xfeff, 0xfeff],
      [0xfffe, 0xffff],
      [0x1fffe, 0x1ffff],
      [0xe0020, 0xe0021],
    ] as const)
      named(first, last)
  })

  it('names what Unicode calls invisible and nothing else, in the short way for most texts, too', () => {
    const invisible =
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/u
    const wrong: string[] = []
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const character = String.fromCodePoint(point)
      const isKept = sink.visible(character) === character
      const isKeptInJson = sink.forJson(character).includes(character)
      const isOdd = invisible.test(character)
      if (isKept === isOdd) wrong.push(`visible ${point.toString(16)}`)
      // JSON has escapes of its own for these.
      if (isKeptInJson === isOdd && !'"\\'.includes(character)) wrong.push(`JSON ${point.toString(16)}`)
    }
    expect(wrong).toEqual([])
  })

  it('guards a formula behind whatever may stand before it', () => {
    const before = /^[\s\p{Cc}\p{Cf}"]$/u
    for (let point = 0; point <= 0x2fff; point += 1) {
      const character = String.fromCharCode(point)
      const guarded = character !== "'" && sink.forCsvCell(`${character}=1`).startsWith("'")
      const isSign = /[=+\-@]|[\t\r\n]/.test(character)
      expect([point, guarded]).toEqual([point, before.test(character) || isSign])
    }
  })

  it('leaves every character of a keyboard alone', () => {
    expect(sink.visible(ASCII.join(''))).toBe(ASCII.join(''))
  })

  writes(sink.visible, [
    ['⚠\ufe0f⚠\ufe0e🖥\ufe0f🖥\ufe0e', '⚠\ufe0f⚠\ufe0e🖥\ufe0f🖥\ufe0e'],
    ['⚠\ufe00', '⚠\\u{fe00}'],
    ['👩\u200d👧', '👩\\u{200d}👧'],
  ])
})

describe('clip', () => {
  it.each([
    ['', 0, ''],
    ['a', -1, ''],
    ['\uffffab', 2, '\uffff…'],
    ['abe\u0301fgh', 4, 'ab…'],
    ['ab👍🏽cd', 4, 'ab…'],
    ['ab\u200dcd', 4, 'a…'],
    ['a\u{10400}\u0301\u0301bcd', 4, 'a…'],
    ['a\u{103ff}\u0301\u0301bcd', 4, 'a…'],
    ['ab\uff21\u0301\u0301bcd', 5, 'ab…'],
    ['\u0301\u0301\u0301\u0301', 2, '…'],
    ['\udc00\u0301\u0301\u0301', 2, '…'],
    [`abcdefghij${'\u0301'.repeat(20)}`, 25, `abcdefghij${'\u0301'.repeat(6)}…`],
  ])('%j to %i: %j', (text, max, written) => expect(sink.clip(text, max)).toBe(written))

  it('is bounded after odd characters are named, too', () => {
    expect(sink.brief('\u202e\u202e\u202e', 4)).toBe('\\u{…')
    expect(sink.brief('abcdef', 4)).toBe('abc…')
  })
})

describe('the log', () => {
  writes(sink.forLog, [
    [' \u3000::x::y', ' \u3000\\::x::y'],
    ['##[a]##[b]', '##\\[a]##\\[b]'],
    ['# #[a] ##', '# #[a] ##'],
  ])
  writes(sink.forCommand, [['50%% a:b,c\r\n', '50%25%25 a:b,c\\r\\n']])
  writes(sink.forCommandProperty, [['a:b:c,d,%', 'a%3Ab%3Ac%2Cd%2C%25']])
})

describe('Markdown', () => {
  const ENTITIES: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '|': '&#124;',
    '\\': '&#92;',
    '`': '&#96;',
    $: '&#36;',
    '@': '\\@&#8203;',
  }
  const UNTOUCHED = " %',./:;?"
  it.each(ASCII.filter((sign) => !/[0-9a-z]/i.test(sign)))('%j', (sign) => {
    const written = UNTOUCHED.includes(sign) ? sign : (ENTITIES[sign] ?? `\\${sign}`)
    expect(sink.forMarkdown(`x${sign}y`)).toBe(`x${written}y`)
  })

  writes(sink.forMarkdown, [
    ['Az09', 'Az09'],
    ['  a  ', 'a'],
    ['1. a 2. b', '1\\. a 2. b'],
    ['123456. a', '123456\\. a'],
    ['1234567. a', '1234&#8203;567. a'],
    ['a1. b', 'a1. b'],
    ['#1', '\\#&#8203;1'],
  ])

  describe('title of an issue', () =>
    writes(sink.forIssueTitle, [
      [' @a @b ', '@\u200ba @\u200bb'],
      ['#1 #a # 1', '#\u200b1 #a # 1'],
      ['GH-1 gh-2 GH-a 1-1', 'GH-\u200b1 gh-\u200b2 GH-a 1-1'],
      [':smile: :+1: :-1: :a b: x:', ':\u200bsmile: :\u200b+1: :\u200b-1: :a b: x:'],
      ['https://a http:/b c://d', 'https:\u200b//a http:/b c:\u200b//d'],
      ['www.a WWW.b www wwwa', 'www\u200b.a WWW\u200b.b www wwwa'],
      ['mailto:a xmpp:b other:c', 'mailto:\u200ba xmpp:\u200bb other:c'],
      ['abcdef abcdef1 ABCDEF12', 'abcdef abcd\u200bef1 ABCD\u200bEF12'],
      ['x0123456789abcdefx', 'x0123\u200b4567\u200b89ab\u200bcdefx'],
      ['`a`', "'a'"],
    ]))

  describe('code', () =>
    writes(sink.forMarkdownCode, [
      ['', ''],
      ['a', '`a`'],
      ['a`b', '``a`b``'],
      ['`a', '`` `a ``'],
      ['a`', '`` a` ``'],
      ['a```b``c', '````a```b``c````'],
      [' a ', '`  a  `'],
      [' ab ', '`  ab  `'],
      [' a', '` a`'],
      [' a b', '` a b`'],
      ['a b ', '`a b `'],
      ['a ', '`a `'],
      [' ', '` `'],
      ['   ', '`   `'],
    ]))

  describe('code in a cell', () =>
    writes(sink.forMarkdownCodeCell, [
      ['a|b|c', '`a\\|b\\|c`'],
      ['a\\|b', '`a\\`&#124;`b`'],
      ['\\|', '`\\`&#124;'],
    ]))

  describe('block', () =>
    writes(
      (text) => sink.forMarkdownBlock(text, 'kusto'),
      [
        ['a\tb\r\nc\rd\n\n\u202ee', '```kusto\na    b\nc\nd\n\n\\u{202e}e\n```'],
        ['``', '```kusto\n``\n```'],
        ['```', '````kusto\n```\n````'],
        ['a``\n``b', '```kusto\na``\n``b\n```'],
        ['````x\n```', '`````kusto\n````x\n```\n`````'],
      ],
    ))

  describe('hint', () => {
    writes(sink.forMarkdownHint, [
      ['  a @b  ', ' a \\@&#8203;b '],
      [
        'https://docs.github.com/a https://docs.github.com/b',
        '[https:&#8203;//docs.github.com/a](https://docs.github.com/a) [https:&#8203;//docs.github.com/b](https://docs.github.com/b)',
      ],
      ['See https://evil.example/a_b.', 'See `https://evil.example/a_b`.'],
      ['(https://docs.github.com/a).', '\\([https:&#8203;//docs.github.com/a](https://docs.github.com/a)\\).'],
      ['https://u@docs.github.com/ x', '`https://u@docs.github.com/` x'],
      ['https://', 'https:&#8203;//'],
      ['subject (sub) "repo:o/r:ref:refs/heads/main".', 'subject \\(sub\\) `repo:o/r:ref:refs/heads/main`.'],
      [`run \`az ad app --id 1 '{"a":"@b"}'\` now`, `run \`az ad app --id 1 '{"a":"@b"}'\` now`],
      ['Did you mean `https://x`?', 'Did you mean `https://x`?'],
      ['"a""b"', '`a` `b`'],
      ['not "a" but `b`', 'not `a` but `b`'],
      ['`a', '&#96;a'],
      ['"', '&quot;'],
    ])

    it.each([
      'learn.microsoft.com',
      'docs.github.com',
      'entra.microsoft.com',
      'login.microsoftonline.com',
      'login.microsoftonline.us',
      'security.microsoft.com',
      'security.microsoft.us',
      'security.apps.mil',
    ])('links to %s', (host) => expect(sink.forMarkdownHint(`https://${host}/`)).toContain(`](https://${host}/)`))
  })
})

describe('forMermaid', () => {
  writes(sink.forMermaid, [
    [' [x] ', '"x"'],
    ['a"]];b', '"a b"'],
    ['Größe 漢字 1.5_(a), b-c', '"Größe 漢字 1.5_(a), b-c"'],
  ])
})

describe('forUrl', () => {
  const long = (length: number, sign = 'a'): string => 'https://a.example/'.padEnd(length, sign)

  it('takes 8,000 characters, written as they will be', () => {
    expect(sink.forUrl(long(8000))).toBe(long(8000))
    expect(sink.forUrl(long(8001))).toBeUndefined()
    expect(sink.forUrl(long(3000, '('))).toBeUndefined()
    // It gets shorter by `new URL`, but is not looked at.
    expect(sink.forUrl(`https://a.example/${'./'.repeat(4000)}`)).toBeUndefined()
  })

  it('takes no user information', () => {
    expect(sink.forUrl('https://:p@a.example/')).toBeUndefined()
  })

  writes(sink.forUrl, [
    ["https://a.example/'~!*;,@&=+$", 'https://a.example/%27~!*;,@&=+$'],
    ['https://a.example/%2F%2f%AF%2', 'https://a.example/%2F%2f%AF%252'],
    ['https://a.example/%zF%Fz', 'https://a.example/%25zF%25Fz'],
    ['https://a.example/#', 'https://a.example/#'],
    ['https://a.example/#a#b#c', 'https://a.example/#a%23b%23c'],
  ])
})

describe('CSV', () => {
  describe('cell', () =>
    writes(sink.forCsvCell, [
      ['＋1', "'＋1"],
      ['－1', "'－1"],
      ['＠1', "'＠1"],
      ['"=1', '\'"=1'],
      ['\u0007=1', "'\\u{7}=1"],
      ['\u200b=1', "'\\u{200b}=1"],
      ['\tx', "'\\tx"],
      ['\nx', "'\\nx"],
      ['x\n=1', 'x\\n=1'],
      [' x', ' x'],
      ['a;+1; -1;\u3000@b;＝1;＋2;－3;＠4', "a;'+1; '-1;\u3000'@b;'＝1;'＋2;'－3;'＠4"],
      ['a;b = c', 'a;b = c'],
    ]))

  describe('JSON', () =>
    writes(sink.forCsvJson, [
      ['x;=1', '"x;\\u003d1"'],
      [';  @b;＝', '";  \\u0040b;\\uff1d"'],
      [';b', '";b"'],
    ]))
})

describe('forJson', () => {
  writes(sink.forJson, [
    ['a\u200b\u00ad\u007f\u0007\n', '"a\\u200b\\u00ad\\u007f\\u0007\\n"'],
    ['\u{e0041}⚠\ufe0f', '"\\udb40\\udc41⚠\ufe0f"'],
    ['##[a]##[b] ##', '"#\\u0023[a]#\\u0023[b] ##"'],
    ['\ud800 \udbff \udc00 \udfff', '"\\ufffd \\ufffd \\ufffd \\ufffd"'],
    ['\\ud800 \\', '"\\\\ud800 \\\\"'],
  ])

  it('is null for what JSON lacks, and indented on demand', () => {
    expect(sink.forJson(undefined)).toBe('null')
    expect(sink.forJson({ a: [1n], b: '\n' }, 2)).toBe('{\n  "a": [\n    1\n  ],\n  "b": "\\n"\n}')
    expect(sink.forJson({ a: '\u202e' }, 2)).toBe('{\n  "a": "\\u202e"\n}')
  })
})

describe('forSarifText', () => {
  writes(sink.forSarifText, [['[a][b](c) {0}{{1}}\n', '\\[a\\]\\[b\\](c) {{0}}{{{{1}}}}\\n']])
})
