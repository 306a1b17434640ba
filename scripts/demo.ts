/**
 * The gate at work without a tenant: an embedded Microsoft cloud, the built action run as a runner runs it, and what a
 * person would see on GitHub. Three runs: clear, an open incident, a hunting query with rows.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startEmulator } from '../emulator/emulator.ts'
import { signInInputs } from '../emulator/settings.ts'
import { runStep, showLog } from './runner.ts'
import { summaryText } from './summary-text.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const entry = `${root}dist/main/index.js`
const colour = Boolean(process.stdout.isTTY) && !process.env['NO_COLOR']
const width = Math.min(process.stdout.columns ?? 110, 110)

const LSASS = `DeviceProcessEvents
| where FileName =~ "procdump.exe" and ProcessCommandLine has "lsass"
| project Timestamp, DeviceName, AccountName, FileName, ProcessCommandLine, ReportId`

const RUNS = [
  {
    title: 'A quiet day: nothing is open, the release goes on',
    scenario: 'clear.yaml',
    inputs: { check: 'incidents', 'min-severity': 'high' },
  },
  {
    title: 'An incident of high severity is open: the release stops',
    scenario: 'release-blocked.yaml',
    inputs: { check: 'incidents', 'min-severity': 'high' },
  },
  {
    title: 'A hunting query finds a memory dump of LSASS: the release stops',
    scenario: 'hunting-hit.yaml',
    inputs: { check: 'hunting', query: LSASS, timespan: 'P7D', severity: 'high', key: 'DeviceName, AccountName' },
  },
] as const

function heading(text: string): void {
  const line = '─'.repeat(width)
  console.log(colour ? `\n\u001b[1m${line}\n${text}\n${line}\u001b[0m` : `\n${line}\n${text}\n${line}`)
}

if (!existsSync(entry)) {
  console.error('dist/main/index.js is not there. It is part of the repository: restore it, or run "npm run build".')
  process.exit(1)
}

const wanted = process.argv[2] === undefined ? RUNS : RUNS.filter((run) => run.scenario.startsWith(process.argv[2]!))
let surprises = 0
for (const [index, run] of wanted.entries()) {
  const cloud = await startEmulator({ scenario: `${root}emulator/scenarios/${run.scenario}` })
  heading(`${index + 1} of ${wanted.length} · ${run.title}`)
  const inputs = {
    ...signInInputs(cloud),
    ...run.inputs,
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript
  const shown = Object.entries({ ...inputs, 'client-secret': '${{ secrets.DEFENDER_CLIENT_SECRET }}' })
  console.log('\nThe step in the workflow:\n')
  console.log(`  - uses: defender-gate/defender-gate@v1\n    with:`)
  for (const [name, value] of shown) {
    console.log(
      value.includes('\n') ? `      ${name}: |\n${value.replace(/^/gm, '        ')}` : `      ${name}: ${value}`,
    )
  }
  const step = await runStep({ entry, inputs, env: { NODE_EXTRA_CA_CERTS: cloud.caPath } })
  console.log('\nIts log:\n')
  console.log(showLog(step.stdout, colour).replace(/^/gm, '  '))
  if (step.stderr !== '') console.log(step.stderr)
  console.log('\nThe job summary:\n')
  console.log(summaryText(step.summary, { width, colour }).replace(/^/gm, '  '))
  console.log(
    `\nExit status ${step.exitCode}, verdict "${step.outputs['verdict']}", ${Math.round(step.durationMs)} ms.`,
  )
  if ((step.exitCode === 0) !== (run.scenario === 'clear.yaml')) surprises++
  await step.cleanUp()
  await cloud.close()
}

heading('What to try next')
console.log(`
  npm start hunting                       only the run whose scenario starts with "hunting"
  edit emulator/scenarios/*.yaml          other incidents, other rows, faults of the service; then npm start again
  npm run emulator                        keep the embedded cloud running and point your own step at it
  npm cit                                 install and run the tests
  README.md                               the quick start with your own tenant
`)
process.exit(surprises === 0 ? 0 : 1)
