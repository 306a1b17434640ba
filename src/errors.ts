/**
 * The one error of the gate. Each room keeps its sentences in `errors/<room>.ts`: a table of codes with what each means,
 * and one function a sentence. Codes are stable: people search for them, and docs/troubleshooting.md is made from them.
 */

/** Text to people: one sentence that says what happened, and a hint that names the setting, role or link that mends it. */
export class GateError extends Error {
  readonly code: string
  readonly hint: string
  /** The id that Microsoft's support asks for, where the answer carried one. */
  readonly requestId: string | undefined
  /** Place in a file of the workspace, where the error has one. */
  readonly place: { readonly file: string; readonly line: number; readonly column?: number } | undefined

  constructor(
    code: string,
    message: string,
    hint: string,
    more: { cause?: unknown; requestId?: string | undefined; place?: GateError['place'] } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'GateError'
    this.code = code
    this.hint = hint
    this.requestId = more.requestId
    this.place = more.place
  }
}

/** Several problems told in one go: every wrong input and every wrong line of the config file. */
export class GateErrors extends GateError {
  readonly problems: readonly GateError[]

  constructor(code: string, message: string, hint: string, problems: readonly GateError[]) {
    super(code, message, hint)
    this.name = 'GateErrors'
    this.problems = problems
  }
}

/** What a code means and what to do about it, for docs/troubleshooting.md. Markdown, plain and short. */
export interface CodeEntry {
  readonly title: string
  readonly cause: string
  readonly cure: string
}

/** Codes that belong to no room. */
export const COMMON_CODES = {
  'internal-error': {
    title: 'The gate met a fault of its own',
    cause: 'Something happened that the gate does not expect. That is a bug, and the verdict is `error`.',
    cure: 'Report it with the message. Re-run the step with debug logging for the stack.',
  },
  cancelled: {
    title: 'The run was cancelled',
    cause: 'The workflow was cancelled, or the runner stopped the step, before the checks were done.',
    cure: 'Run the workflow again.',
  },
} as const satisfies Record<string, CodeEntry>

/** What the codes of the operating system mean to people, for behind a colon. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'the user of the step has no right to it',
  EBUSY: 'it is in use',
  EDQUOT: 'the quota of the disk is used up',
  EEXIST: 'a file stands where a folder has to be',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its path is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file stands where a folder has to be',
  EPERM: 'the user of the step has no right to it',
  EROFS: 'the disk can only be read',
}

/** The code of a system error: `ENOENT`; `undefined` for anything else. */
export function systemCode(cause: unknown): string | undefined {
  const code = (cause as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Why a file could not be had, in words where they are known: `it is a folder (EISDIR)`. The system's own message repeats the path. */
export function systemReason(cause: unknown): string {
  const code = systemCode(cause)
  if (code === undefined) return cause instanceof Error ? cause.message.replace(/\.$/, '') : 'unknown reason'
  return Object.hasOwn(SYSTEM_REASONS, code) ? `${SYSTEM_REASONS[code]} (${code})` : code
}

/** Wraps anything that was thrown; what is no `GateError` is labelled as a bug and keeps its cause. */
export function asGateError(thrown: unknown): GateError {
  if (thrown instanceof GateError) return thrown
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return new GateError(
    'internal-error',
    `Defender Gate met a fault of its own: ${text}`,
    'This is a bug: please report it with this message.',
    {
      cause: thrown,
    },
  )
}
