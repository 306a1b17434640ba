/** Keeping issues, apart from the other reports: only a run that asks for it loads this. */
export { type IssueOptions, keepIssues } from './issue.ts'
export { createIssuesClient, type IssuesClient, type IssuesClientOptions } from './issue-client.ts'
