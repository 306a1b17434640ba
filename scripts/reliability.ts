/**
 * Writes docs/reliability.md: runs every cell of the fault matrix and tells what became of it. With `--check` it writes
 * nothing and fails when the page would change.
 * Usage: node scripts/reliability.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FAULTS, type FaultRow } from '../test/faults/faults.ts'
import { ISSUE_ROUTES } from '../test/faults/issues.ts'
import { type Cell, type CellResult, cells, issueCells, runCells, verdictOf } from '../test/faults/matrix.ts'
import { type FaultyRoute, ROUTES } from '../test/faults/routes.ts'

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

const ISSUES_HEAD = `## Issues

Keeping issues tells of a verdict and is no part of it: whatever GitHub does to these requests, the verdict is that of the
findings, and one warning names the cause and what to do. In the first five columns there are findings, and the verdict is
\`failed\`; in the last three the check is clear, its issue is to be closed, and the verdict is \`passed\`.

- A cell holds the code of the warning and how often the request was sent. *kept*: the issue is as it should be all the
  same, and nothing is warned of.
- What would be there twice if it were sent twice (an issue, a comment) is sent again only where GitHub surely did not take
  it. Before an issue is opened, and again before each of its three tries, the list is asked whether it is there by now. In no
  cell is there a second issue, or a second comment.
- **once**: *kept* where only the first request has the fault, in all columns that hold a code or in those that are named.
- \`—\`: GitHub knows no tenants and only lists have pages; whatever keeps everybody from GitHub is met by the list, and a wrong
  clock by the sign-in.
`

/** The page, from the results of all cells. */
export function reliabilityPage(results: readonly CellResult[], issues: readonly CellResult[]): string {
  return gatePart(results) + issuePart(issues)
}

/** What becomes of the verdict. */
export function gatePart(results: readonly CellResult[]): string {
  const table = tableOf(results, ROUTES, {
    cell: (result) => (result.verdict === 'error' ? `\`${result.code}\` ×${triesOf(result)}` : `**${result.verdict}**`),
    once(found, all) {
      if (found.length === 0) return 'the same'
      const verdicts = new Set(found.map((result) => (result.verdict === 'passed' ? 'passes' : result.verdict)))
      return `${[...verdicts].join(', ')}${found.length === all.length ? '' : ', with a new token'}`
    },
  })
  const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length
  const counts = `${results.length} cells: ${count('error')} times the verdict is \`error\`; ${count('passed')} times a retry brought the answer.`
  return `${HEAD}\n${table}\n\n${counts}\n\n`
}

/** What becomes of the issues. */
export function issuePart(results: readonly CellResult[]): string {
  const table = tableOf(results, ISSUE_ROUTES, {
    cell(result) {
      if (result.verdict !== verdictOf(result.cell)) return `**${result.verdict}**`
      return `${result.warnings.length === 0 ? 'kept' : `\`${result.code}\``} ×${triesOf(result)}`
    },
    once(found, all) {
      const kept = new Set(found.filter(({ warnings }) => warnings.length === 0).map(({ cell }) => cell.route))
      const others = all.filter(({ cell, warnings }) => warnings.length > 0 && !kept.has(cell.route))
      const titles = (routes: readonly FaultyRoute[]): string => routes.map(({ title }) => title).join(', ')
      if (kept.size === 0) return 'the same'
      if (others.length > kept.size) return `kept: ${titles([...kept])}`
      return others.length === 0 ? 'kept' : `kept, but for: ${titles(others.map(({ cell }) => cell.route))}`
    },
  })
  const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length
  const warned = results.filter(({ warnings }) => warnings.length > 0).length
  const counts = `${results.length} cells: ${count('failed')} times the verdict is \`failed\` and ${count('passed')} times \`passed\`, as it is without a fault; ${warned} times a warning tells the cause, ${results.length - warned} times the issue was kept all the same.`
  return `${ISSUES_HEAD}\n${table}\n\n${counts}\n`
}

interface Words {
  /** One that is there for good. */
  cell(result: CellResult): string
  /** @param found the cells of a fault that is there once, and all of those where it is there for good */
  once(found: readonly CellResult[], all: readonly CellResult[]): string
}

/** Faults down, routes across. Neighbours with the same outcome share a row, and so do all statuses. */
function tableOf(results: readonly CellResult[], routes: readonly FaultyRoute[], words: Words): string {
  const of = (fault: FaultRow, times: Cell['times']): readonly CellResult[] =>
    results.filter(({ cell }) => cell.fault === fault && cell.times === times)
  const rows: { titles: string[]; status: boolean; cells: string }[] = []
  for (const fault of FAULTS) {
    const all = of(fault, 'for good')
    if (all.length === 0) continue
    const across = routes.map((route) => {
      const result = all.find(({ cell }) => cell.route === route)
      return result === undefined ? '—' : words.cell(result)
    })
    const cells = [...across, fault.action === undefined ? '—' : words.once(of(fault, 'once'), all)].join(' | ')
    const status = fault.action?.action === 'status'
    const same = (status ? rows : rows.slice(-1)).find((row) => row.status === status && row.cells === cells)
    if (same === undefined) rows.push({ titles: [fault.title], status, cells })
    else same.titles.push(fault.title)
  }
  const head = ['fault', ...routes.map((route) => route.title), 'once']
  const lines = [
    head.join(' | '),
    head.map(() => '---').join(' | '),
    ...rows.map(({ titles, cells }) => `${joined(titles)} | ${cells}`),
  ]
  return lines.map((line) => `| ${line} |`).join('\n')
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

/** Where no request arrived, the message tells how often it was tried. */
function triesOf(result: CellResult): number {
  const told = /\(tried (?:once|(\d+) times)\)/.exec(result.message)
  return result.tries > 0 ? result.tries : Number(told?.[1] ?? 1)
}

if (import.meta.main) {
  const page = reliabilityPage(await runCells(cells()), await runCells(issueCells()))
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page)
    console.log('wrote docs/reliability.md')
  } else if (readFileSync(PAGE, 'utf8') !== page) {
    console.error('docs/reliability.md is not up to date: run "node scripts/reliability.ts" and commit it.')
    process.exit(1)
  }
}
