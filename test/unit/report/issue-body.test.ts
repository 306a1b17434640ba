import { describe, expect, it } from '@jest/globals'
import type { CheckResult, Details, Finding, Run } from '../../../src/model.ts'
import * as texts from '../../../src/report/issue-body.ts'
import {
  changeSince,
  issueKey,
  keyOf,
  marker,
  readMemory,
  withoutMarker,
  writeMemory,
} from '../../../src/report/issue-memory.ts'
import { gfmToHtml, proseOf, TRIGGERS, tags } from '../../support/gfm.ts'
import { HOSTILE, HOSTILE_ALL, hugeCell } from '../../support/hostile.ts'
import { huntingCheck, makeFinding, makeResult, makeRun, TENANT } from './make-run.ts'

const RUN_URL = 'https://github.com/o/r/actions/runs/77'

function textOf(
  result: CheckResult,
  more: { details?: Details; before?: string; run?: Partial<Run> } = {},
): texts.IssueText {
  const details = more.details ?? 'full'
  const run = makeRun([result], { details, ...more.run })
  const change = more.before === undefined ? undefined : changeSince(readMemory(more.before), result, details)
  return { run, result, key: issueKey(result.check.id, result.tenant.id), change, runUrl: RUN_URL }
}

const print = (index: number): string => `${index.toString(16).padStart(8, '0')}${'0'.repeat(56)}`
const many = (count: number, from = 0): Finding[] =>
  Array.from({ length: count }, (_, index) =>
    makeFinding({
      fingerprint: print(from + index),
      title: `finding ${from + index}`,
      data: { DeviceName: `host-${index}` },
    }),
  )

