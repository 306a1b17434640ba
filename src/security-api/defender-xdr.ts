/**
 * The older Defender XDR API (`api.security.microsoft.com`). Sources: defender-docs `defender-xdr/api-incident.md`,
 * `api-list-incidents.md`. It has no list of alerts: they come inside incidents. Values are in Pascal case and spelled in
 * more than one way; they become the nouns of Graph. Hunting here ends on 2027-02-01.
 */
import { unreadable } from '../errors/security-api.ts'
import type { ListQuestion, SecurityApi, SecurityItem } from '../model.ts'
import { type ApiOptions, createClient } from './client.ts'
import { closedStates, listUrl, since } from './filters.ts'
import { hunt } from './hunting.ts'
import {
  Collection,
  camel,
  determinationOf,
  expectedTenant,
  facts,
  idOf,
  nounOf,
  recordTenant,
  requiredId,
  severityOf,
  text,
  texts,
} from './items.ts'
import { isObject, type JsonObject } from './json.ts'
import { skippedPages } from './pages.ts'

const INCIDENTS_A_PAGE = 100
const STATES = ['Active', 'InProgress', 'Resolved', 'Redirected']

/** `SecurityApi` of one tenant over the older API. It has no `Timespan`: settings refuse one before it comes here. */
export function createDefenderXdrApi(o: ApiOptions): SecurityApi {
  const client = createClient('The Defender XDR API', o)
  const { origin } = new URL(o.origin)

  async function eachIncident(
    filters: readonly string[],
    use: (record: JsonObject, id: string) => void,
  ): Promise<void> {
    const url = listUrl(`${origin}/api/incidents`, INCIDENTS_A_PAGE, filters)
    const key = (record: JsonObject): string => requiredId(client, record['incidentId'])
    for await (const page of skippedPages(client, { origin, url }, INCIDENTS_A_PAGE, key)) {
      for (const record of page) use(record, key(record))
    }
  }

  /** A page of the portal; this API names none. */
  function portalPage(path: string, tenantId: string | undefined): string {
    return `${o.portal}/${path}${tenantId === undefined ? '' : `?tid=${encodeURIComponent(tenantId)}`}`
  }

  async function incidents(question: ListQuestion, now: Date): Promise<readonly SecurityItem[]> {
    const found = new Collection()
    const expected = await expectedTenant(client, o.tenant)
    // Severity can't be filtered by this API.
    const filters = [...closedStates(STATES, question), ...since('createdTime', question, now)]
    await eachIncident(filters, (record, id) => {
      const tenantId = recordTenant(client, record, expected)
      const url = portalPage(`incident2/${encodeURIComponent(id)}/overview`, expected)
      found.add({ id, tenantId, url, ...incidentOf(record, id) }, record['lastUpdateTime'])
    })
    return found.items()
  }

  async function alerts(question: ListQuestion, now: Date): Promise<readonly SecurityItem[]> {
    const found = new Collection()
    const expected = await expectedTenant(client, o.tenant)
    // An open alert may sit in a resolved or old incident. An incident changes when an alert joins it, so one that has not
    // changed since holds no alert created since.
    await eachIncident(since('lastUpdateTime', question, now), (incident, incidentId) => {
      recordTenant(client, incident, expected)
      for (const record of inlinedAlerts(incident)) {
        const id = requiredId(client, record['alertId'])
        const tenantId = recordTenant(client, record, expected)
        const url = portalPage(`alerts/${encodeURIComponent(id)}`, expected)
        found.add({ id, tenantId, url, ...alertOf(record, id, incidentId) }, record['lastUpdatedTime'])
      }
    })
    return found.items()
  }

  function inlinedAlerts(incident: JsonObject): readonly JsonObject[] {
    const inlined = incident['alerts'] ?? []
    if (!Array.isArray(inlined) || !inlined.every(isObject)) {
      throw unreadable(client.api, 'an incident whose alerts are no list of objects', undefined)
    }
    return inlined
  }

  return {
    incidents,
    alerts,
    hunt: (query, _timespan, open) => hunt(client, `${origin}/api/advancedhunting/run`, { Query: query }, open),
  }
}

type Decoded = Omit<SecurityItem, 'id' | 'tenantId' | 'url'>

/** What incidents and alerts name alike. */
function common(record: JsonObject): Pick<Decoded, 'status' | 'severity' | 'classification'> {
  return {
    status: nounOf(record['status']),
    severity: severityOf(record['severity']),
    classification: nounOf(record['classification']),
  }
}

function commonFacts(record: JsonObject): Readonly<Record<string, unknown>> {
  return {
    severity: severityOf(record['severity']),
    status: camel(record['status']),
    classification: camel(record['classification']),
    determination: determinationOf(record['determination']),
    assignedTo: record['assignedTo'],
  }
}

function incidentOf(record: JsonObject, id: string): Decoded {
  const tags = texts(record['tags'])
  const displayName = text(record['incidentName'])
  return {
    ...common(record),
    title: displayName ?? `Incident ${id}`,
    createdAt: text(record['createdTime']) ?? '',
    tags,
    data: facts({
      id,
      displayName,
      ...commonFacts(record),
      createdDateTime: record['createdTime'],
      lastUpdateDateTime: record['lastUpdateTime'],
      tags,
      redirectIncidentId: idOf(record['redirectIncidentId']),
    }),
  }
}

function alertOf(record: JsonObject, id: string, incidentId: string): Decoded {
  const title = text(record['title'])
  return {
    ...common(record),
    title: title ?? `Alert ${id}`,
    createdAt: text(record['creationTime']) ?? '',
    tags: [],
    data: facts({
      id,
      title,
      ...commonFacts(record),
      createdDateTime: record['creationTime'],
      lastUpdateDateTime: record['lastUpdatedTime'],
      category: record['category'],
      serviceSource: record['serviceSource'],
      detectionSource: record['detectionSource'],
      incidentId,
      mitreTechniques: texts(record['mitreTechniques']),
      firstActivityDateTime: record['firstActivity'],
      lastActivityDateTime: record['lastActivity'],
      threatFamilyName: record['threatFamilyName'],
      actorDisplayName: record['actorName'],
    }),
  }
}
