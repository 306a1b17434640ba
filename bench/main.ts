/**
 * Measures the built action side by side with what a user would pick instead, prints the tables and writes
 * docs/performance.md. Usage: npm run bench [-- --runs 15]
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { growth, plot, slope } from './growth.ts'
import { largeAnswer } from './large-answer.ts'
import { pages, quota } from './many-questions.ts'
import { type Line, oneQuestion, peersThatOnlyStart } from './one-question.ts'
import { far, root, startServer, tidy } from './run.ts'
import { validation } from './validation.ts'

const at = process.argv.indexOf('--runs')
const runs = at < 0 ? 15 : Number(process.argv[at + 1])
const ROUND_TRIP_MS = 40
const GATE = 'Defender Gate'

const page: string[] = []
function write(text: string): void {
  page.push(text)
  console.log(`${text}\n`)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

const number = (value: number, digits = 0): string => value.toFixed(digits)

/** `1.32 (target 1.6: met)` */
function against(value: number, target: number, digits = 2): string {
  return `${number(value, digits)} (target ${target}: ${value <= target ? 'met' : '**missed**'})`
}

function lines(all: readonly Line[]): string {
  return table(
    ['', 'wall ms', 'fastest – slowest', 'CPU ms', 'peak MiB'],
    all.map(({ name, wall, fastest, slowest, cpu, peak }) => [
      name,
      number(wall),
      `${number(fastest)} – ${number(slowest)}`,
      number(cpu),
      number(peak, 1),
    ]),
  )
}

const named = <T extends { readonly name: string }>(all: readonly T[], name: string): T =>
  all.find((one) => one.name === name)!

const noise = ([floor]: readonly Line[]): string => number(floor!.wall / floor!.fastest, 1)

const near = await startServer()
try {
  write(`# Performance

\`npm run bench\` writes this page. Each table is one run: every command is started as a process of its own, one after the
other in turns, against a server in another process that answers from memory. Medians. Ratios hold from one machine to the
next, milliseconds don't. Nothing here is a timed test.

Machine of this page: ${cpus().length} cores, shared with other work while it was measured; Node ${process.versions.node}; ${runs} runs a table.`)

  const size = readdirSync(root('dist/main')).reduce((sum, name) => sum + statSync(root(`dist/main/${name}`)).size, 0)
  const plain = await oneQuestion(near, runs)
  const delayed = await oneQuestion(await far(near, ROUND_TRIP_MS), runs)
  const others = await peersThatOnlyStart()
  const ratio = (all: readonly Line[], peer: string): number => named(all, GATE).wall / named(all, peer).wall
  write(`## One question

One token, one hunting query with 100 rows, one list of 50 incidents, all reports written. All trust the same roots: those that
Node brings, as they would to ask the real cloud, and the one of the server here. Loading them takes each process of a script some
25 ms, and the gate about as long, once; so the scripts are shown as well with that one root alone, which no real script has.

Without delay:

${lines(plain)}

How quiet the machine was: the floor's median is ${noise(plain)} times its fastest run. Far above 1, the wall times tell of other
work too, and hit most whoever needs most CPU time.

- wall time against bash + curl + jq: ${against(ratio(plain, 'bash + curl + jq'), 1.6)}
- peak memory: ${against(named(plain, GATE).peak, 85, 1)} MiB
- \`dist/main\`, which every job downloads: ${against(size / 1e6, 2.5)} MB

With ${ROUND_TRIP_MS} ms of round-trip time, put in by a relay that delays every packet, those of the TCP and TLS handshakes too:

${lines(delayed)}

- wall time against bash + curl + jq: ${against(ratio(delayed, 'bash + curl + jq'), 0.75)}
- wall time against python3 urllib: ${against(ratio(delayed, 'python3 urllib'), 0.8)}
${others}`)

  const large = await largeAnswer(near, Math.min(runs, 5))
  const jq = large[0]!
  write(`## A hundred thousand rows

An answer of 50 MB: the whole gate with one hunting check, against fetching the same answer and counting its rows.

${table(
  ['', 'wall ms', 'CPU ms', 'peak MiB', 'wall ratio', 'memory ratio'],
  large.map((one) => [
    one.name,
    number(one.wall),
    number(one.cpu),
    number(one.peak),
    number(one.wall / jq.wall, 2),
    number(one.peak / jq.peak, 2),
  ]),
)}

Targets: wall at most 1, memory at most 0.6.`)

  const paced = await quota(60, 10)
  const gaps = await pages(near)
  write(`## Many questions

- 60 queries in each of 10 tenants, on a simulated clock: ${number(paced.took)} s, where the quota allows ${number(paced.bound)} s at best: ${against(paced.took / paced.bound, 1.05, 3)}.
- ${gaps.pages} pages of incidents in ${number(gaps.wall)} ms, whole process: from the end of an answer to the request for the next page pass ${number(gaps.median, 1)} ms (median; 95th percentile ${number(gaps.p95, 1)} ms), in which the page is received, decrypted and read.`)

  const checked = await validation(Math.min(runs, 3))
  write(`## Validation

${table(
  ['', 'wall ms', 'CPU ms', 'peak MiB'],
  checked.map(({ name, wall, cpu, peak }) => [name, number(wall), number(cpu), number(peak)]),
)}

- the first result: ${against(checked[0]!.wall / 1000, 1.2)} s
- 500 queries: ${against(checked[1]!.wall / 1000, 8)} s`)

  const points = await growth(near, 2)
  const steps = Object.keys(points[0]!.steps)
  writeFileSync(root('docs/performance-growth.svg'), plot(points))
  write(`## Growth

![CPU time and peak memory against the number of findings](performance-growth.svg)

The whole process with \`details: full\`, and each of its steps by itself, in ms. The last line tells how fast a step grows from
10,000 to 100,000 findings: 1 is linear.

${table(
  ['findings', 'CPU ms', 'peak MiB', ...steps],
  [
    ...points.map((point) => [
      String(point.findings),
      number(point.cpu),
      number(point.peak),
      ...steps.map((step) => number(point.steps[step]!, 1)),
    ]),
    [
      'growth',
      number(
        slope(points, ({ cpu }) => cpu),
        2,
      ),
      number(
        slope(points, ({ peak }) => peak),
        2,
      ),
      ...steps.map((step) =>
        number(
          slope(points, (point) => point.steps[step]!),
          2,
        ),
      ),
    ],
  ],
)}`)
  write(readFileSync(root('bench/notes.md'), 'utf8').trim())
  writeFileSync(root('docs/performance.md'), `${page.join('\n\n')}\n`)
} finally {
  tidy()
}
