/** The partner's overview of all customers, as the example's workflow makes it. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from '@jest/globals'

const SCRIPT = fileURLToPath(new URL('../../../examples/partner/scripts/join-reports.mjs', import.meta.url))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defender-gate-join-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function overview(reports: Readonly<Record<string, unknown>>): { rows: string[]; status: number | null } {
  const tenants = join(folder, 'tenants.json')
  writeFileSync(tenants, JSON.stringify(Object.keys(reports).map((name) => ({ name }))))
  for (const [name, report] of Object.entries(reports)) {
    if (report === undefined) continue
    mkdirSync(join(folder, `report-${name}`), { recursive: true })
    writeFileSync(join(folder, `report-${name}`, 'report.json'), JSON.stringify(report))
  }
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT, tenants, folder], { encoding: 'utf8' })
  return { rows: stdout.trim().split('\n').slice(4), status }
}

const CLEAR = { id: 'a', state: 'clear', counts: { findings: 0, known: 1, suppressed: 0 } }

it('says why a customer did not pass, also where no check was evaluated', () => {
  const { rows, status } = overview({
    fabrikam: { version: 1, verdict: 'error', checks: [] },
    contoso: { version: 1, verdict: 'passed', checks: [CLEAR] },
    tailspin: undefined,
  })
  expect(rows).toEqual([
    "| ⚠️ | fabrikam | 0 | 0 | 0 | no check was evaluated&#58; see the job's log |",
    '| ⚠️ | tailspin | 0 | 0 | 0 | no report&#58; the job did not get that far |',
    '| ✅ | contoso | 0 | 1 | 0 |  |',
  ])
  expect(status).toBe(1)
  expect(overview({ contoso: { version: 1, verdict: 'passed', checks: [CLEAR] } }).status).toBe(0)
})