describe('hostile text', () => {
  const ALLOWED = new Set([
    'a',
    'br',
    'code',
    'details',
    'h3',
    'h4',
    'li',
    'strong',
    'sub',
    'summary',
    'table',
    'tbody',
    'td',
    'th',
    'thead',
    'tr',
    'ul',
  ])
  const OURS = /^https:\/\/(github\.com\/o\/r\/actions\/runs\/77|security\.microsoft\.com\/incidents\/1)$/

  function harmless(markdown: string): void {
    const html = gfmToHtml(markdown).replace(/^<!-- defender-gate:[^>]* -->$/gm, '')
    expect(tags(html).filter((name) => !ALLOWED.has(name))).toEqual([])
    expect(html).not.toContain('<!--')
    for (const [, href] of html.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(OURS)
    const prose = proseOf(html).join('\n')
    expect(TRIGGERS.filter((trigger) => trigger.test(prose))).toEqual([])
  }

  it.each([...Object.entries(HOSTILE), ['all', HOSTILE_ALL] as const])(
    '%s does nothing in a body or comment',
    (_, text) => {
      const finding = makeFinding({ title: text, data: { [text]: text, DeviceName: text }, url: text })
      const linked = makeFinding({ title: text, url: 'https://security.microsoft.com/incidents/1' })
      const check = huntingCheck('x', {}, { id: text, title: text })
      const result = makeResult(check, {
        findings: [finding, linked],
        columns: [text, 'DeviceName'],
        tenant: { id: TENANT.id, label: text },
        reason: `2 findings, none allowed ${text}.`,
        portalUrl: text,
      })
      const first = texts.findingsBody(textOf(result))
      harmless(first)
      expect(keyOf(first)).toBe(issueKey(text, TENANT.id))
      const later = textOf({ ...result, findings: [makeFinding({ title: text })] }, { before: first })
      expect(later.change).toMatchObject({ gone: 2 })
      for (const body of [texts.findingsBody(later), texts.clearBody(later)]) {
        harmless(body)
        expect(body.match(/^<!-- /gm)).toHaveLength(2)
      }
      for (const comment of [
        texts.addedComment(later),
        texts.clearComment(later),
        texts.reopenedComment(later, true),
        texts.reopenedComment(later, false),
        texts.duplicateComment(7),
      ]) {
        harmless(comment)
        expect(comment).not.toContain('\n<!--')
      }
    },
  )

  it.each(Object.entries(HOSTILE))('%s makes a title of one line that references nothing', (_, text) => {
    const run = makeRun([
      makeResult(huntingCheck('x', {}, { title: text }), { tenant: { id: TENANT.id, label: text } }),
    ])
    const title = texts.issueTitle({ run, result: run.checks[0]! })
    expect(title).toMatch(/^Defender Gate: /)
    expect([...title].length).toBeLessThanOrEqual(240)
    expect(title).not.toMatch(/[`\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u)
    for (const trigger of TRIGGERS) expect(title).not.toMatch(trigger)
  })

  it('links to no page of GitHub, where a reference would be left', () => {
    const url = 'https://github.com/octocat/hello/issues/1'
    const body = texts.findingsBody(
      textOf(makeResult(huntingCheck('x'), { findings: [makeFinding({ url })], portalUrl: url })),
    )
    expect(body).not.toContain('octocat')
    const portal = 'https://security.microsoft.com/incidents/1'
    expect(
      texts.findingsBody(textOf(makeResult(huntingCheck('x'), { findings: [makeFinding({ url: portal })] }))),
    ).toContain(`(${portal})`)
  })
})

describe('the title', () => {
  it('names the tenant where it has a name, or where there are several', () => {
    const titled = (label: string, others: CheckResult[] = []): string => {
      const result = makeResult(huntingCheck('a', {}, { title: 'LSASS memory read' }), {
        tenant: { id: TENANT.id, label },
      })
      return texts.issueTitle({ run: makeRun([result, ...others]), result })
    }
    const other = makeResult(huntingCheck('b'), { tenant: { id: 'fabrikam.com', label: 'fabrikam.com' } })
    expect(titled('contoso')).toBe('Defender Gate: LSASS memory read (contoso)')
    expect(titled(TENANT.id)).toBe('Defender Gate: LSASS memory read')
    // Hexadecimal runs of seven and more are parted, as they may name a commit.
    expect(titled(TENANT.id, [other]).replaceAll('\u200b', '')).toBe(`Defender Gate: LSASS memory read (${TENANT.id})`)
  })
})

describe('the size of a body', () => {
  const LIMIT = 65_536

  it.each([1, 20, 21, 500, 5000, 5001, 20_000])('is within GitHub’s limit with %d findings', (count) => {
    const result = makeResult(huntingCheck('x'), { findings: many(count), columns: ['DeviceName'] })
    const body = texts.findingsBody(textOf(result))
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(texts.BODY_BUDGET)
    expect(body.length).toBeLessThan(LIMIT)
    expect(body).toContain('`finding 0`')
    expect(body).toContain('What to do next')
    expect(body.trimEnd().endsWith('</sub>')).toBe(true)
    const shown = (body.match(/&nbsp;high/g) ?? []).length
    const more = /… and ([\d,]+) more, in the files/.exec(body)?.[1]?.replaceAll(',', '') ?? '0'
    expect(shown + Number(more)).toBe(count)
    expect(shown).toBeGreaterThanOrEqual(Math.min(count, 20))
  })

  it('is within the limit when everything is as long as can be', () => {
    const cell = hugeCell('🚀|`\\`<b>\u202e')
    const findings = Array.from({ length: 5000 }, (_, index) =>
      makeFinding({
        fingerprint: print(index),
        title: cell,
        data: { DeviceName: cell, FileName: cell },
        at: '2026-11-20T01:02:03Z',
      }),
    )
    const result = makeResult(huntingCheck('x', {}, { id: cell, title: cell }), {
      findings,
      reason: cell,
      tenant: { id: TENANT.id, label: cell },
    })
    const before = texts.findingsBody(textOf({ ...result, findings: findings.slice(0, 2500) }))
    for (const body of [texts.findingsBody(textOf(result)), texts.findingsBody(textOf(result, { before }))]) {
      expect(body.length).toBeLessThan(LIMIT)
      expect(keyOf(body)).toBeDefined()
      expect(readMemory(body)?.prints?.all.size).toBe(5000)
      expect(body).toContain('🔴')
    }
    expect(texts.addedComment(textOf(result, { before })).length).toBeLessThan(LIMIT)
    const gone = textOf({ ...result, findings: [], state: 'clear' }, { before })
    expect(texts.clearBody(gone)).toContain('… and 2,490 more')
  })
})

describe('the memory', () => {
  const result = (findings: Finding[]): CheckResult => makeResult(huntingCheck('x'), { findings })

  it.each([1, 500, 5000])('tells of %d findings which are new and which are gone', (count) => {
    const before = writeMemory(result(many(count)), 'full')
    const now = [...many(count).slice(1), ...many(2, count)]
    expect(changeSince(readMemory(before), result(now), 'full')).toMatchObject({
      how: 'named',
      added: [{ title: `finding ${count}` }, { title: `finding ${count + 1}` }],
      gone: 1,
      goneTitles: ['finding 0'],
    })
  })

  it('counts where there are too many to know each', () => {
    const before = writeMemory(result(many(5001)), 'full')
    expect(readMemory(before)?.prints).toBeUndefined()
    const now = result([...many(5001), makeFinding({ severity: 'low' })])
    expect(changeSince(readMemory(before), now, 'full')).toEqual({ how: 'counted', added: 1, gone: 0 })
  })

  it('counts when the last run, or this one, may show counts only', () => {
    const [one, two] = [result(many(2)), result(many(3, 7))]
    for (const [then, now] of [
      ['counts', 'full'],
      ['full', 'counts'],
    ] as const) {
      expect(changeSince(readMemory(writeMemory(one, then)), two, now)).toEqual({ how: 'counted', added: 1, gone: 0 })
    }
  })

  it('knows one finding in several rows once', () => {
    const twice = [makeFinding({ fingerprint: print(1) }), makeFinding({ fingerprint: print(1) })]
    const memory = readMemory(writeMemory(result(twice), 'full'))
    expect(memory?.prints?.all.size).toBe(1)
    expect(changeSince(memory, result(twice), 'full')).toMatchObject({ added: [], gone: 0 })
  })

  it.each([
    '',
    'x <!-- defender-gate:memory 1 clear 0.0.0.0.0 0: W10 -->',
    '<!-- defender-gate:memory 2 clear 0.0.0.0.0 0: W10 -->',
    '<!-- defender-gate:memory 1 clear 0.0.0 0: W10 -->',
    '<!-- defender-gate:memory 1 clear 0.0.0.0.0 6:abc W10 -->',
    '<!-- defender-gate:memory 1 clear 0.0.0.0.0 0:abc W10 -->',
  ])('is not read from %j', (body) => expect(readMemory(body)).toBeUndefined())

  it.each(['W10', 'eyJ9', '', Buffer.from('[["a"],[1,2],["abcdef","x"],null]').toString('base64url')])(
    'reads whatever titles are packed in %j',
    (packed) => {
      const memory = readMemory(`<!-- defender-gate:memory 1 findings 0.0.0.0.1 6:abcdef ${packed} -->`)
      expect(memory?.prints?.all).toEqual(new Set(['abcdef']))
      expect([...memory!.titles].every((pair) => pair.join() === 'abcdef,x')).toBe(true)
    },
  )

  it('has a marker that names neither the check nor the tenant, and can be taken out', () => {
    const key = issueKey('secret/path.kql', TENANT.id)
    expect(marker(key)).toMatch(/^<!-- defender-gate:issue [0-9a-f]{64} -->$/)
    expect(keyOf(withoutMarker(`a\n${marker(key)}\nb`))).toBeUndefined()
    expect(new Set([issueKey('a', 'b'), issueKey('b', 'a'), issueKey('a","b', ''), issueKey('ab', '')]).size).toBe(4)
  })
})
