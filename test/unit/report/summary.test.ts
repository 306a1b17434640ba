import { describe, expect, it } from '@jest/globals'
import type { Finding, Run } from '../../../src/model.ts'
import { renderSummary } from '../../../src/report/summary.ts'
import { gfmToHtml, proseOf, TRIGGERS, tags } from '../../support/gfm.ts'
import { HOSTILE_ALL, HOSTILE_TEXTS, hugeCell } from '../../support/hostile.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, makeRun, POLICY, PROBLEM, TENANT } from './make-run.ts'

const BUDGET = { budgetBytes: 1_000_000 }
const STRUCTURE = new Set([
  'h2',
  'h3',
  'p',
  'strong',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'br',
  'sub',
  'code',
  'ul',
  'li',
  'a',
  'details',
  'summary',
  'pre',
])
const size = (text: string): number => Buffer.byteLength(text)
const lines = (text: string): string[] => text.split('\n')

const incident = (title: string, severity: Finding['severity'], day: string): Finding =>
  makeFinding({
    title,
    severity,
    at: `2026-11-${day}T09:00:00Z`,
    url: `https://security.microsoft.com/incident2/${day}/overview`,
    data: { id: day, displayName: title, severity, status: 'active', assignedTo: day === '01' ? null : 'ana' },
  })

