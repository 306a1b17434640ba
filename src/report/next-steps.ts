/** What to do next, as the job summary says it: only what fits this run. */
import type { Run } from '../model.ts'

/** A short list under a heading; empty when there is nothing to do. */
export function nextSteps(run: Run): string {
  const steps: string[] = []
  const failing = run.checks.filter((result) => result.state === 'findings')
  const found = failing.some((result) => result.counts.findings > 0 && !tooFew(result))
  if (run.inputErrors.length > 0) steps.push('Correct the settings above and run the step again: nothing was asked.')
  if (run.totals.errors > 0) {
    steps.push(
      'Mend the cause of each error above, or run the job again if it was temporary. An error is never a pass.',
    )
  }
  if (found) {
    steps.push(
      'Work on the findings in the Defender portal: resolve or classify incidents and alerts there, then run the job again.',
    )
    steps.push(
      run.byInputs === true
        ? 'For what is expected, move the check to a file for the input `config`, which can hold suppressions with a reason and an end.'
        : 'For what is expected, add a suppression with a reason and an end to the config file.',
    )
    if (run.totals.errors === 0) {
      steps.push(
        'To accept what is there today, commit `baseline.json` from the report folder and name it in the input `baseline`.',
      )
    }
  }
  if (failing.some(tooFew)) {
    steps.push(
      'For a check with too few findings, see whether the data still arrives: sensor, connector and retention.',
    )
  }
  return steps.length === 0 ? '' : `### 👉 What to do next\n\n${steps.map((step) => `- ${step}`).join('\n')}`
}

function tooFew(result: Run['checks'][number]): boolean {
  return result.counts.findings < result.check.policy.minFindings
}
