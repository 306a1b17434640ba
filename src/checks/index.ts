/** The kinds of checks. A new kind is one file beside this one and one row in the table. */
import type { Answer, ListQuestion, PlannedCheck, SecurityApi } from '../model.ts'
import { askAlerts } from './alerts.ts'
import { askHunting } from './hunting.ts'
import { askIncidents } from './incidents.ts'

export { planChecks } from './plan.ts'
export { locate, type QueryFile, readQueryFile } from './query-files.ts'

const LISTS = { incidents: askIncidents, alerts: askAlerts } as const satisfies Record<
  Exclude<PlannedCheck['ask']['kind'], 'hunting'>,
  (question: ListQuestion, api: SecurityApi, now: Date) => Promise<Answer>
>

/**
 * Asks one check of one tenant. `now` is what `created-within` counts back from. Rejects with the check's own problem
 * where it can't be asked, and with whatever the API rejects with.
 */
export async function ask(planned: PlannedCheck, api: SecurityApi, now: Date): Promise<Answer> {
  const { ask: wish } = planned
  if (wish.kind !== 'hunting') return LISTS[wish.kind](wish.question, api, now)
  if ('problem' in wish) throw wish.problem
  return askHunting(wish.query, api)
}
