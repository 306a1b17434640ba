/** The kinds of checks. A new kind is one file beside this one and one row in the table. */
import type { Answer, ListQuestion, PlannedCheck, RawFinding, SecurityApi, Sink } from '../model.ts'
import { askAlerts } from './alerts.ts'
import { askHunting } from './hunting.ts'
import { askIncidents } from './incidents.ts'

export { type Matches, matchingFiles } from './matching.ts'
export { type Plan, planChecks } from './plan.ts'
export { locate, type QueryFile, readQueryFile } from './query-files.ts'

const LISTS = { incidents: askIncidents, alerts: askAlerts } as const satisfies Record<
  Exclude<PlannedCheck['ask']['kind'], 'hunting'>,
  (question: ListQuestion, api: SecurityApi, now: Date) => Promise<Answer>
>

/**
 * Asks one check of one tenant. `now` is what `created-within` counts back from. `open` gives what takes the findings, and is
 * called again when an answer has to be fetched again. Rejects with the check's own problem where it can't be asked, and
 * with whatever the API rejects with.
 */
export async function ask<Findings extends Sink<RawFinding>>(
  planned: PlannedCheck,
  api: SecurityApi,
  now: Date,
  open: () => Findings,
): Promise<Answer<Findings>> {
  const { ask: wish } = planned
  if (wish.kind === 'hunting') {
    if ('problem' in wish) throw wish.problem
    return askHunting(wish.query, api, open)
  }
  const answer = await LISTS[wish.kind](wish.question, api, now)
  const findings = open()
  for (const finding of answer.findings) findings.push(finding)
  return { ...answer, findings }
}
