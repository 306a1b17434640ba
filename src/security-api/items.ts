/** What Graph and the older API have in common when a record becomes a `SecurityItem`. Every text in it is hostile. */
import { unreadable, wrongTenant } from '../errors/security-api.ts'
import { type Json, SEVERITIES, type SecurityItem, type Severity, type Tenant } from '../model.ts'
import type { Client } from './client.ts'
import type { JsonObject } from './json.ts'

export const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The text, or `undefined` for anything else and for an empty one. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The strings of a list; anything else in it is left out. */
export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string' && entry !== '') : []
}

/** An id is a text or, in the older API, a number. */
export function idOf(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : text(value)
}

/** The id of a record; without one neither pages nor fingerprints can be trusted. */
export function requiredId(client: Client, value: unknown): string {
  const id = idOf(value)
  if (id === undefined) throw unreadable(client.api, 'a record without an id', undefined)
  return id
}

/** `UnSpecified` and whatever a newer service may send are `unknown`, which always counts. */
export function severityOf(value: unknown): Severity {
  const name = text(value)?.trim().toLowerCase()
  return SEVERITIES.find((severity) => severity === name) ?? 'unknown'
}

/** Lower case, `unknown` where there is none. A spelling in several words is the same noun as in one. */
export function nounOf(value: unknown): string {
  return (
    text(value)
      ?.toLowerCase()
      .replace(/[\s_-]+/g, '') || 'unknown'
  )
}

/** `InProgress` as Graph writes it: `inProgress`. */
export function camel(value: unknown): string | undefined {
  const name = text(value)
  return name === undefined ? undefined : name.charAt(0).toLowerCase() + name.slice(1)
}

/** Older and withdrawn spellings of determinations, by lower-case name (Microsoft's own pages disagree). */
const DETERMINATIONS: Readonly<Record<string, string>> = {
  notavailable: 'unknown',
  compromiseduser: 'compromisedAccount',
  clean: 'notMalicious',
  insufficientdata: 'notEnoughDataToValidate',
  noenoughdatatovalidate: 'notEnoughDataToValidate',
  confirmeduseractivity: 'confirmedActivity',
}

export function determinationOf(value: unknown): string | undefined {
  const name = nounOf(value)
  return Object.hasOwn(DETERMINATIONS, name) ? DETERMINATIONS[name] : camel(value)
}

/** The URL if it is one that may be shown: `https:`, without a user name in it. */
export function httpsUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const url = new URL(value)
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined
}

/** The facts that are there, in the order given. */
export function facts(values: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  const kept: Record<string, Json> = {}
  for (const [name, value] of Object.entries(values)) {
    if (isFact(value)) kept[name] = value
  }
  return kept
}

function isFact(value: unknown): value is Json {
  if (typeof value === 'string') return value !== ''
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.length > 0 && value.every((entry) => typeof entry === 'string')
  return typeof value === 'boolean' || typeof value === 'bigint'
}

/** Tags of both kinds, each once. */
export function union(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())]
}

/**
 * Collects items by id. A list that changes while it is read may hold a record twice: the one that was changed last
 * stays, and of equally old ones that which came last.
 */
export class Collection {
  readonly #items = new Map<string, { item: SecurityItem; changed: number }>()

  add(item: SecurityItem, changedAt: unknown): void {
    const changed = Date.parse(text(changedAt) ?? '') || 0
    const known = this.#items.get(item.id)
    if (known === undefined || changed >= known.changed) this.#items.set(item.id, { item, changed })
  }

  items(): readonly SecurityItem[] {
    return [...this.#items.values()].map(({ item }) => item)
  }
}

/** The tenant id that records have to name: the one asked for if it is a GUID, else the token's. */
export async function expectedTenant(client: Client, tenant: Tenant): Promise<string | undefined> {
  return GUID.test(tenant.id) ? tenant.id.toLowerCase() : client.tokenTenant()
}

/** The tenant id that a record names, in lower case. A record of another tenant is an error, not a finding. */
export function recordTenant(client: Client, record: JsonObject, expected: string | undefined): string | undefined {
  const named = text(record['tenantId'])?.toLowerCase()
  if (named !== undefined && expected !== undefined && named !== expected) {
    throw wrongTenant(client.api, expected, GUID.test(named) ? named : 'with an unreadable id')
  }
  return named
}
