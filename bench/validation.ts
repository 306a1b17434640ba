/** The second action over a folder of query files. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, folder, interleaved, median, root } from './run.ts'

const TABLES = ['DeviceProcessEvents', 'DeviceNetworkEvents', 'DeviceFileEvents', 'DeviceLogonEvents', 'EmailEvents']

/** Queries of five shapes, no two alike. */
function query(n: number): string {
  const table = TABLES[n % TABLES.length]!
  const column = table === 'EmailEvents' ? 'SenderFromAddress' : 'DeviceName'
  return `// Query ${n}
let Threshold = ${(n % 9) + 1};
let Watched = dynamic(["a${n}", "b${n}", "c${n}"]);
${table}
| where Timestamp > ago(${(n % 30) + 1}d)
| where ${column} has_any (Watched) or ReportId == ${n}
| extend Hour = bin(Timestamp, 1h), Name${n} = tolower(${column})
| summarize Count = count(), First = min(Timestamp), Last = max(Timestamp) by Hour, Name${n}
| where Count > Threshold
| join kind=leftouter (${TABLES[(n + 1) % TABLES.length]} | where Timestamp > ago(1d) | project ReportId, Seen = Timestamp) on $left.Count == $right.ReportId
| project Hour, Name${n}, Count, First, Last, Seen
| order by Count desc
| take ${(n % 90) + 10}
`
}

function validate(files: number): Command {
  const at = folder()
  mkdirSync(join(at, 'hunting'))
  for (let n = 0; n < files; n += 1) writeFileSync(join(at, 'hunting', `query-${n}.kql`), query(n))
  const before = (): void => {
    for (const name of ['output', 'summary.md']) writeFileSync(join(at, name), '')
  }
  const env = {
    INPUT_QUERIES: 'hunting/*.kql',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: at,
    GITHUB_OUTPUT: join(at, 'output'),
    GITHUB_STEP_SUMMARY: join(at, 'summary.md'),
    RUNNER_TEMP: at,
  }
  return {
    name: files === 1 ? '1 file' : `${files} files`,
    command: [process.execPath, root('dist/validate/index.js')],
    env,
    exit: 0,
    before,
  }
}

export async function validation(runs: number) {
  const costs = await interleaved([validate(1), validate(500)], runs, 1)
  return [...costs].map(([name, all]) => ({
    name,
    wall: median(all.map(({ wall }) => wall)),
    cpu: median(all.map(({ cpu }) => cpu)),
    peak: median(all.map(({ peak }) => peak)),
  }))
}
