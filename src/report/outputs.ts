/** The outputs of the step. All of them are set in every run, so that a workflow never reads one that isn't there. */
import type { Run } from '../model.ts'

/** Where the files of a run were written; empty for one that was not. */
export interface ReportPaths {
  readonly report: string
  readonly sarif: string
  readonly csv: string
}

export const OUTPUT_NAMES = [
  'verdict',
  'findings',
  'known',
  'suppressed',
  'errors',
  'highest-severity',
  'report',
  'sarif',
  'csv',
  'issue-urls',
] as const
export type OutputName = (typeof OUTPUT_NAMES)[number]
export type Outputs = Readonly<Record<OutputName, string>>

export function outputs(run: Run, paths: ReportPaths, issueUrls: readonly string[] = []): Outputs {
  return {
    verdict: run.verdict,
    findings: String(run.totals.findings),
    known: String(run.totals.known),
    suppressed: String(run.totals.suppressed),
    errors: String(run.totals.errors),
    'highest-severity': run.totals.highestSeverity ?? '',
    report: paths.report,
    sarif: paths.sarif,
    csv: paths.csv,
    'issue-urls': JSON.stringify(issueUrls),
  }
}

/** For a run that could not even report: nothing is known, and the verdict is `error`. */
export function emptyOutputs(): Outputs {
  return {
    verdict: 'error',
    findings: '0',
    known: '0',
    suppressed: '0',
    errors: '0',
    'highest-severity': '',
    report: '',
    sarif: '',
    csv: '',
    'issue-urls': '[]',
  }
}
