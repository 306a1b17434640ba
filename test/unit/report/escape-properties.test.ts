/** What must hold of the sinks for any text, judged by parsers that nobody here wrote. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import * as sink from '../../../src/report/escape.ts'
import { gfmToHtml, proseOf, TRIGGERS, tags } from '../../support/gfm.ts'
import { HOSTILE_TEXTS } from '../../support/hostile.ts'
import { commandsIn } from '../../support/judges.ts'

/** Hostile pieces in any order, with any text between them. */
const anyText = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS.map((text) => text.slice(0, 80))) },
      fc.string({ unit: 'binary' }),
      fc.string(),
    ),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(''))

const read = (html: string): string =>
  html
    .replace(/<\/?[a-z]+[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')

describe('for any text', () => {
  it('a hint shows no link but to known pages, and triggers nothing', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const html = gfmToHtml(`- ${sink.forMarkdownHint(text)}`)
        expect(tags(html).filter((tag) => !['ul', 'li', 'a', 'code'].includes(tag))).toEqual([])
        for (const [, host] of html.matchAll(/<a href="https:\/\/([^/"]+)/g))
          expect(host).toMatch(/\.(?:microsoft|github|microsoftonline)\.(?:com|us)$/)
        for (const prose of proseOf(html)) for (const trigger of TRIGGERS) expect(prose).not.toMatch(trigger)
      }),
    )
  })

  it('the title of an issue triggers nothing, and holds no code', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const title = sink.forIssueTitle(text)
        expect(title).not.toMatch(/[`\p{Cc}\p{Cs}]/u)
        for (const trigger of TRIGGERS) expect(title).not.toMatch(trigger)
      }),
    )
  })

  it('a block of code holds all of it, and nothing comes after', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const html = gfmToHtml(`${sink.forMarkdownBlock(text, 'kusto')}\n\nafter`)
        expect(tags(html)).toEqual(['pre', 'code'])
        expect(html).toMatch(/<\/code><\/pre>\n<p>after<\/p>$/)
        const lines = text.split(/\r\n|\r|\n/).map((line) => sink.visible(line.replaceAll('\t', '    ')))
        expect(read(html).replace(/\nafter$/, '')).toBe(`${lines.join('\n')}\n`)
      }),
    )
  })

  it('a SARIF message has no link and no placeholder, and reads back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const message = sink.forSarifText(text)
        expect(message.replaceAll('{{', '').replaceAll('}}', '')).not.toMatch(/\{\d+\}/)
        expect(message).not.toMatch(/(?<!\\)(?:\\\\)*\[[^\]]*(?<!\\)\]\(/)
        const back = message
          .replaceAll('{{', '{')
          .replaceAll('}}', '}')
          .replace(/\\([[\]])/g, '$1')
        expect(back).toBe(sink.visible(text))
      }),
    )
  })

  it('no line of the log is a command to the runner, alone or behind other text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(commandsIn(sink.forLog(text))).toEqual([])
        expect(commandsIn(`1 of 2: ${sink.forLog(text)}`)).toEqual([])
        const [only, ...more] = commandsIn(`::error title=${sink.forCommandProperty(text)}::${sink.forCommand(text)}`)
        expect([only?.name, more]).toEqual(['error', []])
      }),
    )
  })

  it('a brief text is the beginning of the visible one, and never longer than allowed', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 60 }), (text, max) => {
        const short = sink.brief(text, max)
        expect([...short].length).toBeLessThanOrEqual(max)
        expect(short.isWellFormed()).toBe(true)
        expect(sink.visible(text).startsWith(short.replace(/…$/, '')) || short.endsWith('…')).toBe(true)
      }),
    )
  })
})
