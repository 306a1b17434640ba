/** Query options of a list: what the service takes, and its limits. */
import { createHash } from 'node:crypto'

/** The message of the 400; `code` is empty where the service's own is. */
export class OptionError extends Error {
  readonly code: string
  constructor(message: string, code = 'BadRequest') {
    super(message)
    this.code = code
  }
}

export interface Limits {
  readonly maxTop: number
  readonly maxSkip: number
  readonly allowed: readonly string[]
  /** Members that `$select` may name. */
  readonly members: ReadonlySet<string>
  readonly type: string
}

export interface ListOptions {
  readonly filter: string | undefined
  readonly top: number | undefined
  /** Where the page begins. */
  readonly offset: number
  readonly count: boolean
  readonly select: readonly string[] | undefined
  readonly expand: readonly string[]
  readonly orderby: string | undefined
  /** First page: neither `$skip` nor `$skiptoken`. */
  readonly isFirst: boolean
  /** The address of the next page, from the place where it begins. */
  nextLink(base: string, offset: number): string
}

export function readOptions(query: URLSearchParams, limits: Limits): ListOptions {
  const seen = new Set<string>()
  for (const name of query.keys()) {
    if (!limits.allowed.includes(name)) throw new OptionError(`The query parameter '${name}' is not supported.`)
    if (seen.has(name)) {
      throw new OptionError(
        `Query option '${name}' was specified more than once, but it must be specified at most once.`,
      )
    }
    seen.add(name)
  }
  const list = (name: string) =>
    query
      .get(name)
      ?.split(',')
      .map((part) => part.trim())
  const top = whole(query, '$top', limits.maxTop)
  const skip = whole(query, '$skip', limits.maxSkip)
  const select = list('$select')
  for (const member of select ?? []) {
    if (!limits.members.has(member)) {
      throw new OptionError(`Could not find a property named '${member}' on type '${limits.type}'.`)
    }
  }
  const countText = query.get('$count') ?? 'false'
  if (!/^(?:true|false)$/i.test(countText))
    throw new OptionError(`Invalid value '${countText}' for $count query option found.`)
  const filter = query.get('$filter') ?? undefined
  if (filter?.trim() === '') throw new OptionError('The value for OData query $filter cannot be empty.')
  const others = [...query].filter(([name]) => name !== '$skip' && name !== '$skiptoken')
  return {
    filter,
    top,
    offset: fromToken(query.get('$skiptoken'), others) ?? skip ?? 0,
    count: countText.toLowerCase() === 'true',
    select,
    expand: list('$expand') ?? [],
    orderby: query.get('$orderby') ?? undefined,
    isFirst: !seen.has('$skip') && !seen.has('$skiptoken'),
    nextLink(base, offset) {
      const token = Buffer.from(JSON.stringify({ o: offset, q: digest(others) })).toString('base64url')
      const parts = [...others, ['$skiptoken', token] as const]
      return `${base}?${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
    },
  }
}

function whole(query: URLSearchParams, name: string, limit: number): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^\d{1,9}$/.test(text)) {
    throw new OptionError(
      `Invalid value '${text}' for ${name} query option found. The ${name} query option requires a non-negative integer value.`,
    )
  }
  if (Number(text) > limit) {
    const option = name === '$top' ? 'Top' : 'Skip'
    const message = `The query specified in the URI is not valid. The limit of '${limit}' for ${option} query has been exceeded. The value from the incoming request is '${text}'.`
    throw new OptionError(message, '')
  }
  return Number(text)
}

/** A skip token belongs to the query that it was given for. */
function fromToken(text: string | null, others: readonly (readonly [string, string])[]): number | undefined {
  if (text === null) return undefined
  try {
    const { o, q } = JSON.parse(Buffer.from(text, 'base64url').toString()) as { o: unknown; q: unknown }
    if (typeof o === 'number' && q === digest(others)) return o
  } catch {
    // Falls through: a token that can't be read is refused like one of another query.
  }
  throw new OptionError("Invalid value for the query option '$skiptoken'. Use the '@odata.nextLink' as it was given.")
}

function digest(others: readonly (readonly [string, string])[]): string {
  return createHash('sha256').update(JSON.stringify(others)).digest('base64url').slice(0, 12)
}
