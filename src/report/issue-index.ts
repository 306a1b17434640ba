/** Finds the issues of the checks by their markers, with as few requests as the state of the repository allows. */
import type { Log } from '../model.ts'
import type { Issue, IssuesClient } from './issue-client.ts'
import { keyOf } from './issue-memory.ts'

export interface IssueIndex {
  /** Reads every open issue. To be called first. */
  load(): Promise<void>
  /** Reads the open issues that are newer than those of `load`: what other runs opened meanwhile. */
  refresh(): Promise<void>
  /** The open issues of a check, the oldest first. */
  open(key: string): readonly Issue[]
  /** Takes an issue that was opened or reopened here into account, or one that was closed. */
  put(key: string, issue: Issue): void
  /** The latest closed issue of each check that has one; the pages are read until all are found. */
  closed(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, Issue>>
}

export function createIssueIndex(client: IssuesClient, log: Log): IssueIndex {
  const found = new Map<string, Map<number, Issue>>()
  let newest = 0

  function put(key: string, issue: Issue): void {
    const issues = found.get(key) ?? new Map<number, Issue>()
    found.set(key, issues)
    if (issue.state === 'open') issues.set(issue.number, issue)
    else issues.delete(issue.number)
  }

  /** The key of an issue that the gate may write to. */
  function ownKey(issue: Issue): string | undefined {
    const key = issue.isPullRequest ? undefined : keyOf(issue.body)
    if (key === undefined || !issue.byStranger) return key
    log.info(`Issue ${issue.number} looks like one of the gate, but was opened by somebody without access: left alone`)
    return undefined
  }

  function take(issues: readonly Issue[]): void {
    for (const issue of issues) {
      const key = ownKey(issue)
      if (key !== undefined) put(key, issue)
    }
  }

  return {
    async load() {
      for await (const page of client.pages('open', 'created')) {
        take(page)
        newest = Math.max(newest, ...page.map((issue) => issue.number))
      }
    },
    async refresh() {
      for await (const page of client.pages('open', 'created')) {
        take(page.filter((issue) => issue.number > newest))
        if (page.some((issue) => issue.number <= newest)) return
      }
    },
    open: (key) => [...(found.get(key)?.values() ?? [])].sort((a, b) => a.number - b.number),
    put,
    async closed(keys) {
      const latest = new Map<string, Issue>()
      if (keys.size === 0) return latest
      for await (const page of client.pages('closed', 'updated')) {
        for (const issue of page) {
          const key = ownKey(issue)
          if (key !== undefined && keys.has(key) && issue.state === 'closed' && !latest.has(key)) latest.set(key, issue)
        }
        if (latest.size === keys.size) break
      }
      return latest
    },
  }
}
