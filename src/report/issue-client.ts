/**
 * The part of GitHub's REST API for issues that the gate needs, as a narrow port, and its implementation over
 * `@actions/github`. Facts about the API: https://docs.github.com/rest/issues/issues
 */
import { issueApiUrl } from '../errors/report.ts'
import { GateError } from '../errors.ts'
import type { Http, HttpRequest } from '../model.ts'
import { brief } from './escape.ts'

/** An issue as GitHub lists it. The body was written by anyone who may edit it. */
export interface Issue {
  readonly number: number
  /** Its page. */
  readonly url: string
  readonly state: 'open' | 'closed'
  readonly body: string
  /** GitHub lists pull requests among the issues. */
  readonly isPullRequest: boolean
  /** Opened by somebody from outside: in a public repository everyone may open one, with any text in it. */
  readonly byStranger: boolean
}

export interface IssueChange {
  readonly body?: string
  readonly state?: 'open' | 'closed'
  readonly stateReason?: 'completed' | 'not_planned' | 'reopened'
}

/** Every method may throw an `IssueFailure`, and a `GateError` with the code `cancelled`. */
export interface IssuesClient {
  /** The issues page by page, newest first by that date. A page is asked for when the one before has been used. */
  pages(state: 'open' | 'closed', newestBy: 'created' | 'updated'): AsyncIterable<readonly Issue[]>
  /** Is sent once: an `unanswered` failure leaves open whether the issue exists. */
  create(issue: { readonly title: string; readonly body: string }): Promise<Issue>
  update(number: number, change: IssueChange): Promise<Issue>
  /** Is sent once, as `create`. */
  comment(number: number, body: string): Promise<void>
}

/** Why GitHub did not do what it was asked. `unanswered` leaves open whether it did; `refused` is any other reason. */
export type IssueTrouble = 'token' | 'permission' | 'disabled' | 'rate-limit' | 'unanswered' | 'refused'

export class IssueFailure extends Error {
  readonly kind: IssueTrouble
  /** 0 where there was no answer. */
  readonly status: number

  constructor(kind: IssueTrouble, status: number, says: string, cause?: unknown) {
    super(brief(says, 300).replace(/[.\s]+$/, ''), { cause })
    this.name = 'IssueFailure'
    this.kind = kind
    this.status = status
  }
}

export interface IssuesClientOptions {
  readonly token: string
  /** `GITHUB_API_URL`; of GitHub Enterprise Server with its `/api/v3`. */
  readonly apiUrl: string
  readonly repository: { readonly owner: string; readonly repo: string }
  readonly http: Http
  readonly signal?: AbortSignal
}

const PER_PAGE = 100
/** All the requests that `GITHUB_TOKEN` has in an hour: no list can be longer. */
const MOST_PAGES = 1_000
/** One attempt; a page of a hundred long issues takes GitHub a few seconds. */
const TIMEOUT_MS = 60_000
/** What is asked to wait for longer than this is left to the next run: the verdict is known, and the runner costs money. */
const LONGEST_WAIT_S = 60

/** The client. Whatever can go wrong does so in its methods. */
export function createIssuesClient(options: IssuesClientOptions): IssuesClient {
  const { repository } = options
  const headers = { 'x-github-api-version': '2022-11-28' }
  let loading: ReturnType<typeof loadOctokit> | undefined
  const issues = async () => {
    loading ??= loadOctokit(options)
    const octokit = await loading
    return { octokit, ...octokit.rest.issues }
  }
  return {
    // Not by octokit's own paging: it takes an empty or unreadable page for the end of the list.
    async *pages(state, newestBy) {
      const { octokit, listForRepo } = await issues()
      const query = { ...repository, state, sort: newestBy, direction: 'desc' as const, per_page: PER_PAGE, headers }
      const read = new Set<string>()
      let answer: Page = await told('list', () => listForRepo(query))
      for (let count = 1; ; count += 1) {
        yield issuesOf(answer)
        const next = /<([^<>]+)>;\s*rel="next"/.exec(answer.headers.link ?? '')?.[1]
        if (next === undefined) return
        const { status } = answer
        if (read.has(next))
          throw new IssueFailure('refused', status, 'a page of the list leads back to one that was read')
        read.add(next)
        if (count === MOST_PAGES) throw new IssueFailure('refused', status, 'the list of issues has no end')
        answer = await told('list', () => octokit.request({ method: 'GET', url: next, headers }))
      }
    },
    async create(issue) {
      const { create } = await issues()
      return issueOf(await told('create', () => create({ ...repository, ...issue, headers })))
    },
    async update(number, { stateReason, ...change }) {
      const { update } = await issues()
      const reason = stateReason === undefined ? {} : { state_reason: stateReason }
      const given = { ...repository, issue_number: number, ...change, ...reason, headers }
      return issueOf(await told('update', () => update(given)))
    },
    async comment(number, body) {
      const { createComment } = await issues()
      const { status } = await told('comment', () =>
        createComment({ ...repository, issue_number: number, body, headers }),
      )
      if ((status as number) !== 201) throw unreadable(status)
    },
  }
}

/** Loads `@actions/github`, which takes a while and is needed here only. */
async function loadOctokit(options: IssuesClientOptions) {
  const { getOctokit } = await import('@actions/github')
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  return getOctokit(options.token, {
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    log: silent,
    request: { fetch: fetchOver(options), log: silent },
  })
}

// --- our transport as a fetch ---------------------------------------------------------------------------------------

