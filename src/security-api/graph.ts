/** Incidents, alerts and hunting of the Microsoft Graph security API, v1.0. Sources: its pages in microsoft-graph-docs. */
import type { ListQuestion, SecurityApi, SecurityItem } from '../model.ts'
import { type ApiOptions, createClient } from './client.ts'
import { closedStates, listUrl, lowSeverities, since } from './filters.ts'
import { hunt } from './hunting.ts'
import {
  Collection,
  determinationOf,
  expectedTenant,
  facts,
  httpsUrl,
  nounOf,
  recordTenant,
  requiredId,
  severityOf,
  text,
  texts,
  union,
} from './items.ts'
import type { JsonObject } from './json.ts'
import { linkedPages } from './pages.ts'

/** Without it states such as `awaitingAction` come as `unknownFutureValue`. */
const HEADERS = { prefer: 'include-unknown-enum-members' }

/** 50 is the most that incidents allow (400 above it); of alerts 100 are seen to work. */
const INCIDENTS_A_PAGE = 50
const ALERTS_A_PAGE = 100

/** States that a filter may name. `awaitingAction` is left out: it exists only with the header above. */
const INCIDENT_STATES = ['active', 'inProgress', 'resolved', 'redirected']
const ALERT_STATES = ['new', 'inProgress', 'resolved']

/** `SecurityApi` of one tenant over Graph. Every failure is a `GateError` of `errors/security-api.ts`, or the transport's. */
export function createGraphApi(o: ApiOptions): SecurityApi {
  const client = createClient('Microsoft Graph', o)
  const root = `${new URL(o.origin).origin}/v1.0/security`

  async function list(
    path: string,
    top: number,
    filters: readonly string[],
    decode: (record: JsonObject, id: string) => Omit<SecurityItem, 'id' | 'tenantId'>,
  ): Promise<readonly SecurityItem[]> {
    const found = new Collection()
    const expected = await expectedTenant(client, o.tenant)
    const url = listUrl(`${root}/${path}`, top, filters)
    for await (const page of linkedPages(client, { origin: o.origin, url, headers: HEADERS })) {
      for (const record of page) {
        const id = requiredId(client, record['id'])
        const tenantId = recordTenant(client, record, expected)
        found.add({ id, tenantId, ...decode(record, id) }, record['lastUpdateDateTime'])
      }
    }
    return found.items()
  }

  return {
    incidents: (question, now) =>
      list('incidents', INCIDENTS_A_PAGE, filtersOf(INCIDENT_STATES, question, now), incidentOf),
    alerts: (question, now) => list('alerts_v2', ALERTS_A_PAGE, filtersOf(ALERT_STATES, question, now), alertOf),
    hunt: (query, timespan, open) => {
      const body = { Query: query, ...(timespan === undefined ? {} : { Timespan: timespan }) }
      return hunt(client, `${root}/runHuntingQuery`, body, open)
    },
  }
}

function filtersOf(states: readonly string[], question: ListQuestion, now: Date): string[] {
  return [
    ...closedStates(states, question),
    ...lowSeverities(question.minSeverity),
    ...since('createdDateTime', question, now),
  ]
}

type Decoded = Omit<SecurityItem, 'id' | 'tenantId'>

/** What incidents and alerts name alike. */
function common(record: JsonObject): Omit<Decoded, 'title' | 'tags' | 'url' | 'data'> {
  return {
    status: nounOf(record['status']),
    severity: severityOf(record['severity']),
    classification: nounOf(record['classification']),
    createdAt: text(record['createdDateTime']) ?? '',
  }
}

function commonFacts(record: JsonObject): Readonly<Record<string, unknown>> {
  const { severity, status, classification, determination, assignedTo, createdDateTime, lastUpdateDateTime } = record
  return {
    severity,
    status,
    classification,
    determination: determinationOf(determination),
    assignedTo,
    createdDateTime,
    lastUpdateDateTime,
  }
}

function incidentOf(record: JsonObject, id: string): Decoded {
  const { displayName, priorityScore, redirectIncidentId } = record
  const tags = union(texts(record['customTags']), texts(record['systemTags']))
  return {
    ...common(record),
    title: text(displayName) ?? `Incident ${id}`,
    tags,
    url: httpsUrl(record['incidentWebUrl']),
    data: facts({ id, displayName, ...commonFacts(record), tags, priorityScore, redirectIncidentId }),
  }
}

function alertOf(record: JsonObject, id: string): Decoded {
  const { title, category, serviceSource, detectionSource, productName, incidentId } = record
  const { firstActivityDateTime, lastActivityDateTime, threatDisplayName, threatFamilyName, actorDisplayName } = record
  const tags = texts(record['systemTags'])
  return {
    ...common(record),
    title: text(title) ?? `Alert ${id}`,
    tags,
    url: httpsUrl(record['alertWebUrl']),
    data: facts({
      id,
      title,
      ...commonFacts(record),
      tags,
      category,
      categories: texts(record['categories']),
      serviceSource,
      detectionSource,
      productName,
      incidentId,
      mitreTechniques: texts(record['mitreTechniques']),
      firstActivityDateTime,
      lastActivityDateTime,
      threatDisplayName,
      threatFamilyName,
      actorDisplayName,
    }),
  }
}
