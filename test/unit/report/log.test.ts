import { describe, expect, it } from '@jest/globals'
import { checkLine } from '../../../src/report/console.ts'
import { createLog } from '../../../src/report/log.ts'
import { HOSTILE_TEXTS, hugeCell } from '../../support/hostile.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, PROBLEM } from './make-run.ts'

function recorded() {
  const lines: string[] = []
  const log = createLog({ line: (text) => lines.push(text), mask: () => undefined }, (text) =>
    text.replaceAll('hunter2!', '***'),
  )
  return { lines, log }
}

describe('createLog', () => {
  it('prints lines, warnings and debug lines', () => {
    const { lines, log } = recorded()
    log.info('plain')
    log.warn('careful: 50%')
    log.debug('Error: x\n    at y')
    expect(lines).toEqual(['plain', '::warning::careful: 50%25', '::debug::Error: x', '::debug::    at y'])
  })

  it('redacts before it escapes and cuts', () => {
    const { lines, log } = recorded()
    log.info(`${'x'.repeat(7995)}hunter2!`)
    log.warn('hunter2!')
    expect(lines.join('\n')).not.toContain('hunter')
    expect(lines[1]).toBe('::warning::***')
  })

  it('prints only its own commands, and no line that is endless, whatever the text', () => {
    const { lines, log } = recorded()
    for (const text of [...HOSTILE_TEXTS, hugeCell()]) {
      log.info(text)
      log.warn(text)
      log.debug(text)
    }
    for (const line of lines) {
      expect(line).not.toMatch(/[\r\n\u0085\u2028\u2029]|##\[/)
      expect(line.length).toBeLessThan(100_000)
      if (/^\s*::/u.test(line)) expect(line).toMatch(/^::(warning|debug)::/)
    }
  })
})

describe('checkLine', () => {
  it('says state, check, tenant, reason and time', () => {
    const result = makeResult(listCheck('open-incidents'), { findings: [makeFinding(), makeFinding()] })
    expect(checkLine(result, true)).toBe('✗ open-incidents (contoso): 2 findings, none allowed [1.2 s]')
    expect(checkLine(makeResult(huntingCheck('x'), { durationMs: 65_000 }), false)).toBe('✓ x: No findings [1 min 5 s]')
  })

  it('says the error and its code', () => {
    expect(checkLine(makeResult(listCheck('a'), { error: PROBLEM }), false)).toBe(
      '! a: The application lacks the permission SecurityIncident.Read.All (permission-missing) [1.2 s]',
    )
  })
})
