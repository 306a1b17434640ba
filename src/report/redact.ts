/**
 * Takes registered secrets out of text, in every form in which a service or a tool may echo them. The runner masks its own
 * log only, and knows neither base64url, hex, form encoding nor the parts of a token; files and bodies it doesn't mask at all.
 */
import type { PlannedCheck, Run } from '../model.ts'

const MASK = '***'
/** Shorter secrets are taken out where they stand as a word of their own: anywhere else they would ruin every text. */
const SHORTEST = 4
/** Shorter lines and parts of a secret say nothing by themselves. */
const SHORTEST_PART = 9

export interface Redactor {
  /** Registers a secret. Blank text is ignored. */
  protect(secret: string): void
  /** The text with `***` in place of every secret, in whatever form. */
  redact(text: string): string
  /** How many secrets are registered. */
  readonly count: number
}

/** Builds its matcher when it is first needed after a change; a text then costs one pass, however many secrets there are. */
export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  let matcher: ((text: string) => string) | undefined
  return {
    protect: (secret) => {
      if (secret.trim() === '' || secrets.has(secret)) return
      secrets.add(secret)
      matcher = undefined
    },
    redact: (text) => {
      if (secrets.size === 0 || text === '') return text
      matcher ??= buildMatcher([...secrets])
      return matcher(text)
    },
    get count() {
      return secrets.size
    },
  }
}

/**
 * What to register with the runner's mask: the secret, its lines and parts, and the encodings of them that the runner doesn't
 * derive by itself. Header and footer of a PEM are left out: they are no secret, and masking them ruins logs.
 */
export function runnerMasks(secret: string): string[] {
  const masks = new Set<string>()
  for (const part of partsOf(secret)) {
    if (/[\r\n]/.test(part)) continue
    masks.add(part)
    if (part.length < SHORTEST) continue
    for (const form of [...base64Forms(part), ...hexForms(part), ...urlForms(part)]) {
      if (form.length >= 6) masks.add(form)
    }
  }
  return [...masks]
}

/** The secret, its trimmed text, the lines of a text of many (and its body in one line), the parts of a JWT. */
function partsOf(secret: string): string[] {
  const parts = new Set([secret, secret.trim()])
  const lines = secret.split(/[\r\n]+|\\n/).map((line) => line.trim())
  if (lines.length > 1) {
    const body = lines.filter((line) => line !== '' && !line.startsWith('-----'))
    for (const line of body) if (line.length >= SHORTEST_PART) parts.add(line)
    parts.add(body.join(''))
    parts.add(lines.join('\n'))
    parts.add(lines.join('\r\n'))
  }
  if (/^[\w-]+\.[\w-]+\.[\w-]*(\.[\w-]*\.[\w-]*)?$/.test(secret.trim())) {
    for (const part of secret.trim().split('.')) if (part.length >= SHORTEST_PART) parts.add(part)
  }
  parts.delete('')
  return [...parts]
}

// --- forms ----------------------------------------------------------------------------------------------------------

function formsOf(part: string): string[] {
  return [part, ...base64Forms(part), ...hexForms(part), ...urlForms(part), ...textForms(part), utf16(part)]
}

/**
 * The characters of a base64 text that the secret alone decides, for each of the three places in a group of three bytes at
 * which it may begin; and the whole encodings. UTF-16 is how PowerShell encodes its commands.
 */
function base64Forms(part: string): string[] {
  const forms: string[] = []
  for (const bytes of [Buffer.from(part, 'utf8'), Buffer.from(part, 'utf16le')]) {
    const whole = bytes.toString('base64')
    forms.push(whole, whole.replace(/=+$/, ''))
    for (let shift = 0; shift < 3; shift += 1) {
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
      forms.push(shifted.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)))
    }
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(form)])
}

function hexForms(part: string): string[] {
  const hex = Buffer.from(part, 'utf8').toString('hex')
  return [hex, hex.toUpperCase()]
}

