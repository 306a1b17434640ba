/**
 * What the emulated cloud holds and how it misbehaves. Everything has a default, so a test names only what it is about;
 * an unknown key or a wrong value is refused with its path.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { faultSchema } from './core/fault-schema.ts'
import { isTime } from './core/times.ts'

export const TENANT_ID = '11111111-1111-1111-1111-111111111111'
export const CLIENT_ID = '22222222-2222-2222-2222-222222222222'
/** Not a secret of anything real. It has the characters that break a form that isn't encoded. */
export const CLIENT_SECRET = 'emulator.s3cret~+/=&%_for-tests-only 0123456789'
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com'
export const GITHUB_SUBJECT = 'repo:contoso/payments:environment:production'
/** The value of `GITHUB_TOKEN` in the emulated job. */
export const GITHUB_TOKEN = 'emulated-github-token-for-tests-only-0123456789'
export const FEDERATION_AUDIENCE = 'api://AzureADTokenExchange'
export const ALL_ROLES = [
  'SecurityIncident.Read.All',
  'SecurityAlert.Read.All',
  'ThreatHunting.Read.All',
  'Incident.Read.All',
  'AdvancedHunting.Read.All',
] as const

const guid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'a GUID in lower case')
const time = z.string().refine(isTime, 'an ISO 8601 time, or one relative to now such as -2h')
const count = z.int().min(0)
const strings = z.array(z.string())
const anything = z.record(z.string(), z.unknown())

const comment = z.strictObject({
  comment: z.string(),
  createdByDisplayName: z.string().default('Security Operations'),
  createdDateTime: time.default('-30m'),
})

/** Overrides of the record as it goes over the wire, for shapes that the service should not send. */
const wire = {
  raw: anything.optional().describe('members put over the finished record'),
  omit: strings.optional().describe('members left out of the finished record'),
}

const alertFields = {
  id: z.string().optional(),
  title: z.string().optional(),
  description: z.string().nullable().optional(),
  status: z.string().optional(),
  severity: z.string().optional(),
  classification: z.string().nullable().optional(),
  determination: z.string().nullable().optional(),
  category: z.string().optional(),
  serviceSource: z.string().optional(),
  detectionSource: z.string().optional(),
  productName: z.string().optional(),
  investigationState: z.string().optional(),
  assignedTo: z.string().nullable().optional(),
  actorDisplayName: z.string().nullable().optional(),
  threatDisplayName: z.string().nullable().optional(),
  threatFamilyName: z.string().nullable().optional(),
  recommendedActions: z.string().nullable().optional(),
  mitreTechniques: strings.optional(),
  systemTags: strings.optional(),
  createdDateTime: time.optional(),
  lastUpdateDateTime: time.optional(),
  firstActivityDateTime: time.optional(),
  lastActivityDateTime: time.optional(),
  resolvedDateTime: time.optional(),
  incidentId: z.string().optional(),
  alertWebUrl: z.string().optional(),
  evidence: z.array(anything).optional(),
}
const alert = z.strictObject({
  ...alertFields,
  ...wire,
  changes: z.array(z.strictObject({ afterRequests: count, set: z.strictObject(alertFields) })).optional(),
})

const incidentFields = {
  id: z.string().optional(),
  displayName: z.string().optional(),
  description: z.string().nullable().optional(),
  status: z.string().optional(),
  severity: z.string().optional(),
  classification: z.string().nullable().optional(),
  determination: z.string().nullable().optional(),
  assignedTo: z.string().nullable().optional(),
  createdDateTime: time.optional(),
  lastUpdateDateTime: time.optional(),
  lastModifiedBy: z.string().nullable().optional(),
  customTags: strings.optional(),
  systemTags: strings.optional(),
  comments: z.array(comment).optional(),
  redirectIncidentId: z.string().nullable().optional(),
  resolvingComment: z.string().nullable().optional(),
  summary: z.string().nullable().optional(),
  priorityScore: z.int().nullable().optional(),
  incidentWebUrl: z.string().optional(),
}
const incident = z.strictObject({
  ...incidentFields,
  ...wire,
  alerts: z.array(alert).optional(),
  /** From the n-th list request on (counted per tenant, from 0), these members are different. */
  changes: z.array(z.strictObject({ afterRequests: count, set: z.strictObject(incidentFields) })).optional(),
})

const generated = z.strictObject({ rows: count, seed: z.int().default(1) })
const huntingAnswer = z.strictObject({
  /** Which queries this answers: every given one must hold. None given: every query. */
  query: z.string().optional().describe('the exact text'),
  contains: z.string().optional(),
  regex: z.string().optional(),
  /** Rows in plain JSON by column. Integers beyond 2^53 are given as text; a date-time may be relative to now. */
  rows: z.array(anything).optional(),
  generate: generated.optional(),
  error: z.enum(['too-large', 'cpu-quota', 'timeout']).optional(),
  latencyMs: count.optional(),
  /** Answers only so many requests; then the next entry that matches does. */
  times: count.optional(),
  /** The documentation shows both; `lower` is what the service was seen to send. */
  schemaCasing: z.enum(['lower', 'pascal']).default('lower'),
})

const tenant = z.strictObject({
  id: guid.optional(),
  name: z.string().optional(),
  domains: strings.optional(),
  /** False where no administrator of this tenant consented to the application. */
  servicePrincipal: z.boolean().default(true),
  roles: strings.default([...ALL_ROLES]),
  rolesByApp: z.record(guid, strings).default({}),
  /** Resources without a service principal in this tenant. */
  missingResources: z.array(z.enum(['graph', 'defender-xdr', 'defender-endpoint'])).default([]),
  conditionalAccessBlocks: z.boolean().default(false),
  /** False where the tenant has no Defender licence. */
  defender: z.boolean().default(true),
  incidents: z.array(incident).default([]),
  alerts: z.array(alert).default([]),
  generate: z
    .strictObject({ incidents: count.default(0), alerts: count.default(0), seed: z.int().default(1) })
    .optional(),
  hunting: z.array(huntingAnswer).default([]),
})

