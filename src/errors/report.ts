/** What can go wrong while a run is reported. */
import { type CodeEntry, GateError } from '../errors.ts'

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
} as const satisfies Record<string, CodeEntry>

export function reportNotWritten(path: string, cause: unknown): GateError {
  return new GateError(
    'report-not-written',
    `The report file ${path} could not be written: ${reason(cause)}.`,
    'Set report-dir to a folder in the workspace or in RUNNER_TEMP that the runner may write to, and check the free space of its disk.',
    { cause },
  )
}

export function summaryNotWritten(cause: unknown): GateError {
  return new GateError(
    'summary-not-written',
    `The job summary could not be written: ${reason(cause)}.`,
    'Check the free space of the disk of the runner, and that the step may write to the file that GITHUB_STEP_SUMMARY names.',
    { cause },
  )
}

export function outputNotSet(name: string, cause: unknown): GateError {
  return new GateError(
    'output-not-set',
    `The output ${name} could not be set: ${reason(cause)}.`,
    'Check the free space of the disk of the runner, and that the step may write to the file that GITHUB_OUTPUT names.',
    { cause },
  )
}

/** The code of a system error says enough; its message repeats the path. */
function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown reason'
  const { code } = cause as NodeJS.ErrnoException
  return typeof code === 'string' ? code : cause.message.replace(/\.$/, '')
}
