import { describe, expect, it } from '@jest/globals'
import { endpoints } from '../../../src/security-api/clouds.ts'

describe('clouds', () => {
  it.each([
    [
      'public',
      'graph',
      'https://login.microsoftonline.com',
      'https://graph.microsoft.com',
      'https://security.microsoft.com',
    ],
    [
      'public',
      'defender-xdr',
      'https://login.microsoftonline.com',
      'https://api.security.microsoft.com',
      'https://security.microsoft.com',
    ],
    [
      'gcc',
      'graph',
      'https://login.microsoftonline.com',
      'https://graph.microsoft.com',
      'https://security.microsoft.com',
    ],
    [
      'gcc',
      'defender-xdr',
      'https://login.microsoftonline.com',
      'https://api-gcc.security.microsoft.us',
      'https://security.microsoft.com',
    ],
    [
      'gcc-high',
      'graph',
      'https://login.microsoftonline.us',
      'https://graph.microsoft.us',
      'https://security.microsoft.us',
    ],
    [
      'gcc-high',
      'defender-xdr',
      'https://login.microsoftonline.us',
      'https://api-gov.security.microsoft.us',
      'https://security.microsoft.us',
    ],
    ['dod', 'graph', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us', 'https://security.apps.mil'],
    [
      'dod',
      'defender-xdr',
      'https://login.microsoftonline.us',
      'https://api-gov.security.microsoft.us',
      'https://security.apps.mil',
    ],
  ] as const)('%s, %s', (cloud, api, authority, apiOrigin, portal) => {
    expect(endpoints(cloud, api)).toMatchObject({ authority, apiOrigin, portal, scope: `${apiOrigin}/.default` })
  })

  it('knows every form of the audience', () => {
    expect(endpoints('public', 'graph').audiences).toEqual([
      'https://graph.microsoft.com',
      'https://graph.microsoft.com/',
      '00000003-0000-0000-c000-000000000000',
    ])
    expect(endpoints('dod', 'defender-xdr').audiences).toContain('8ee8fdad-f234-4243-8f3b-15c294843740')
  })

  it('has an audience of its own for federated credentials in US government clouds, GCC aside', () => {
    const audiences = (['public', 'gcc', 'gcc-high', 'dod'] as const).map(
      (cloud) => endpoints(cloud, 'graph').oidcAudience,
    )
    expect(audiences).toEqual([
      'api://AzureADTokenExchange',
      'api://AzureADTokenExchange',
      'api://AzureADTokenExchangeUSGov',
      'api://AzureADTokenExchangeUSGov',
    ])
  })
})
