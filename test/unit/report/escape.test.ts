import { describe, expect, it } from '@jest/globals'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import * as sink from '../../../src/report/escape.ts'
import { gfmToHtml, proseOf, TRIGGERS, tags } from '../../support/gfm.ts'
import { HOSTILE, HOSTILE_ALL, HOSTILE_TEXTS, hugeCell } from '../../support/hostile.ts'

/** Any UTF-16, hostile pieces in any order, and text in between. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...HOSTILE_TEXTS),
        fc.string(),
        fc.constantFrom('::', '##', '[', '|', '`', '\\', ';', '=', '\n', ' '),
      ),
    )
    .map((parts) => parts.join('')),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

describe('visible', () => {
  it('names what can not be seen', () => {
    expect(sink.visible('exe.\u202efdp')).toBe('exe.\\u{202e}fdp')
    expect(sink.visible('a\tb\r\nc')).toBe('a\\tb\\r\\nc')
    expect(sink.visible('\u001b[31m')).toBe('\\u{1b}[31m')
    expect(sink.visible('\ud800x')).toBe('\\u{d800}x')
    expect(sink.visible('\u{e0041}')).toBe('\\u{e0041}')
    expect(sink.visible('\ufeffa\u200b')).toBe('\\u{feff}a\\u{200b}')
  })

  it('leaves what can be seen as it is', () => {
    const plain = 'Größe 漢字 \u00e9 🚀 ⚠\ufe0f ❤\ufe0f C:\\Users\\x "q" <b>'
    expect(sink.visible(plain)).toBe(plain)
  })

  it('lets a variation selector stand only right behind its picture', () => {
    expect(sink.visible('⚠\ufe0f\ufe0f a\ufe0f')).toBe('⚠\ufe0f\\u{fe0f} a\\u{fe0f}')
  })

  it('leaves nothing invisible in any text, is well-formed, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = sink.visible(text)
        expect(shown).not.toMatch(INVISIBLE)
        expect(shown.isWellFormed()).toBe(true)
        expect(sink.visible(shown)).toBe(shown)
      }),
    )
  })
})

describe('clip', () => {
  it('counts characters, not code units, and tears none apart', () => {
    expect(sink.clip('abc', 3)).toBe('abc')
    expect(sink.clip('abcd', 3)).toBe('ab…')
    expect(sink.clip('🚀🚀🚀🚀', 3)).toBe('🚀🚀…')
    expect(sink.clip('🚀🚀🚀', 3)).toBe('🚀🚀🚀')
    expect(sink.clip('aé\u0301\u0301xyz', 4)).toBe('a…')
    expect(sink.clip('a👩\u200d👧bc', 4)).toBe('a…')
    expect(sink.clip('ab', 0)).toBe('')
    expect(sink.clip('ab', 1)).toBe('…')
  })

  it('never gives more than asked for', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 20 }), (text, max) => {
        expect([...sink.clip(text, max)].length).toBeLessThanOrEqual(max)
      }),
    )
  })

  it('bounds a text of a megabyte that is nothing but marks or escapes', () => {
    expect([...sink.brief('\u0300'.repeat(1_000_000), 50)].length).toBeLessThanOrEqual(50)
    expect([...sink.brief(hugeCell('\u202e'), 50)].length).toBeLessThanOrEqual(50)
  })
})

describe('the log', () => {
  /** What the runner does: it takes white space off, then looks for `::`; `##[` counts anywhere. */
  const isCommand = (line: string): boolean => /^[\s\u0085]*::/u.test(line) || line.includes('##[')

  it('shows commands of both forms dead', () => {
    expect(sink.forLog('::error::x')).toBe('\\::error::x')
    expect(sink.forLog('  ::error::x')).toBe('  \\::error::x')
    expect(sink.forLog('a ##[error]x')).toBe('a ##\\[error]x')
    expect(sink.forLog('a :: b')).toBe('a :: b')
  })

  it('is one line without a command, whatever the text', () => {
    for (const text of HOSTILE_TEXTS) expect(isCommand(sink.forLog(text))).toBe(false)
    fc.assert(
      fc.property(anyText, (text) => {
        const line = sink.forLog(text)
        expect(isCommand(line)).toBe(false)
        expect(line).not.toMatch(INVISIBLE)
      }),
    )
  })

  it('encodes data and properties of commands as the runner decodes them', () => {
    expect(sink.forCommand('50% ::x\n##[y]')).toBe('50%25 ::x\\n##\\[y]')
    expect(sink.forCommandProperty('a:b,c%')).toBe('a%3Ab%2Cc%25')
    fc.assert(
      fc.property(anyText, (text) => {
        expect(sink.forCommandProperty(text)).not.toMatch(/[:,\r\n]/)
        const decoded = sink.forCommand(text).replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
        expect(decoded).toBe(sink.forLog(text))
      }),
    )
  })
})

