// Joins the report.json files of a matrix into one Markdown page: node join-reports.mjs <tenants.json> <folder>
// The folder holds one folder per artifact, report-<tenant name>/report.json. Exit status 1 when any tenant did not pass.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [tenantsFile, folder] = process.argv.slice(2)
if (tenantsFile === undefined || folder === undefined) {
  console.error('usage: node join-reports.mjs <tenants.json> <folder of reports>')
  process.exit(2)
}

/** Text in a table: one line, no bars, no HTML, no Markdown. */
const cell = (text) =>
  String(text)
    .replace(/[\p{C}\s]+/gu, ' ')
    .replace(/[\\`*_{}[\]<>#|~@:&!]/g, (mark) => `&#${mark.codePointAt(0)};`)
const MARK = { passed: '✅', failed: '❌', error: '⚠️' }

function read(tenant) {
  const path = join(folder, `report-${tenant.name}`, 'report.json')
  if (!existsSync(path)) return { verdict: 'error', why: 'no report: the job did not get that far', checks: [] }
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    if (report.version !== 1 || !Array.isArray(report.checks) || !(report.verdict in MARK))
      throw new Error('not a report of version 1')
    return report.checks.length === 0 ? { ...report, why: "no check was evaluated: see the job's log" } : report
  } catch (error) {
    return { verdict: 'error', why: `the report can't be read: ${error.message}`, checks: [] }
  }
}

const rows = JSON.parse(readFileSync(tenantsFile, 'utf8')).map((tenant) => ({ tenant, report: read(tenant) }))
const worst = ['error', 'failed', 'passed']
rows.sort(
  (a, b) =>
    worst.indexOf(a.report.verdict) - worst.indexOf(b.report.verdict) || a.tenant.name.localeCompare(b.tenant.name),
)
const count = (verdict) => rows.filter(({ report }) => report.verdict === verdict).length

console.log(
  `## ${rows.length} customers: ${count('passed')} passed, ${count('failed')} failed, ${count('error')} in error\n`,
)
console.log('| | customer | findings | known | suppressed | what |\n| --- | --- | ---: | ---: | ---: | --- |')
for (const { tenant, report } of rows) {
  const sum = (name) => report.checks.reduce((all, check) => all + check.counts[name], 0)
  const what = report.checks
    .filter((check) => check.state !== 'clear')
    .map((check) =>
      check.state === 'error'
        ? `${check.id}: ${check.error?.code ?? 'error'}`
        : `${check.id}: ${check.counts.findings}`,
    )
  console.log(
    `| ${MARK[report.verdict]} | ${cell(tenant.name)} | ${sum('findings')} | ${sum('known')} | ${sum('suppressed')} | ${cell(report.why ?? what.join(', '))} |`,
  )
}
process.exitCode = rows.length > 0 && rows.every(({ report }) => report.verdict === 'passed') ? 0 : 1
