/** What becomes of values that the rules between settings would have refused: nothing opens. */
import { describe, expect, it } from '@jest/globals'
import { checkOfInputs, checksOfFile } from '../../../src/settings/check-settings.ts'
import type { ConfigFile } from '../../../src/settings/config-file.ts'
import type { InputValues } from '../../../src/settings/inputs.ts'

interface Limits {
  readonly 'max-findings'?: number
  readonly 'min-findings'?: number
}

function limits(check: Limits, defaults: Limits = {}, inputs: InputValues = {}): readonly unknown[] {
  const file = { defaults, checks: [{ id: 'a', alerts: {}, ...check }] } as unknown as ConfigFile
  const { maxFindings, minFindings } = checksOfFile(file, inputs, 'graph', '/w')[0]!.policy
  return [maxFindings, minFindings]
}

describe('a limit that no number of findings meets together with the canary', () => {
  it('holds, so that the check fails', () => {
    expect(limits({ 'max-findings': 0, 'min-findings': 1 })).toEqual([0, 1])
    expect(limits({ 'max-findings': 0 }, { 'min-findings': 1 })).toEqual([0, 1])
    expect(limits({}, { 'max-findings': 0, 'min-findings': 1 })).toEqual([0, 1])
    expect(limits({ 'min-findings': 1 }, {}, { 'max-findings': 0 })).toEqual([0, 1])
    expect(limits({ 'max-findings': 0 }, {}, { 'min-findings': 1 })).toEqual([0, 1])
    expect(limits({ 'min-findings': 1 }, { 'max-findings': 9 }, { 'max-findings': 0 })).toEqual([0, 1])
    expect(checkOfInputs({ check: 'alerts', 'max-findings': 0, 'min-findings': 1 }, 'graph')?.policy).toMatchObject({
      maxFindings: 0,
      minFindings: 1,
    })
  })

  it('gives way where it is a shared one and the canary is not', () => {
    expect(limits({ 'min-findings': 2 }, { 'max-findings': 1 })).toEqual([undefined, 2])
    expect(limits({ 'min-findings': 1 }, { 'max-findings': 1 })).toEqual([1, 1])
    expect(limits({}, { 'max-findings': 1 }, { 'min-findings': 2 })).toEqual([undefined, 2])
  })
})

describe('the check of the inputs', () => {
  it('is none without a kind, and none without a query', () => {
    expect(checkOfInputs({}, 'graph')).toBeUndefined()
    expect(checkOfInputs({ check: 'hunting' }, 'graph')).toBeUndefined()
  })

  it.each<InputValues>([
    { check: 'incidents' },
    { check: 'alerts' },
    { check: 'hunting', query: 'T' },
    { check: 'hunting', queries: ['*.kql'] },
  ])('%j is one by inputs', (values) => {
    expect(checkOfInputs(values, 'graph')).toMatchObject({ id: values.check, byInputs: true })
  })
})

it('a hunting check of the file without a query finds no file, which is an error', () => {
  const file = { checks: [{ id: 'a', hunting: {} }] } as unknown as ConfigFile
  expect(checksOfFile(file, {}, 'graph', '/w')[0]).toMatchObject({
    byInputs: false,
    question: { source: { from: 'globs', patterns: [] } },
  })
})
