/** The run that stands for wrong settings: nothing was asked, so there are no checks, and the verdict is `error`. */
import { type GateError, GateErrors } from '../errors.ts'
import type { Problem, Run } from '../model.ts'

/** An input error always fails the step. Details are kept to counts: with wrong settings nobody has said otherwise. */
export function inputErrorRun(error: GateError, started: Date, finished: Date): Run {
  const problems = error instanceof GateErrors && error.problems.length > 0 ? error.problems : [error]
  return {
    verdict: 'error',
    stepFails: true,
    startedAt: started.toISOString(),
    finishedAt: finished.toISOString(),
    checks: [],
    totals: { findings: 0, known: 0, suppressed: 0, errors: 0, highestSeverity: undefined },
    details: 'counts',
    notes: [],
    rounds: 0,
    inputErrors: problems.map(problemOf),
  }
}

function problemOf(error: GateError): Problem {
  const { code, message, hint, place } = error
  return place === undefined ? { code, message, hint } : { code, message, hint, place }
}
