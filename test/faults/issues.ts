/**
 * GitHub's API for issues: the requests by which the gate keeps one, and what it has to make of each fault of them. Keeping
 * issues is telling and not judging, so here a fault is a warning and the verdict is that of the findings.
 */
import { type Emulator, GITHUB_TOKEN, type Scenario, type StoredIssue } from '../../emulator/emulator.ts'
import { issueNotKept, issuePermission, issueRateLimit, issuesDisabled, issueToken } from '../../src/errors/report.ts'
import { type Expected, type FaultRow, isRetried } from './faults.ts'
import type { FaultyRoute, IssueKind } from './routes.ts'

// --- routes ---------------------------------------------------------------------------------------------------------

/** Findings without an issue; findings of which the open issue doesn't tell all; an open issue of what is clear now. */
export type Situation = 'new' | 'known' | 'clear'

export interface IssueRoute extends FaultyRoute {
  readonly kind: IssueKind
  readonly situation: Situation
  /** Other issues of the repository, newer than the one of the gate. */
  readonly others: number
}

const row = (
  name: string,
  title: string,
  kind: IssueKind,
  route: string,
  situation: Situation,
  more: Partial<IssueRoute> = {},
): IssueRoute => ({
  name,
  title,
  kind,
  route,
  situation,
  others: 0,
  origin: 'github',
  from: 1,
  inputs: { check: 'incidents', issue: 'true', 'github-token': GITHUB_TOKEN },
  ...more,
})

export const ISSUE_ROUTES: readonly IssueRoute[] = [
  row('list', 'List', 'issue', 'issues', 'known'),
  // A page holds a hundred.
  row('list-page-2', 'Page 2 of the list', 'issue', 'issues', 'known', { from: 2, others: 100 }),
  row('create', 'Create', 'new-issue', 'issue-create', 'new'),
  row('update', 'Update', 'issue', 'issue-update', 'known'),
  row('comment', 'Comment', 'comment', 'issue-comment', 'known'),
  row('clear-list', 'List when clear', 'issue', 'issues', 'clear'),
  row('close', 'Close', 'issue', 'issue-update', 'clear'),
  row('closing-comment', 'Comment on closing', 'comment', 'issue-comment', 'clear'),
]

export const isIssueRoute = (route: FaultyRoute): route is IssueRoute => 'situation' in route

/** What the issue of the gate tells of already, and what it doesn't. */
const TOLD = { id: '71', displayName: 'Ransomware on build-01', severity: 'high' }
const UNTOLD = { id: '72', displayName: 'Credential theft on build-02', severity: 'high' }

export function issueWorld({ situation }: Pick<IssueRoute, 'situation'>): Scenario {
  return { tenants: [{ incidents: situation === 'clear' ? [] : [TOLD, UNTOLD] }] }
}

/** The world of the run that opened the issue. */
export const EARLIER_WORLD: Scenario = { tenants: [{ incidents: [TOLD] }] }

/** Fills the repository; `earlier` is the issue as the earlier run left it. */
export function setIssues({ issues }: Emulator, { situation, others }: IssueRoute, earlier: StoredIssue): void {
  issues.all.length = 0
  const { title, body, author } = earlier
  if (situation !== 'new') issues.add({ title, body, author })
  for (let count = 0; count < others; count += 1) issues.add()
}

/** The issues that the gate opened, in this run or the earlier one. */
export function ownIssues({ issues }: Pick<Emulator, 'issues'>): readonly StoredIssue[] {
  return issues.all.filter(({ body }) => body?.includes('<!-- defender-gate:issue '))
}

// --- what becomes of a fault ----------------------------------------------------------------------------------------

/** What the keeper gets to see of a fault. */
interface Seen {
  readonly code: string
  readonly says: RegExp
  /** How often a request is sent that may be sent again, and one that may not. */
  readonly tries: number
  readonly posts: number
  /** It can't be told whether GitHub did it, so the keeper looks before it tries again. */
  readonly unanswered?: boolean
  /** GitHub did it all the same. */
  readonly taken?: boolean
  /** The status is that of a success, which is all that a comment needs. */
  readonly good?: boolean
}

/** So often the keeper tries to open an issue that is not there. */
const TRIES_TO_OPEN = 3
const NOT_KEPT = 'issue-not-kept'