describe('renderSummary', () => {
  it('gives the verdict in the first line', () => {
    const first = (run: Run): string => lines(renderSummary(run, BUDGET))[0]!
    const clear = makeResult(listCheck('a'))
    const found = makeResult(listCheck('b'), { findings: [makeFinding()] })
    const erred = makeResult(listCheck('c'), { error: PROBLEM })
    expect(first(makeRun([clear]))).toBe('## ✅ Defender Gate passed: the check is clear')
    expect(first(makeRun([clear, clear]))).toBe('## ✅ Defender Gate passed: all 2 checks are clear')
    expect(first(makeRun([clear, found]))).toBe('## ❌ Defender Gate failed: 1 finding in 1 of 2 checks')
    expect(first(makeRun([clear, found, erred]))).toBe(
      '## ❌ Defender Gate failed: 1 finding in 1 of 3 checks; 1 could not be evaluated',
    )
    expect(first(makeRun([clear, erred]))).toBe(
      '## ⚠️ Defender Gate could not tell: 1 of 2 checks could not be evaluated',
    )
    const inputErrors = [{ code: 'value-invalid', message: 'm', hint: 'h' }]
    expect(first(makeRun([], { verdict: 'error', stepFails: true, inputErrors }))).toBe(
      '## ⚠️ Defender Gate could not tell: 1 wrong setting',
    )
  })

  it('has a table of the checks, failing ones first, with only the columns that say something', () => {
    const text = renderSummary(
      makeRun([
        makeResult(listCheck('a', { title: 'All *calm*' })),
        makeResult(listCheck('b'), { error: PROBLEM }),
        makeResult(listCheck('c'), { findings: [makeFinding()] }),
      ]),
      BUDGET,
    )
    expect(text).toContain(
      [
        '| Check | State | Findings | Reason |',
        '| --- | --- | --: | --- |',
        '| `c` | ❌&nbsp;findings | 1 | 1 finding, none allowed. |',
        '| `b` | ⚠️&nbsp;error | – | The application lacks the permission SecurityIncident.Read.All. |',
        '| All \\*calm\\*<br>`a` | ✅&nbsp;clear | 0 | No findings. |',
      ].join('\n'),
    )
    expect(text).not.toContain('Tenant')
  })

  it('tells findings that are allowed from those that fail', () => {
    const canary = listCheck('a', { policy: { ...POLICY, maxFindings: undefined, minFindings: 1 } })
    const results = [
      makeResult(canary, { findings: [makeFinding({ severity: 'low' })] }),
      makeResult(listCheck('b'), { findings: [makeFinding(), makeFinding()] }),
    ]
    const text = renderSummary(makeRun(results), BUDGET)
    expect(text).toContain('failed: 2 findings in 1 of 2 checks')
    expect(text).toContain('**3 findings** (2 high, 1 low), 1 allowed · 1 of 2 checks clear')
  })

  it('shows tenant, known and suppressed where there are any', () => {
    const findings = [makeFinding({ status: 'known' }), makeFinding({ status: 'suppressed' })]
    const text = renderSummary(
      makeRun([
        makeResult(listCheck('a'), { findings }),
        makeResult(listCheck('a'), { tenant: { id: 'x', label: 'fabrikam' } }),
      ]),
      BUDGET,
    )
    expect(text).toContain('| Check | Tenant | State | Findings | Known | Suppressed | Reason |')
    expect(text).toContain('| `a` | contoso | ✅&nbsp;clear | 0 | 1 | 1 |')
    expect(text).toContain('1 known · 1 suppressed · 2 tenants')
  })

  it('shows the worst findings in a narrow table with links, and who holds the suppressed ones', () => {
    const suppression = { check: 'a', where: {}, reason: 'EDR test host', owner: 'secops', expires: '2027-01-31' }
    const findings = [
      incident('Low', 'low', '03'),
      incident('Old high', 'high', '01'),
      incident('New high', 'high', '02'),
      makeFinding({ title: 'Held', status: 'suppressed', suppression }),
    ]
    const text = renderSummary(makeRun([makeResult(listCheck('a'), { findings })]), BUDGET)
    const rows = lines(text).filter((line) => /^\| (🔴|🟡)/u.test(line))
    expect(rows[0]).toContain(
      '[New high](https://security.microsoft.com/incident2/02/overview) | `02` | `active` | `ana` | 2026\u201111\u201102\u00a009:00 |',
    )
    expect(rows.map((row) => /\[(.*?)\]/.exec(row)?.[1])).toEqual(['New high', 'Old high', 'Low'])
    expect(text).toContain('| `a` | Held | EDR test host | secops | 2027\\-01\\-31 |')
  })

  it('folds what does not belong to the top ten, and says how many there are beyond', () => {
    const findings = Array.from({ length: 300 }, (_, index) => makeFinding({ data: { DeviceName: `pc-${index}` } }))
    const text = renderSummary(
      makeRun([makeResult(huntingCheck('h', {}, { title: 'H' }), { findings, columns: ['DeviceName'] })]),
      BUDGET,
    )
    const [open, folded] = text.split('<details>')
    expect(open!.match(/pc-/g)).toHaveLength(10)
    expect(folded).toContain('<summary>200 more findings</summary>')
    expect(folded).toContain('… and 90 more, in `findings.csv`')
  })

  it('chooses columns that tell: key columns, who and where; no hashes, no times, no empty ones', () => {
    const findings = ['a', 'b'].map((name) =>
      makeFinding({
        title: 'Hunt',
        data: {
          Timestamp: '2026-11-20T10:00:00Z',
          DeviceId: 'ab'.repeat(20),
          ReportId: 1,
          Empty: null,
          Custom: name,
          FileName: 'x.exe',
          DeviceName: name,
          SHA256: 'f'.repeat(64),
          AccountName: 'root',
        },
      }),
    )
    const columns = Object.keys(findings[0]!.data)
    const check = huntingCheck('h', { key: ['custom'] }, { title: 'Hunt' })
    const text = renderSummary(makeRun([makeResult(check, { findings, columns })]), BUDGET)
    expect(text).toContain('| Severity | Custom | FileName | DeviceName | AccountName |')
  })

  it('links to the query and explains each error once, however many checks have it', () => {
    const portalUrl = 'https://security.microsoft.com/v2/advanced-hunting?query=H4sI&timeRangeId=day'
    const text = renderSummary(
      makeRun([
        makeResult(huntingCheck('h'), { portalUrl, findings: [makeFinding()] }),
        makeResult(listCheck('a'), { error: PROBLEM }),
        makeResult(listCheck('b'), { error: PROBLEM }),
      ]),
      BUDGET,
    )
    expect(text).toContain(
      '[Open this query in advanced hunting](https://security.microsoft.com/v2/advanced-hunting?query=H4sI&amp;timeRangeId=day)',
    )
    expect(text).toContain('- **`a`**, **`b`**<br>The application lacks')
    expect(text.match(/What to do:/g)).toHaveLength(1)
    expect(text).toContain('(`permission-missing`)')
  })

  it('says in mode report and with on-error: warn what it would have done', () => {
    const report = listCheck('a', { policy: { ...POLICY, mode: 'report' } })
    const warn = listCheck('b', { policy: { ...POLICY, onError: 'warn' } })
    const text = renderSummary(
      makeRun([makeResult(report, { findings: [makeFinding()] }), makeResult(warn, { error: PROBLEM })]),
      BUDGET,
    )
    expect(text).toContain(
      '**The step goes on:** 1 check with findings in mode `report` and 1 check in error with `on-error: warn`. With `mode: enforce` and `on-error: fail` it would have failed.',
    )
    expect(text.match(/does not fail the step/g)).toHaveLength(2)
  })

  it('has no text of a finding and no link to one with counts', () => {
    const findings = Array.from({ length: 12 }, (_, index) =>
      incident('Named', index % 2 === 0 ? 'high' : 'low', String(index + 10)),
    )
    const suppressed = makeFinding({ title: 'Held', status: 'suppressed' })
    const text = renderSummary(
      makeRun([makeResult(listCheck('a'), { findings: [...findings, suppressed] })], { details: 'counts' }),
      BUDGET,
    )
    expect(text).not.toMatch(/Named|Held|incident2|active|Nov/)
    expect(text).toContain('12 findings, none allowed (6 high, 6 low)')
    expect(text).toContain('By severity: 6 high, 6 low.')
    expect(text).toContain('`details: full`')
  })

  it('draws a chart only where there is enough to see, with the same facts in words', () => {
    const days = (list: readonly string[]): string =>
      renderSummary(
        makeRun([makeResult(listCheck('a'), { findings: list.map((day) => incident('x', 'high', day)) })]),
        BUDGET,
      )
    expect(days(['01', '05', '09'])).not.toContain('mermaid')
    expect(days(new Array(20).fill('05'))).not.toContain('mermaid')
    const text = days([...new Array(9).fill('05'), '07', '08'])
    expect(text).toContain('x-axis ["Nov 5 (9)", "Nov 6 (0)", "Nov 7 (1)", "Nov 8 (1)"]')
    expect(text).toContain('bar [9, 0, 1, 1]')
    expect(text).toContain('By day (UTC): Nov 5: 9, Nov 7: 1, Nov 8: 1.')
  })

  it('counts weeks where days would be too many, and draws nothing for the ages', () => {
    const at = (times: readonly string[]): string =>
      renderSummary(
        makeRun([makeResult(listCheck('a'), { findings: times.map((time) => makeFinding({ at: time })) })]),
        BUDGET,
      )
    const recent = new Array<string>(10).fill('2026-11-20T00:00:00Z')
    expect(at(['2026-10-01T00:00:00Z', ...recent])).toContain('Findings by 7 days, UTC')
    expect(at(['1601-01-01T00:00:00Z', ...recent])).not.toContain('mermaid')
    expect(at(['no time', ...recent])).not.toContain('NaN')
  })

  it('says what to do next, as it fits', () => {
    const next = (run: Run): string => renderSummary(run, BUDGET).split('What to do next')[1] ?? ''
    const found = makeResult(listCheck('a'), { findings: [makeFinding()] })
    expect(next(makeRun([makeResult(listCheck('a'))]))).toBe('')
    expect(next(makeRun([found]))).toContain('baseline.json')
    expect(next(makeRun([found]))).toContain('a suppression with a reason and an end to the config file')
    const byInputs = next(makeRun([found], { byInputs: true }))
    expect(byInputs).toContain('move the check to a file for the input `config`')
    expect(byInputs).not.toContain('to the config file')
    expect(next(makeRun([found, makeResult(listCheck('b'), { error: PROBLEM })]))).not.toContain('baseline.json')
    const canary = listCheck('a', { policy: { ...POLICY, maxFindings: undefined, minFindings: 1 } })
    const few = next(makeRun([makeResult(canary, { state: 'findings', reason: '0 findings, at least 1 expected.' })]))
    expect(few).toContain('whether the data still arrives')
    expect(few).not.toContain('suppression')
  })

  it('says how many wrong settings it has no room for', () => {
    const inputErrors = Array.from({ length: 35 }, (_, at) => ({ code: 'value-invalid', message: `m${at}`, hint: 'h' }))
    const summary = renderSummary(makeRun([], { verdict: 'error', stepFails: true, inputErrors }), BUDGET)
    expect(summary).toContain('m29')
    expect(summary).not.toContain('m30')
    expect(summary).toContain('- … and 5 more, in the log.')
  })

  it('tells notes, wrong settings and the rounds of waiting', () => {
    const notes = makeRun([makeResult(listCheck('a'), { notes: ['cut off'] })], {
      notes: ['expired @octocat'],
      rounds: 3,
    })
    const text = renderSummary(notes, { ...BUDGET, links: { docs: 'https://github.com/o/r' } })
    expect(text).toContain('- expired \\@&#8203;octocat')
    expect(text).toContain('- a: cut off')
    expect(text).toContain('asked 3 times')
    expect(text).toContain('[Defender Gate](https://github.com/o/r)')
    const inputErrors = [
      { code: 'config-key', message: 'No such key.', hint: 'Correct it.', place: { file: 'gate.yml', line: 4 } },
    ]
    const wrong = renderSummary(makeRun([], { verdict: 'error', stepFails: true, inputErrors }), BUDGET)
    expect(wrong).toContain('- No such key. (`gate.yml:4`)<br>**What to do:** Correct it. (`config-key`)')
    const docs = 'https://github.com/o/r/blob/v1/docs'
    const linked = renderSummary(makeRun([makeResult(listCheck('a'), { error: PROBLEM })], { inputErrors }), {
      ...BUDGET,
      links: { docs },
    })
    expect(linked).toContain(`Correct it. ([\`config-key\`](${docs}/troubleshooting.md#config-key))`)
    expect(linked).toContain(`([\`permission-missing\`](${docs}/troubleshooting.md#permission-missing))`)
  })
})

