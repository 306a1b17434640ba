/**
 * Looks for secrets in text, in every form in which a service, a shell or a tool may write them. It shares no code with the
 * product's redactor, which it judges.
 */

/**
 * Twenty characters in a row of a form are a leak, also where the rest of it was cut off: such a run holds one of the
 * pieces of 14 characters that begin at every seventh character.
 */
const PIECE = 14
const STEP = 7

/** What is looked for in place of a secret that has parts: those parts. Frames that are the same for everyone are left out. */
export function parts(secret: string): string[] {
  // The header of a token is the same in every token of its issuer, and says nothing.
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(secret)) return secret.split('.').slice(1)
  return secret.split('\n').filter((line) => line !== '' && !line.startsWith('-----'))
}

/** Every form of one text. */
export function forms(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8')
  const found = [text, bytes.toString('hex'), bytes.toString('hex').toUpperCase()]
  for (const before of ['', 'x', 'xy']) {
    // The bytes before and after decide over the characters at both ends: those are left off.
    const encoded = Buffer.concat([Buffer.from(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const own = encoded.slice(
      Math.ceil((before.length * 4) / 3),
      encoded.length - ((before.length + bytes.length) % 3 === 0 ? 0 : 1),
    )
    found.push(own, own.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(own))
  }
  const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  const strict = encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  found.push(
    encodeURIComponent(text),
    strict,
    strict.replace(/%../g, (found) => found.toLowerCase()),
    encodeURI(text),
    percent,
    percent.toUpperCase(),
  )
  found.push(new URLSearchParams({ a: text }).toString().slice(2))
  const json = JSON.stringify(text).slice(1, -1)
  const dotnet = json
    .replaceAll('\\"', '"')
    .replace(/[+&<>'"`]/g, (c) => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)
  found.push(json, JSON.stringify(json).slice(1, -1), json.replaceAll('/', '\\/'), dotnet)
  const xml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  found.push(
    xml,
    xml.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    xml.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  )
  found.push(xml.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'))
  return [...new Set(found)].filter((form) => form.length >= 6)
}

/** A detector for many texts. */
export class LeakDetector {
  readonly #pieces = new Map<string, string>()
  readonly #short = new Map<string, string>()
  readonly #all: readonly LeakDetector[]

  /**
   * `secrets`: by the name that a hit is told by.
   * @param more looks for its own at the same time
   */
  constructor(secrets: Readonly<Record<string, string>>, more?: LeakDetector) {
    this.#all = more === undefined ? [this] : [this, ...more.#all]
    for (const [name, secret] of Object.entries(secrets)) {
      for (const part of parts(secret)) for (const form of forms(part)) this.#learn(name, form)
    }
  }

  #learn(name: string, form: string): void {
    if (form.length < PIECE) this.#short.set(form, name)
    for (let at = 0; at + PIECE <= form.length; at += STEP) this.#pieces.set(form.slice(at, at + PIECE), name)
  }

  /** `name in where: what`, once for each secret and place. */
  find(where: Readonly<Record<string, string>>): string[] {
    const hits = new Map<string, string>()
    const note = (name: string, place: string, what: string): void => {
      const key = `${name} in ${place}`
      if (!hits.has(key)) hits.set(key, `${key}: ${what}`)
    }
    const short = this.#all.flatMap((one) => [...one.#short])
    const pieces = this.#all.map((one) => one.#pieces)
    for (const [place, text] of Object.entries(where)) {
      for (const [form, name] of short) if (text.includes(form)) note(name, place, form)
      for (let at = 0; at + PIECE <= text.length; at += 1) {
        const piece = text.slice(at, at + PIECE)
        for (const known of pieces) {
          const name = known.get(piece)
          if (name !== undefined) note(name, place, text.slice(Math.max(0, at - 20), at + 60))
        }
      }
    }
    return [...hits.values()]
  }
}