const credential = z.strictObject({
  issuer: z.string().default(GITHUB_ISSUER),
  subject: z.string().default(GITHUB_SUBJECT),
  audience: z.string().default(FEDERATION_AUDIENCE),
  /** A flexible credential: `claims['sub'] matches 'repo:contoso/*'`, in place of the subject. */
  expression: z.string().optional(),
})
const secret = z.union([
  z.string().transform((value) => ({ value, expires: undefined as string | undefined })),
  z.strictObject({ value: z.string(), expires: time.optional() }),
])
const app = z.strictObject({
  clientId: guid.default(CLIENT_ID),
  displayName: z.string().default('Defender Gate'),
  multiTenant: z.boolean().default(true),
  disabled: z.boolean().default(false),
  publicClient: z.boolean().default(false),
  secrets: z.array(secret).default([{ value: CLIENT_SECRET, expires: undefined }]),
  certificates: z.array(z.string()).default([]).describe('PEM certificates registered on the application'),
  federatedCredentials: z.array(credential).prefault([{}]),
})

const tlsFault = z.enum(['expired', 'wrong-host', 'untrusted', 'drop'])
const scenario = z.strictObject({
  name: z.string().default('unnamed'),
  description: z.string().default(''),
  apps: z.array(app).min(1).prefault([{}]),
  tenants: z.array(tenant).min(1).prefault([{}]),
  tokens: z.strictObject({ lifetimeSeconds: z.int().default(3599), opaque: z.boolean().default(false) }).prefault({}),
  graph: z
    .strictObject({
      /** The largest page that the server gives, whatever `$top` says: small, to see paging. */
      incidentsPageSize: z.int().min(1).optional(),
      alertsPageSize: z.int().min(1).optional(),
      maxSkip: count.default(500),
      expandFails: z.boolean().default(false),
      orderby: z.enum(['refuse', 'ignore']).default('refuse'),
    })
    .prefault({}),
  /** The service allows 45; off by default, so that tests may hurry. */
  huntingCallsPerMinute: z.int().min(1).optional(),
  github: z
    .strictObject({
      /** `self` is the emulator's own origin. */
      issuer: z.string().default(GITHUB_ISSUER),
      subject: z.string().default(GITHUB_SUBJECT),
      lifetimeSeconds: z.int().default(300),
      claims: anything.default({}),
      token: z.string().default(GITHUB_TOKEN),
      repository: z.string().default('contoso/payments'),
      /** What the token may do with issues, or that the repository has none. */
      issues: z.enum(['write', 'read', 'none', 'disabled']).default('write'),
    })
    .prefault({}),
  /** Another sign-in server whose tokens the API accepts. */
  trustedIssuers: z
    .array(z.strictObject({ issuer: z.string(), jwks: anything, tenant: guid.default(TENANT_ID), roles: strings }))
    .default([]),
  /** How far the cloud's clock is from the real one, such as `+1h`. */
  clockSkew: time.optional(),
  tls: z
    .strictObject({ login: tlsFault.optional(), api: tlsFault.optional(), github: tlsFault.optional() })
    .prefault({}),
  faults: z.array(faultSchema).default([]),
})

/** What a scenario file or a test writes. */
export type Scenario = z.input<typeof scenario>
type Parsed = z.output<typeof scenario>
export type TenantScenario = Omit<Parsed['tenants'][number], 'id' | 'name' | 'domains'> & {
  id: string
  name: string
  domains: string[]
}
/** The scenario with every default filled in. */
export type FullScenario = Omit<Parsed, 'tenants'> & { tenants: TenantScenario[] }
export type AppScenario = Parsed['apps'][number]
export type IncidentScenario = z.output<typeof incident>
export type AlertScenario = z.output<typeof alert>
export type HuntingAnswer = z.output<typeof huntingAnswer>
export type TlsFault = z.output<typeof tlsFault>

/** Fills in the defaults. Throws an `Error` that lists every fault with its path. */
export function parseScenario(given: Scenario): FullScenario {
  const result = scenario.safeParse(given)
  if (!result.success) throw new Error(`The scenario is not valid:\n${z.prettifyError(result.error)}`)
  const seen = new Set<string>()
  const tenants = result.data.tenants.map((entry, index) => {
    if (entry.id === undefined && index > 0)
      throw new Error(`The scenario is not valid: tenants[${index}].id is missing`)
    const id = entry.id ?? TENANT_ID
    const isDefault = id === TENANT_ID
    for (const name of [id, ...(entry.domains ?? [])].map((name) => name.toLowerCase())) {
      if (seen.has(name)) throw new Error(`The scenario is not valid: two tenants are called ${name}`)
      seen.add(name)
    }
    const name = entry.name ?? (isDefault ? 'Contoso' : `Tenant ${index + 1}`)
    return { ...entry, id, name, domains: entry.domains ?? (isDefault ? ['contoso.onmicrosoft.com'] : []) }
  })
  return { ...result.data, tenants }
}

/** Reads a YAML or JSON file, or one of the scenarios that come with the emulator by its name (`clear`). */
export async function loadScenario(pathOrName: string): Promise<FullScenario> {
  const bundled = fileURLToPath(new URL(`./scenarios/${pathOrName}.yaml`, import.meta.url))
  const path = !existsSync(pathOrName) && /^[\w-]+$/.test(pathOrName) ? bundled : pathOrName
  const { parse } = await import('yaml')
  return parseScenario(parse(readFileSync(path, 'utf8')) as Scenario)
}
