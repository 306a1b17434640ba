/** What can go wrong while a run is reported. */
import { type CodeEntry, GateError, systemReason } from '../errors.ts'

export const REPORT_CODES = {
  'report-not-written': {
    title: 'A report file could not be written',
    cause: 'A file in `report-dir` could not be written. Its output is empty. The verdict stands, but the step fails.',
    cure: 'Give a `report-dir` in the workspace or in `RUNNER_TEMP` that the runner may write to, and see whether its disk is full.',
  },
  'summary-not-written': {
    title: 'The job summary could not be written',
    cause: 'The file that the runner gives for the summary of the step could not be written.',
    cure: 'See whether the disk of the runner is full, and whether the step runs as a user who may write to `GITHUB_STEP_SUMMARY`.',
  },
  'output-not-set': {
    title: 'An output could not be set',
    cause: 'The file that the runner gives for the outputs of the step could not be written.',
    cure: 'See whether the disk of the runner is full, and whether the step runs as a user who may write to `GITHUB_OUTPUT`.',
  },
  'issue-permission': {
    title: 'GitHub does not let the token keep issues',
    cause:
      'The token may not write issues in this repository: the job has no `issues: write`, or the run is for a pull request from a fork, whose token can only read. The verdict stands.',
    cure: 'Give the job `permissions:` with `issues: write`, or a `github-token` that may write issues. Keep issues from runs on `schedule` or `push`.',
  },
  'issue-token': {
    title: 'GitHub does not accept the token for issues',
    cause: 'The `github-token` is mistyped, has expired or was revoked. The verdict stands.',
    cure: 'Leave `github-token` out to use the token of the job, or give one that is valid.',
  },
  'issues-disabled': {
    title: 'The repository has no issues',
    cause: 'Issues are turned off in the settings of the repository. The verdict stands.',
    cure: 'Turn them on in the settings of the repository under *Features*, or leave `issue` out.',
  },
  'issue-rate-limit': {
    title: 'GitHub limits the requests for issues',
    cause: 'The token has used up its requests, or too much was written in a short time. The verdict stands.',
    cure: 'Nothing has to be done: the next run brings the issues up to date. Fewer runs at the same time make it rarer.',
  },
  'issue-api-url': {
    title: 'The address of the GitHub API is not one',
    cause:
      '`GITHUB_API_URL`, which the runner sets, has been changed to something that is no address of the web, so no issues were kept. The verdict stands.',
    cure: 'Take the variable out of the `env:` of the workflow, or set it to `https://api.github.com` or `https://<server>/api/v3`.',
  },
  'issue-not-kept': {
    title: 'An issue could not be brought up to date',
    cause:
      'GitHub did not answer, or refused the request for another reason, which the message names. The verdict stands.',
    cure: 'The next run tries again. If it stays, see https://www.githubstatus.com and what the message says.',
  },
} as const satisfies Record<string, CodeEntry>

/** @param names of the files that failed for the same cause */
export function reportsNotWritten(folder: string, names: readonly string[], cause: unknown): GateError {
  return new GateError(
    'report-not-written',
    `The report ${names.length === 1 ? 'file' : 'files'} ${listed(names)} could not be written to ${folder}: ${systemReason(cause)}.`,
    'Set report-dir to a folder in the workspace or in RUNNER_TEMP that the runner may write to, and check the free space of its disk.',
    { cause },
  )
}

export function summaryNotWritten(cause: unknown): GateError {
  return new GateError(
    'summary-not-written',
    `The job summary could not be written: ${systemReason(cause)}.`,
    'Check the free space of the disk of the runner, and that the step may write to the file that GITHUB_STEP_SUMMARY names.',
    { cause },
  )
}

/** @param names of the outputs that failed for the same cause */
export function outputsNotSet(names: readonly string[], cause: unknown): GateError {
  return new GateError(
    'output-not-set',
    `The ${names.length === 1 ? 'output' : 'outputs'} ${listed(names)} could not be set: ${systemReason(cause)}.`,
    'Check the free space of the disk of the runner, and that the step may write to the file that GITHUB_OUTPUT names.',
    { cause },
  )
}

const STANDS = 'The verdict is not changed by this.'

/** @param says GitHub's own words, one line */
export function issuePermission(status: number, says: string): GateError {
  return new GateError(
    'issue-permission',
    `GitHub does not let the token keep issues: ${says} (status ${status}).`,
    `Give the job "permissions: issues: write"; the token of a run for a pull request from a fork can only read. ${STANDS}`,
  )
}

export function issueToken(says: string): GateError {
  return new GateError(
    'issue-token',
    `GitHub does not accept the token for issues: ${says} (status 401).`,
    `Leave github-token out to use the token of the job, or give one that is valid and may write issues. ${STANDS}`,
  )
}

export function issuesDisabled(): GateError {
  return new GateError(
    'issues-disabled',
    'Issues are turned off in this repository, so none can be kept.',
    `Turn them on in the settings of the repository, or leave the input issue out. ${STANDS}`,
  )
}

export function issueRateLimit(says: string): GateError {
  return new GateError(
    'issue-rate-limit',
    `GitHub takes no more requests for issues now: ${says}.`,
    `The next run brings the issues up to date. ${STANDS}`,
  )
}

/** @param server scheme and host of the variable, short; `undefined` where they can't be told from the rest */
export function issueApiUrl(server: string | undefined): GateError {
  const is = server === undefined ? 'no address of the web' : `an address at "${server}"`
  return new GateError(
    'issue-api-url',
    `No issues were kept: GITHUB_API_URL is ${is}, but must be one such as https://api.github.com or https://github.example.com/api/v3.`,
    `The runner sets this variable: take it out of the env of the workflow. ${STANDS}`,
  )
}

/**
 * @param what such as `The issue of the check "a"`
 * @param status 0 where there was no answer
 */
export function issueNotKept(what: string, status: number, says: string, cause?: unknown): GateError {
  const answered = status === 0 ? '' : ` (status ${status})`
  return new GateError(
    'issue-not-kept',
    `${what} could not be brought up to date: ${says.replace(/\.$/, '')}${answered}.`,
    `The next run tries again. ${STANDS}`,
    { cause },
  )
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
