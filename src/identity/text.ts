/** Text from outside made fit for one sentence. Escaping for a sink is the report's work; this keeps it short and on one line. */

/** One line, no control or direction characters, at most `max` UTF-16 units. */
export function plain(value: string, max = 300): string {
  const line = value
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Cs}/gu, '�')
    .trim()
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/**
 * Whether an answer says of itself that it is something other than JSON. Sign-in pages and proxies do; one that says
 * nothing is judged by its content.
 */
export function saysNotJson(headers: Readonly<Record<string, string>>): boolean {
  const type = headers['content-type']?.trim() ?? ''
  return type !== '' && !/^(?:application|text)\/(?:[\w.+-]+\+)?json\b/i.test(type)
}

/** What an answer is, without showing any of it. `instead` goes on with "JSON that is …", for JSON of another content. */
export function kindOfAnswer(
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer },
  instead: string,
): string {
  const text = body.toString('utf8').trim()
  if (text === '') return 'an empty answer'
  if (text.startsWith('<')) return 'an HTML page'
  try {
    JSON.parse(text)
  } catch {
    return 'an answer that is no JSON,'
  }
  return saysNotJson(headers) ? 'an answer whose content type is not JSON,' : `JSON that is ${instead}`
}

/** The host of an origin, with its port; the text itself where it is no URL. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host || plain(url, 100)
}

/** A list for people: "A", "A and B", "A, B and C". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** One word of a POSIX shell's command line, whatever it holds: people paste what we print. */
export function shellWord(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}
