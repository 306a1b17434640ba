/** What the published metadata says about the records: their members, enum values, and which came after the sentinel. */
import { readFileSync } from 'node:fs'

interface Schema {
  readonly enum?: readonly string[]
  readonly 'x-evolvable-after-sentinel'?: readonly string[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly allOf?: readonly Schema[]
}
interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

let loaded: OpenApi | undefined

/** The OpenAPI description of the emulated part of Graph. */
export function openApi(): OpenApi {
  loaded ??= JSON.parse(readFileSync(new URL('../graph-security.openapi.json', import.meta.url), 'utf8')) as OpenApi
  return loaded
}

function schema(name: string): Schema {
  return openApi().components.schemas[`microsoft.graph.security.${name}`] ?? {}
}

/** Names of the members of `incident` or `alert`. */
export function members(entity: string): ReadonlySet<string> {
  const parts = schema(entity).allOf ?? []
  return new Set(['id', ...parts.flatMap((part) => Object.keys(part.properties ?? {}))])
}

export function enumValues(name: string): readonly string[] {
  return schema(name).enum ?? []
}

const EVOLVED = new Map<string, readonly string[]>()

function evolved(enumName: string): readonly string[] {
  const known = EVOLVED.get(enumName) ?? schema(enumName)['x-evolvable-after-sentinel'] ?? []
  EVOLVED.set(enumName, known)
  return known
}

export const INCIDENT_ENUMS: Readonly<Record<string, string>> = {
  status: 'incidentStatus',
  severity: 'alertSeverity',
  classification: 'alertClassification',
  determination: 'alertDetermination',
}
export const ALERT_ENUMS: Readonly<Record<string, string>> = {
  status: 'alertStatus',
  severity: 'alertSeverity',
  classification: 'alertClassification',
  determination: 'alertDetermination',
  serviceSource: 'serviceSource',
  detectionSource: 'detectionSource',
  investigationState: 'investigationState',
}

/**
 * The record as a client sees it that did not send `Prefer: include-unknown-enum-members`: values that came after the
 * sentinel are `unknownFutureValue`.
 */
export function hideEvolved(
  record: Readonly<Record<string, unknown>>,
  enums: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const seen: Record<string, unknown> = { ...record }
  for (const [member, name] of Object.entries(enums)) {
    const value = seen[member]
    if (typeof value === 'string' && evolved(name).includes(value)) seen[member] = 'unknownFutureValue'
  }
  if (Array.isArray(seen['evidence'])) {
    const inner = { remediationStatus: 'evidenceRemediationStatus' }
    seen['evidence'] = seen['evidence'].map((item) => hideEvolved(item as Record<string, unknown>, inner))
  }
  if (Array.isArray(seen['alerts'])) {
    seen['alerts'] = seen['alerts'].map((item) => hideEvolved(item as Record<string, unknown>, ALERT_ENUMS))
  }
  return seen
}
