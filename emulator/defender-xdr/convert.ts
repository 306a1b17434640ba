/** Records of Graph in the shape and spelling of the older Defender XDR API. */
import type { StoredIncident, Wire } from '../graph/records.ts'

const SEVERITY: Readonly<Record<string, string>> = { unknown: 'UnSpecified' }
/** The older API spells some determinations in its own way. */
const DETERMINATION: Readonly<Record<string, string>> = {
  unknown: 'NotAvailable',
  notMalicious: 'Clean',
  notEnoughDataToValidate: 'NoEnoughDataToValidate',
  confirmedActivity: 'ConfirmedUserActivity',
  compromisedAccount: 'CompromisedUser',
}
const STATUS: Readonly<Record<string, string>> = { awaitingAction: 'Active' }
const SOURCE: Readonly<Record<string, string>> = {
  microsoftDefenderForEndpoint: 'MicrosoftDefenderATP',
  microsoftDefenderForCloudApps: 'MicrosoftCloudAppSecurity',
  microsoftDefenderForOffice365: 'OfficeATP',
  microsoftDefenderForIdentity: 'AzureATP',
}
const DETECTION: Readonly<Record<string, string>> = {
  antivirus: 'WindowsDefenderAv',
  cloudAppSecurity: 'MCAS',
  microsoftDefenderForOffice365: 'OfficeATP',
  microsoftDefenderForEndpoint: 'WindowsDefenderAtp',
}

function pascal(value: unknown, special: Readonly<Record<string, string>> = {}): string | null {
  if (typeof value !== 'string') return null
  return special[value] ?? value.charAt(0).toUpperCase() + value.slice(1)
}

/** Ids are numbers in this API. */
function numeric(value: unknown): number | null {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null
}

export function olderIncident({ record, alerts }: StoredIncident): Wire {
  const comments = Array.isArray(record['comments']) ? (record['comments'] as Wire[]) : []
  const tags = [record['customTags'], record['systemTags']].flatMap((list) => (Array.isArray(list) ? list : []))
  return {
    incidentId: numeric(record['id']) ?? 0,
    redirectIncidentId: numeric(record['redirectIncidentId']),
    incidentName: record['displayName'],
    createdTime: record['createdDateTime'],
    lastUpdateTime: record['lastUpdateDateTime'],
    assignedTo: record['assignedTo'] ?? null,
    classification: pascal(record['classification']) ?? 'Unknown',
    determination: pascal(record['determination'], DETERMINATION) ?? 'NotAvailable',
    status: pascal(record['status'], STATUS),
    severity: pascal(record['severity'], SEVERITY),
    tags,
    comments: comments.map(({ comment, createdByDisplayName, createdDateTime }) => ({
      comment,
      createdBy: createdByDisplayName,
      createdTime: createdDateTime,
    })),
    alerts: alerts.map(olderAlert),
  }
}

function olderAlert(record: Wire): Wire {
  return {
    alertId: record['id'],
    providerAlertId: record['providerAlertId'],
    incidentId: numeric(record['incidentId']),
    serviceSource: pascal(record['serviceSource'], SOURCE),
    creationTime: record['createdDateTime'],
    lastUpdatedTime: record['lastUpdateDateTime'],
    resolvedTime: record['resolvedDateTime'],
    firstActivity: record['firstActivityDateTime'],
    lastActivity: record['lastActivityDateTime'],
    title: record['title'],
    description: record['description'],
    category: record['category'],
    status: pascal(record['status']),
    severity: pascal(record['severity'], SEVERITY),
    investigationId: null,
    investigationState: pascal(record['investigationState']),
    classification: pascal(record['classification']),
    determination: pascal(record['determination'], DETERMINATION),
    detectionSource: pascal(record['detectionSource'], DETECTION),
    detectorId: record['detectorId'],
    assignedTo: record['assignedTo'],
    actorName: record['actorDisplayName'],
    threatFamilyName: record['threatFamilyName'],
    mitreTechniques: record['mitreTechniques'],
    devices: [],
    entities: [],
  }
}
