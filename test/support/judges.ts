/** Judges of what a run wrote. The parsers in them were written by others, or do what the real runner does. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'csv-parse/sync'
import { gfmToHtml, proseOf, TRIGGERS } from './gfm.ts'

// --- the runner -----------------------------------------------------------------------------------------------------

export interface Command {
  readonly name: string
  readonly properties: string
  readonly data: string
  readonly line: string
}

/** What both .NET's `Trim` and JavaScript's take off. */
const BLANK = /^[\s\u0085\u200b\u180e]+|[\s\u0085\u200b\u180e]+$/gu

/**
 * The commands that the runner would take out of a log: `::name …::` at the start of a trimmed line, and `##[name …]`
 * anywhere in one (actions/runner, `ActionCommand.cs`). A line ends where .NET ends one.
 */
export function commandsIn(log: string): Command[] {
  return log.split(/\r\n|\r|\n/).flatMap((line) => {
    const trimmed = line.replace(BLANK, '')
    const end = trimmed.startsWith('::') ? trimmed.indexOf('::', 2) : -1
    const found: Command[] = []
    if (end >= 0) {
      const [name = '', ...properties] = trimmed.slice(2, end).split(' ')
      found.push({ name, properties: properties.join(' '), data: trimmed.slice(end + 2), line })
    }
    const old = line.indexOf('##[')
    if (old >= 0 && line.indexOf(']', old) >= 0) {
      found.push({ name: `##[${line.slice(old + 3, line.indexOf(']', old))}`, properties: '', data: '', line })
    }
    return found
  })
}

// --- Markdown -------------------------------------------------------------------------------------------------------

const CMARK = ['/usr/bin/cmark-gfm', '/usr/local/bin/cmark-gfm', '/opt/homebrew/bin/cmark-gfm'].find((path) =>
  existsSync(path),
)
export const hasCmark = CMARK !== undefined

