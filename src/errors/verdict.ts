/** What can be wrong with the baseline, and with a result that can't be judged. */
import { type CodeEntry, GateError } from '../errors.ts'

export const VERDICT_CODES = {
  'baseline-missing': {
    title: 'The baseline file does not exist',
    cause:
      'The input `baseline` names a file that is not in the workspace. Without it every accepted finding would be new.',
    cure: 'Run once without `baseline`, commit the `baseline.json` of that run from `report-dir`, then name it in `baseline`. A file with `{"version":1,"fingerprints":{}}` accepts nothing and is a beginning too.',
  },
  'baseline-invalid': {
    title: 'The baseline file can not be read',
    cause:
      'The file is not what the gate writes: no JSON, another version, a key or fingerprint of the wrong form, or far too large.',
    cure: 'Take the `baseline.json` of a run without `baseline` from `report-dir`, and commit it unchanged. A merge conflict is a frequent cause.',
  },
  'result-cut-off': {
    title: 'The result was cut off where the rest could change the outcome',
    cause:
      'Advanced hunting returns at most 100,000 rows and drops the rest. The findings among the rows that came do not decide the check.',
    cure: 'Narrow the query or its `timespan`, summarize in the query, or split it.',
  },
} as const satisfies Record<string, CodeEntry>

const FIRST_BASELINE =
  'To make the first one, run once without baseline and commit baseline.json from report-dir of that run at this path.'

/** A baseline that accepts nothing. */
const EMPTY_BASELINE = '{"version":1,"fingerprints":{}}'

export function baselineMissing(path: string): GateError {
  return new GateError(
    'baseline-missing',
    `The baseline file ${path} does not exist.`,
    `${FIRST_BASELINE} To begin with nothing accepted, commit the one line ${EMPTY_BASELINE} there.`,
    { place: { file: path, line: 1 } },
  )
}

export function baselineInvalid(path: string, why: string, cause?: unknown): GateError {
  return new GateError(
    'baseline-invalid',
    `The baseline file ${path} can not be read: ${why}.`,
    `Restore the file that the gate wrote. ${FIRST_BASELINE}`,
    { place: { file: path, line: 1 }, cause },
  )
}

export function resultCutOff(rows: number, state: string): GateError {
  return new GateError(
    'result-cut-off',
    `The result was cut off after ${rows} rows: ${state}, and the rows that are missing could change that.`,
    'Narrow the query or its timespan, or summarize in the query, so that it returns fewer rows.',
  )
}
