import { describe, expect, it } from '@jest/globals'
import { GateError, GateErrors } from '../../../src/errors.ts'
import type { PlannedCheck } from '../../../src/model.ts'
import { annotate, annotationCommand, finalMessage } from '../../../src/report/annotations.ts'
import { inputErrorRun } from '../../../src/report/input-errors.ts'
import { renderSummary } from '../../../src/report/summary.ts'
import { HOSTILE_TEXTS } from '../../support/hostile.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, makeRun, POLICY, PROBLEM } from './make-run.ts'

const same = (text: string): string => text

describe('annotate', () => {
  it('tells each failing check once, on its query file and line, without text of a finding', () => {
    const run = makeRun([
      makeResult(listCheck('open-incidents', { title: 'Open incidents' }), {
        findings: [makeFinding({ title: 'Named' })],
      }),
      makeResult(huntingCheck('lsass-access'), { findings: [makeFinding({ severity: 'low', data: { a: 'cell' } })] }),
      makeResult(listCheck('clear')),
    ])
    expect(annotate(run)).toEqual([
      {
        level: 'error',
        title: 'Defender Gate: Open incidents',
        message: 'open-incidents: 1 finding, none allowed.\nBy severity: 1 high.',
      },
      {
        level: 'error',
        title: 'Defender Gate: lsass-access',
        message: 'lsass-access: 1 finding, none allowed.\nBy severity: 1 low.',
        file: 'hunting/lsass.kql',
        line: 3,
      },
    ])
  })

  it('names the tenant where there are several, and links the hint of an error to its page', () => {
    const run = makeRun(
      [
        makeResult(listCheck('a'), { error: PROBLEM }),
        makeResult(listCheck('a'), { findings: [makeFinding()], tenant: { id: 'x', label: 'fabrikam' } }),
      ],
      { inputErrors: [{ code: 'value-invalid', message: 'm', hint: 'h' }] },
    )
    const docs = 'https://example.org/docs'
    expect(annotate(run, docs).map(({ message }) => message)).toEqual([
      `m\nh See ${docs}/troubleshooting.md#value-invalid`,
      `a (contoso): ${PROBLEM.message}\n${PROBLEM.hint} See ${docs}/troubleshooting.md#permission-missing`,
      'a (fabrikam): 1 finding, none allowed.\nBy severity: 1 high.',
    ])
    expect(annotate(run)[1]?.message).toBe(`a (contoso): ${PROBLEM.message}\n${PROBLEM.hint}`)
  })

  it('warns where mode or on-error say so, after the errors, then tells the notes', () => {
    const report = listCheck('a', { policy: { ...POLICY, mode: 'report' } })
    const warn = listCheck('b', { policy: { ...POLICY, onError: 'warn' } })
    const run = makeRun(
      [
        makeResult(report, { findings: [makeFinding()] }),
        makeResult(warn, { error: PROBLEM }),
        makeResult(listCheck('c'), { error: PROBLEM }),
      ],
      { notes: ['a note'] },
    )
    expect(annotate(run).map(({ level, title }) => `${level} ${title}`)).toEqual([
      'error Defender Gate: c',
      'warning Defender Gate: a',
      'warning Defender Gate: b',
      'warning Defender Gate',
    ])
  })

  it('points at the place of an error, or at the file that could not be read', () => {
    const problem = new GateError('no-query', 'No query.', 'Add one.', { place: { file: 'q/a.yml', line: 7 } })
    const broken = (more: object): PlannedCheck => ({
      ...listCheck('x'),
      ask: { kind: 'hunting', problem, file: 'q/b.kql', ...more } as PlannedCheck['ask'],
    })
    const at = (check: PlannedCheck, error = PROBLEM) => annotate(makeRun([makeResult(check, { error })]))[0]
    expect(at(broken({}))).toMatchObject({ file: 'q/a.yml', line: 7 })
    expect(at(broken({ problem: new GateError('c', 'm', 'h') }))).toMatchObject({ file: 'q/b.kql', line: 1 })
    expect(at(huntingCheck('h'), { ...PROBLEM, place: { file: 'q/c.kql', line: 9 } })).toMatchObject({
      file: 'q/c.kql',
      line: 9,
    })
    expect(at(listCheck('l'))).not.toHaveProperty('file')
  })

  it('names the tenant where there are several', () => {
    const tenant = { id: 'other', label: 'fabrikam' }
    const run = makeRun([makeResult(listCheck('a')), makeResult(listCheck('a'), { tenant, error: PROBLEM })])
    expect(annotate(run)[0]!.title).toBe('Defender Gate: a (fabrikam)')
  })
})