/** Percent-encoded as URIs, strictly, as forms and byte by byte, with hex digits of either case. */
function urlForms(part: string): string[] {
  const text = part.toWellFormed()
  const strict = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const bytes = Buffer.from(text, 'utf8').toString('hex').toUpperCase().replace(/../g, '%$&')
  return [encodeURI(text), encodeURIComponent(text), strict, form, strict.replaceAll('%20', '+'), bytes].flatMap(
    (encoded) => [encoded, encoded.replace(/%[0-9A-F]{2}/g, (found) => found.toLowerCase())],
  )
}

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** JSON (plain, of .NET, within JSON), XML and HTML. */
function textForms(part: string): string[] {
  const json = JSON.stringify(part).slice(1, -1)
  const unicode = (text: string, odd: RegExp): string =>
    text.replace(odd, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const ascii = unicode(json, /[^ -~]/g)
  const dotnet = unicode(json.replaceAll('\\"', '\\u0022'), /[^ -~]|[&'+<>`]/g)
  const upper = (text: string): string =>
    text.replace(/\\u[0-9a-f]{4}/g, (found) => `\\u${found.slice(2).toUpperCase()}`)
  const named = part.replace(/[&<>"']/g, (found) => NAMED[found]!)
  return [
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    ascii,
    upper(ascii),
    dotnet,
    upper(dotnet),
    named,
    part.replace(/[&<>]/g, (found) => NAMED[found]!),
    part.replace(/[&<>"]/g, (found) => NAMED[found]!),
    named.replaceAll('&apos;', '&#39;'),
    named.replaceAll('&apos;', '&#x27;'),
    named.replaceAll('&apos;', '&#039;'),
    named.replaceAll('&apos;', '&#39;').replaceAll('&quot;', '&#34;'),
  ]
}

/** UTF-16 that was read as a text of single bytes. */
function utf16(part: string): string {
  return Buffer.from(part, 'utf16le').toString('latin1')
}

// --- matching -------------------------------------------------------------------------------------------------------

/**
 * One pass over the text: a table tells by the next four characters whether a form may begin here. Matches that overlap or
 * touch become one `***`, so that no rest of one secret stays behind another.
 */
function buildMatcher(secrets: readonly string[]): (text: string) => string {
  const parts = secrets.flatMap((secret) => partsOf(secret))
  const words = [...new Set(parts.filter((part) => part.length < SHORTEST))]
  const forms = new Set(parts.filter((part) => part.length >= SHORTEST).flatMap((part) => formsOf(part)))
  const buckets = new Map<number, string[]>()
  const mayBegin = new Uint8Array(0x10000)
  for (const form of [...forms].sort((a, b) => b.length - a.length)) {
    if (form.length < SHORTEST) continue
    const slot = slotAtStart(form)
    mayBegin[slot] = 1
    buckets.set(slot, [...(buckets.get(slot) ?? []), form])
  }
  const word = wordPattern(words)

  return (text) => {
    let result = ''
    let kept = 0
    let start = -1
    let end = -1
    let mix = 0
    for (let last = 0; last < text.length; last += 1) {
      mix = mixIn(mix, text.charCodeAt(last))
      const slot = slotOf(mix)
      if (mayBegin[slot] === 0) continue
      const at = last + 1 - SHORTEST
      if (at < 0) continue
      const form = buckets.get(slot)?.find((candidate) => text.startsWith(candidate, at))
      if (form === undefined) continue
      if (at > end) {
        if (end >= 0) {
          result += text.slice(kept, start) + MASK
          kept = end
        }
        start = at
      }
      end = Math.max(end, at + form.length)
    }
    if (end >= 0) {
      result += text.slice(kept, start) + MASK
      kept = end
    }
    const masked = kept === 0 ? text : result + text.slice(kept)
    return word === undefined ? masked : masked.replace(word, MASK)
  }
}

/** The slot of the four characters up to here, from the mix of those before: a mix holds the low bytes of the last four. */
function mixIn(mix: number, unit: number): number {
  return (mix << 8) ^ unit
}

function slotOf(mix: number): number {
  return Math.imul(mix, 0x9e3779b1) >>> 16
}

function slotAtStart(form: string): number {
  let mix = 0
  for (let at = 0; at < SHORTEST; at += 1) mix = mixIn(mix, form.charCodeAt(at))
  return slotOf(mix)
}

function wordPattern(words: readonly string[]): RegExp | undefined {
  if (words.length === 0) return undefined
  const any = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${any})(?![\\p{L}\\p{N}_])`, 'gu')
}

// --- the seal -------------------------------------------------------------------------------------------------------

type Redact = (text: string) => string

/**
 * The run without any secret in it, which is what every report is made from: redacting values before they are escaped, cut
 * and joined finds what a redaction of finished files would miss, and leaves JSON, SARIF and CSV valid. Fingerprints, times,
 * states and tenant ids are ours or public, and stay. What holds no secret is not copied.
 */
export function redactRun(run: Run, redact: Redact): Run {
  return {
    ...run,
    notes: clean(run.notes, redact),
    inputErrors: clean(run.inputErrors, redact),
    checks: run.checks.map((result) => ({
      ...result,
      check: {
        ...result.check,
        id: redact(result.check.id),
        parentId: redact(result.check.parentId),
        title: redact(result.check.title),
        ask: cleanAsk(result.check.ask, redact),
      },
      tenant: { ...result.tenant, label: redact(result.tenant.label) },
      error: clean(result.error, redact),
      reason: redact(result.reason),
      columns: clean(result.columns, redact),
      notes: clean(result.notes, redact),
      portalUrl: linkOf(result, redact),
      findings: result.findings.map((finding) => ({
        ...finding,
        title: redact(finding.title),
        url: finding.url === undefined ? undefined : redact(finding.url),
        data: clean(finding.data, redact),
        ...(finding.suppression === undefined ? {} : { suppression: clean(finding.suppression, redact) }),
      })),
    })),
  }
}

function cleanAsk(ask: PlannedCheck['ask'], redact: Redact): PlannedCheck['ask'] {
  if (!('query' in ask)) return ask
  return { ...ask, query: { ...clean(ask.query, redact), severity: ask.query.severity } }
}

/** The portal link carries the query packed, where no redactor can see it: a query with a secret in it gets no link. */
function linkOf(result: Run['checks'][number], redact: Redact): string | undefined {
  const { ask } = result.check
  if (result.portalUrl === undefined || !('query' in ask) || redact(ask.query.text) !== ask.query.text) return undefined
  return redact(result.portalUrl)
}

/** The same value with every text in it redacted, keys included; the very same object where nothing had to change. */
function clean<T>(value: T, redact: Redact): T {
  return cleaned(value, redact) as T
}

function cleaned(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value)
    return redact(text) === text ? value : MASK
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => cleaned(item, redact))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  if (typeof value !== 'object' || value === null) return value
  let changed = false
  const taken = new Set<string>()
  const entries = Object.entries(value).map(([key, item]) => {
    let name = redact(key)
    while (taken.has(name)) name += '*'
    taken.add(name)
    const next = cleaned(item, redact)
    changed ||= name !== key || next !== item
    return [name, next] as const
  })
  return changed ? Object.fromEntries(entries) : value
}
