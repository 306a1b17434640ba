/** `findings.csv`: one row a finding, RFC 4180, safe to open in a spreadsheet. */
import { stringify } from 'csv-stringify/sync'
import type { CheckResult, Finding, Run } from '../model.ts'
import { forCsvCell, forCsvJson, forUrl } from './escape.ts'

const HEADER = ['check', 'tenant', 'severity', 'status', 'title', 'fingerprint', 'url', 'data']
const ROWS_A_CHUNK = 500

/**
 * The file in pieces of some hundred rows. With `details: counts` it has its header only. The run must be free of secrets
 * (`redactRun`).
 */
export function* csvChunks(run: Run): Generator<string> {
  let waiting: string[][] = [HEADER]
  for (const result of run.details === 'counts' ? [] : run.checks) {
    for (const finding of result.findings) {
      waiting.push(row(result, finding))
      if (waiting.length < ROWS_A_CHUNK) continue
      yield rows(waiting)
      waiting = []
    }
  }
  if (waiting.length > 0) yield rows(waiting)
}

function rows(cells: readonly string[][]): string {
  return stringify([...cells], { record_delimiter: 'windows', quote_record_delimiter: true })
}

function row(result: CheckResult, finding: Finding): string[] {
  return [
    forCsvCell(result.check.id),
    forCsvCell(result.tenant.label),
    finding.severity,
    finding.status,
    forCsvCell(finding.title),
    finding.fingerprint,
    forCsvCell(finding.url === undefined ? '' : (forUrl(finding.url) ?? '')),
    forCsvJson(finding.data),
  ]
}
