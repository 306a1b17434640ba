/**
 * Every request for issues × every fault: the verdict and its outputs stay what they are, one warning says what happened,
 * nothing is there twice, and it ends in time.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { issuePart, PAGE } from '../../scripts/reliability.ts'
import { REPORT_CODES } from '../../src/errors/report.ts'
import { OUTPUT_NAMES } from '../../src/report/outputs.ts'
import { LeakDetector } from '../support/leak-detector.ts'
import { FAULTS } from './faults.ts'
import { ISSUE_ROUTES, type IssueRoute } from './issues.ts'
import { type CellResult, control, issueCells, nameOf, runCells, verdictOf } from './matrix.ts'

const ALL = issueCells()

let results: readonly CellResult[] = []
let controls: readonly CellResult[] = []
beforeAll(async () => {
  controls = await runCells(ISSUE_ROUTES.map(control), 4)
  results = await runCells(ALL)
}, 300_000)

/** The verdict, and every output and report of it, whatever became of the issue. */
function expectVerdict({ cell, gate, verdict, failed }: CellResult): void {
  const fails = verdictOf(cell) === 'failed'
  expect({ verdict, failed }).toEqual({ verdict: fails ? 'failed' : 'passed', failed: fails })
  expect(gate.outputs).toMatchObject({
    verdict: fails ? 'failed' : 'passed',
    findings: fails ? '2' : '0',
    errors: '0',
    'highest-severity': fails ? 'high' : '',
  })
  expect(Object.keys(gate.outputs).sort()).toEqual([...OUTPUT_NAMES].sort())
  expect(gate.log.filter((line) => line.startsWith('::error::'))).toHaveLength(fails ? 1 : 0)
  expect(gate.written['report.json']).toContain(`"verdict": "${fails ? 'failed' : 'passed'}"`)
}

/** The issue as it has to be when nothing is warned of. */
function expectKept({ cell, issues }: CellResult): void {
  const { situation } = cell.route as IssueRoute
  const [issue] = issues
  expect(issue?.state).toBe(situation === 'clear' ? 'closed' : 'open')
  expect(issue?.comments).toHaveLength(situation === 'new' ? 0 : 1)
  if (situation !== 'clear') expect(issue?.body).toContain('Credential theft on build-02')
}

it('covers every request with every fault that can be', () => {
  for (const route of ISSUE_ROUTES) {
    const missing = FAULTS.filter((fault) => !ALL.some((cell) => cell.route === route && cell.fault === fault))
    // GitHub knows no tenants; the sign-in meets a wrong clock first, and the list whatever concerns the whole server.
    const known =
      route.route !== 'issues'
        ? /tenant|clock|nextLink|certificate|handshake|port|name not/
        : route.from > 1
          ? /tenant|clock|certificate|handshake|port|name not/
          : /tenant|clock/
    expect(missing.filter(({ title }) => !known.test(title))).toEqual([])
  }
})

describe('without any fault the issue is kept', () => {
  it.each(ISSUE_ROUTES.map((route, index) => [route.title, index] as const))('%s', (_title, index) => {
    const result = controls[index]!
    expectVerdict(result)
    expectKept(result)
    expect(result.warnings).toEqual([])
    // The request that the faults are for is one that is sent.
    expect(result.tries).toBeGreaterThanOrEqual(1)
  })
})

describe('cell', () => {
  it.each(ALL.map((cell, index) => [nameOf(cell), index] as const))('%s', (_name, index) => {
    const result = results[index]!
    const { cell, gate, issues, warnings } = result
    const route = cell.route as IssueRoute
    expectVerdict(result)
    if (cell.expected === undefined) {
      expectKept(result)
      expect(warnings).toEqual([])
    } else {
      const { code, tries, says } = cell.expected
      expect(warnings).toHaveLength(1)
      expect(result.code).toBe(code)
      expect(Object.keys(REPORT_CODES)).toContain(code)
      expect(result.message).toMatch(says)
      expect(result.hint).toMatch(/^[A-Z].{20,} The verdict is not changed by this\.$/)
      if (tries !== undefined) expect(result.tries).toBe(tries)
    }
    // The issue is named where it was found, also if it could not be changed.
    const known = cell.expected === undefined || ['issue-update', 'issue-comment'].includes(route.route)
    const url = expect.stringMatching(/^https:\/\/localhost:\d+\/contoso\/payments\/issues\/1$/)
    expect(JSON.parse(gate.outputs['issue-urls']!)).toEqual(known ? [url] : [])
    // Nothing is there twice, and nothing of others was touched.
    expect(issues.length).toBeLessThanOrEqual(1)
    expect(issues).toHaveLength(route.situation === 'new' && cell.expected !== undefined ? 0 : 1)
    expect(issues.flatMap(({ comments }) => comments).length).toBeLessThanOrEqual(1)
    expect(result.otherIssues).toEqual(Array(route.others).fill('An issue'))
    expect(result.strayed).toBe(0)
    expect(result.tries).toBeLessThanOrEqual(5)
    expect(result.realMs).toBeLessThan(60_000)
    expect(gate.sleptMs).toBeLessThan(60_000)
  })

  it('writes no secret anywhere, an issue included', () => {
    for (const { secrets, written } of results) expect(new LeakDetector(secrets).find(written)).toEqual([])
  })
})

it('docs/reliability.md tells what became of the cells', () => {
  // Made by `node scripts/reliability.ts`.
  const [, part = ''] = readFileSync(PAGE, 'utf8').split(/^(?=## Issues$)/m)
  expect(part).toBe(issuePart(results))
})
