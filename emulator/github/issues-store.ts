/** The issues of one repository, with pull requests among them, as GitHub numbers them. */

/** The account of `GITHUB_TOKEN`. */
export const BOT = { login: 'github-actions[bot]', type: 'Bot', id: 41898282, association: 'NONE' } as const

export type Association =
  | 'COLLABORATOR'
  | 'CONTRIBUTOR'
  | 'FIRST_TIMER'
  | 'FIRST_TIME_CONTRIBUTOR'
  | 'MANNEQUIN'
  | 'MEMBER'
  | 'NONE'
  | 'OWNER'

export interface Author {
  readonly login: string
  readonly type: 'User' | 'Bot'
  readonly id: number
  readonly association: Association
}

export interface StoredComment {
  readonly id: number
  readonly body: string
  readonly author: Author
  readonly at: Date
}

export interface StoredIssue {
  readonly number: number
  title: string
  body: string | null
  state: 'open' | 'closed'
  stateReason: 'completed' | 'reopened' | 'not_planned' | 'duplicate' | null
  readonly pullRequest: boolean
  /** `null` is an account that is gone. */
  readonly author: Author | null
  readonly createdAt: Date
  updatedAt: Date
  closedAt: Date | null
  readonly comments: StoredComment[]
}

export interface IssueStore {
  /** By number, the oldest first. A test may change them as people would. */
  readonly all: StoredIssue[]
  /** Opens an issue or a pull request as somebody else would, by default as an owner. */
  add(given?: Partial<Omit<StoredIssue, 'number' | 'comments'>>): StoredIssue
  comment(issue: StoredIssue, body: string, author: Author): StoredComment
}

const OWNER: Author = { login: 'release-manager', type: 'User', id: 583231, association: 'OWNER' }

export function createIssueStore(now: () => Date): IssueStore {
  const all: StoredIssue[] = []
  let comments = 0
  return {
    all,
    add(given = {}) {
      const issue: StoredIssue = {
        title: 'An issue',
        body: null,
        state: 'open',
        stateReason: null,
        pullRequest: false,
        author: OWNER,
        createdAt: now(),
        updatedAt: now(),
        closedAt: null,
        ...given,
        number: all.length + 1,
        comments: [],
      }
      all.push(issue)
      return issue
    },
    comment(issue, body, author) {
      comments += 1
      const comment: StoredComment = { id: 1_900_000_000 + comments, body, author, at: now() }
      issue.comments.push(comment)
      issue.updatedAt = comment.at
      return comment
    },
  }
}
