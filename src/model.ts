/**
 * The nouns of the gate and the interfaces between its rooms. No logic and no imports from a room: every room may read
 * this file, so it stays the ground that all of them stand on.
 */
import type { GateError } from './errors.ts'

// --- values ---------------------------------------------------------------------------------------------------------

/** A JSON value; integers beyond 2^53 are `bigint`, so that they stay exact. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json }

/** Severities from lowest to highest. `unknown` ranks lowest in order, but always counts: it never passes silently. */
export const SEVERITIES = ['unknown', 'informational', 'low', 'medium', 'high'] as const
export type Severity = (typeof SEVERITIES)[number]
/** The severities that a user may ask for. */
export type KnownSeverity = Exclude<Severity, 'unknown'>

export type CheckKind = 'incidents' | 'alerts' | 'hunting'
export type CheckState = 'clear' | 'findings' | 'error'
export type Verdict = 'passed' | 'failed' | 'error'
export type FindingStatus = 'new' | 'known' | 'suppressed'
export type Mode = 'enforce' | 'report'
export type OnError = 'fail' | 'warn'
export type Details = 'full' | 'counts'
export type CloudName = 'public' | 'gcc' | 'gcc-high' | 'dod'
export type ApiName = 'graph' | 'defender-xdr'

/** A tenant to check. `id` is a GUID or a verified domain, in lower case; `label` is what people see. */
export interface Tenant {
  readonly id: string
  readonly label: string
}

// --- what is asked --------------------------------------------------------------------------------------------------

/** How many findings are allowed, and what a result does to the step. */
export interface Policy {
  /** More than this many findings fail the check; `undefined` is no limit. */
  readonly maxFindings: number | undefined
  /** Fewer than this many findings fail the check. */
  readonly minFindings: number
  readonly mode: Mode
  readonly onError: OnError
}

/** Which incidents or alerts count. Names are in lower case; comparison is without regard to case. */
export interface ListQuestion {
  readonly kind: 'incidents' | 'alerts'
  /** States that count as open, in lower case. A state that is not one of the known ones is open too. */
  readonly status: readonly string[]
  readonly minSeverity: KnownSeverity
  /** Only those created within this many milliseconds before now. */
  readonly createdWithinMs: number | undefined
  /** Incidents only: at least one of these custom or system tags, in lower case; empty means any. */
  readonly tags: readonly string[]
  /** Classifications that don't count, in lower case. */
  readonly ignoreClassification: readonly string[]
}

/** Where the text of a hunting query comes from. */
export type QuerySource =
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'globs'; readonly patterns: readonly string[] }

export interface HuntingQuestion {
  readonly kind: 'hunting'
  readonly source: QuerySource
  /** Look-back as an ISO 8601 duration, sent as `Timespan`; `undefined` for the older API, which has none. */
  readonly timespan: string | undefined
  /** Severity of rows whose query file names none. */
  readonly severity: KnownSeverity
  /** Columns that identify a finding; `undefined` is the default key. */
  readonly key: readonly string[] | undefined
}

export type Question = ListQuestion | HuntingQuestion

/** A check as the settings give it; a hunting check over `globs` becomes one planned check a file. */
export interface CheckSettings {
  readonly id: string
  /** The check comes from the inputs: its files are named by their path alone, without the id of the check. */
  readonly byInputs: boolean
  readonly title: string | undefined
  readonly policy: Policy
  readonly question: Question
}

/** A query that is ready to be sent, with what its file says about itself. */
export interface Query {
  /** The KQL exactly as it is sent. */
  readonly text: string
  readonly timespan: string | undefined
  readonly severity: KnownSeverity
  readonly key: readonly string[] | undefined
  /** The key was read from the query file, not wished for by a setting: a result without these columns is no error. */
  readonly keyFromFile?: boolean
  /** Path relative to the workspace with `/`, and the 1-based line on which the query starts. */
  readonly file: { readonly path: string; readonly line: number } | undefined
  readonly description: string | undefined
  readonly tactics: readonly string[]
  readonly techniques: readonly string[]
}

/** One check to run against one tenant. */
export interface PlannedCheck {
  /** Id shown in reports: the check's id, with `/<file path>` for a check from `queries`. */
  readonly id: string
  /** Id of the entry in the config file that this comes from (suppressions of it cover its files). */
  readonly parentId: string
  readonly title: string
  readonly policy: Policy
  readonly ask:
    | { readonly kind: 'incidents' | 'alerts'; readonly question: ListQuestion }
    | { readonly kind: 'hunting'; readonly query: Query }
    /** It can't be asked at all (no file matched, no query in the file): the check is an error. */
    | { readonly kind: 'hunting'; readonly problem: GateError; readonly file: string | undefined }
}

