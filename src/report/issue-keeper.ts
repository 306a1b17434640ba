/** Opens, reopens, brings up to date and closes the issues of one run. */
import type { CheckResult, Clock, Log, Run } from '../model.ts'
import { brief } from './escape.ts'
import * as text from './issue-body.ts'
import { type Issue, IssueFailure, type IssuesClient } from './issue-client.ts'
import { createIssueIndex, type IssueIndex } from './issue-index.ts'
import { addedCount, type Change, changeSince, readMemory, withoutMarker } from './issue-memory.ts'
import { concernsAll, tell } from './issue-trouble.ts'
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
/** A list may lag a little behind what was just written. */
const LAG_MS = 2000
const TRIES_TO_OPEN = 3
/** So many checks in a row without an answer: GitHub is down, and the rest is left to the next run. */
const MOST_UNANSWERED = 3

/** A check that was evaluated, and its issue's key. */
export interface Job {
  readonly key: string
  readonly result: CheckResult
}

/** Does for each check what its issue needs. The public methods are called once. */
export class Keeper {
  readonly #run: Run
  readonly #jobs: readonly Job[]
  readonly #options: IssueOptions
  readonly #client: IssuesClient
  readonly #index: IssueIndex
  readonly #urls = new Map<string, string>()
  /** By key; the number is not known where GitHub did not answer. */
  readonly #opened = new Map<string, number | undefined>()
  /** Checks whose issue was not opened, as there are enough new ones. */
  #left = 0

  constructor(run: Run, jobs: readonly Job[], options: IssueOptions) {
    this.#run = run
    this.#jobs = jobs
    this.#options = options
    this.#client = options.client
    this.#index = createIssueIndex(options.client, options.log)
  }

  /** In the order of the checks. */
  get urls(): readonly string[] {
    return this.#jobs.flatMap(({ key }) => this.#urls.get(key) ?? [])
  }

