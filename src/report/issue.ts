/**
 * Keeps one issue a check and tenant: opened when there are findings, brought up to date by every run, closed when the check
 * is clear. People are told once: a comment is written only for what is new, and at the end. A check in error touches nothing,
 * as it knows nothing; one in mode `report` has its issue like any other. Whatever GitHub refuses is a warning.
 */
import * as say from '../errors/report.ts'
import { asGateError, GateError } from '../errors.ts'
import type { CheckResult, Clock, Log, Run } from '../model.ts'
import { brief } from './escape.ts'
import * as text from './issue-body.ts'
import { type Issue, IssueFailure, type IssuesClient } from './issue-client.ts'
import { createIssueIndex } from './issue-index.ts'
import { addedCount, type Change, changeSince, issueKey, readMemory, withoutMarker } from './issue-memory.ts'
import { redactRun } from './redact-run.ts'
import { many } from './words.ts'

export interface IssueOptions {
  readonly client: IssuesClient
  redact(text: string): string
  readonly log: Log
  /** Page of the workflow run, for the links to it. */
  readonly runUrl: string | undefined
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** Issues that one run opens at most. GitHub takes 80 new texts a minute, and nobody reads a hundred new issues. */
const MOST_OPENED = 100
/** GitHub asks for a second between two requests that write. */
const BETWEEN_WRITES_MS = 1000
/** A list may lag a little behind what was just written. */
const LAG_MS = 2000
const TRIES_TO_OPEN = 3
/** So many checks in a row without an answer: GitHub is down, and the rest is left to the next run. */
const MOST_UNANSWERED = 3

/** A check that was evaluated, and its issue's key. */
interface Job {
  readonly key: string
  readonly result: CheckResult
}

/** Pages of the issues that this run opened, brought up to date or closed, in the order of the checks. Never throws. */
export async function keepIssues(run: Run, options: IssueOptions): Promise<readonly string[]> {
  const safe = redactRun(run, options.redact)
  const jobs = run.checks.flatMap(({ check, tenant, state }, index): Job[] =>
    // The key is of the names as they are: what is redacted may be the same for two checks.
    state === 'error' ? [] : [{ key: issueKey(check.id, tenant.id), result: safe.checks[index]! }],
  )
  if (jobs.length === 0) return []
  const keeper = createKeeper(safe, jobs, options)
  try {
    return await keeper.keepAll()
  } catch (thrown) {
    const cancelled = options.signal?.aborted ? new Error('the run was cancelled') : undefined
    tell(options.log, 'The list of issues', cancelled ?? thrown)
    return keeper.urls()
  }
}

function createKeeper(run: Run, jobs: readonly Job[], options: IssueOptions) {
  const { log, clock, signal } = options
  const client = paced(options)
  const index = createIssueIndex(client, log)
  const urls = new Map<string, string>()
  /** By key; the number is not known where GitHub did not answer. */
  const opened = new Map<string, number | undefined>()
  let left = 0

  const textOf = ({ key, result }: Job, change: Change | undefined): text.IssueText => {
    return { run, result, key, change, runUrl: options.runUrl }
  }
  const changeOf = (issue: Issue, result: CheckResult): Change => {
    const change = changeSince(readMemory(issue.body), result, run.details)
    if (change.how !== 'named') return change
    return { ...change, goneTitles: change.goneTitles.map((title) => options.redact(title)) }
  }
  const done = (what: string, { key, result }: Job, issue: Issue): void => {
    urls.set(key, issue.url)
    log.info(`Issue ${what} for ${nameOf(result)}: ${issue.url}`)
  }

  async function open(job: Job): Promise<void> {
    const body = text.findingsBody(textOf(job, undefined))
    for (let tries = 1; ; tries += 1) {
      // Immediately before: another run may have opened it, or GitHub may have taken what it did not answer to.
      await index.refresh()
      const [other] = index.open(job.key)
      if (other !== undefined) return update(job, other)
      try {
        opened.set(job.key, undefined)
        const issue = await client.create({ title: text.issueTitle(textOf(job, undefined)), body })
        index.put(job.key, issue)
        opened.set(job.key, issue.number)
        return done('opened', job, issue)
      } catch (thrown) {
        const unsure = thrown instanceof IssueFailure && thrown.kind === 'unanswered'
        if (!unsure || tries === TRIES_TO_OPEN) throw thrown
        await clock.sleep(LAG_MS * tries, signal)
      }
    }
  }

  async function reopen(job: Job, issue: Issue): Promise<void> {
    const memory = readMemory(issue.body)
    const byHand = memory !== undefined && !memory.clear
    const change = byHand ? changeOf(issue, job.result) : undefined
    const body = text.findingsBody(textOf(job, change))
    const after = await client.update(issue.number, { state: 'open', stateReason: 'reopened', body })
    index.put(job.key, after)
    done('reopened', job, after)
    await client.comment(issue.number, text.reopenedComment(textOf(job, change), byHand))
  }

  /** The comment comes first: should the body fail after it, people are told twice, and not never. */
  async function update(job: Job, issue: Issue): Promise<void> {
    const { result } = job
    const change = changeOf(issue, result)
    urls.set(job.key, issue.url)
    // Of a canary that sees too little, the rows themselves are no news.
    const canary = result.counts.findings < result.check.policy.minFindings
    if (!canary && addedCount(change, result) > 0)
      await client.comment(issue.number, text.addedComment(textOf(job, change)))
    await client.update(issue.number, { body: text.findingsBody(textOf(job, change)) })
    done('brought up to date', job, issue)
  }

  async function close(job: Job, issue: Issue): Promise<void> {
    const texts = textOf(job, changeOf(issue, job.result))
    urls.set(job.key, issue.url)
    const body = text.clearBody(texts)
    index.put(job.key, await client.update(issue.number, { state: 'closed', stateReason: 'completed', body }))
    done('closed', job, issue)
    await client.comment(issue.number, text.clearComment(texts))
  }

  /** Of several issues of one check the lowest number stays, which every run sees in the same way. */
  async function closeDuplicate(key: string, issue: Issue, first: Issue): Promise<void> {
    const body = withoutMarker(issue.body)
    index.put(key, await client.update(issue.number, { state: 'closed', stateReason: 'not_planned', body }))
    log.info(`Issue ${issue.number} closed: issue ${first.number} is of the same check`)
    await client.comment(issue.number, text.duplicateComment(first.number))
  }

  async function keep(job: Job, closed: ReadonlyMap<string, Issue>): Promise<void> {
    const [issue, ...others] = index.open(job.key)
    for (const other of others) await closeDuplicate(job.key, other, issue!)
    switch (job.result.state) {
      case 'error':
        return
      case 'clear':
        return issue === undefined ? undefined : close(job, issue)
      case 'findings': {
        if (issue !== undefined) return update(job, issue)
        const last = closed.get(job.key)
        if (last !== undefined) return reopen(job, last)
        if (opened.size < MOST_OPENED) return open(job)
        left += 1
      }
    }
  }

  /** Once more after everything was opened: an older issue of another run wins over the own one. */
  async function settle(): Promise<void> {
    if (opened.size === 0) return
    await clock.sleep(LAG_MS, signal)
    await index.refresh()
    for (const [key, number] of opened) {
      const issues = index.open(key)
      const [first] = issues
      const own = issues.find((issue) => issue.number === number)
      if (first === undefined || own === undefined || first === own) continue
      urls.set(key, first.url)
      await closeDuplicate(key, own, first)
    }
  }

  return {
    /** In the order of the checks. */
    urls: (): readonly string[] => jobs.flatMap(({ key }) => urls.get(key) ?? []),
    async keepAll(): Promise<readonly string[]> {
      await index.load()
      const lacking = jobs.filter(({ key, result }) => result.state === 'findings' && index.open(key).length === 0)
      const closed = await index.closed(new Set(lacking.map(({ key }) => key)))
      let unanswered = 0
      for (const job of jobs) {
        try {
          await keep(job, closed)
          unanswered = 0
        } catch (thrown) {
          if (signal?.aborted || concernsAll(thrown)) throw thrown
          tell(log, `The issue for ${nameOf(job.result)}`, thrown)
          unanswered += thrown instanceof IssueFailure && thrown.kind === 'unanswered' ? 1 : 0
          if (unanswered === MOST_UNANSWERED) {
            log.warn('GitHub does not answer: the other issues are left to the next run.')
            break
          }
        }
      }
      await settle()
      if (left > 0)
        log.warn(
          `${MOST_OPENED} issues were opened. ${many(left, 'more check')} with findings will get theirs from the next runs.`,
        )
      return this.urls()
    },
  }
}

function nameOf({ check, tenant }: CheckResult): string {
  return `the check "${brief(check.id, 120)}" of ${brief(tenant.label, 60)}`
}

/** The client with a second between two requests that write. */
function paced({ client, clock, signal }: IssueOptions): IssuesClient {
  let last: number | undefined
  const write = async <T>(request: () => Promise<T>): Promise<T> => {
    const wait = last === undefined ? 0 : last + BETWEEN_WRITES_MS - clock.now().getTime()
    if (wait > 0) await clock.sleep(wait, signal)
    try {
      return await request()
    } finally {
      last = clock.now().getTime()
    }
  }
  return {
    pages: (state, newestBy) => client.pages(state, newestBy),
    create: (issue) => write(() => client.create(issue)),
    update: (number, change) => write(() => client.update(number, change)),
    comment: (number, body) => write(() => client.comment(number, body)),
  }
}

// --- what went wrong ------------------------------------------------------------------------------------------------

/** Whether no other check would fare better. */
function concernsAll(thrown: unknown): boolean {
  if (!(thrown instanceof IssueFailure)) return thrown instanceof GateError && thrown.code === 'cancelled'
  switch (thrown.kind) {
    case 'token':
    case 'permission':
    case 'disabled':
    case 'rate-limit':
      return true
    case 'unanswered':
    case 'refused':
      return false
  }
}

function tell(log: Log, what: string, thrown: unknown): void {
  const { message, hint } = errorOf(what, thrown)
  log.warn(`${message} ${hint}`)
}

function errorOf(what: string, thrown: unknown): GateError {
  if (!(thrown instanceof IssueFailure)) {
    const { message } = asGateError(thrown)
    return say.issueNotKept(what, message, thrown)
  }
  const { kind, status, message } = thrown
  switch (kind) {
    case 'token':
      return say.issueToken(message)
    case 'permission':
      return say.issuePermission(status, message)
    case 'disabled':
      return say.issuesDisabled()
    case 'rate-limit':
      return say.issueRateLimit(message)
    case 'unanswered':
    case 'refused':
      return say.issueNotKept(what, message, thrown)
  }
}
