/** Times every step from the bytes of an answer to the text of each report, for one number of findings. Sends them to its parent. */

import { RowsAsFindings } from '../src/checks/hunting.ts'
import type { PlannedCheck, Query, RawFinding, Row, Run } from '../src/model.ts'
import { csvChunks } from '../src/report/csv.ts'
import { createRedactor, jsonChunks, redactRun } from '../src/report/index.ts'
import { renderSarif } from '../src/report/sarif.ts'
import { renderSummary, SUMMARY_BUDGET } from '../src/report/summary.ts'
import { HuntingReader } from '../src/security-api/hunting-reader.ts'
import { conclude, judge, nextBaseline } from '../src/verdict/index.ts'
import { huntingAnswer } from './answers.ts'

const rows = Number(process.argv[2])
const steps: Record<string, number> = {}

function timed<T>(step: string, work: () => T): T {
  const began = performance.now()
  const result = work()
  steps[step] = performance.now() - began
  return result
}

function length(chunks: Iterable<string>): number {
  let total = 0
  for (const chunk of chunks) total += chunk.length
  return total
}

const query = {
  text: 'DeviceProcessEvents',
  timespan: 'P1D',
  severity: 'medium',
  key: undefined,
  file: undefined,
  description: undefined,
  tactics: [],
  techniques: [],
} as unknown as Query
const check: PlannedCheck = {
  id: 'lsass-dump',
  parentId: 'lsass-dump',
  title: 'LSASS dump',
  policy: { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
  ask: { kind: 'hunting', query },
}
const tenant = { id: '11111111-2222-3333-4444-555555555555', label: 'contoso' }
const now = new Date('2026-11-20T08:00:00Z')
const redactor = createRedactor()
redactor.protect('bench~secret.0123456789abcdefghij')

const bytes = huntingAnswer(rows)
const decoded = timed('decode', () => {
  const reader = new HuntingReader((): Row[] => [])
  reader.push(bytes)
  return reader.result(reader.end())
})
const found: RawFinding[] = []
const asked = new RowsAsFindings(query, decoded.columns, found)
const answer = { findings: found, truncated: false, columns: decoded.columns.map(({ name }) => name), notes: [] }
timed('findings', () => {
  for (const row of decoded.rows) asked.push(row)
})
const judged = timed('judge', () => judge({ check, tenant, answer, baseline: new Map(), suppressions: [], now }))
const results = [{ ...judged, portalUrl: undefined, durationMs: 0 }]
timed('next baseline', () => nextBaseline(results, new Map()))
const run = {
  ...conclude(results),
  startedAt: now.toISOString(),
  finishedAt: now.toISOString(),
  checks: results,
  details: 'full',
  notes: [],
  rounds: 1,
  inputErrors: [],
} as Run
const safe = timed('redact', () => redactRun(run, redactor.redact))
timed('report.json', () => length(jsonChunks(safe)))
timed('findings.csv', () => length(csvChunks(safe)))
timed('results.sarif', () => renderSarif(safe, { place: 'gate.yml' }))
timed('summary', () => renderSummary(safe, { budgetBytes: SUMMARY_BUDGET }))
process.send?.(steps)
process.disconnect?.()
