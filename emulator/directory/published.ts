/** The APIs that publish application permissions. Their role ids are the emulator's own: real ones differ per cloud. */
import { createHash } from 'node:crypto'

export interface AppRole {
  readonly id: string
  readonly value: string
  readonly displayName: string
  readonly description: string
  readonly allowedMemberTypes: readonly string[]
  readonly isEnabled: boolean
  readonly origin: 'Application'
}

export interface PublishedApi {
  readonly appId: string
  readonly displayName: string
  readonly appRoles: readonly AppRole[]
}

/** A GUID that is the same each time for the same name. */
export function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

const role = (api: string, value: string, ...allowedMemberTypes: string[]): AppRole => ({
  id: guidOf(`${api}/${value}/${allowedMemberTypes.join()}`),
  value,
  displayName: value,
  description: `Allows the app to use ${value}.`,
  allowedMemberTypes,
  isEnabled: true,
  origin: 'Application',
})

function api(appId: string, displayName: string, values: readonly string[], more: readonly AppRole[] = []) {
  return { appId, displayName, appRoles: [...more, ...values.map((value) => role(displayName, value, 'Application'))] }
}

export const PUBLISHED: readonly PublishedApi[] = [
  api(
    '00000003-0000-0000-c000-000000000000',
    'Microsoft Graph',
    [
      'Application.ReadWrite.All',
      'AppRoleAssignment.ReadWrite.All',
      'SecurityAlert.Read.All',
      'SecurityAlert.ReadWrite.All',
      'SecurityIncident.Read.All',
      'SecurityIncident.ReadWrite.All',
      'ThreatHunting.Read.All',
      'User.Read.All',
    ],
    // The same name for users: it must not be taken for the application permission.
    [role('Microsoft Graph', 'SecurityIncident.Read.All', 'User')],
  ),
  api('8ee8fdad-f234-4243-8f3b-15c294843740', 'Microsoft Threat Protection', [
    'AdvancedHunting.Read.All',
    'Incident.Read.All',
    'Incident.ReadWrite.All',
  ]),
  api('fc780465-2017-40d4-a0c5-307022471b92', 'WindowsDefenderATP', ['AdvancedQuery.Read.All', 'Alert.Read.All']),
]