// --- what is answered -----------------------------------------------------------------------------------------------

/** An incident or alert as the gate sees it, whichever API it came from. Every text in it was written by others. */
export interface SecurityItem {
  readonly id: string
  readonly title: string
  /** Lower-case state; a state that this version doesn't know is kept as it came, in lower case. */
  readonly status: string
  readonly severity: Severity
  /** Lower-case classification, `unknown` where there is none. */
  readonly classification: string
  readonly createdAt: string
  readonly tags: readonly string[]
  /** Portal page, `https:` only. */
  readonly url: string | undefined
  /** Tenant id that the record names, in lower case. */
  readonly tenantId: string | undefined
  /** The facts that reports show. */
  readonly data: Readonly<Record<string, Json>>
}

export interface Column {
  readonly name: string
  /** Type name as the service wrote it, in lower case: `string`, `datetime`, `int64`, `sbyte`, … An open set. */
  readonly type: string
}

export type Row = Readonly<Record<string, Json>>

/** What takes values one by one, as an array does. */
export interface Sink<T> {
  push(value: T): unknown
}

export interface HuntingResult<Rows = readonly Row[]> {
  /** There is at least one where there are rows. */
  readonly columns: readonly Column[]
  readonly rows: Rows
  /** The service cuts off silently at its row limit; true when the answer has that many rows. */
  readonly truncated: boolean
}

/** What one tenant answers. Filters are a hint: an implementation may answer more than was asked, never less. */
export interface SecurityApi {
  incidents(question: ListQuestion, now: Date): Promise<readonly SecurityItem[]>
  alerts(question: ListQuestion, now: Date): Promise<readonly SecurityItem[]>
  /**
   * Runs one query. `open` is called once the columns are known, and gives what takes the rows, in order, while the answer
   * arrives. It is called again when the answer has to be fetched again: what was taken before is void then.
   */
  hunt<Rows extends Sink<Row>>(
    query: string,
    timespan: string | undefined,
    open: (columns: readonly Column[]) => Rows,
  ): Promise<HuntingResult<Rows>>
}

/** What a check found, before anything is judged: the key identifies a finding within check and tenant. */
export interface RawFinding {
  readonly key: readonly Json[]
  readonly severity: Severity
  readonly title: string
  readonly url: string | undefined
  /** ISO time of creation or event, for the charts; absent where the row has none. */
  readonly at: string | undefined
  readonly data: Row
}

export interface Answer<Findings = readonly RawFinding[]> {
  readonly findings: Findings
  /** The result was cut off: there may be more findings than these. */
  readonly truncated: boolean
  /** Columns of a hunting result, in order; empty for incidents and alerts. */
  readonly columns: readonly string[]
  /** What the reader should know that is no error (a warning line each). */
  readonly notes: readonly string[]
}

// --- what is judged -------------------------------------------------------------------------------------------------

/** Findings in order: an array, or with `details: counts` a list that holds little more than a fingerprint of each. */
export interface Findings extends Iterable<Finding> {
  readonly length: number
}

export interface Finding {
  /** SHA-256 in hex over check id, tenant id and key values. */
  readonly fingerprint: string
  readonly severity: Severity
  readonly title: string
  readonly url: string | undefined
  readonly at: string | undefined
  readonly status: FindingStatus
  readonly data: Row
  /** What holds it, where `status` is `suppressed`. */
  readonly suppression?: Suppression | undefined
}

/** An error as reports show it. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly hint: string
  /** Place in a file of the workspace, where the error has one. */
  readonly place?: GateError['place']
}

export interface Suppression {
  readonly check: string
  readonly where: Readonly<Record<string, string>>
  readonly reason: string
  readonly owner?: string | undefined
  /** `YYYY-MM-DD`; holds to the end of that day, UTC. */
  readonly expires: string
}

/** Accepted fingerprints by check id. */
export type Baseline = ReadonlyMap<string, ReadonlySet<string>>

export interface Counts {
  readonly findings: number
  readonly known: number
  readonly suppressed: number
}

/** The result of one check against one tenant. */
export interface CheckResult {
  readonly check: PlannedCheck
  readonly tenant: Tenant
  readonly state: CheckState
  readonly counts: Counts
  readonly findings: Findings
  readonly error: Problem | undefined
  /** One plain sentence that says why the state is what it is, with the limit in it. Contains no API text. */
  readonly reason: string
  readonly columns: readonly string[]
  readonly notes: readonly string[]
  /** Hunting: link that opens this query in the portal, where one can be made. */
  readonly portalUrl: string | undefined
  readonly durationMs: number
}

