/**
 * Hostile text from every place where others write, through the built action, into every sink. Judged by programs that
 * nobody here wrote: GitHub's own Markdown parser and another one, a CSV parser, the SARIF schema, a browser, and the
 * runner's rules for commands.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Emulator, GITHUB_TOKEN, type Scenario, startEmulator } from '../../emulator/emulator.ts'
import { signInInputs } from '../../emulator/settings.ts'
import { runStep, type StepResult } from '../../scripts/runner.ts'
import { OUTPUT_NAMES } from '../../src/report/outputs.ts'
import { HOSTILE, HOSTILE_ALL, HOSTILE_TEXTS, hugeCell } from '../support/hostile.ts'
import {
  commandsIn,
  hasChromium,
  hasCmark,
  MARKDOWN,
  openInBrowser,
  readCsv,
  sarifFaults,
  strangersIn,
  tablesIn,
} from '../support/judges.ts'

const entry = new URL('../../dist/main/index.js', import.meta.url).pathname
let cloud: Emulator
const folders: string[] = []
beforeAll(async () => {
  cloud = await startEmulator({ scenario: {} })
})
afterAll(async () => {
  await cloud.close()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

interface Report {
  readonly verdict: string
  readonly checks: readonly {
    readonly state: string
    readonly error?: { readonly message: string }
    readonly findings: readonly { readonly title: string; readonly data: Record<string, unknown> }[]
  }[]
}

interface Written {
  readonly step: StepResult
  readonly report: Report
  readonly csv: string
  readonly sarif: string
  readonly issues: readonly { readonly title: string; readonly body: string }[]
}

async function run(
  scenario: Scenario,
  inputs: Record<string, string>,
  files: Readonly<Record<string, string>> = {},
): Promise<Written> {
  cloud.setScenario(scenario)
  const workspace = mkdtempSync(join(tmpdir(), 'defender-gate-hostile-'))
  folders.push(workspace)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    writeFileSync(join(workspace, path), content)
  }
  const before = cloud.issues.all.length
  const step = await runStep({
    entry,
    workspace,
    inputs: {
      ...signInInputs(cloud),
      issue: 'true',
      'github-token': GITHUB_TOKEN,
      ...inputs,
    },
    env: { NODE_EXTRA_CA_CERTS: cloud.caPath, GITHUB_API_URL: cloud.githubUrl, GITHUB_RUN_ID: '42', RUNNER_DEBUG: '1' },
  })
  folders.push(step.folder)
  const read = async (name: string): Promise<string> => (step.outputs[name] ? step.file(step.outputs[name]) : '')
  return {
    step,
    report: JSON.parse(await read('report')),
    csv: await read('csv'),
    sarif: await read('sarif'),
    issues: cloud.issues.all.slice(before).map(({ title, body, comments }) => ({
      title,
      body: [body ?? '', ...comments.map((comment) => comment.body)].join('\n\n'),
    })),
  }
}

// --- what holds of every run ----------------------------------------------------------------------------------------

const OWN_COMMANDS = ['add-mask', 'debug', 'warning', 'error', 'notice', 'group', 'endgroup']

async function judgeLog({ step, report }: Written): Promise<void> {
  expect(step.stderr).toBe('')
  const commands = commandsIn(step.stdout)
  expect(commands.filter(({ name }) => !OWN_COMMANDS.includes(name))).toEqual([])
  // One annotation a failing check, one final message, and masks of secrets only.
  const failing = report.checks.filter(({ state }) => state !== 'clear').length
  const errors = commands.filter(({ name }) => name === 'error')
  expect(errors).toHaveLength(failing + 1)
  for (const { properties } of errors.slice(0, -1)) expect(properties).toMatch(/^title=Defender Gate%3A /)
  expect(errors.at(-1)?.properties).toBe('')
  for (const { data } of commands.filter(({ name }) => name === 'add-mask'))
    expect(data.length).toBeGreaterThanOrEqual(4)
  // Nothing that hides, moves the cursor or reorders what a person reads.
  expect(step.stdout.replaceAll('\n', '')).not.toMatch(
    /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u,
  )
  expect(Object.keys(step.outputs).sort()).toEqual([...OUTPUT_NAMES].sort())
  expect(step.outputs['verdict']).toBe(report.verdict)
  for (const name of ['env', 'path', 'state']) expect(await step.file(join(step.folder, name))).toBe('')
}

/** Judges a page, and gives its tables as each parser reads them. */
function judgeMarkdown(markdown: string) {
  expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024)
  expect(markdown.isWellFormed()).toBe(true)
  return Object.entries(MARKDOWN).map(([parser, render]) => {
    const html = render(markdown)
    expect({ parser, strangers: strangersIn(html) }).toEqual({ parser, strangers: [] })
    const tables = tablesIn(html)
    for (const { heads, rows } of tables) for (const row of rows) expect(row).toHaveLength(heads.length)
    return { parser, html, tables }
  })
}

