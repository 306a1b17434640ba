/**
 * Writes docs/reliability.md: runs every cell of the fault matrix and tells what became of it. With `--check` it writes
 * nothing and fails when the page would change.
 * Usage: node scripts/reliability.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CellResult,
  cells,
  FAULTS,
  type FaultRow,
  type FaultyRoute,
  ROUTES,
  runCells,
} from '../test/faults/matrix.ts'

export const PAGE = join(import.meta.dirname, '..', 'docs', 'reliability.md')

const HEAD = `# Reliability

Everything that the gate talks to breaks at times. This page is generated: \`node scripts/reliability.ts\` runs the gate
against an emulated cloud once for each cell below and writes down what became of it. The emulated tenant has no finding that
counts, so a fault that is taken for an answer would show as a verdict \`passed\`. None does.

- A cell holds the code of the error (see [troubleshooting](troubleshooting.md)) and how often the request was sent. The
  verdict is \`error\`, all outputs are set, and the message names the cause.
- **once** says what happens when only the first request has the fault: *passes* means that the next try brought the
  answer and the gate opened, as it should. *the same* means that trying again is of no use, or not safe. \`—\`: not a
  matter of a single request.
- \`—\` elsewhere stands where a fault can't be: a token has no pages, and rows of hunting and records of the older API name no tenant
  (the tenant of the token is compared there).
- A request is sent at most five times. Between two tries lie about 1, 2, 4 and 8 seconds, or what \`Retry-After\` says, up
  to five minutes. Time-outs: 10 s to connect, 200 s for the head of an answer, 30 s between two pieces of its body; in all 60 s
  for a page of a list, 200 s for a query and 300 s for a token.
`

/** The page, from the results of all cells. */
export function reliabilityPage(results: readonly CellResult[]): string {
  const rows: { titles: string[]; cells: string }[] = []
  for (const fault of FAULTS) {
    const cellsOfRow = [...ROUTES.map((route) => forGood(results, fault, route)), once(results, fault)].join(' | ')
    const last = rows.at(-1)
    const alike = rows.find(
      (row) => row.cells === cellsOfRow && /^\d+$/.test(row.titles[0]!) && /^\d+$/.test(fault.title),
    )
    const same = alike ?? (last?.cells === cellsOfRow ? last : undefined)
    if (same === undefined) rows.push({ titles: [fault.title], cells: cellsOfRow })
    else same.titles.push(fault.title)
  }
  const head = ['fault', ...ROUTES.map((route) => route.title), 'once']
  const table = [
    head.join(' | '),
    head.map(() => '---').join(' | '),
    ...rows.map(({ titles, cells }) => `${joined(titles)} | ${cells}`),
  ]
  const opened = results.filter((result) => result.verdict === 'passed').length
  const closed = results.filter((result) => result.verdict === 'error').length
  const counts = `${results.length} cells: ${closed} times the verdict is \`error\`; ${opened} times a retry brought the answer.`
  return `${HEAD}\n${table.map((line) => `| ${line} |`).join('\n')}\n\n${counts}\n`
}

/** `301 to another host`, `302 to another host`: `301, 302 to another host`. */
function joined(titles: readonly string[]): string {
  const words = titles.map((title) => title.split(' '))
  const shortest = Math.min(...words.map((list) => list.length))
  let common = 0
  while (titles.length > 1 && common < shortest - 1 && new Set(words.map((list) => list.at(-1 - common))).size === 1)
    common += 1
  const own = words.map((list) => list.slice(0, list.length - common).join(' '))
  return [own.join(', '), ...words[0]!.slice(words[0]!.length - common)].join(' ')
}

function of(
  results: readonly CellResult[],
  fault: FaultRow,
  route: FaultyRoute,
  times: string,
): CellResult | undefined {
  return results.find(({ cell }) => cell.fault === fault && cell.route === route && cell.times === times)
}

function forGood(results: readonly CellResult[], fault: FaultRow, route: FaultyRoute): string {
  const result = of(results, fault, route, 'for good')
  if (result === undefined) return '—'
  if (result.verdict !== 'error') return `**${result.verdict}**`
  return `\`${result.code}\` ×${triesOf(result)}`
}

/** Where no request arrived, the message tells how often it was tried. */
function triesOf(result: CellResult): number {
  const told = /\(tried (?:once|(\d+) times)\)/.exec(result.message)
  return told === null ? Math.max(1, result.tries) : Number(told[1] ?? 1)
}

function once(results: readonly CellResult[], fault: FaultRow): string {
  const found = ROUTES.flatMap((route) => of(results, fault, route, 'once') ?? [])
  if (fault.action === undefined) return '—'
  if (found.length === 0) return 'the same'
  const verdicts = new Set(found.map((result) => (result.verdict === 'passed' ? 'passes' : result.verdict)))
  const all = ROUTES.filter((route) => of(results, fault, route, 'for good') !== undefined).length
  return `${[...verdicts].join(', ')}${found.length === all ? '' : ', with a new token'}`
}

if (import.meta.main) {
  const page = reliabilityPage(await runCells(cells()))
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page)
    console.log('wrote docs/reliability.md')
  } else if (readFileSync(PAGE, 'utf8') !== page) {
    console.error('docs/reliability.md is not up to date: run "node scripts/reliability.ts" and commit it.')
    process.exit(1)
  }
}