/** Everything that a report needs. Times are ISO 8601 in UTC. */
export interface Run {
  readonly verdict: Verdict
  /** The step's own outcome: what `mode` and `on-error` make of the verdict. */
  readonly stepFails: boolean
  readonly startedAt: string
  readonly finishedAt: string
  readonly checks: readonly CheckResult[]
  readonly totals: Counts & { readonly errors: number; readonly highestSeverity: Severity | undefined }
  readonly details: Details
  /** Run-wide warnings: expired or unused suppressions, details in a public repository, … */
  readonly notes: readonly string[]
  /** Rounds of waiting that led here; 1 when the gate did not wait. */
  readonly rounds: number
  /** The inputs ask the one check: there is no config file. */
  readonly byInputs?: boolean
  /** What is wrong with the settings, so that nothing could be asked; else empty. */
  readonly inputErrors: readonly Problem[]
}

// --- the world, as parameters ---------------------------------------------------------------------------------------

export interface Clock {
  now(): Date
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The pace of one tenant: waited for before every attempt, told of every throttling answer. */
export interface Pace {
  turn(signal?: AbortSignal): Promise<void>
  /** The service asked to wait this long: nothing of this tenant starts before. */
  slowDown(ms: number): void
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Time for one attempt in all, in milliseconds; the transport's default where it is left out. */
  readonly timeoutMs?: number
  readonly pace?: Pace
  readonly signal?: AbortSignal
  /** Tells an answer that the caller deals with itself (a quota told in the body): it comes back without a retry. */
  readonly handsBack?: (answer: Pick<HttpResponse, 'status' | 'headers' | 'body'>) => boolean
  /**
   * Asked at the head of each answer. What it gives takes the body piece by piece as it arrives, and `body` stays empty;
   * without it the body comes whole. The pieces of an attempt that breaks are void: the next one asks again.
   */
  readonly takes?: (head: Pick<HttpResponse, 'status' | 'headers'>) => Sink<Buffer> | undefined
  /**
   * `false` where sending it twice would do it twice: it is sent again only when the server surely did not take it (no
   * connection, 429, 503), and everything else comes back for the caller to find out what became of it.
   */
  readonly idempotent?: boolean
  /** At most this many tries, where some of the five are used up already: a 401 with the old token, a quota. */
  readonly maxAttempts?: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** How often the request was sent, from 1. */
  readonly attempts: number
  /** When the answer names a time to come back that is too far away to wait for. */
  readonly retryAfterMs: number | undefined
}

/**
 * Sends a request, at most five times. Answers that are not worth a retry, or are so for the fifth time, come back as
 * they are; a connection that can't be made or breaks is a `GateError`. Redirects are never followed.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>
}

/** A token that never leaves memory, with what could be read from it (best effort: it may be opaque). */
export interface AccessToken {
  readonly value: string
  readonly tenantId: string | undefined
  /** Application permissions; `undefined` where the token names none or can't be read. */
  readonly roles: readonly string[] | undefined
}

/** Tokens for one tenant. One request however many checks ask; `renew` gets a new one in place of `stale`. */
export interface TokenSource {
  token(): Promise<AccessToken>
  renew(stale: AccessToken): Promise<AccessToken>
}

/** The files of the workspace. Paths are absolute or relative to the workspace. */
export interface Files {
  readText(path: string): Promise<string>
  /** Writes the whole file, making its folders. */
  write(path: string, content: string): Promise<void>
  append(path: string, content: string): Promise<void>
  /** Removes a file; one that is not there is no error. */
  remove(path: string): Promise<void>
  exists(path: string): Promise<boolean>
  /** The path with symbolic links resolved (of the nearest existing parent where it doesn't exist yet). */
  realPath(path: string): Promise<string>
  size(path: string): Promise<number>
  /** Paths of regular files that match any pattern and none of the `!` patterns, relative to the workspace, with `/`, sorted. */
  glob(patterns: readonly string[]): Promise<readonly string[]>
}

/** Raw output of the process: lines go to the log as they are, so only `report/` may call it, with escaped text. */
export interface Terminal {
  line(text: string): void
  /** Registers a value with the runner's mask. */
  mask(secret: string): void
}

/** Progress lines from the rooms. The implementation escapes and redacts. */
export interface Log {
  info(text: string): void
  warn(text: string): void
  debug(text: string): void
}
