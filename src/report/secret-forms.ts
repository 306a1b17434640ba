/** The forms in which a service, a shell or a tool may echo a secret, and the parts of it that are secrets by themselves. */

/** Shorter secrets are taken out where they stand as a word of their own: anywhere else they would ruin every text. */
export const SHORTEST = 4
/** Shorter lines and parts of a secret say nothing by themselves. */
const SHORTEST_PART = 9

/**
 * What to register with the runner's mask: the secret, its lines and parts, and the encodings of them that the runner doesn't
 * derive by itself. Header and footer of a PEM and secrets of less than four characters are left out: masking them ruins logs.
 */
export function runnerMasks(secret: string): string[] {
  const masks = new Set<string>()
  for (const part of partsOf(secret)) {
    if (part.length < SHORTEST || /[\r\n]/.test(part)) continue
    masks.add(part)
    for (const form of encodings(part)) if (form.length >= 6) masks.add(form)
  }
  return [...masks]
}

/** The secret, its trimmed text, the lines of a text of many (and its body in one line), the parts of a JWT. */
export function partsOf(secret: string): string[] {
  const parts = new Set([secret, secret.trim()])
  const lines = secret.split(/[\r\n]+|\\n/).map((line) => line.trim())
  if (lines.length > 1) {
    const body = lines.filter((line) => line !== '' && !line.startsWith('-----'))
    for (const line of body) if (line.length >= SHORTEST_PART) parts.add(line)
    parts.add(body.join(''))
    parts.add(lines.join('\n'))
    parts.add(lines.join('\r\n'))
  }
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*(\.[\w-]*\.[\w-]*)?$/.test(secret.trim())) {
    for (const part of secret.trim().split('.')) if (part.length >= SHORTEST_PART) parts.add(part)
  }
  parts.delete('')
  return [...parts]
}

// --- forms ----------------------------------------------------------------------------------------------------------

/** Every form of one part. */
export function formsOf(part: string): string[] {
  return [part, ...encodings(part), ...textForms(part), utf16(part)]
}

/** The parts of the last secrets: each is asked for by the runner's mask and by our own. */
const encoded = new Map<string, readonly string[]>()

function encodings(part: string): readonly string[] {
  const known = encoded.get(part)
  if (known !== undefined) return known
  const made = [...base64Forms(part), ...hexForms(part), ...urlForms(part)]
  if (encoded.size >= 64) encoded.clear()
  encoded.set(part, made)
  return made
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
  const escaped = [json, json.replaceAll('/', '\\/'), ascii, upper(ascii), dotnet, upper(dotnet)]
  const named = part.replace(/[&<>"']/g, (found) => NAMED[found]!)
  return [
    ...escaped,
    ...escaped.map((form) => JSON.stringify(form).slice(1, -1)),
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
