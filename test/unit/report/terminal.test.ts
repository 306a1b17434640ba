import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { cellWidth, renderTerminal, type TerminalLook } from '../../../src/report/terminal.ts'
import { HOSTILE_TEXTS } from '../../support/hostile.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, makeRun, POLICY, PROBLEM } from './make-run.ts'

const LOOK: TerminalLook = { colour: false, width: 100, docs: 'https://example.org/docs', reportDir: undefined }
const other = { id: 'x', label: 'fabrikam' }

describe('renderTerminal', () => {
  it('shows the checks in aligned columns, under the verdict', () => {
    const run = makeRun([
      makeResult(listCheck('open-incidents'), { findings: [makeFinding(), makeFinding({ severity: 'low' })] }),
      makeResult(listCheck('b'), { error: PROBLEM }),
      makeResult(listCheck('c')),
    ])
    const lines = renderTerminal(run, { ...LOOK, width: 120 })
    expect(lines.slice(0, 7)).toEqual([
      '',
      '✗ failed: 2 findings in 1 of 3 checks and 1 could not be evaluated (12 s)',
      '',
      '   Check           State     Findings  Reason',
      '✗  open-incidents  findings         2  2 findings, none allowed.',
      '!  b               error            –  The application lacks the permission SecurityIncident.Read.All.',
      '✓  c               clear            0  No findings.',
    ])
  })

  it('tells an error once, with what to do and where more stands', () => {
    const run = makeRun([
      makeResult(listCheck('a'), { error: PROBLEM }),
      makeResult(listCheck('a'), { error: PROBLEM, tenant: other }),
    ])
    const text = renderTerminal(run, LOOK).join('\n')
    expect(text).toContain(
      [
        'What is wrong',
        '! a (contoso) and a (fabrikam)',
        `  ${PROBLEM.message}`,
        `  ${PROBLEM.hint}`,
        '  https://example.org/docs/troubleshooting.md#permission-missing',
      ].join('\n'),
    )
  })

  it('shows findings only where details are full, worst first, twenty at most', () => {
    const findings = Array.from({ length: 30 }, (_, index) =>
      makeFinding({ severity: index === 29 ? 'high' : 'low', title: 'T', data: { DeviceName: `pc-${index}` } }),
    )
    const run = makeRun([makeResult(huntingCheck('h', {}, { title: 'T' }), { findings, columns: ['DeviceName'] })])
    const full = renderTerminal(run, LOOK)
    expect(full.find((line) => line.startsWith('high'))).toBe('high      pc-29')
    expect(full.filter((line) => line.includes('pc-'))).toHaveLength(20)
    expect(full).toContain('… and 10 more findings: give --report-dir for all of them')
    const counts = renderTerminal({ ...run, details: 'counts' }, LOOK).join('\n')
    expect(counts).not.toContain('pc-')
    expect(counts).toContain('--details full')
  })

  it('says that the exit status is 0 all the same, and where the reports are', () => {
    const check = listCheck('a', { policy: { ...POLICY, mode: 'report' } })
    const lines = renderTerminal(makeRun([makeResult(check, { findings: [makeFinding()] })]), {
      ...LOOK,
      reportDir: 'out',
    })
    expect(lines.slice(-2)).toEqual(['Exit status 0 all the same: mode report, or on-error warn.', 'Reports: out'])
    expect(lines.join('\n')).toContain('findings (goes on)')
  })

  it('fits the terminal, wide characters counted', () => {
    const wide = '漢字'.repeat(40)
    const findings = [makeFinding({ title: wide, data: { DeviceName: wide, FileName: 'x'.repeat(100) } })]
    const run = makeRun([makeResult(listCheck('a'), { findings, reason: 'r'.repeat(300) })])
    for (const width of [60, 80, 120]) {
      for (const line of renderTerminal(run, { ...LOOK, width })) expect(cellWidth(line)).toBeLessThanOrEqual(width)
    }
    expect(cellWidth('漢a\u0301😀')).toBe(5)
  })

  it('colours without changing a word, and not at all unless told to', () => {
    const run = makeRun([makeResult(listCheck('a'), { findings: [makeFinding({ title: 'Evil' })] })])
    const plain = renderTerminal(run, LOOK)
    const coloured = renderTerminal(run, { ...LOOK, colour: true })
    expect(plain.join('')).not.toContain('\u001b')
    expect(coloured.join('')).toContain('\u001b[31m')
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(plain)
  })

  it('lets no escape sequence, line break or command of a runner through, wherever a text comes from', () => {
    for (const text of [...HOSTILE_TEXTS, '\u001b]0;x\u0007', '::error::x', '##[error]x', 'a\nb']) {
      const problem = { code: text, message: text, hint: text }
      const tenant = { id: 'y', label: text }
      const run = makeRun(
        [
          makeResult(listCheck(text, { title: text }), {
            findings: [makeFinding({ title: text, data: { DeviceName: text, [text]: text } })],
            columns: ['DeviceName', text],
            reason: text,
            notes: [text],
          }),
          makeResult(listCheck('e'), { error: problem, tenant }),
        ],
        { notes: [text], inputErrors: [problem] },
      )
      for (const line of renderTerminal(run, { ...LOOK, reportDir: text })) {
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
        expect(line).not.toMatch(/^\s*::|##\[/)
      }
    }
  })
})
