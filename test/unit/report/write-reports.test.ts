import { describe, expect, it } from '@jest/globals'
import type { Files, Run } from '../../../src/model.ts'
import { createLog } from '../../../src/report/log.ts'
import { createRedactor } from '../../../src/report/redact.ts'
import { type ReportOptions, writeReports } from '../../../src/report/write-reports.ts'
import { listCheck, makeFinding, makeResult, makeRun, PROBLEM } from './make-run.ts'

const SECRET = 'tops3cret-value/with+more'

/** A disk and a terminal that remember, in one list, everything that happened and in which order. */
function stage(options: { broken?: readonly string[]; brokenOutput?: string } = {}) {
  const disk = new Map<string, string>()
  const events: string[] = []
  const lines: string[] = []
  const set = new Map<string, string>()
  const redactor = createRedactor()
  redactor.protect(SECRET)
  const put = (path: string, content: string): void => {
    if (options.broken?.some((name) => path.endsWith(name))) {
      throw Object.assign(new Error(`ENOSPC: no space left on device, open '${path}'`), { code: 'ENOSPC' })
    }
    disk.set(path, content)
    events.push(path.split('/').at(-1)!)
  }
  const files: Files = {
    readText: async (path) => disk.get(path)!,
    write: async (path, content) => put(path, content),
    append: async (path, content) => put(path, (disk.get(path) ?? '') + content),
    remove: async (path) => void disk.delete(path),
    exists: async (path) => disk.has(path),
    realPath: async (path) => path,
    size: async (path) => Buffer.byteLength(disk.get(path)!),
    glob: async () => [],
  }
  const terminal = {
    line: (text: string): void => {
      lines.push(text)
      events.push('line')
    },
    mask: () => undefined,
  }
  const wants: ReportOptions = {
    files,
    reportDir: '/reports/',
    summaryPath: '/summary.md',
    setOutput: (name, value) => {
      if (name === options.brokenOutput) throw new Error('no file')
      set.set(name, value)
      events.push(`output ${name}`)
    },
    redact: redactor.redact,
    log: createLog(terminal, redactor.redact),
    terminal,
    nextBaseline: '{"version":1}',
    docsUrl: 'https://github.com/o/r',
  }
  return { disk, events, lines, set, wants }
}

const failed = (): Run =>
  makeRun([makeResult(listCheck('a'), { findings: [makeFinding({ title: `T ${SECRET}`, data: { a: SECRET } })] })])

