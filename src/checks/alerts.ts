/** Open alerts. */
import type { Answer, ListQuestion, SecurityApi } from '../model.ts'
import { answerOf, type States } from './lists.ts'

/** Graph's `alertStatus`, without `unknown`: an alert in no known state is open. */
const STATES: States = { known: new Set(['new', 'inprogress', 'resolved']), never: new Set() }

export async function askAlerts(question: ListQuestion, api: SecurityApi, now: Date): Promise<Answer> {
  return answerOf(await api.alerts(question, now), question, STATES, now)
}
