/** The APIs that a token can be for, and which application roles belong to which. */

export type Resource = 'graph' | 'defender-xdr' | 'defender-endpoint'

const AUDIENCES: Record<Resource, readonly string[]> = {
  graph: [
    'https://graph.microsoft.com',
    'https://graph.microsoft.us',
    'https://dod-graph.microsoft.us',
    '00000003-0000-0000-c000-000000000000',
  ],
  'defender-xdr': [
    'https://api.security.microsoft.com',
    'https://api-gcc.security.microsoft.us',
    'https://api-gov.security.microsoft.us',
    '8ee8fdad-f234-4243-8f3b-15c294843740',
  ],
  'defender-endpoint': [
    'https://api.securitycenter.microsoft.com',
    'https://api-gcc.securitycenter.microsoft.us',
    'https://api-gov.securitycenter.microsoft.us',
    'https://securitycenter.onmicrosoft.com/windowsatpservice',
    'fc780465-2017-40d4-a0c5-307022471b92',
  ],
}

/** Role names of the older APIs; every other name is one of Graph's. */
const OLDER_ROLES: Record<string, Resource> = {
  'AdvancedHunting.Read.All': 'defender-xdr',
  'Incident.Read.All': 'defender-xdr',
  'Incident.ReadWrite.All': 'defender-xdr',
  'AdvancedQuery.Read.All': 'defender-endpoint',
  'Alert.Read.All': 'defender-endpoint',
  'Alert.ReadWrite.All': 'defender-endpoint',
}

/** The resource that an audience or the front part of a scope names. */
export function resourceOf(name: string): Resource | undefined {
  const plain = name.toLowerCase().replace(/\/$/, '')
  for (const [resource, names] of Object.entries(AUDIENCES)) if (names.includes(plain)) return resource as Resource
  return undefined
}

export function rolesFor(resource: Resource, roles: readonly string[]): string[] {
  return roles.filter((role) => (OLDER_ROLES[role] ?? 'graph') === resource)
}
