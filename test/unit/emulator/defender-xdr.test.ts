import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts'
import { type Answer, get, token } from './client.ts'

let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {} })
})
afterAll(() => cloud.close())

const filter = (text: string) => `/api/incidents?$filter=${encodeURIComponent(text)}`
const ids = (answer: Answer) => answer.json.value.map(({ incidentId }: { incidentId: number }) => incidentId)

describe('incidents of the older API', () => {
  beforeEach(() =>
    cloud.setScenario({
      tenants: [
        {
          incidents: [
            {
              id: '12',
              displayName: 'One',
              status: 'inProgress',
              severity: 'unknown',
              classification: 'truePositive',
              determination: 'notEnoughDataToValidate',
              customTags: ['a'],
              systemTags: ['b'],
              comments: [{ comment: 'hello', createdByDisplayName: 'Megan' }],
              createdDateTime: '-1h',
              alerts: [
                { title: 'T', status: 'inProgress', severity: 'high', serviceSource: 'microsoftDefenderForOffice365' },
              ],
            },
            { id: '13', status: 'redirected', redirectIncidentId: '12', severity: 'high', createdDateTime: '-2h' },
            { id: '14', status: 'awaitingAction', severity: 'high', createdDateTime: '-3h', assignedTo: 'me' },
          ],
        },
      ],
    }),
  )

  it('have their own names and spellings, with the alerts inside', async () => {
    const { json, status } = await get(cloud, '/api/incidents')
    expect(status).toBe(200)
    expect(json.value[0]).toMatchObject({
      incidentId: 12,
      redirectIncidentId: null,
      incidentName: 'One',
      status: 'InProgress',
      severity: 'UnSpecified',
      classification: 'TruePositive',
      determination: 'NoEnoughDataToValidate',
      tags: ['a', 'b'],
      comments: [{ comment: 'hello', createdBy: 'Megan' }],
      alerts: [{ incidentId: 12, title: 'T', status: 'InProgress', severity: 'High', serviceSource: 'OfficeATP' }],
    })
    expect(json.value[0].alerts[0]).toHaveProperty('lastUpdatedTime')
    expect(json.value[1]).toMatchObject({ status: 'Redirected', redirectIncidentId: 12 })
    expect(json).not.toHaveProperty('@odata.nextLink')
  })

  it('filter by four properties only', async () => {
    expect(ids(await get(cloud, filter("status eq 'Active'")))).toEqual([14])
    expect(ids(await get(cloud, filter("assignedTo eq 'me'")))).toEqual([14])
    expect(ids(await get(cloud, filter(`createdTime ge ${new Date(Date.now() - 5_400_000).toISOString()}`)))).toEqual([
      12,
    ])
    for (const refused of ["severity eq 'High'", "status eq 'active'", "incidentName eq 'One'"]) {
      const { status, json } = await get(cloud, filter(refused))
      expect([status, json.error.code]).toEqual([400, 'ODataError'])
      expect(json.error.target).toMatch(/^[-0-9a-f]{36}$/)
      expect(json.error).not.toHaveProperty('innerError')
    }
  })

  it('page with $top and $skip, at most 100', async () => {
    expect(ids(await get(cloud, '/api/incidents?$top=1&$skip=1'))).toEqual([13])
    expect((await get(cloud, '/api/incidents?$top=101')).status).toBe(400)
    expect((await get(cloud, '/api/incidents?$count=true')).status).toBe(400)
    cloud.setScenario({ tenants: [{ generate: { incidents: 130 } }] })
    expect(ids(await get(cloud, '/api/incidents'))).toHaveLength(100)
    expect(ids(await get(cloud, '/api/incidents?$top=100&$skip=100'))).toHaveLength(30)
    expect(ids(await get(cloud, '/api/incidents?$skip=1000'))).toEqual([])
  })

  it('want a token of their own', async () => {
    const { status, json } = await get(cloud, '/api/incidents', { authorization: `Bearer ${await token(cloud)}` })
    expect([status, json.error.code]).toEqual([401, 'Unauthorized'])
    expect((await get(cloud, '/api/machines')).json.error.code).toBe('ResourceNotFound')
  })
})