function judgeFiles({ csv, sarif, report }: Written): void {
  const findings = report.checks.flatMap((check) => check.findings)
  const rows = readCsv(csv)
  expect(rows).toHaveLength(findings.length)
  for (const [index, row] of rows.entries()) {
    expect(Object.keys(row)).toEqual(['check', 'tenant', 'severity', 'status', 'title', 'fingerprint', 'url', 'data'])
    expect(JSON.parse(row['data']!)).toEqual(findings[index]!.data)
    for (const cell of Object.values(row)) {
      expect(cell).not.toMatch(/^[\s\p{Cc}\p{Cf}"]*[=+\-@＝＋－＠]|^[\t\r\n]/u)
      expect(cell).not.toMatch(/[;\t]\s*[=+\-@＝＋－＠]/u)
    }
  }
  expect(csv).not.toMatch(/[^\r\n\P{Cc}]/u)
  expect(sarifFaults(JSON.parse(sarif))).toEqual([])
  expect(JSON.stringify(JSON.parse(sarif))).not.toMatch(/"text":"[^"]*(?<!\\\\)\[[^\]]*(?<!\\\\)\]\(/)
}

function judgeIssues({ issues }: Written): void {
  for (const { title, body } of issues) {
    expect(title).not.toMatch(/[\p{Cc}`]|@\w|#\d/u)
    expect(title.length).toBeLessThanOrEqual(256)
    expect(body.length).toBeLessThanOrEqual(65_536)
    for (const { html } of judgeMarkdown(body)) {
      // Only the gate's own notes are comments, and they stand first.
      const [own = '', ...rest] = html.split(/-->\n(?!<!--)/)
      expect(own).toMatch(/^<!-- defender-gate/)
      expect(rest.join('')).not.toMatch(/<!--|-->/)
    }
  }
}

// --- findings -------------------------------------------------------------------------------------------------------

const SEVERITY = 'high'
const incidents = HOSTILE_TEXTS.map((text) => ({
  severity: SEVERITY,
  displayName: text,
  customTags: [text],
  systemTags: [text],
  assignedTo: text,
}))
const alerts = HOSTILE_TEXTS.map((text) => ({
  severity: SEVERITY,
  title: text,
  category: text,
  actorDisplayName: text,
  threatDisplayName: text,
  threatFamilyName: text,
  mitreTechniques: [text],
  systemTags: [text],
}))
/** Names of columns may be anything in KQL too. Quotes and backslashes would have to be escaped there. */
const COLUMNS = Object.values(HOSTILE).filter(
  (text) => text.trim() !== '' && !/['\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text),
)

describe('findings that are hostile', () => {
  it('as titles and facts of incidents', async () => {
    const written = await run({ tenants: [{ incidents }] }, { check: 'incidents' })
    expect(written.report).toMatchObject({ verdict: 'failed', checks: [{ state: 'findings' }] })
    expect(written.report.checks[0]!.findings).toHaveLength(HOSTILE_TEXTS.length)
    await judgeLog(written)
    judgeFiles(written)
    for (const { tables } of judgeMarkdown(written.step.summary)) {
      // Ten in the open and the rest in a fold, each with its time in the last cell.
      const rows = tables.filter(({ heads }) => heads.at(-1) === 'When (UTC)').flatMap((table) => table.rows)
      expect(rows).toHaveLength(HOSTILE_TEXTS.length)
      for (const row of rows) expect(row.at(-1)).toMatch(/^\d{4}\u2011\d\d\u2011\d\d\u00a0\d\d:\d\d$/)
    }
    expect(written.issues).toHaveLength(1)
    judgeIssues(written)
  })

  it('as titles and facts of alerts', async () => {
    const written = await run({ tenants: [{ alerts }] }, { check: 'alerts' })
    expect(written.report.checks[0]!.findings).toHaveLength(HOSTILE_TEXTS.length)
    await judgeLog(written)
    judgeFiles(written)
    judgeMarkdown(written.step.summary)
    judgeIssues(written)
  })

  it('as cells and names of columns of hunting', async () => {
    const names = COLUMNS.map((name) => `['${name}'] = DeviceName`)
    const query = `DeviceInfo | project DeviceId, ${names.join(', ')}`
    const rows = HOSTILE_TEXTS.map((text, index) => ({
      DeviceId: `${index}`,
      ...Object.fromEntries(COLUMNS.map((name) => [name, text])),
    }))
    const written = await run({ tenants: [{ hunting: [{ rows }] }] }, { check: 'hunting', query })
    expect(written.report.checks[0]).toMatchObject({ state: 'findings' })
    expect(Object.keys(written.report.checks[0]!.findings[0]!.data)).toHaveLength(COLUMNS.length + 1)
    await judgeLog(written)
    judgeFiles(written)
    judgeMarkdown(written.step.summary)
    judgeIssues(written)
  })

  it('in five thousand rows, with cells of a megabyte', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({
      DeviceName: `${index} ${HOSTILE_TEXTS[index % HOSTILE_TEXTS.length]}`,
      OSPlatform: HOSTILE_TEXTS[(index * 7) % HOSTILE_TEXTS.length],
      JoinType: index % 1000 === 0 ? hugeCell() : HOSTILE_ALL.slice(index % 1000, (index % 1000) + 40),
    }))
    const written = await run(
      { tenants: [{ hunting: [{ rows }] }] },
      { check: 'hunting', query: 'DeviceInfo | project DeviceName, OSPlatform, JoinType' },
    )
    expect(written.step.outputs['findings']).toBe('5000')
    expect(written.step.durationMs).toBeLessThan(60_000)
    await judgeLog(written)
    judgeFiles(written)
    judgeMarkdown(written.step.summary)
    judgeIssues(written)
  }, 120_000)
})

// --- what services and authors say ----------------------------------------------------------------------------------

describe('words that are hostile', () => {
  it('in errors of the API', async () => {
    // As many as may be asked in a minute: two texts an answer.
    const half = Math.ceil(HOSTILE_TEXTS.length / 2)
    const checks = HOSTILE_TEXTS.slice(0, half).map(
      (_, index) => `  - id: h${index}\n    hunting: { query: DeviceInfo }`,
    )
    const faults = HOSTILE_TEXTS.slice(0, half).map((text, index) => ({
      route: 'hunting',
      request: index + 1,
      action: 'status' as const,
      status: 400,
      headers: { 'request-id': text.replace(/[^ -~]/g, '') },
      body: { error: { code: text, message: HOSTILE_TEXTS[half + index] ?? '', innerError: { 'request-id': text } } },
    }))
    const written = await run({ faults }, { config: 'gate.yml' }, { 'gate.yml': `checks:\n${checks.join('\n')}\n` })
    expect(written.report.checks.filter(({ state }) => state === 'error')).toHaveLength(half)
    expect(JSON.stringify(written.report)).toContain('octocat')
    await judgeLog(written)
    judgeMarkdown(written.step.summary)
    expect(written.issues).toEqual([])
  }, 60_000)

  it.each([
    [
      'a refusal',
      {
        error: HOSTILE_ALL,
        error_description: `AADSTS7000215: ${HOSTILE_ALL}`,
        trace_id: HOSTILE_ALL,
        timestamp: HOSTILE_ALL,
      },
    ],
    [
      'a refusal by a number that nobody knows',
      { error: 'invalid_client', error_description: `AADSTS999999: ${HOSTILE_ALL}` },
    ],
    [
      'a refusal without a number',
      { error: HOSTILE_ALL.slice(0, 50), error_description: HOSTILE_ALL, correlation_id: HOSTILE_ALL },
    ],
  ])('in %s of Entra ID', async (_what, body) => {
    const written = await run(
      { faults: [{ route: 'token', action: 'status', status: 400, body }] },
      { check: 'incidents' },
    )
    expect(written.report.verdict).toBe('error')
    await judgeLog(written)
    judgeMarkdown(written.step.summary)
  })

  it('in names, titles and descriptions of query files', async () => {
    // As many as may be asked in a minute: three or four texts a file.
    const groups = Array.from({ length: 20 }, (_, group) =>
      HOSTILE_TEXTS.filter((_text, index) => index % 20 === group),
    )
    const files = Object.fromEntries(
      groups.flatMap((texts, index): [string, string][] => {
        const text = texts.join(' ').toWellFormed()
        const name = [...text.replaceAll(/[/\0\ufffd]/gu, '_')].slice(0, 40).join('')
        const said = { name: text, description: text, tactics: texts.map((one) => one.toWellFormed()) }
        return [
          [`q/${name}.kql`, `// ${text.replaceAll(/[\r\n]/g, ' ')}\nDeviceInfo | project DeviceName`],
          [
            `q/${index}.yaml`,
            JSON.stringify({ ...said, relevantTechniques: ['T1003', text], query: 'DeviceInfo | project DeviceName' }),
          ],
        ]
      }),
    )
    const scenario = { tenants: [{ hunting: [{ rows: [{ DeviceName: HOSTILE_ALL }] }] }] }
    const written = await run(scenario, { check: 'hunting', queries: 'q/**', issue: 'false' }, files)
    expect(written.report.checks.filter(({ state }) => state === 'findings').length).toBeGreaterThanOrEqual(35)
    await judgeLog(written)
    judgeMarkdown(written.step.summary)
    // A file that can't be read as a query is an error, and an error leaves the SARIF unwritten.
    if (written.sarif !== '') judgeFiles(written)
  }, 60_000)

  it('in the values of wrong settings', async () => {
    for (let group = 0; group < 12; group += 1) {
      // No variable of a process can hold a NUL.
      const text = HOSTILE_TEXTS.filter((_, index) => index % 12 === group)
        .join(' ')
        .replaceAll('\0', '')
      const written = await run({}, { check: text, severity: text, timespan: text, 'max-findings': text, config: text })
      expect(written.step.outputs['verdict']).toBe('error')
      const commands = commandsIn(written.step.stdout)
      expect(commands.filter(({ name }) => !OWN_COMMANDS.includes(name))).toEqual([])
      judgeMarkdown(written.step.summary)
    }
  }, 60_000)
})