/** By GitHub's own parser, with raw HTML kept, as nothing is left to its filter. */
function cmark(markdown: string): string {
  const extensions = ['table', 'strikethrough', 'autolink', 'tasklist', 'footnotes'].flatMap((name) => ['-e', name])
  return execFileSync(CMARK!, ['--unsafe', '--github-pre-lang', ...extensions], {
    input: markdown,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
}

/** The parsers that are there, by name. `micromark` always is. */
export const MARKDOWN: Readonly<Record<string, (markdown: string) => string>> = {
  micromark: gfmToHtml,
  ...(hasCmark ? { 'cmark-gfm': cmark } : {}),
}

/** What the gate's own pages are made of. */
const OWN_TAGS =
  /^(?:h[1-6]|p|br|hr|strong|em|code|pre|a|sub|ul|ol|li|table|thead|tbody|tr|th|td|details|summary|blockquote)$/
const OWN_ATTRIBUTES = /^(?:|align="(?:left|right|center)"|lang="mermaid"|class="language-mermaid"|start="\d+")$/
const OWN_LINKS = [
  /^https:\/\/security\.microsoft\.com\//,
  /^https:\/\/(?:learn\.microsoft\.com|docs\.github\.com|entra\.microsoft\.com)\//,
  /^https:\/\/github\.com\/defender-gate\/defender-gate\//,
  /^https:\/\/github\.com\/contoso\/payments\/actions\/runs\/\d+/,
]

/** Everything on a page that is not the gate's own doing; empty when all is well. */
export function strangersIn(html: string): string[] {
  const found: string[] = []
  const bare = html.replace(/<!--[\s\S]*?-->/g, '')
  for (const [whole, close, name = '', rest = ''] of bare.matchAll(
    /<(\/?)([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g,
  )) {
    const attributes = rest.replace(/\/$/, '').trim()
    if (!OWN_TAGS.test(name)) found.push(whole)
    else if (name === 'a' && close === '') {
      const href = /^href="([^"]*)"$/.exec(attributes)?.[1]?.replaceAll('&amp;', '&')
      if (href === undefined || !OWN_LINKS.some((pattern) => pattern.test(href))) found.push(whole)
    } else if (!OWN_ATTRIBUTES.test(attributes)) found.push(whole)
  }
  for (const prose of proseOf(bare)) {
    for (const trigger of TRIGGERS) {
      const hit = trigger.exec(prose)
      if (hit !== null) found.push(`${trigger} in ${prose.slice(Math.max(0, hit.index - 40), hit.index + 40)}`)
    }
  }
  // A chart holds numbers, days and severities, and never a text of the data.
  for (const [, chart = ''] of bare.matchAll(
    /<pre lang="mermaid"><code>([\s\S]*?)<\/code>|class="language-mermaid">([\s\S]*?)<\/code>/g,
  )) {
    if (/evil|script|click|octocat|href/i.test(chart)) found.push(chart)
  }
  return found
}

export interface ShownTable {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The tables of a page, cell by cell, as HTML. */
export function tablesIn(html: string): ShownTable[] {
  return [...html.matchAll(/<table>([\s\S]*?)<\/table>/g)].map(([, table = '']) => {
    const cells = (row: string): string[] =>
      [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => cell)
    const [heads = [], ...rows] = [...table.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) => cells(row))
    return { heads, rows }
  })
}

// --- CSV and SARIF --------------------------------------------------------------------------------------------------

/** The rows below the header, by a strict parser. */
export function readCsv(text: string): Record<string, string>[] {
  return parse(text, { columns: true, relax_column_count: false, record_delimiter: '\r\n', bom: false }) as Record<
    string,
    string
  >[]
}

const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
// Of draft 4, whose only differences that matter here are its own name and address.
const {
  $schema: _draft,
  id: _id,
  ...schema
} = JSON.parse(readFileSync(new URL('../fixtures/sarif/sarif-schema-2.1.0.json', import.meta.url), 'utf8'))
const valid = ajv.compile(schema)

/** What the OASIS schema of SARIF 2.1.0 has against it. */
export function sarifFaults(sarif: unknown): string[] {
  return valid(sarif) ? [] : (valid.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

// --- a browser ------------------------------------------------------------------------------------------------------

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
export const hasChromium = CHROMIUM !== undefined

export interface Seen {
  /** Calls of `alert`, or anything else that set the mark. */
  readonly executed: boolean
  /** Names of hosts that were asked for something. */
  readonly fetched: readonly string[]
}

/** Opens a page in a real browser in which every host name leads to a listener of ours. */
export async function openInBrowser(html: string): Promise<Seen> {
  const fetched: string[] = []
  // The name stands in plain text in an HTTP request and in a TLS greeting alike.
  const trap = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (bytes) => {
      fetched.push(...(bytes.toString('latin1').match(/[\w.-]*\b(?:evil|octocat)[\w.-]*/g) ?? []))
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  const { port } = trap.address() as AddressInfo
  const folder = mkdtempSync(join(tmpdir(), 'defender-gate-page-'))
  const mark =
    '<script>for (const f of ["alert", "open"]) window[f] = () => document.documentElement.dataset.owned = "yes"</script>'
  writeFileSync(
    join(folder, 'page.html'),
    `<!DOCTYPE html><html><head><meta charset="utf-8">${mark}</head><body>${html}</body></html>`,
  )
  const flags = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
    '--ignore-certificate-errors',
    `--user-data-dir=${join(folder, 'profile')}`,
    `--host-resolver-rules=MAP *:80 127.0.0.1:${port}, MAP *:443 127.0.0.1:${port}`,
    '--virtual-time-budget=3000',
    '--dump-dom',
    `file://${join(folder, 'page.html')}`,
  ]
  try {
    const dom = await new Promise<string>((resolve, reject) => {
      const chunks: Buffer[] = []
      const browser = spawn(CHROMIUM!, flags, { stdio: ['ignore', 'pipe', 'ignore'] })
      const late = setTimeout(() => browser.kill('SIGKILL'), 60_000)
      browser.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      browser.once('error', reject)
      browser.once('close', () => {
        clearTimeout(late)
        resolve(Buffer.concat(chunks).toString('utf8'))
      })
    })
    if (!dom.includes('<html')) throw new Error('the browser showed no page')
    return { executed: /<html[^>]*data-owned/.test(dom), fetched }
  } finally {
    await new Promise((resolve) => trap.close(resolve))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