  async keepAll(): Promise<void> {
    await this.#index.load()
    const lacking = this.#jobs.filter(
      ({ key, result }) => result.state === 'findings' && this.#index.open(key).length === 0,
    )
    const closed = await this.#index.closed(new Set(lacking.map(({ key }) => key)))
    await this.#keepEach(closed)
    await this.#settle()
    if (this.#left > 0)
      this.#options.log.warn(
        `${MOST_OPENED} issues were opened. ${many(this.#left, 'more check')} with findings will get theirs from the next runs.`,
      )
  }

  async #keepEach(closed: ReadonlyMap<string, Issue>): Promise<void> {
    const { log, signal } = this.#options
    let unanswered = 0
    for (const job of this.#jobs) {
      try {
        await this.#keep(job, closed)
        unanswered = 0
      } catch (thrown) {
        if (signal?.aborted || concernsAll(thrown)) throw thrown
        tell(log, `The issue for ${nameOf(job.result)}`, thrown)
        unanswered += thrown instanceof IssueFailure && thrown.kind === 'unanswered' ? 1 : 0
        if (unanswered < MOST_UNANSWERED) continue
        log.warn('GitHub does not answer: the other issues are left to the next run.')
        return
      }
    }
  }

  async #keep(job: Job, closed: ReadonlyMap<string, Issue>): Promise<void> {
    const [issue, ...others] = this.#index.open(job.key)
    for (const other of others) await this.#closeDuplicate(job.key, other, issue!)
    switch (job.result.state) {
      case 'error':
        return
      case 'clear':
        return issue === undefined ? undefined : this.#close(job, issue)
      case 'findings': {
        if (issue !== undefined) return this.#update(job, issue)
        const last = closed.get(job.key)
        if (last !== undefined) return this.#reopen(job, last)
        if (this.#opened.size < MOST_OPENED) return this.#open(job)
        this.#left += 1
      }
    }
  }

  async #open(job: Job): Promise<void> {
    const texts = this.#textOf(job, undefined)
    const body = text.findingsBody(texts)
    for (let tries = 1; ; tries += 1) {
      // Immediately before: another run may have opened it, or GitHub may have taken what it did not answer to.
      await this.#index.refresh()
      const [other] = this.#index.open(job.key)
      if (other !== undefined) return this.#update(job, other)
      try {
        this.#opened.set(job.key, undefined)
        const issue = await this.#client.create({ title: text.issueTitle(texts), body })
        this.#index.put(job.key, issue)
        this.#opened.set(job.key, issue.number)
        return this.#done('opened', job, issue)
      } catch (thrown) {
        // With 503 it surely was not taken, and the transport has sent it as often as is allowed.
        const unsure = thrown instanceof IssueFailure && thrown.kind === 'unanswered' && thrown.status !== 503
        if (!unsure || tries === TRIES_TO_OPEN) throw thrown
        await this.#options.clock.sleep(LAG_MS * tries, this.#options.signal)
      }
    }
  }

  async #reopen(job: Job, issue: Issue): Promise<void> {
    const memory = readMemory(issue.body)
    const byHand = memory !== undefined && !memory.clear
    const texts = this.#textOf(job, byHand ? this.#changeOf(issue, job.result) : undefined)
    const body = text.findingsBody(texts)
    const after = await this.#client.update(issue.number, { state: 'open', stateReason: 'reopened', body })
    this.#index.put(job.key, after)
    this.#done('reopened', job, after)
    await this.#client.comment(issue.number, text.reopenedComment(texts, byHand))
  }

  /** The comment comes first: should the body fail after it, people are told twice, and not never. */
  async #update(job: Job, issue: Issue): Promise<void> {
    const { result } = job
    const change = this.#changeOf(issue, result)
    const texts = this.#textOf(job, change)
    this.#urls.set(job.key, issue.url)
    // Of a canary that sees too little, the rows themselves are no news.
    const canary = result.counts.findings < result.check.policy.minFindings
    if (!canary && addedCount(change, result) > 0) await this.#client.comment(issue.number, text.addedComment(texts))
    await this.#client.update(issue.number, { body: text.findingsBody(texts) })
    this.#done('brought up to date', job, issue)
  }

  async #close(job: Job, issue: Issue): Promise<void> {
    const texts = this.#textOf(job, this.#changeOf(issue, job.result))
    this.#urls.set(job.key, issue.url)
    const body = text.clearBody(texts)
    this.#index.put(
      job.key,
      await this.#client.update(issue.number, { state: 'closed', stateReason: 'completed', body }),
    )
    this.#done('closed', job, issue)
    await this.#client.comment(issue.number, text.clearComment(texts))
  }

  /** Of several issues of one check the lowest number stays, which every run sees in the same way. */
  async #closeDuplicate(key: string, issue: Issue, first: Issue): Promise<void> {
    const body = withoutMarker(issue.body)
    this.#index.put(key, await this.#client.update(issue.number, { state: 'closed', stateReason: 'not_planned', body }))
    this.#options.log.info(`Issue ${issue.number} closed: issue ${first.number} is of the same check`)
    await this.#client.comment(issue.number, text.duplicateComment(first.number))
  }

  /** Once more after everything was opened: an older issue of another run wins over the own one. */
  async #settle(): Promise<void> {
    if (this.#opened.size === 0) return
    await this.#options.clock.sleep(LAG_MS, this.#options.signal)
    await this.#index.refresh()
    for (const [key, number] of this.#opened) {
      const issues = this.#index.open(key)
      const [first] = issues
      const own = issues.find((issue) => issue.number === number)
      if (first === undefined || own === undefined || first === own) continue
      this.#urls.set(key, first.url)
      await this.#closeDuplicate(key, own, first)
    }
  }

  #textOf({ key, result }: Job, change: Change | undefined): text.IssueText {
    return { run: this.#run, result, key, change, runUrl: this.#options.runUrl }
  }

  #changeOf(issue: Issue, result: CheckResult): Change {
    const change = changeSince(readMemory(issue.body), result, this.#run.details)
    if (change.how !== 'named') return change
    return { ...change, goneTitles: change.goneTitles.map((title) => this.#options.redact(title)) }
  }

  #done(what: string, { key, result }: Job, issue: Issue): void {
    this.#urls.set(key, issue.url)
    this.#options.log.info(`Issue ${what} for ${nameOf(result)}: ${issue.url}`)
  }
}

function nameOf({ check, tenant }: CheckResult): string {
  return `the check "${brief(check.id, 120)}" of ${brief(tenant.label, 60)}`
}
