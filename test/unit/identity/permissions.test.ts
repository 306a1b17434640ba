import { describe, expect, it } from '@jest/globals'
import { adminConsentUrl } from '../../../src/identity/consent.ts'
import { missingPermissions, permissionError, requiredPermission } from '../../../src/identity/permissions.ts'
import type { ApiName, CheckKind } from '../../../src/model.ts'
import { AUTHORITY, CLIENT, TENANT } from './fakes.ts'

const ALL: readonly CheckKind[] = ['incidents', 'alerts', 'hunting']
const token = (...roles: string[]) => ({ value: 't', tenantId: TENANT, roles })
const tenant = { id: TENANT, label: 'contoso' }
const base = { clientId: CLIENT, tenant, authority: AUTHORITY }

describe('the permissions that checks need', () => {
  it.each<[ApiName, CheckKind, string, string[]]>([
    ['graph', 'incidents', 'SecurityIncident.Read.All', ['SecurityIncident.ReadWrite.All']],
    [
      'graph',
      'alerts',
      'SecurityAlert.Read.All',
      ['SecurityAlert.ReadWrite.All', 'SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All'],
    ],
    ['graph', 'hunting', 'ThreatHunting.Read.All', []],
    ['defender-xdr', 'incidents', 'Incident.Read.All', ['Incident.ReadWrite.All']],
    ['defender-xdr', 'alerts', 'Incident.Read.All', ['Incident.ReadWrite.All']],
    ['defender-xdr', 'hunting', 'AdvancedHunting.Read.All', []],
  ])('%s %s: %s', (api, kind, role, also) => {
    expect(requiredPermission(api, kind)).toBe(role)
    for (const one of [role, ...also, role.toUpperCase()])
      expect(missingPermissions(token(one), api, [kind])).toEqual([])
    for (const other of ['User.Read.All', `${role}x`, role.replace('.All', '')]) {
      expect(missingPermissions(token(other), api, [kind])).toEqual([kind])
    }
  })

  it('an alert role does not open incidents', () => {
    expect(missingPermissions(token('SecurityAlert.ReadWrite.All'), 'graph', ALL)).toEqual(['incidents', 'hunting'])
  })

  it('nothing is missing where the token names no roles; everything where it names an empty list', () => {
    expect(missingPermissions({ roles: undefined }, 'graph', ALL)).toEqual([])
    expect(missingPermissions(token(), 'graph', ALL)).toEqual(ALL)
  })

  it('tells each kind once', () => {
    expect(missingPermissions(token(), 'graph', ['hunting', 'hunting'])).toEqual(['hunting'])
  })
})

describe('the message about missing permissions', () => {
  it('names all of them at once, where to grant them and the consent link', () => {
    const error = permissionError({
      ...base,
      api: 'graph',
      kinds: ALL,
      missing: ['incidents', 'hunting'],
      requestId: 'r-1',
    })
    expect(error.code).toBe('permission-missing')
    expect(error.message).toBe(
      `App ${CLIENT} lacks the application permissions SecurityIncident.Read.All (incidents) and ThreatHunting.Read.All (hunting) in tenant contoso.`,
    )
    expect(error.hint).toContain('API permissions › Add a permission › Microsoft Graph › Application permissions')
    expect(error.hint).toContain('Grant admin consent')
    expect(error.hint).toContain(adminConsentUrl({ authority: AUTHORITY, tenant: TENANT, clientId: CLIENT }))
    expect(error.hint).toContain(
      'In all this run needs SecurityIncident.Read.All, SecurityAlert.Read.All and ThreatHunting.Read.All.',
    )
    expect(error.requestId).toBe('r-1')
  })

  it('names a permission once that serves two kinds', () => {
    const error = permissionError({ ...base, api: 'defender-xdr', kinds: ALL, missing: ['incidents', 'alerts'] })
    expect(error.message).toContain('lacks the application permission Incident.Read.All (incidents and alerts) in')
    expect(error.hint).toContain('Microsoft Threat Protection')
  })

  it('says from the service’s 403 what the token lacks, with the service’s own lists', () => {
    const error = permissionError({
      ...base,
      api: 'graph',
      kinds: ALL,
      missing: ALL,
      serviceSays: { required: ['ThreatHunting.Read.All'], present: ['SecurityIncident.Read.All', ' User.Read.All'] },
    })
    expect(error.message).toContain('the application permission ThreatHunting.Read.All (hunting) in')
    expect(error.hint).toContain(
      'asks for one of: ThreatHunting.Read.All; the token has: SecurityIncident.Read.All, User.Read.All.',
    )
  })

  it('names what all planned checks need where nothing else is known', () => {
    const error = permissionError({
      ...base,
      api: 'graph',
      kinds: ['alerts', 'hunting'],
      missing: [],
      serviceSays: { required: [], present: [] },
    })
    expect(error.message).toContain('SecurityAlert.Read.All (alerts) and ThreatHunting.Read.All (hunting)')
    expect(error.hint).toContain('none named; the token has: none.')
  })

  it('adds a role that only the service knows, and nothing that is no name of a role', () => {
    const error = permissionError({
      ...base,
      api: 'graph',
      kinds: ['hunting'],
      missing: ['hunting'],
      serviceSays: { required: ['New.Role.All', '::error::x', '<b>', 'a'.repeat(200)], present: ['`rm`'] },
    })
    expect(error.message).toContain('ThreatHunting.Read.All (hunting) and one of New.Role.All')
    expect(`${error.message}${error.hint}`).not.toMatch(/::error|<b>|aaaa|`/)
  })
})

describe('the admin-consent link', () => {
  it('is the v2 form with the /.default scope', () => {
    const url = new URL(adminConsentUrl({ authority: AUTHORITY, tenant: 'contoso.com', clientId: CLIENT }))
    expect(url.origin + url.pathname).toBe('https://login.microsoftonline.com/contoso.com/v2.0/adminconsent')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT,
      scope: 'https://graph.microsoft.com/.default',
    })
  })

  it('takes the scope that is given, else Graph of the authority’s cloud', () => {
    const scopeOf = (o: { authority: string; scope?: string }) =>
      new URL(adminConsentUrl({ tenant: TENANT, clientId: CLIENT, ...o })).searchParams.get('scope')
    expect(scopeOf({ authority: 'https://login.microsoftonline.us' })).toBe('https://graph.microsoft.us/.default')
    expect(scopeOf({ authority: 'https://localhost:4711' })).toBe('https://graph.microsoft.com/.default')
    expect(scopeOf({ authority: AUTHORITY, scope: 'https://api.security.microsoft.com/.default' })).toBe(
      'https://api.security.microsoft.com/.default',
    )
  })
})
