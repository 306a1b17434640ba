/** What the routes of all three origins share. */
import type { IncomingHttpHeaders } from 'node:http'
import type { IssueStore } from '../github/issues-store.ts'
import type { FullScenario, TenantScenario } from '../scenario.ts'

export type Origin = 'login' | 'api' | 'github'

/** A token that the emulator gave out, by its value: also opaque ones can be checked. */
export interface GivenToken {
  readonly audience: string
  readonly tenant: string
  readonly clientId: string
  readonly roles: readonly string[]
  readonly expiresAt: number
}

export interface World {
  scenario: FullScenario
  /** The cloud's clock. */
  now(): Date
  /** Base origins, `https://localhost:PORT`. */
  readonly urls: Record<Origin, string>
  /** Every token value given out. */
  readonly issued: string[]
  readonly tokens: Map<string, GivenToken>
  readonly oidcRequestToken: string
  /** When the scenario began: what its relative times are relative to. */
  since: Date
  /** Counts that a scenario's `changes`, `times` and quotas go by; emptied when the scenario is replaced. */
  counters: Map<string, number>
  /** Start times of hunting calls by tenant, for the quota. */
  huntingCalls: Map<string, number[]>
  /** Issues and pull requests of the repository. */
  readonly issues: IssueStore
}

/** The next value of a counter, from 0. */
export function count(world: World, name: string): number {
  const value = world.counters.get(name) ?? 0
  world.counters.set(name, value + 1)
  return value
}

/** A tenant by its id or one of its domains. */
export function findTenant(world: World, name: string): TenantScenario | undefined {
  const wanted = name.toLowerCase()
  return world.scenario.tenants.find(
    (tenant) => tenant.id === wanted || tenant.domains.some((domain) => domain.toLowerCase() === wanted),
  )
}

export interface Call {
  /** The id that the answer carries as `request-id`, and Entra as trace id. */
  readonly id: string
  readonly origin: Origin
  readonly method: string
  readonly path: string
  /** The query as it was sent, without `?`. */
  readonly search: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Named groups of the route's path, decoded. */
  readonly params: Record<string, string>
}

export interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
  /** For records: lets a fault change the answer before it is written. */
  readonly json?: unknown
}

/** One row of the routing table. To add an endpoint, add a row to one of the lists in `emulator.ts`. */
export interface Route {
  readonly origin: Origin
  readonly method: string
  /** Matched against the whole path; named groups become `params`. */
  readonly path: RegExp
  /** The name that faults and recorded requests go by. */
  readonly name: string
  /** The tenant that a call is about. */
  tenant?(call: Call, world: World): string | undefined
  handle(call: Call, world: World): Reply | Promise<Reply>
}

/** Thrown by a handler to answer with an error. */
export class Refusal extends Error {
  readonly reply: Reply
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`)
    this.reply = reply
  }
}

export function jsonReply(status: number, json: unknown, headers: Record<string, string> = {}): Reply {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(json), json }
}
