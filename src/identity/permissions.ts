/** Which application permissions the checks need, and what to say when they are missing. */

import { permissionMissing } from '../errors/identity.ts'
import type { GateError } from '../errors.ts'
import type { AccessToken, ApiName, CheckKind, Tenant } from '../model.ts'
import { consentHelp } from './consent.ts'
import { listed } from './text.ts'

interface Need {
  /** The least permission, which is the one to grant. */
  readonly role: string
  /** Others that do as well. */
  readonly also: readonly string[]
}

/**
 * Sources: the permission tables of microsoft-graph-docs-contrib (security-list-incidents, security-list-alerts_v2,
 * security-security-runhuntingquery) and of defender-docs (api-list-incidents, api-advanced-hunting). That alerts_v2 takes
 * the incident roles too is from the service's own 403. The older API has no alerts of its own: they come with incidents.
 */
const NEEDS: Readonly<Record<ApiName, Readonly<Record<CheckKind, Need>>>> = {
  graph: {
    incidents: { role: 'SecurityIncident.Read.All', also: ['SecurityIncident.ReadWrite.All'] },
    alerts: {
      role: 'SecurityAlert.Read.All',
      also: ['SecurityAlert.ReadWrite.All', 'SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All'],
    },
    hunting: { role: 'ThreatHunting.Read.All', also: [] },
  },
  'defender-xdr': {
    incidents: { role: 'Incident.Read.All', also: ['Incident.ReadWrite.All'] },
    alerts: { role: 'Incident.Read.All', also: ['Incident.ReadWrite.All'] },
    hunting: { role: 'AdvancedHunting.Read.All', also: [] },
  },
}

/** Where the portal lists the permissions of an API. */
const RESOURCE: Readonly<Record<ApiName, string>> = {
  graph: 'Microsoft Graph',
  'defender-xdr': 'APIs my organization uses › Microsoft Threat Protection',
}

/** The permission to grant for a kind of check. */
export function requiredPermission(api: ApiName, kind: CheckKind): string {
  return NEEDS[api][kind].role
}

/**
 * The kinds of check that the token has no role for. Best effort: empty where the token names no roles (it may be opaque);
 * the service's own answer decides then.
 */
export function missingPermissions(
  token: Pick<AccessToken, 'roles'>,
  api: ApiName,
  kinds: readonly CheckKind[],
): readonly CheckKind[] {
  if (token.roles === undefined) return []
  const held = new Set(token.roles.map((role) => role.toLowerCase()))
  return [...new Set(kinds)].filter((kind) => {
    const { role, also } = NEEDS[api][kind]
    return ![role, ...also].some((one) => held.has(one.toLowerCase()))
  })
}

/**
 * Names every missing permission at once, where to grant them and the admin-consent link.
 * @param o.kinds every kind of check that this run plans, and `missing` those without a permission; empty means not known
 * @param o.serviceSays the lists of the service's own 403 "Missing application roles", as it wrote them
 */
export function permissionError(o: {
  api: ApiName
  kinds: readonly CheckKind[]
  missing: readonly CheckKind[]
  serviceSays?: { required: readonly string[]; present: readonly string[] }
  clientId: string
  tenant: Tenant
  authority: string
  scope?: string
  requestId?: string | undefined
}): GateError {
  const required = roleNames(o.serviceSays?.required)
  const present = roleNames(o.serviceSays?.present)
  const asked = o.missing.length > 0 ? o.missing : o.kinds
  const lacking = present.length > 0 ? missingPermissions({ roles: present }, o.api, asked) : asked
  const known = lacking.length > 0 ? lacking : asked
  const grant = byRole(o.api, known)
  // A role that the table doesn't know: the service is right about its own.
  const table = new Set(known.flatMap((kind) => [NEEDS[o.api][kind].role, ...NEEDS[o.api][kind].also]))
  const unknown = required.length > 0 && !required.some((role) => table.has(role))
  const names = [
    ...grant.map(([role, kinds]) => `${role} (${listed(kinds)})`),
    ...(unknown ? [`one of ${required.join(', ')}`] : []),
  ]
  const all = byRole(o.api, o.kinds).map(([role]) => role)
  const hint = [
    `In the Microsoft Entra admin center open App registrations › ${o.clientId} › API permissions › Add a permission › ${RESOURCE[o.api]} › Application permissions, ` +
      `add ${listed(grant.map(([role]) => role))}, then choose "Grant admin consent".`,
    consentHelp(o),
    `In all this run needs ${listed(all)}.`,
    o.serviceSays
      ? `The service asks for one of: ${required.join(', ') || 'none named'}; the token has: ${present.join(', ') || 'none'}.`
      : '',
  ]
  const plural = names.length > 1
  return permissionMissing(
    `App ${o.clientId} lacks the application permission${plural ? 's' : ''} ${listed(names)} in tenant ${o.tenant.label}.`,
    hint.filter((sentence) => sentence !== '').join(' '),
    o.requestId,
  )
}

/** Permission to grant with the kinds of check that need it, in the order of the kinds. */
function byRole(api: ApiName, kinds: readonly CheckKind[]): [string, CheckKind[]][] {
  return [...Map.groupBy(new Set(kinds), (kind) => NEEDS[api][kind].role)]
}

/** Only what looks like the name of a role: the lists come from an answer. */
function roleNames(names: readonly string[] | undefined): string[] {
  return (names ?? [])
    .map((name) => name.trim())
    .filter((name) => /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/.test(name))
    .slice(0, 20)
}