function seenOf(fault: FaultRow, route: IssueRoute): Seen | undefined {
  const { action } = fault
  const api = fault.expected['list']!
  const seen = { code: NOT_KEPT, says: api.says, tries: api.tries ?? 1, posts: 1 }
  const lost = { ...seen, unanswered: true }
  const unreadable = { ...lost, says: /the answer is not one of the API of GitHub \(status 20\d\)/ }
  switch (action?.action) {
    case 'reset-before-headers':
    case 'stall-headers':
    case 'slow-headers':
      return lost
    case 'reset-after-headers':
    case 'stall-body':
    case 'big-body':
      return { ...lost, taken: true }
    case 'html-200':
    case 'empty-200':
    case 'empty-204':
      return unreadable
    case 'truncated-json':
    case 'invalid-json':
    case 'wrong-content-type':
      return { ...unreadable, taken: true, good: true }
    case 'redirect':
      return { ...seen, says: new RegExp(`the repository has moved \\(status ${action.status}\\)`) }
    case 'status':
      return ofStatus(action.status, route)
    case 'retry-after': {
      const late = action.retryAfter === 3600
      const short = ofStatus(action.status ?? 429, route)
      return late ? { ...short, tries: 1, posts: 1 } : short
    }
    case 'next-link-loop':
      return route.route === 'issues'
        ? { ...seen, tries: route.from > 1 ? 1 : 2, says: /leads back to one that was read/ }
        : undefined
    case 'next-link-elsewhere':
      return route.route === 'issues' ? { ...seen, says: /points to another server, localhost:\d+/ } : undefined
    case undefined:
      // The sign-in meets a wrong clock first, and the list whatever keeps everybody from GitHub.
      return api.code === 'clock-off' || route.route !== 'issues' || route.from > 1 ? undefined : seen
    default:
      // GitHub knows no tenants.
      return undefined
  }
}

function ofStatus(status: number, { kind, route }: IssueRoute): Seen {
  const seen = { code: NOT_KEPT, says: new RegExp(`HTTP ${status} \\(status ${status}\\)`), tries: 1, posts: 1 }
  switch (status) {
    case 401:
      return { ...seen, code: 'issue-token' }
    case 403:
      return { ...seen, code: 'issue-permission' }
    case 404:
      return route === 'issues' || kind === 'new-issue' ? { ...seen, code: 'issue-permission' } : seen
    case 410:
      return kind === 'new-issue' ? { ...seen, code: 'issues-disabled', says: /Issues are turned off/ } : seen
    case 429:
      return {
        ...seen,
        code: 'issue-rate-limit',
        says: /takes no more requests for issues now: HTTP 429/,
        tries: 5,
        posts: 5,
      }
    default: {
      const unanswered = status === 408 || status >= 500
      // With 503 it surely was not done.
      if (status === 503) return { ...seen, tries: 5, posts: 5 }
      return { ...seen, unanswered, tries: isRetried(status) ? 5 : 1 }
    }
  }
}

/** What has to become of a fault that is there for good, and of one that is there once; nothing means that the issue is kept. */
export interface IssueOutcome {
  readonly forGood: Expected | undefined
  readonly once: Expected | undefined
}

/** `undefined` where the route can't have the fault. */
export function issueOutcome(fault: FaultRow, route: IssueRoute): IssueOutcome | undefined {
  const seen = seenOf(fault, route)
  if (seen === undefined) return undefined
  const { code, says, posts, unanswered = false, taken = false, good = false } = seen
  const outcome = (kept: boolean, tries: number, keptOnce: boolean): IssueOutcome => {
    // Where nothing arrives, the message tells the tries.
    const expected = { code, says, ...(fault.action === undefined ? {} : { tries }) }
    return { forGood: kept ? undefined : expected, once: kept || keptOnce ? undefined : expected }
  }
  switch (route.kind) {
    case 'issue':
      return outcome(false, seen.tries, seen.tries > 1 && fault.passes)
    case 'new-issue':
      return outcome(taken, unanswered ? posts * TRIES_TO_OPEN : posts, unanswered || posts > 1)
    case 'comment':
      return outcome(good, posts, posts > 1)
  }
}

// --- what is told ---------------------------------------------------------------------------------------------------

/** Each warning about issues; its hint is that of no other. */
const WARNINGS = [
  issuePermission(0, ''),
  issueToken(''),
  issuesDisabled(),
  issueRateLimit(''),
  issueNotKept('', 0, ''),
] as const

/** The parts of a line of the log that warns of an issue. */
export function readWarning(line: string): { code: string; message: string; hint: string } | undefined {
  const text = line.replace(/^::warning::/, '')
  const told = WARNINGS.find(({ hint }) => text.endsWith(` ${hint}`))
  return told && { code: told.code, message: text.slice(0, -told.hint.length).trim(), hint: told.hint }
}
