/** Open incidents. */
import type { Answer, ListQuestion, SecurityApi } from '../model.ts'
import { answerOf, type States } from './lists.ts'

/** Graph's `incidentStatus`. A redirected incident was merged into another one, which is in the list itself. */
const STATES: States = {
  known: new Set(['active', 'inprogress', 'awaitingaction', 'resolved', 'redirected']),
  never: new Set(['redirected']),
}

export async function askIncidents(question: ListQuestion, api: SecurityApi, now: Date): Promise<Answer> {
  return answerOf(await api.incidents(question, now), question, STATES, now)
}
