// Runs jest on Node 24 with ES modules, and closes with one plain line: "N passed, N failed".
// Usage: npm test [-- jest arguments]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `The tests run on Node 24, as the action does; this is Node ${process.versions.node}. Run them as "npm test".`,
  )
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'defender-gate-test-'))
const results = join(folder, 'results.json')
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url))
const run = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--json',
    `--outputFile=${results}`,
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)
let passed = 0
let failed = 0
try {
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(results, 'utf8'))
  passed = numPassedTests
  failed = numFailedTests + numRuntimeErrorTestSuites
} catch {
  failed = 1
}
rmSync(folder, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(run.status === 0 && failed === 0 && passed > 0 ? 0 : 1)