describe('Markdown', () => {
  const harmless = (html: string): void => {
    for (const prose of proseOf(html)) for (const trigger of TRIGGERS) expect(prose).not.toMatch(trigger)
  }

  it.each(Object.entries(HOSTILE))('shows %s as text and as code, and does nothing', (_, text) => {
    for (const markdown of [`x ${sink.forMarkdown(text)} y`, sink.forMarkdown(text)]) {
      const html = gfmToHtml(markdown)
      expect(tags(html)).toEqual([])
      harmless(html)
    }
    const code = gfmToHtml(`x ${sink.forMarkdownCode(text)} y`)
    expect(tags(code)).toEqual(text === '' ? [] : ['code'])
  })

  it('shows just what the text says', () => {
    const read = (html: string): string =>
      html
        .replace(/<\/?[a-z]+>/g, '')
        .replaceAll('\u200b', '')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&')
    fc.assert(
      fc.property(anyText, (text) => {
        const want = sink
          .visible(text)
          .trim()
          .replace(/[ \t]+/g, ' ')
        const html = read(gfmToHtml(`x ${sink.forMarkdown(text)} y`))
        expect(html.replace(/[ \t]+/g, ' ')).toBe(`x ${want} y`.replace(/[ \t]+/g, ' '))
        const code = gfmToHtml(`x ${sink.forMarkdownCode(text)} y`)
        if (sink.visible(text) !== '') expect(read(code)).toBe(`x ${sink.visible(text)} y`)
      }),
    )
  })

  it('keeps a table whole: one row, as many cells as were written', () => {
    const table = (cell: string): string => `| a | b |\n| --- | --- |\n| ${cell} | end |\n`
    const check = (text: string): void => {
      for (const cell of [sink.forMarkdown(text), sink.forMarkdownCodeCell(text)]) {
        const html = gfmToHtml(table(cell))
        expect(html.match(/<tr>/g)).toHaveLength(2)
        expect(html).toContain('<td>end</td>')
        expect(tags(html).filter((tag) => !/^(table|thead|tbody|tr|td|th|code)$/.test(tag))).toEqual([])
      }
    }
    for (const text of HOSTILE_TEXTS) check(text)
    fc.assert(fc.property(anyText, check))
  })

  it('shows pipes and backslashes in code in a table as they are', () => {
    const html = gfmToHtml(`| a |\n| --- |\n| ${sink.forMarkdownCodeCell('a|b \\| c')} |\n`)
    expect(html).toContain('<td><code>a|b \\</code>|<code> c</code></td>')
  })

  it('keeps a block of code closed', () => {
    const html = gfmToHtml(sink.forMarkdownBlock('a\n```\n<b>\n~~~~\n````\nb', 'kusto'))
    expect(tags(html)).toEqual(['pre', 'code'])
    expect(html).toContain('\nb\n</code></pre>')
  })

  it('links only to https, and shows the text alone where there is no safe address', () => {
    expect(sink.markdownLink('x', 'https://a.example/?a=1&copy=2')).toBe('[x](https://a.example/?a=1&amp;copy=2)')
    expect(sink.markdownLink('x', 'javascript:alert(1)')).toBe('x')
    expect(sink.markdownLink('x', undefined)).toBe('x')
    const html = gfmToHtml(sink.markdownLink(sink.forMarkdown(HOSTILE_ALL), 'https://a.example/a)b"c|d'))
    expect(tags(html)).toEqual(['a'])
    expect(html).toContain('href="https://a.example/a%29b%22c%7Cd"')
  })

  it('keeps links to the pages of Microsoft and GitHub in a hint alive, and no others', () => {
    const html = gfmToHtml(
      sink.forMarkdownHint(
        'See https://learn.microsoft.com/a?b=1&copy=2. Not https://learn.microsoft.com.evil.example/ or @octocat #1.',
      ),
    )
    expect(html.match(/href="[^"]*"/g)).toEqual(['href="https://learn.microsoft.com/a?b=1&amp;copy=2"'])
    harmless(html)
    expect(tags(gfmToHtml(sink.forMarkdownHint('https://u:p@learn.microsoft.com/ www.evil.example')))).toEqual(['code'])
  })
})

describe('forMermaid', () => {
  it('leaves nothing that Mermaid reads', () => {
    expect(sink.forMermaid('high')).toBe('"high"')
    fc.assert(fc.property(anyText, (text) => expect(sink.forMermaid(text)).toMatch(/^"[\p{L}\p{N} .,_()-]*"$/u)))
  })
})

describe('forUrl', () => {
  it.each([
    'http://a.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '//a.example',
    'https://user:pass@a.example',
    'https://user@a.example',
    'not a url',
    '',
    'https://[::1]/',
    `https://a.example/${'a'.repeat(9000)}`,
  ])('refuses %s', (text) => expect(sink.forUrl(text)).toBeUndefined())

  it('normalises what it takes', () => {
    expect(sink.forUrl(' HTTPS://A.example/a b\n')).toBe('https://a.example/a%20b')
    expect(sink.forUrl('https://a.example/(x)[y]?q="<>`|\\^{}')).toBe(
      'https://a.example/%28x%29%5By%5D?q=%22%3C%3E%60%7C%5C%5E%7B%7D',
    )
  })

  it('mends what no URI may hold', () => {
    expect(sink.forUrl('https://a.example/%zz#a#b[c]')).toBe('https://a.example/%25zz#a%23b%5Bc%5D')
  })

  it('gives an address that says the same and breaks no Markdown', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https'], withQueryParameters: true, withFragments: true }), (url) => {
        const safe = sink.forUrl(url)!
        expect(safe).not.toMatch(/[()[\]<>"`|\\\s]/)
        expect(new URL(safe).host).toBe(new URL(url).host)
        expect(decodeURIComponent(safe)).toBe(decodeURIComponent(new URL(url).href))
      }),
    )
  })
})