describe('writeReports', () => {
  it('leaves nothing of an earlier step that could be taken for its own', async () => {
    const { disk, wants } = stage()
    for (const name of ['results.sarif', 'results-2.sarif', 'results-3.sarif', 'baseline.json', 'mine.txt'])
      disk.set(`/reports/${name}`, 'old')
    const inError = makeRun([makeResult(listCheck('a'), { state: 'error' })])
    await writeReports(inError, wants)
    expect([...disk.keys()].sort()).toEqual([
      '/reports/findings.csv',
      '/reports/mine.txt',
      '/reports/report.json',
      '/summary.md',
    ])
  })

  it('writes files, then the summary, then outputs, then annotations', async () => {
    const { disk, events, set, wants } = stage()
    const { paths, problems } = await writeReports(failed(), wants)
    expect(problems).toEqual([])
    expect(events.slice(0, 5)).toEqual(['report.json', 'findings.csv', 'results.sarif', 'baseline.json', 'summary.md'])
    expect(events.slice(5)).toEqual([...[...set.keys()].map((name) => `output ${name}`), 'line'])
    expect(set.size).toBe(10)
    expect(paths).toEqual({
      report: '/reports/report.json',
      sarif: '/reports/results.sarif',
      csv: '/reports/findings.csv',
    })
    expect(set.get('sarif')).toBe('/reports/results.sarif')
    expect(disk.get('/reports/baseline.json')).toBe('{"version":1}')
  })

  it('writes neither SARIF nor baseline when a check is in error, whatever else was found', async () => {
    const { disk, set, wants } = stage()
    const run = makeRun([...failed().checks, makeResult(listCheck('b'), { error: PROBLEM })])
    await writeReports(run, wants)
    expect([...disk.keys()]).toEqual(['/reports/report.json', '/reports/findings.csv', '/summary.md'])
    expect(set.get('sarif')).toBe('')
    expect(set.get('verdict')).toBe('failed')
  })

  it('writes no SARIF for wrong settings either', async () => {
    const { disk, wants } = stage()
    await writeReports(makeRun([], { verdict: 'error', stepFails: true, inputErrors: [PROBLEM] }), wants)
    expect([...disk.keys()]).not.toContain('/reports/results.sarif')
  })

  it('leaves no secret in anything, and JSON stays JSON', async () => {
    const { disk, lines, set, wants } = stage()
    await writeReports(failed(), wants)
    const all = [...disk.values(), ...lines, ...set.values()].join('\n')
    expect(all).not.toContain('tops3cret')
    expect(all).toContain('T ***')
    expect(JSON.parse(disk.get('/reports/report.json')!).checks[0].findings[0]).toMatchObject({
      title: 'T ***',
      data: { a: '***' },
    })
    expect(JSON.parse(disk.get('/reports/results.sarif')!).version).toBe('2.1.0')
  })

  it('leaves no secret in the addresses that GitHub gave', async () => {
    const { set, wants } = stage()
    await writeReports(failed(), { ...wants, issueUrls: [`https://github.com/${SECRET}`] })
    expect(set.get('issue-urls')).toBe('["https://github.com/***"]')
  })

  it('tells the files that can not be written, empties their outputs, and writes the others', async () => {
    const { lines, set, wants } = stage({ broken: ['report.json', 'results.sarif', 'summary.md'] })
    const { problems } = await writeReports(failed(), wants)
    expect(problems.map(({ code }) => code)).toEqual(['report-not-written', 'summary-not-written'])
    expect(problems.map(({ message }) => message)).toEqual([
      'The report files report.json and results.sarif could not be written to /reports: the disk is full (ENOSPC).',
      'The job summary could not be written: the disk is full (ENOSPC).',
    ])
    expect(lines.filter((line) => line.startsWith('::warning::'))).toHaveLength(2)
    expect([set.get('report'), set.get('sarif'), set.get('csv')]).toEqual(['', '', '/reports/findings.csv'])
    expect(set.get('verdict')).toBe('failed')
    expect(lines.at(-1)).toMatch(/^::error /)
  })

  it('sets the other outputs when one can not be set', async () => {
    const { set, wants } = stage({ brokenOutput: 'verdict' })
    const { problems } = await writeReports(failed(), wants)
    expect(problems.map(({ code }) => code)).toEqual(['output-not-set'])
    expect(problems[0]!.message).toBe('The output verdict could not be set: no file.')
    expect(set.size).toBe(9)
  })

  it('tells outputs that fail for one cause in one go', async () => {
    const { lines, wants } = stage()
    const setOutput = (): never => {
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    }
    const { problems } = await writeReports(failed(), { ...wants, setOutput })
    expect(problems).toHaveLength(1)
    expect(problems[0]!.message).toMatch(
      /^The outputs verdict, .* and issue-urls could not be set: the user of the step has no right to it \(EACCES\)\.$/,
    )
    expect(lines.filter((line) => line.startsWith('::warning::'))).toHaveLength(1)
  })

  it('adds to a summary that is there, within what it leaves', async () => {
    const { disk, wants } = stage()
    disk.set('/summary.md', 'x'.repeat(995_000))
    await writeReports(failed(), wants)
    const summary = disk.get('/summary.md')!
    expect(summary.startsWith('xxx')).toBe(true)
    expect(summary).toContain('Defender Gate failed')
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_000_000)
  })

  it('needs no summary file and no baseline', async () => {
    const { disk, wants } = stage()
    await writeReports(failed(), { ...wants, summaryPath: undefined, nextBaseline: undefined })
    expect([...disk.keys()]).toEqual(['/reports/report.json', '/reports/findings.csv', '/reports/results.sarif'])
  })

  it('writes a large report in pieces that make one valid file', async () => {
    const { disk, events, wants } = stage()
    const findings = Array.from({ length: 9 }, (_, index) =>
      makeFinding({ data: { cell: String(index).repeat(1_000_000) } }),
    )
    await writeReports(makeRun([makeResult(listCheck('a'), { findings })]), wants)
    expect(events.filter((event) => event === 'report.json').length).toBeGreaterThan(1)
    expect(JSON.parse(disk.get('/reports/report.json')!).checks[0].findings).toHaveLength(9)
  })

  it('tells a second SARIF file', async () => {
    const { disk, lines, wants } = stage()
    const checks = Array.from({ length: 21 }, (_, index) =>
      makeResult(listCheck('a'), { tenant: { id: `t${index}`, label: 'x' } }),
    )
    await writeReports(makeRun(checks), wants)
    expect(disk.has('/reports/results-2.sarif')).toBe(true)
    expect(lines.join('\n')).toContain('upload the folder')
  })
})
