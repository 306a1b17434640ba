import { describe, expect, it } from '@jest/globals'
import { placesOf } from '../../../src/settings/places.ts'

const GIVEN = {
  'tenant-id': '11111111-1111-4111-8111-111111111111',
  'client-id': '22222222-2222-4222-8222-222222222222',
  config: 'gate.yml',
}

describe('where to ask, by the inputs alone', () => {
  it('has the defaults where nothing is said', () => {
    expect(placesOf(GIVEN)).toEqual({ cloud: 'public', api: 'graph', authorityUrl: undefined, apiUrl: undefined })
  })

  it('takes what is said', () => {
    const said = {
      cloud: 'GCC-High',
      api: 'defender-xdr',
      'authority-url': 'https://login.example',
      'api-url': 'https://api.example/',
    }
    expect(placesOf({ ...GIVEN, ...said })).toEqual({
      cloud: 'gcc-high',
      api: 'defender-xdr',
      authorityUrl: 'https://login.example',
      apiUrl: 'https://api.example',
    })
  })

  it.each([
    ['an input that can not be read', { cloud: 'mars' }],
    ['an address that is not https', { 'api-url': 'http://api.example' }],
    ['inputs that exclude each other', { check: 'incidents' }],
    ['a missing input', { 'client-id': '' }],
  ])('is unknown with %s', (_, wrong) => {
    expect(placesOf({ ...GIVEN, ...wrong })).toBeUndefined()
  })
})
