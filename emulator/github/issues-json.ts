/** Issues and comments as GitHub writes them; the compiler holds the shapes to GitHub's own OpenAPI description. */
import type { components } from '@octokit/openapi-types'
import type { World } from '../core/world.ts'
import type { Author, StoredComment, StoredIssue } from './issues-store.ts'

type Schemas = components['schemas']

/** The repository in the API. */
export function apiOf(world: World): string {
  return `${world.urls.github}/repos/${world.scenario.github.repository}`
}

/** Times have no fractions of a second. */
function time(at: Date): string {
  return at.toISOString().replace(/\.\d+/, '')
}

export function issueJson(issue: StoredIssue, world: World): Schemas['issue'] {
  const { number } = issue
  const api = `${apiOf(world)}/issues/${number}`
  const site = `${world.urls.github}/${world.scenario.github.repository}`
  const pull = `${site}/pull/${number}`
  return {
    id: 2_600_000_000 + number,
    node_id: `I_kwDOBC-${number}`,
    url: api,
    repository_url: apiOf(world),
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: issue.pullRequest ? pull : `${site}/issues/${number}`,
    number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: issue.author === null ? null : userJson(issue.author),
    labels: [],
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: issue.comments.length,
    closed_at: issue.closedAt === null ? null : time(issue.closedAt),
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    author_association: issue.author?.association ?? 'NONE',
    timeline_url: `${api}/timeline`,
    ...(issue.pullRequest
      ? {
          draft: false,
          pull_request: {
            url: `${apiOf(world)}/pulls/${number}`,
            html_url: pull,
            diff_url: `${pull}.diff`,
            patch_url: `${pull}.patch`,
            merged_at: null,
          },
        }
      : {}),
  }
}

export function commentJson(
  { id, body, author, at }: StoredComment,
  issue: StoredIssue,
  world: World,
): Schemas['issue-comment'] {
  const site = `${world.urls.github}/${world.scenario.github.repository}/issues/${issue.number}`
  return {
    id,
    node_id: `IC_kwDOBC-${id}`,
    url: `${apiOf(world)}/issues/comments/${id}`,
    html_url: `${site}#issuecomment-${id}`,
    issue_url: `${apiOf(world)}/issues/${issue.number}`,
    body,
    user: userJson(author),
    created_at: time(at),
    updated_at: time(at),
    author_association: author.association,
  }
}

function userJson({ login, type, id }: Author): Schemas['simple-user'] {
  const url = `https://api.github.com/users/${encodeURIComponent(login)}`
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `https://github.com/${type === 'Bot' ? `apps/${login.replace('[bot]', '')}` : login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  }
}
