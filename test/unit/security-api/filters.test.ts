/** The filters that the server applies, read by an OData parser: they may spare pages, and must never cost a finding. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseFilter } from '../../../emulator/graph/filter.ts'
import { askAlerts } from '../../../src/checks/alerts.ts'
import { askIncidents } from '../../../src/checks/incidents.ts'
import type { ListQuestion, SecurityApi } from '../../../src/model.ts'
import { createGraphApi } from '../../../src/security-api/index.ts'
import { FakeWorld, question } from './fakes.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const STATES = ['active', 'inProgress', 'awaitingAction', 'resolved', 'redirected', 'new', 'unknownFutureValue']
const SEVERITIES = ['informational', 'low', 'medium', 'high', 'unknown', 'unknownFutureValue']
const TARGET = {
  type: 'microsoft.graph.security.incident',
  properties: {
    status: { words: STATES },
    severity: { words: SEVERITIES },
    createdDateTime: 'date',
  },
  members: new Set(['id', 'status', 'severity', 'createdDateTime', 'classification', 'customTags']),
} as const

const record = fc.record({
  status: fc.constantFrom(...STATES),
  severity: fc.constantFrom(...SEVERITIES),
  classification: fc.constantFrom('unknown', 'falsePositive', 'truePositive', null),
  customTags: fc.subarray(['a', 'B']),
  createdDateTime: fc
    .integer({ min: -100_000, max: 1000 })
    .map((seconds) => new Date(NOW.getTime() + seconds * 1000).toISOString()),
})
const asked = fc.record({
  kind: fc.constantFrom('incidents' as const, 'alerts' as const),
  status: fc.subarray(
    STATES.map((state) => state.toLowerCase()),
    { minLength: 1 },
  ),
  minSeverity: fc.constantFrom('informational' as const, 'low' as const, 'medium' as const, 'high' as const),
  createdWithinMs: fc.option(fc.integer({ min: 1, max: 100_000_000 }), { nil: undefined }),
  tags: fc.subarray(['a', 'b']),
  ignoreClassification: fc.subarray(['falsepositive', 'truepositive']),
})

describe('a filter', () => {
  it('is one that the service can read, and never leaves out what counts', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.array(record, { maxLength: 12 }), async (given, records) => {
        const all = records.map((one, index) => ({ id: `${index}`, displayName: 'x', title: 'x', ...one }))
        const wanted: ListQuestion = question(given)
        const found = async (filtering: boolean): Promise<string[]> => {
          const world = new FakeWorld((request) => {
            const filter = new URL(request.url).searchParams.get('$filter')
            const keep = !filtering || filter === null ? () => true : parseFilter(filter, TARGET)
            return { body: { value: all.filter((one) => keep(one)) } }
          })
          const api: SecurityApi = createGraphApi(world.options())
          const ask = given.kind === 'incidents' ? askIncidents : askAlerts
          return (await ask(wanted, api, NOW)).findings.map(({ key }) => String(key[0])).sort()
        }
        expect(await found(true)).toEqual(await found(false))
      }),
    )
  })
})
