/** `report.json`: the whole run for programs (docs: report files). */
import type { CheckResult, Finding, Run } from '../model.ts'
import { forJson, forUrl } from './escape.ts'

/**
 * The file in pieces, one finding at a time: in one piece a large report is longer than a JavaScript string may be. The run
 * must be free of secrets (`redactRun`).
 */
export function* jsonChunks(run: Run): Generator<string> {
  const { verdict, startedAt, finishedAt } = run
  const head = forJson({ version: 1, verdict, startedAt, finishedAt }, 2)
  yield `${head.slice(0, -2)},\n  "checks": [`
  for (const [index, result] of run.checks.entries()) {
    yield index === 0 ? '\n' : ',\n'
    yield* checkChunks(result, run)
  }
  yield run.checks.length === 0 ? ']\n}\n' : '\n  ]\n}\n'
}

function* checkChunks(result: CheckResult, run: Run): Generator<string> {
  const { check, tenant, state, counts, error } = result
  const head = forJson({
    id: check.id,
    title: check.title,
    kind: check.ask.kind,
    tenant: tenant.label,
    state,
    counts: { findings: counts.findings, known: counts.known, suppressed: counts.suppressed },
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message, hint: error.hint } }),
  })
  yield `    ${head.slice(0, -1)},"findings":[`
  const findings = run.details === 'full' ? result.findings : []
  let comma = ''
  for (const finding of findings) {
    yield `${comma}\n      ${findingJson(finding)}`
    comma = ','
  }
  yield findings.length === 0 ? ']}' : '\n    ]}'
}

function findingJson(finding: Finding): string {
  const { fingerprint, severity, title, status, data } = finding
  const url = finding.url === undefined ? undefined : forUrl(finding.url)
  return forJson({ fingerprint, severity, title, ...(url === undefined ? {} : { url }), status, data })
}
