import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts'
import { get } from './client.ts'
import { check, memberNames, validator } from './openapi.ts'

const INCIDENTS = '/v1.0/security/incidents'
const ALERTS = '/v1.0/security/alerts_v2'
let cloud: Emulator
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {} })
})
afterAll(() => cloud.close())

describe('the shape of Graph', () => {
  const incidents = validator('microsoft.graph.security.incidentCollectionResponse')
  const alerts = validator('microsoft.graph.security.alertCollectionResponse')

  it.each(['clear', 'release-blocked', 'hunting-hit', 'partner'])('is kept by the scenario %s', async (name) => {
    const own = await startEmulator({ scenario: name })
    try {
      for (const prefer of [{}, { prefer: 'include-unknown-enum-members' }]) {
        const list = await get(own, `${INCIDENTS}?$expand=alerts&$count=true`, prefer)
        check(incidents, list)
        expect(list.json.value.length).toBeGreaterThan(0)
        for (const record of list.json.value) {
          expect(Object.keys(record).filter((key) => !memberNames('incident').includes(key))).toEqual([])
          check(validator('microsoft.graph.security.incident'), await get(own, `${INCIDENTS}/${record.id}`, prefer))
          const missing = memberNames('incident').filter((key) => !(key in record) && !key.startsWith('@'))
          expect(missing).toEqual([])
        }
        const found = await get(own, `${ALERTS}?$top=1000`, prefer)
        check(alerts, found)
        for (const record of found.json.value) {
          expect(Object.keys(record).filter((key) => !memberNames('alert').includes(key))).toEqual([])
          expect(memberNames('alert').filter((key) => !(key in record) && !key.startsWith('@'))).toEqual([])
        }
      }
      expect(own.failures).toEqual([])
    } finally {
      await own.close()
    }
  })

  it('is kept by generated records, and the check can fail', async () => {
    cloud.setScenario({ tenants: [{ generate: { incidents: 50, alerts: 50 } }] })
    check(incidents, await get(cloud, `${INCIDENTS}?$top=50`))
    check(alerts, await get(cloud, `${ALERTS}?$top=1000`))
    cloud.setScenario({ tenants: [{ incidents: [{ severity: 'critical' }] }] })
    expect(incidents((await get(cloud, INCIDENTS)).json)).toBe(false)
  })
})