describe('renderSummary under fire', () => {
  function hostileRun(rows: readonly string[], more: Partial<Run> = {}): Run {
    const findings = rows.map((text, index) =>
      makeFinding({
        title: text,
        at: index % 2 === 0 ? text : `2026-11-${10 + (index % 9)}T00:00:00Z`,
        url: `https://a.example/${text.slice(0, 500).toWellFormed()}`,
        data: { DeviceName: text, [text.slice(0, 5000)]: text, list: [text], nested: { text } },
      }),
    )
    const suppressed = makeFinding({
      title: HOSTILE_ALL,
      status: 'suppressed',
      suppression: { check: 'h', where: {}, reason: HOSTILE_ALL, owner: HOSTILE_ALL, expires: HOSTILE_ALL },
    })
    const tenant = { ...TENANT, label: HOSTILE_ALL }
    const problem = { code: HOSTILE_ALL, message: HOSTILE_ALL, hint: HOSTILE_ALL }
    return makeRun(
      [
        makeResult(huntingCheck(HOSTILE_ALL, {}, { title: HOSTILE_ALL }), {
          tenant,
          findings: [...findings, suppressed],
          columns: ['DeviceName', ...rows.slice(0, 30).map((row) => row.slice(0, 5000)), 'list'],
          notes: [HOSTILE_ALL],
          reason: HOSTILE_ALL,
          portalUrl: `https://b.example/${HOSTILE_ALL.slice(0, 300).toWellFormed()}`,
        }),
        makeResult(listCheck('b', { title: HOSTILE_ALL }), { tenant: { id: 'x', label: '@octocat' }, error: problem }),
      ],
      { notes: [HOSTILE_ALL], inputErrors: [{ ...problem, place: { file: HOSTILE_ALL, line: 1 } }], ...more },
    )
  }

  it.each(['full', 'counts'] as const)(
    'executes, links and mentions nothing, and no table breaks, with %s',
    (details) => {
      const run = hostileRun(HOSTILE_TEXTS, { details })
      const html = gfmToHtml(renderSummary(run, BUDGET))
      expect(tags(html).filter((name) => !STRUCTURE.has(name))).toEqual([])
      for (const href of html.match(/(?:href|src)="[^"]*"/g) ?? [])
        expect(href).toMatch(/^href="https:\/\/(a|b)\.example\//)
      for (const prose of proseOf(html)) for (const trigger of TRIGGERS) expect(prose).not.toMatch(trigger)
      for (const table of html.match(/<table>[\s\S]*?<\/table>/g)!) {
        const widths = new Set(table.match(/<tr>[\s\S]*?<\/tr>/g)!.map((row) => row.match(/<t[dh]/g)!.length))
        expect(widths.size).toBe(1)
      }
      expect(html.match(/<details>/g)?.length).toBe(html.match(/<\/details>/g)?.length)
      for (const line of lines(renderSummary(run, BUDGET))) expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u202e\u200b]/u)
    },
  )

  it('shows every hostile title and cell, readable', () => {
    const text = renderSummary(hostileRun(HOSTILE_TEXTS), BUDGET)
    expect(text).toContain('cmd&#124;')
    expect(text).toContain('`<script>alert(1)</script><img src=x onerror=alert(1)><svg/o…`')
  })

  it('keeps to its budget with 5,000 hostile rows and cells of a megabyte', () => {
    const huge = hugeCell()
    const rows = Array.from({ length: 5000 }, (_, index) =>
      index < 20 ? huge : HOSTILE_TEXTS[index % HOSTILE_TEXTS.length]!,
    )
    const run = hostileRun(rows)
    for (const budgetBytes of [1_000_000, 60_000, 20_000]) {
      const text = renderSummary(run, { budgetBytes })
      expect(size(text)).toBeLessThanOrEqual(budgetBytes)
      expect(text).toContain('Defender Gate failed')
      expect(text).toMatch(/… and [\d,]+ more/)
    }
  })

  it('keeps to its budget with many checks, each of which gets its share', () => {
    const checks = Array.from({ length: 400 }, (_, index) =>
      makeResult(huntingCheck(`check-${index}`, {}, { title: HOSTILE_ALL }), {
        findings: Array.from({ length: 30 }, () =>
          makeFinding({ title: HOSTILE_ALL, data: { DeviceName: HOSTILE_ALL } }),
        ),
      }),
    )
    const text = renderSummary(makeRun(checks), { budgetBytes: 200_000 })
    expect(size(text)).toBeLessThanOrEqual(200_000)
    expect(text).toContain('`check-0`')
    expect(text).toMatch(/… and [\d,]+ more checks/)
    expect(text).toContain('What to do next')
  })
})
