/** A repository's issues in memory, with small pages, a record of what was asked, and a hook before each request. */
import type { Issue, IssuesClient } from '../../../src/report/issue-client.ts'

export interface FakeIssue {
  number: number
  title: string
  body: string
  state: 'open' | 'closed'
  reason: string | undefined
  updated: number
  isPullRequest: boolean
  byStranger: boolean
  comments: string[]
}

export type FakeAct = 'list' | 'create' | 'update' | 'comment'

export class FakeIssues implements IssuesClient {
  readonly all: FakeIssue[] = []
  readonly acts: FakeAct[] = []
  readonly pageSize: number
  /** May throw, and may change the repository as another run would. */
  before: (act: FakeAct, count: number) => void | Promise<void> = () => {}
  /** Thrown once the act was done: the answer was lost. */
  after: (act: FakeAct, count: number) => void = () => {}
  #time = 0

  constructor(pageSize = 100) {
    this.pageSize = pageSize
  }

  add(given: Partial<FakeIssue> = {}): FakeIssue {
    this.#time += 1
    const issue: FakeIssue = {
      title: 'x',
      body: '',
      state: 'open',
      reason: undefined,
      updated: this.#time,
      isPullRequest: false,
      byStranger: false,
      comments: [],
      ...given,
      number: this.all.length + 1,
    }
    this.all.push(issue)
    return issue
  }

  count(act: FakeAct): number {
    return this.acts.filter((one) => one === act).length
  }

  async *pages(state: 'open' | 'closed', newestBy: 'created' | 'updated'): AsyncGenerator<readonly Issue[]> {
    const rank = (issue: FakeIssue): number => (newestBy === 'created' ? issue.number : issue.updated)
    let at = 0
    for (;;) {
      await this.#act('list')
      const found = this.all.filter((issue) => issue.state === state).sort((a, b) => rank(b) - rank(a))
      yield found.slice(at, at + this.pageSize).map(shown)
      at += this.pageSize
      if (at >= found.length) return
    }
  }

  async create({ title, body }: { title: string; body: string }): Promise<Issue> {
    await this.#act('create')
    const issue = this.add({ title, body })
    this.after('create', this.count('create'))
    return shown(issue)
  }

  async update(number: number, change: Parameters<IssuesClient['update']>[1]): Promise<Issue> {
    await this.#act('update')
    const issue = this.all[number - 1]!
    this.#time += 1
    Object.assign(issue, { updated: this.#time })
    if (change.body !== undefined) issue.body = change.body
    if (change.state !== undefined) Object.assign(issue, { state: change.state, reason: change.stateReason })
    return shown(issue)
  }

  async comment(number: number, body: string): Promise<void> {
    await this.#act('comment')
    this.all[number - 1]!.comments.push(body)
    this.after('comment', this.count('comment'))
  }

  async #act(act: FakeAct): Promise<void> {
    this.acts.push(act)
    await this.before(act, this.count(act))
  }
}

function shown({ number, body, state, isPullRequest, byStranger }: FakeIssue): Issue {
  return { number, url: `https://github.com/o/r/issues/${number}`, state, body, isPullRequest, byStranger }
}
