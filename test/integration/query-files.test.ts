/** Query files: what is sent is what stands in the file, and what can't be told is an error with file and line. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { GateStage } from '../support/gate-world.ts'
import { hunted, refused } from '../support/hunted.ts'

let stage: GateStage
let outside: string
beforeAll(async () => {
  stage = await GateStage.open()
  outside = mkdtempSync(join(tmpdir(), 'defender-gate-outside-'))
  mkdirSync(join(outside, 'hunting'))
  writeFileSync(join(outside, 'hunting', 'stolen.kql'), 'OutsideOfTheWorkspace')
})
afterAll(async () => {
  rmSync(outside, { recursive: true })
  await stage.close()
})

type Files = NonNullable<Parameters<GateStage['gate']>[0]>['files']
const NONE = { faults: [hunted({ columns: { A: 'String' }, rows: [] })] }
const ROW = { faults: [hunted({ rows: [{ A: 'x' }] })] }

async function hunt(files: Files, inputs: Record<string, string> = { queries: '**/*.*' }, scenario = NONE) {
  const run = await stage.gate({ inputs: { check: 'hunting', ...inputs }, files: files!, scenario })
  return {
    ...run,
    sent: run.requests.filter(({ route }) => route === 'hunting').map(({ body }) => JSON.parse(body).Query as string),
  }
}

describe('a raw query file', () => {
  const KQL = '// Ünïcode 🦊 and tabs\t\r\nDeviceInfo\r\n| where X == "a\\\\b" and Y == "\u{1F980}"   \r\n\r\n'

  it.each(['kql', 'csl', 'kusto', 'txt', 'KQL'])('.%s is sent byte for byte', async (extension) => {
    const run = await hunt({ [`q.${extension}`]: KQL })
    expect(run.sent).toEqual([KQL])
    expect(run.outputs['verdict']).toBe('passed')
  })

  it('loses its byte-order mark, and nothing else', async () => {
    expect((await hunt({ 'q.kql': `\u{feff}${KQL}` })).sent).toEqual([KQL])
  })

  it('with the markers of public collections gives its advanced-hunting part', async () => {
    const text =
      '//Microsoft Sentinel query\nSecurityEvent\n| take 1\n//Advanced Hunting query\nDeviceEvents\n| take 2\n'
    expect((await hunt({ 'q.txt': text })).sent).toEqual(['DeviceEvents\n| take 2\n'])
  })

  it('of comments only is an error that names it', async () => {
    const run = await hunt({ 'empty.kql': '// nothing\n\n' })
    expect([run.outputs['verdict'], run.report.checks[0].error.code, run.sent]).toEqual(['error', 'query-empty', []])
    expect(run.report.checks[0].error.message).toContain('empty.kql')
    expect(run.lines.join('\n')).toMatch(/^::error [^:]*file=empty\.kql,line=1/m)
  })

  it('in UTF-16 is an error that names it', async () => {
    const run = await hunt({ 'wide.kql': 'D\0e\0v\0i\0c\0e\0' })
    expect(run.report.checks[0].error.code).toBe('query-file-encoding')
  })
})