describe('annotationCommand', () => {
  it('is a workflow command with encoded properties and lines', () => {
    const command = annotationCommand(
      { level: 'error', title: 'a: b, c', message: 'one\ntwo 5%', file: 'x,y.kql', line: 3 },
      (text) => text.replaceAll('one', '***'),
    )
    expect(command).toBe('::error title=a%3A b%2C c,file=x%2Cy.kql,line=3::***%0Atwo 5%25')
  })

  it('stays one command, whatever the text', () => {
    for (const text of HOSTILE_TEXTS) {
      const command = annotationCommand({ level: 'warning', title: text, message: text, file: text, line: 1 }, same)
      expect(command).toMatch(/^::warning title=[^:,\r\n]*,file=[^:,\r\n]*,line=1::[^\r\n\u0085\u2028\u2029]*$/)
      expect(command).not.toContain('##[')
    }
  })
})

describe('finalMessage', () => {
  it('says in one sentence what failed and how much', () => {
    const run = makeRun([
      makeResult(listCheck('a'), { findings: [makeFinding(), makeFinding()] }),
      makeResult(listCheck('b'), { error: PROBLEM }),
      makeResult(listCheck('c')),
    ])
    expect(finalMessage(run)).toBe(
      'Defender Gate: 2 findings in 1 of 3 checks and 1 could not be evaluated. The job summary says what was found and what to do.',
    )
  })

  it('is silent when the step passes, whatever the verdict', () => {
    expect(finalMessage(makeRun([makeResult(listCheck('a'))]))).toBeUndefined()
    const report = listCheck('a', { policy: { ...POLICY, mode: 'report' } })
    expect(finalMessage(makeRun([makeResult(report, { findings: [makeFinding()] })]))).toBeUndefined()
  })

  it('blames only the checks that fail the step', () => {
    const report = listCheck('a', { policy: { ...POLICY, mode: 'report' } })
    const run = makeRun([
      makeResult(report, { findings: [makeFinding()] }),
      makeResult(listCheck('b'), { error: PROBLEM }),
    ])
    expect(finalMessage(run)).toMatch(/^Defender Gate: 1 of 2 checks could not be evaluated\./)
  })

  it('tells too few findings', () => {
    const run = makeRun([makeResult(listCheck('a'), { state: 'findings' })])
    expect(finalMessage(run)).toMatch(/^Defender Gate: too few findings in 1 of 1 check\./)
  })

  it('fails the step when a report could not be written', () => {
    const passed = makeRun([makeResult(listCheck('a'))])
    const [file, summary] = [
      { code: 'report-not-written', message: 'The file could not be written.' },
      { code: 'summary-not-written', message: 'The summary could not be written.' },
    ]
    expect(finalMessage(passed, [file])).toBe(
      'Defender Gate: the verdict is passed, but not everything could be reported. The file could not be written. The job summary says what was found and what to do.',
    )
    // What does not exist can say nothing.
    expect(finalMessage(passed, [file, summary])).toBe(
      'Defender Gate: the verdict is passed, but not everything could be reported. The file could not be written. (1 more problem in the log) The log says what was found and what to do.',
    )
    const failed = makeRun([makeResult(listCheck('a'), { findings: [makeFinding()] })])
    expect(finalMessage(failed, [file])).toMatch(
      /^Defender Gate: 1 finding in 1 of 1 check and not everything could be reported\. /,
    )
  })
})

describe('inputErrorRun', () => {
  const when = new Date('2026-11-20T08:00:00Z')

  it('is an error that always fails the step and tells every problem', () => {
    const place = { file: 'gate.yml', line: 4 }
    const problems = [new GateError('value-invalid', 'A.', 'B.'), new GateError('config-key', 'C.', 'D.', { place })]
    const run = inputErrorRun(new GateErrors('settings-invalid', 'Two.', 'Mend.', problems), when, when)
    expect(run).toMatchObject({ verdict: 'error', stepFails: true, checks: [] })
    expect(annotate(run)).toEqual([
      { level: 'error', title: 'Defender Gate: value-invalid', message: 'A.\nB.' },
      { level: 'error', title: 'Defender Gate: config-key', message: 'C.\nD.', file: 'gate.yml', line: 4 },
    ])
    expect(finalMessage(run)).toBe(
      'Defender Gate: 2 wrong settings. Correct the settings that the annotations name, and run the step again.',
    )
  })

  it('has no empty line where there is no advice', () => {
    const run = inputErrorRun(
      new GateErrors('s', 'One.', 'Mend.', [new GateError('value-invalid', 'A.', '')]),
      when,
      when,
    )
    expect(annotate(run).map(({ message }) => message)).toEqual(['A.'])
    const summary = renderSummary(run, { budgetBytes: 10_000 })
    expect(summary).toContain('A. (`value-invalid`)')
    expect(summary).not.toContain('What to do:')
  })

  it('takes a single error for itself', () => {
    expect(inputErrorRun(new GateError('c', 'm', 'h'), when, when).inputErrors).toEqual([
      { code: 'c', message: 'm', hint: 'h' },
    ])
  })
})
