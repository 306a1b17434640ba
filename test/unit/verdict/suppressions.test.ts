import { describe, expect, it } from '@jest/globals'
import type { Json, PlannedCheck, RawFinding, Suppression } from '../../../src/model.ts'
import { judge } from '../../../src/verdict/judge.ts'
import { suppressionNotes } from '../../../src/verdict/suppressions.ts'
import { answer, check, finding, incidentCheck, raw, result, suppression, TENANT } from './helpers.ts'

const NOW = new Date('2026-06-15T12:00:00Z')

function statuses(
  planned: PlannedCheck,
  findings: readonly RawFinding[],
  suppressions: readonly Suppression[],
  now = NOW,
): readonly string[] {
  const judged = judge({
    check: planned,
    tenant: TENANT,
    answer: answer(findings),
    baseline: new Map(),
    suppressions,
    now,
  })
  return judged.findings.map(({ status }) => status)
}

const held = (data: Record<string, Json>, where: Record<string, string>): boolean =>
  statuses(check(), [raw([1], { data })], [suppression({ where })])[0] === 'suppressed'

describe('matching rows', () => {
  it.each<[Record<string, Json>, Record<string, string>, boolean]>([
    [{ DeviceName: 'build-01' }, { DeviceName: 'build-01' }, true],
    [{ DeviceName: 'BUILD-01' }, { devicename: 'Build-01' }, true],
    [{ DeviceName: 'build-01.contoso' }, { DeviceName: 'build-01' }, false],
    [{ DeviceName: 'build-01 ' }, { DeviceName: 'build-01' }, false],
    [{ DeviceName: 'build-01' }, { DeviceName: '*' }, false],
    [{ DeviceName: 'build-01', User: 'x' }, { DeviceName: 'build-01', User: 'y' }, false],
    [{ DeviceName: 'build-01', User: 'y' }, { DeviceName: 'build-01', User: 'Y' }, true],
    [{ Other: 'build-01' }, { DeviceName: 'build-01' }, false],
    [{ Port: 443 }, { Port: '443' }, true],
    [{ Port: 443n }, { Port: '443' }, true],
    [{ Ratio: 0.5 }, { Ratio: '0.5' }, true],
    [{ On: true }, { On: 'TRUE' }, true],
    [{ Empty: null }, { Empty: '' }, true],
    [{ Empty: null }, { Empty: 'null' }, false],
    [{}, { Empty: '' }, false],
    [{ List: ['A', 1] }, { List: '["a",1]' }, true],
    [{ Bag: { b: 1, a: 2 } }, { Bag: '{"a":2,"b":1}' }, true],
    [{ a: 'x', A: 'y' }, { a: 'y' }, true],
    [{ a: 'x' }, {}, false],
    [{ a: 'x' }, { toString: 'x' }, false],
    [{ title: 'other', id: '5' }, { id: '5' }, true],
  ])('%j by %j: %s', (data, where, expected) => {
    expect(held(data, where)).toBe(expected)
  })

  it('goes by the id of the check or of the entry that its file came from', () => {
    const file = check('hunt/a.kql', { parentId: 'hunt' })
    const row = raw([1], { data: { DeviceName: 'build-01' } })
    expect(statuses(file, [row], [suppression({ check: 'hunt' })])).toEqual(['suppressed'])
    expect(statuses(file, [row], [suppression({ check: 'hunt/a.kql' })])).toEqual(['suppressed'])
    expect(statuses(file, [row], [suppression({ check: 'hunt/b.kql' })])).toEqual(['new'])
    expect(statuses(file, [row], [suppression({ check: 'hun' })])).toEqual(['new'])
  })
})

describe('matching incidents', () => {
  it.each<[Record<string, string>, boolean]>([
    [{ id: '42' }, true],
    [{ ID: '42' }, true],
    [{ title: 'ransomware ON x' }, true],
    [{ id: '42', title: 'other' }, false],
    [{ severity: 'high' }, false],
    [{ name: 'Ransomware on X' }, false],
    [{ DeviceName: 'build-01' }, false],
  ])('by %j: %s', (where, expected) => {
    const found = raw(['42'], { title: 'Ransomware on X', data: { DeviceName: 'build-01', severity: 'high', id: '7' } })
    expect(statuses(incidentCheck(), [found], [suppression({ check: 'open', where })])[0] === 'suppressed').toBe(
      expected,
    )
  })
})

