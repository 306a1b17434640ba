/**
 * Keeps one issue a check and tenant: opened when there are findings, brought up to date by every run, closed when the check
 * is clear. People are told once: a comment is written only for what is new, and at the end. A check in error touches nothing,
 * as it knows nothing; one in mode `report` has its issue like any other. Whatever GitHub refuses is a warning.
 */
import type { Run } from '../model.ts'
import type { IssuesClient } from './issue-client.ts'
import { type IssueOptions, type Job, Keeper } from './issue-keeper.ts'
import { issueKey } from './issue-memory.ts'
import { tell } from './issue-trouble.ts'
import { redactRun } from './redact-run.ts'

export type { IssueOptions } from './issue-keeper.ts'

/** GitHub asks for a second between two requests that write. */
const BETWEEN_WRITES_MS = 1000

/** Pages of the issues that this run opened, brought up to date or closed, in the order of the checks. Never throws. */
export async function keepIssues(run: Run, options: IssueOptions): Promise<readonly string[]> {
  const safe = redactRun(run, options.redact)
  const jobs = run.checks.flatMap(({ check, tenant, state }, index): Job[] =>
    // The key is of the names as they are: what is redacted may be the same for two checks.
    state === 'error' ? [] : [{ key: issueKey(check.id, tenant.id), result: safe.checks[index]! }],
  )
  if (jobs.length === 0) return []
  const keeper = new Keeper(safe, jobs, { ...options, client: paced(options) })
  try {
    await keeper.keepAll()
  } catch (thrown) {
    const cancelled = options.signal?.aborted ? new Error('the run was cancelled') : undefined
    tell(options.log, 'The list of issues', cancelled ?? thrown)
  }
  return keeper.urls
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