// --- a browser ------------------------------------------------------------------------------------------------------
;(hasChromium ? describe : describe.skip)('in a browser (skipped without Chromium)', () => {
  it('a page with the same text as it stands does execute and fetch', async () => {
    const seen = await openInBrowser(HOSTILE_TEXTS.join('<br>'))
    expect(seen.executed).toBe(true)
    // Bytes of a TLS greeting that stand behind the name may look like a part of it.
    expect(seen.fetched).toContainEqual(expect.stringMatching(/^evil\.example/))
  }, 90_000)

  it.each(Object.entries(MARKDOWN))(
    'the summary, by %s, does neither',
    async (_parser, render) => {
      const written = await run({ tenants: [{ incidents }] }, { check: 'incidents' })
      const pages = [written.step.summary, ...written.issues.map(({ body }) => body)]
      expect(await openInBrowser(pages.map(render).join('<hr>'))).toEqual({ executed: false, fetched: [] })
    },
    90_000,
  )
})

;(hasCmark ? it : it.skip)("GitHub's own Markdown parser (skipped without cmark-gfm) was among the judges", () => {
  expect(Object.keys(MARKDOWN)).toContain('cmark-gfm')
})

it('the judges find what is hostile where nobody made it safe', () => {
  for (const render of Object.values(MARKDOWN)) {
    for (const name of [
      'link',
      'image',
      'autolinks',
      'scripts',
      'mentions',
      'references',
      'commits',
      'emojis',
    ] as const) {
      expect({ name, found: strangersIn(render(HOSTILE[name]!)).length > 0 }).toEqual({ name, found: true })
    }
  }
  for (const name of [
    'commandAtStart',
    'commandAfterSpace',
    'commandAfterNoBreakSpace',
    'commandOnNextLine',
    'commandAfterReturn',
    'oldCommand',
    'oldCommandTwice',
  ] as const) {
    expect({ name, found: commandsIn(HOSTILE[name]!).length > 0 }).toEqual({ name, found: true })
  }
  expect(() => readCsv('a,b\r\n1,2,3\r\n')).toThrow()
  expect(sarifFaults({ version: '2.0.0', runs: [{}] }).length).toBeGreaterThan(0)
})