describe('CSV', () => {
  it.each([
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['\t=1', "'\\t=1"],
    ['\rx', "'\\rx"],
    ['  =1', "'  =1"],
    ['＝1', "'＝1"],
    ['a;=1', "a;'=1"],
    ['plain - text = fine', 'plain - text = fine'],
    ['', ''],
  ])('neutralises %j', (text, cell) => expect(sink.forCsvCell(text)).toBe(cell))

  it('begins no cell with a formula, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const cell of sink.forCsvCell(text).split(';'))
          expect(cell.trimStart()).not.toMatch(/^[=+\-@＝＋－＠\t\r]/u)
      }),
    )
  })

  it('keeps JSON the same JSON', () => {
    const value = { a: 'x;=1', '; @b': [';-2', 'c'] }
    const cell = sink.forCsvJson(value)
    expect(cell).not.toMatch(/;\s*[=+\-@]/)
    expect(JSON.parse(cell)).toEqual(value)
    expect(parse(`"${cell.replaceAll('"', '""')}"`)).toEqual([[cell]])
  })
})

describe('forJson', () => {
  it('keeps integers exact, and a BigInt is a number', () => {
    expect(sink.forJson({ a: 12345678901234567890n, b: 2 ** 53 })).toBe(
      '{"a":12345678901234567890,"b":9007199254740992}',
    )
  })

  it('writes well-formed text that may be printed, and reads back the same', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null))), (value) => {
        const text = sink.forJson(value)
        expect(text).not.toMatch(INVISIBLE)
        expect(text).not.toContain('##[')
        const wellFormed = Object.fromEntries(
          Object.entries(value).map(([key, item]) => [
            key.toWellFormed(),
            typeof item === 'string' ? item.toWellFormed() : item,
          ]),
        )
        expect(JSON.parse(text)).toEqual(wellFormed)
      }),
    )
  })

  it('leaves backslashes in text alone', () => {
    expect(JSON.parse(sink.forJson('\\ud800 \\\\u0000'))).toBe('\\ud800 \\\\u0000')
  })
})

describe('forSarifText', () => {
  it('has no link and no placeholder', () => {
    expect(sink.forSarifText('[a](b) {0}')).toBe('\\[a\\](b) {{0}}')
  })
})
