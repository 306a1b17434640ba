/** GitHub-flavoured Markdown as a parser that nobody here wrote reads it, and what GitHub would make of the result. */
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'

export function gfmToHtml(markdown: string): string {
  return micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true })
}

/** Opening tags by name, without those of the plain structure of a text. */
export function tags(html: string): string[] {
  return [...html.matchAll(/<([a-z][a-z0-9]*)\b/g)].map((match) => match[1]!).filter((name) => name !== 'p')
}

/** The text that GitHub's filters look at after Markdown is done: not in links and not in code. */
export function proseOf(html: string): string[] {
  return html
    .replace(/<(a|code|pre)\b[^>]*>[\s\S]*?<\/\1>/g, '<x>')
    .split(/<[^>]*>/)
    .map((text) =>
      text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
    )
}

/** What GitHub turns into a link or picture in finished text: mentions, references, commits, emojis, addresses. */
export const TRIGGERS: readonly RegExp[] = [
  /@[a-z0-9]/i,
  /#\d/,
  /\bgh-\d/i,
  /\b[0-9a-f]{7,40}\b/,
  /:(?:[a-z_+-][\w+-]*|100|1234):/i,
  /\bwww\./i,
  /[a-z]+:\/\//i,
]