describe('a YAML file', () => {
  const SENTINEL = `id: 0a1b2c3d-0000-4000-8000-000000000000
name: LSASS dumps
severity: High
tactics: [CredentialAccess]
relevantTechniques: [T1003.001]
query: |
  DeviceProcessEvents
  | where FileName == "procdump.exe"
entityMappings:
  - entityType: Host
    fieldMappings: [{ identifier: FullName, columnName: DeviceName }]
`
  it('in the shape of Azure-Sentinel gives query, name, severity, tactics and techniques', async () => {
    const run = await hunt(
      { 'q.yaml': SENTINEL },
      { queries: '*.yaml', severity: 'low' },
      { faults: [hunted({ rows: [{ DeviceName: 'a', X: 'x' }] })] },
    )
    expect(run.sent).toEqual(['DeviceProcessEvents\n| where FileName == "procdump.exe"\n'])
    expect(run.outputs['highest-severity']).toBe('high')
    expect(run.report.checks[0].title).toBe('LSASS dumps')
    expect(run.summary).toMatch(/T1003(\\?\.|&#46;)001/)
    const [rule] = JSON.parse(run.file('results.sarif')!).runs[0].tool.driver.rules
    expect(JSON.stringify(rule)).toMatch(/T1003\.001/i)
    expect(run.lines.join('\n')).toMatch(/^::error [^:]*file=q\.yaml,line=7/m)
  })

  it('in the shape of a custom detection gives its query', async () => {
    const text = 'displayName: Detect\nqueryCondition:\n  queryText: |-\n    DeviceEvents\n    | take 1\n'
    const run = await hunt({ 'd.yml': text })
    expect(run.sent).toEqual(['DeviceEvents\n| take 1'])
  })

  it.each(['name: x\n', 'query: ""\n', 'query: |\n  // only a comment\n', '- a\n- b\n', 'query: [a]\n', 'a: b: c\n'])(
    'without a query (%j) is an error that names it',
    async (text) => {
      const run = await hunt({ 'bad.yaml': text })
      expect([run.outputs['verdict'], run.sent]).toEqual(['error', []])
      expect(run.report.checks[0].error.message).toContain('bad.yaml')
    },
  )
})

describe('a Markdown file', () => {
  it('gives its one fence, and points at its line', async () => {
    const text = '# Title\n\nText\n\n```kql\nDeviceInfo\n| take 1\n```\n'
    const run = await hunt({ 'q.md': text }, undefined, ROW)
    expect(run.sent).toEqual(
      ['DeviceInfo\n| take 1\n'].map((kql) =>
        expect.stringMatching(new RegExp(`^${kql.trimEnd().replace(/[|]/g, '\\|')}\\n?$`)),
      ),
    )
    expect(run.lines.join('\n')).toMatch(/^::error [^:]*file=q\.md,line=6/m)
  })

  it('prefers the section for Defender XDR', async () => {
    const text = '# Q\n## Sentinel\n```kql\nSecurityEvent\n```\n## Defender XDR\n```kql\nDeviceInfo\n```\n'
    expect((await hunt({ 'q.md': text })).sent.map((query) => query.trim())).toEqual(['DeviceInfo'])
  })

  it('with two candidates is an error that lists their lines', async () => {
    const run = await hunt({ 'q.md': '```kql\nA\n```\n\n```kql\nB\n```\n' })
    expect(run.report.checks[0].error.code).toBe('query-file-ambiguous')
    expect(run.report.checks[0].error.message).toMatch(/1.*5|2.*6/)
  })

  it('without a fence is an error that names it', async () => {
    const run = await hunt({ 'q.md': '# Nothing here\n' })
    expect(run.report.checks[0].error.message).toContain('q.md')
  })
})

describe('globs', () => {
  it('that match nothing are an error, whatever the mode', async () => {
    const run = await hunt({ 'a.kql': 'A' }, { queries: 'hunting/*.kql', mode: 'report' })
    expect([run.outputs['verdict'], run.failed, run.report.checks[0].error.code]).toEqual([
      'error',
      true,
      'queries-none',
    ])
    expect(run.report.checks[0].error.message).toContain('hunting/*.kql')
  })

  it('make each file a check of its own, and one that fails hides no other', async () => {
    const run = await hunt(
      { 'h/a.kql': 'A', 'h/b.kql': '// empty', 'h/c.md': '```kql\nC\n```', 'h/d.exe': 'D' },
      { queries: 'h/*' },
    )
    expect(run.report.checks.map((check: { id: string; state: string }) => [check.id, check.state])).toEqual([
      ['h/a.kql', 'clear'],
      ['h/b.kql', 'error'],
      ['h/c.md', 'clear'],
      ['h/d.exe', 'error'],
    ])
    expect(run.sent.map((query) => query.trim()).sort()).toEqual(['A', 'C'])
  })

  it('one per line, each file once', async () => {
    const run = await hunt({ 'a.kql': 'A', 'b.kql': 'B' }, { queries: '*.kql\n./a.kql\n\n' })
    expect(run.sent.sort()).toEqual(['A', 'B'])
  })

  it('never read a file outside of the workspace through a link', async () => {
    const run = await hunt(
      {
        'h/link.kql': { link: join(outside, 'hunting', 'stolen.kql') },
        'h/dir': { link: join(outside, 'hunting') },
        'h/own.kql': 'Own',
      },
      { queries: 'h/**/*.kql' },
    )
    expect(run.sent.map((query) => query.trim())).toEqual(['Own'])
    expect(run.outputs['verdict']).toBe('error')
    expect(JSON.stringify([run.report, run.lines, run.summary])).not.toContain('OutsideOfTheWorkspace')
  })

  it('may follow a link inside of it', async () => {
    const run = await hunt({ 'h/own.kql': 'Own', 'other.kql': { link: 'h/own.kql' } }, { queries: 'other.kql' })
    expect(run.sent).toEqual(['Own'])
  })

  it('with a config file outside through a link: an input error', async () => {
    writeFileSync(join(outside, 'g.yml'), 'checks: [{ id: a, incidents: {} }]')
    const run = await stage.gate({
      inputs: { config: 'g.yml' },
      files: { 'g.yml': { link: join(outside, 'g.yml') } },
      scenario: {},
    })
    expect([run.outputs['verdict'], run.requests]).toEqual(['error', []])
  })

  it('a report-dir that leads outside through a link is an input error', async () => {
    const run = await stage.gate({
      inputs: { check: 'incidents', 'report-dir': 'out/x' },
      files: { out: { link: outside } },
      scenario: {},
    })
    expect([run.outputs['verdict'], run.requests]).toEqual(['error', []])
    expect(run.lines.join('\n')).toContain('`report-dir`')
  })
})

describe('query-file of the config file', () => {
  const config = (path: string, more = '') =>
    `checks:\n  - id: one\n${more}    hunting: { query-file: ${path}, key: [A] }\n`
  const run = (path: string, files: Record<string, string>, more = '') =>
    stage.gate({
      inputs: { config: '.github/g.yml' },
      files: { '.github/g.yml': config(path, more), ...files },
      scenario: ROW,
    })

  it('is relative to the workspace, and the check keeps its id', async () => {
    const result = await run('hunting/q.kql', { 'hunting/q.kql': 'T' }, '    title: My title\n')
    expect(result.report.checks[0]).toMatchObject({ id: 'one', title: 'My title', state: 'findings' })
    expect(result.lines.join('\n')).toMatch(/^::error [^:]*file=hunting\/q\.kql,line=1/m)
  })

  it('that is missing is an error of the check', async () => {
    const result = await run('q.kql', {})
    expect(result.report.checks[0].error.message).toContain('q.kql')
    expect(result.outputs['verdict']).toBe('error')
  })

  it('outside of the workspace is refused before anything is asked', async () => {
    const result = await run('../q.kql', {})
    expect([result.outputs['verdict'], result.requests]).toEqual(['error', []])
  })
})

it('an error of the service is annotated on the query file', async () => {
  const run = await hunt({ 'bad.kql': '\n\nT' }, { queries: 'bad.kql' }, { faults: [refused('hunting') as never] })
  expect(run.report.checks[0].error.code).toBe('kql-error')
  expect(run.lines.join('\n')).toMatch(/^::error [^:]*file=bad\.kql,line=\d/m)
})

it('a long query arrives whole', async () => {
  const query = `T // ${'🦊'.repeat(20_000)}`
  const run = await hunt({ 'long.kql': query })
  expect(createHash('sha256').update(run.sent[0]!).digest('hex')).toBe(createHash('sha256').update(query).digest('hex'))
})

describe('several patterns', () => {
  it('of which one matches nothing are a warning in log and summary, and no error', async () => {
    const run = await hunt({ 'hunting/lsass.kql': 'DeviceEvents' }, { queries: 'hunting/l*.kql\nhuntin/*.yaml' })
    expect([run.outputs['verdict'], run.failed, run.sent]).toEqual(['passed', false, ['DeviceEvents']])
    expect(run.lines.filter((line) => /^::warning .*huntin\/\*\.yaml.*"hunting"/.test(line))).toHaveLength(1)
    expect(run.summary).toMatch(/Notes[\s\S]*huntin/)
  })
})
