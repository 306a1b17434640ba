/** Reads a list that comes in pages, to its end or not at all: a list that was read in part must never look complete. */
import { nextLinkRefused, tooManyPages, unreadable } from '../errors/security-api.ts'
import { type Answer, type ApiCall, type Client, LIST_TIMEOUT_MS } from './client.ts'
import { isObject, type JsonObject } from './json.ts'

/** 100,000 incidents, or 200,000 alerts: far beyond what a gate is for. */
export const MAX_PAGES = 2000

export interface ListCall {
  readonly origin: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Pages of a list that names its next page, in order. */
export async function* linkedPages(client: Client, list: ListCall): AsyncGenerator<readonly JsonObject[]> {
  const seen = new Set([new URL(list.url).href])
  let url = list.url
  for (let page = 1; ; page += 1) {
    const answer = await client.ask(pageCall(list, url))
    yield items(client, answer)
    const next = nextLink(client, answer, list.origin, seen)
    if (next === undefined) return
    if (page >= MAX_PAGES) throw tooManyPages(client.api, MAX_PAGES)
    url = next
  }
}

/**
 * Pages of a list that is read by `$top` and `$skip`; its URL is without `$skip`. Ends with an empty page, as a short one
 * need not be the last: a server may give fewer than `size`, which is what `$top` asks for. A page may name its next page
 * all the same, which is then followed. `key` tells a server that ignores `$skip` and repeats itself: what it gave is the
 * whole list if it was short, and else there is no telling.
 */
export async function* skippedPages(
  client: Client,
  list: ListCall,
  size: number,
  key: (item: JsonObject) => string,
): AsyncGenerator<readonly JsonObject[]> {
  const links = new Set([new URL(list.url).href])
  const keys = new Set<string>()
  let url = list.url
  let skip = 0
  let full = true
  for (let page = 1; ; page += 1) {
    const answer = await client.ask(pageCall(list, url))
    const found = items(client, answer)
    yield found
    const next = nextLink(client, answer, list.origin, links)
    if (next === undefined && found.length === 0) return
    const before = keys.size
    for (const item of found) keys.add(key(item))
    if (found.length > 0 && keys.size === before) {
      if (full || next !== undefined) throw nextLinkRefused(client.api, 'a page came twice')
      return
    }
    full = found.length >= size || next !== undefined
    if (page >= MAX_PAGES) throw tooManyPages(client.api, MAX_PAGES)
    skip += found.length
    url = next ?? `${list.url}&$skip=${skip}`
  }
}

function pageCall(list: ListCall, url: string): ApiCall {
  return {
    method: 'GET',
    url,
    hunting: false,
    timeoutMs: LIST_TIMEOUT_MS,
    ...(list.headers === undefined ? {} : { headers: list.headers }),
  }
}

function items(client: Client, answer: Answer): readonly JsonObject[] {
  const value = answer.body['value']
  if (!Array.isArray(value)) throw unreadable(client.api, 'a list without `value`', answer.requestId)
  if (!value.every(isObject)) throw unreadable(client.api, 'a list with an entry that is no object', answer.requestId)
  return value
}

/** The link as it came, once it is sure that the token may go there. */
function nextLink(client: Client, answer: Answer, origin: string, seen: Set<string>): string | undefined {
  const link = answer.body['@odata.nextLink']
  if (link === undefined || link === null) return undefined
  if (typeof link !== 'string' || !URL.canParse(link)) throw nextLinkRefused(client.api, 'it is no whole URL')
  const url = new URL(link)
  if (url.protocol !== 'https:') throw nextLinkRefused(client.api, 'it is not an https link')
  if (url.origin !== new URL(origin).origin) throw nextLinkRefused(client.api, 'it leads to another host')
  if (url.username !== '' || url.password !== '') throw nextLinkRefused(client.api, 'it carries a user name')
  url.hash = ''
  if (seen.has(url.href)) throw nextLinkRefused(client.api, 'it leads to a page that was already read')
  seen.add(url.href)
  return link
}