interface FetchInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** The origin of the GitHub API; nothing that leads elsewhere gets the token. */
function originOf(apiUrl: string): string {
  const url = URL.parse(apiUrl)
  // A server of one's own may do without TLS: whether it does is for the runner to say, which takes its token there as well.
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url.origin
  // Scheme and host alone are shown: the rest may hold a password. Where there is an `@`, what is read as the host may be a
  // part of one.
  const isTold = url !== null && url.host !== '' && !apiUrl.includes('@')
  throw issueApiUrl(isTold ? brief(`${url.protocol}//${url.host}`, 200) : undefined)
}

/** What octokit takes for `fetch`: proxy, certificate authorities, time-outs and retries are those of every request. */
function fetchOver({ http, apiUrl, signal }: IssuesClientOptions) {
  const origin = originOf(apiUrl)
  return async (address: string, init: FetchInit): Promise<Response> => {
    const url = new URL(address)
    // The address of the next page comes from an answer, and the token goes with the request.
    if (url.origin !== origin) throw new Error(`an answer points to another server, ${url.host}`)
    const answer = await http.send({
      method: init.method as HttpRequest['method'],
      url: url.href,
      headers: init.headers,
      ...(init.body === undefined ? {} : { body: init.body }),
      ...(signal === undefined ? {} : { signal }),
      idempotent: init.method !== 'POST',
      timeoutMs: TIMEOUT_MS,
      handsBack: ({ headers }) => Number(headers['retry-after']) > LONGEST_WAIT_S,
    })
    const empty = [204, 205, 304].includes(answer.status)
    return new Response(empty ? null : new Uint8Array(answer.body), { status: answer.status, headers: answer.headers })
  }
}

// --- what became of it ----------------------------------------------------------------------------------------------

type Act = 'list' | 'create' | 'update' | 'comment'

async function told<T>(act: Act, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (thrown) {
    throw failureOf(act, thrown)
  }
}

/** The shape of octokit's `RequestError`, whose class is in the lazy part. Without `response` there was no answer. */
interface RequestFailure extends Error {
  readonly response?: { readonly status: number; readonly headers: Record<string, unknown>; readonly data: unknown }
}

function failureOf(act: Act, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name !== 'HttpError') return thrown
  const { response, cause } = thrown as RequestFailure
  if (response === undefined) {
    if (cause instanceof GateError && cause.code === 'cancelled') return cause
    return new IssueFailure('unanswered', 0, thrown.message, cause)
  }
  const { status, headers } = response
  const says = saysOf(response.data) ?? 'it gives no reason'
  return new IssueFailure(troubleOf(act, status, headers, says), status, says)
}

function troubleOf(act: Act, status: number, headers: Record<string, unknown>, says: string): IssueTrouble {
  switch (status) {
    case 401:
      return 'token'
    case 403:
    case 429: {
      // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: either status may be either limit.
      const limited = 'retry-after' in headers || String(headers['x-ratelimit-remaining']) === '0'
      return status === 429 || limited || /rate limit/i.test(says) ? 'rate-limit' : 'permission'
    }
    case 404:
      // GitHub hides what a token may not see; an issue alone may also have been deleted or moved.
      return act === 'list' || act === 'create' ? 'permission' : 'refused'
    case 410:
      return act === 'create' || /disabled/i.test(says) ? 'disabled' : 'refused'
    default:
      return status === 408 || status >= 500 ? 'unanswered' : 'refused'
  }
}

/** GitHub's message, with the reasons of a 422. */
function saysOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('message' in data) || typeof data.message !== 'string')
    return undefined
  const errors = 'errors' in data && Array.isArray(data.errors) ? data.errors : []
  const reasons = errors.flatMap((one: unknown) => {
    if (typeof one === 'string') return [one]
    if (typeof one !== 'object' || one === null) return []
    return 'message' in one && typeof one.message === 'string' ? [one.message] : []
  })
  return [data.message, ...reasons].join(': ')
}

// --- reading issues -------------------------------------------------------------------------------------------------

interface Answer {
  readonly status: number
  readonly data: unknown
}

interface Page extends Answer {
  readonly headers: { readonly link?: string | undefined }
}

/** A redirect comes here too: it is never followed, as the repository that it leads to may be another one. */
function unreadable(status: number): IssueFailure {
  if (status >= 300) return new IssueFailure('refused', status, 'the repository has moved')
  return new IssueFailure('unanswered', status, 'the answer is not one of the API of GitHub')
}

function issuesOf({ status, data }: Answer): readonly Issue[] {
  const issues = status === 200 && Array.isArray(data) ? data.map(readIssue) : undefined
  if (!issues?.every((issue) => issue !== undefined)) throw unreadable(status)
  return issues
}

function issueOf({ status, data }: Answer): Issue {
  const issue = readIssue(data)
  if (issue === undefined) throw unreadable(status)
  return issue
}

function readIssue(data: unknown): Issue | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { number, state, html_url, body, pull_request } = data as Record<string, unknown>
  if (typeof number !== 'number' || typeof html_url !== 'string' || !URL.canParse(html_url)) return undefined
  return {
    number,
    url: new URL(html_url).href,
    state: state === 'closed' ? 'closed' : 'open',
    body: typeof body === 'string' ? body : '',
    isPullRequest: typeof pull_request === 'object' && pull_request !== null,
    byStranger: isStranger(data as Record<string, unknown>),
  }
}

const INSIDERS: readonly unknown[] = ['OWNER', 'MEMBER', 'COLLABORATOR']

/** A person whom GitHub does not associate with the repository. Apps are let in: only an owner can install one. */
function isStranger({ user, author_association }: Record<string, unknown>): boolean {
  if (author_association === undefined || INSIDERS.includes(author_association)) return false
  // The account of a person who is gone.
  if (typeof user !== 'object' || user === null) return user === null
  const { type, login } = user as Record<string, unknown>
  return type === 'User' && !String(login).endsWith('[bot]')
}