describe('expiry', () => {
  const row = raw([1], { data: { DeviceName: 'build-01' } })
  it.each([
    ['2026-06-15', '2026-06-15T00:00:00.000Z', 'suppressed'],
    ['2026-06-15', '2026-06-15T23:59:59.999Z', 'suppressed'],
    ['2026-06-15', '2026-06-16T00:00:00.000Z', 'new'],
    ['2024-02-29', '2024-02-29T23:00:00.000Z', 'suppressed'],
    ['2027-02-31', '2026-06-15T00:00:00.000Z', 'new'],
    ['2027-13-01', '2026-06-15T00:00:00.000Z', 'new'],
    ['never', '2026-06-15T00:00:00.000Z', 'new'],
    ['2026-07', '2026-06-15T00:00:00.000Z', 'new'],
    ['2027', '2026-06-15T00:00:00.000Z', 'new'],
    ['', '2026-06-15T00:00:00.000Z', 'new'],
  ])('%s at %s: %s', (expires, now, expected) => {
    expect(statuses(check(), [row], [suppression({ expires })], new Date(now))).toEqual([expected])
  })
})

describe('notes', () => {
  const used = suppression()
  const usedResult = result({ findings: [finding('f', { status: 'suppressed', suppression: used })] })

  it('are none for one that is used and holds for long', () => {
    expect(suppressionNotes([used], [usedResult], NOW)).toEqual([])
  })

  it.each([
    ['2026-06-14', 'EXPIRED'],
    ['2026-06-15', 'ends on 2026-06-15, which is today'],
    ['2026-06-16', 'ends on 2026-06-16, in 1 day.'],
    ['2026-06-28', 'ends on 2026-06-28, in 13 days.'],
    ['2026-06-29', 'ends on 2026-06-29, in 14 days.'],
    ['2026-06-30', undefined],
  ])('tell of the end at %s', (expires, expected) => {
    const one = suppression({ expires })
    const held = result({ findings: [finding('f', { status: 'suppressed', suppression: one })] })
    const notes = suppressionNotes([one], [held], NOW)
    expect(notes).toEqual(expected === undefined ? [] : [expect.stringContaining(expected)])
    if (expected !== undefined) {
      for (const said of ['"lsass"', 'DeviceName=build-01', 'EDR test host', 'owner secops'])
        expect(notes[0]).toContain(said)
    }
  })

  it('tell of one that holds nothing, when all its checks were evaluated', () => {
    const one = suppression({ check: 'hunt', where: { DeviceName: 'build-01', User: 'x' }, owner: undefined })
    const file = (id: string, state: 'clear' | 'error') => result({ check: check(id, { parentId: 'hunt' }), state })
    expect(suppressionNotes([one], [file('hunt/a', 'clear'), file('hunt/b', 'clear')], NOW)).toEqual([
      'The suppression of "hunt" (DeviceName=build-01, User=x; EDR test host) is unused: it holds no finding of this run. ' +
        'Remove it if the cause is gone.',
    ])
    expect(suppressionNotes([one], [file('hunt/a', 'clear'), file('hunt/b', 'error')], NOW)).toEqual([])
    expect(suppressionNotes([one], [], NOW)).toEqual([])
    expect(suppressionNotes([one], [result({ check: check('other') })], NOW)).toEqual([])
  })

  it('see each of two that hold the same rows as used', () => {
    const both = [suppression(), suppression({ where: { User: 'x' } })]
    const row = raw([1], { data: { DeviceName: 'build-01', User: 'x' } })
    const judged = judge({
      check: check(),
      tenant: TENANT,
      answer: answer([row, row]),
      baseline: new Map(),
      suppressions: both,
      now: NOW,
    })
    expect(suppressionNotes(both, [result({ findings: judged.findings })], NOW)).toEqual([])
  })

  it('call it expired from the first moment at which it holds no more', () => {
    const one = suppression({ expires: '2026-06-14' })
    expect(suppressionNotes([one], [], new Date('2026-06-15T00:00:00Z'))).toEqual([
      'EXPIRED: the suppression of "lsass" (DeviceName=build-01; EDR test host, owner secops) ended on 2026-06-14 and holds ' +
        'nothing any more. Renew or remove it.',
    ])
    expect(suppressionNotes([one], [], new Date('2026-06-14T23:59:59.999Z'))).toEqual([
      'The suppression of "lsass" (DeviceName=build-01; EDR test host, owner secops) ends on 2026-06-14, which is today.',
    ])
  })

  it('do not call an expired one unused as well', () => {
    expect(suppressionNotes([suppression({ expires: '2020-01-01' })], [result()], NOW)).toHaveLength(1)
  })
})
