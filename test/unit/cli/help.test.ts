import { describe, expect, it } from '@jest/globals'
import { helpText, validateHelpText, wrap } from '../../../src/cli/help.ts'
import { INPUT_NAMES, INPUTS } from '../../../src/settings/inputs.ts'

describe('helpText', () => {
  const options = INPUT_NAMES.map((name) => ({ name, description: INPUTS[name].description }))

  it('has every option it is given, and keeps to the width', () => {
    for (const width of [60, 80, 200, undefined]) {
      const lines = helpText(options, width).split('\n')
      for (const name of INPUT_NAMES) expect(lines.some((line) => line.startsWith(`  --${name}`))).toBe(true)
      const rows = lines.filter((line) => line.startsWith('  --') || line.startsWith('     '))
      expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(Math.min(width ?? 100, 100))
    }
  })

  it('says where the command differs from the action', () => {
    expect(helpText(options, 200).replace(/\s+/g, ' ')).toContain('Default: full on a terminal, counts elsewhere.')
  })

  it('speaks of a terminal, not of a workflow', () => {
    const refused = ['client-secret', 'client-certificate', 'github-token', 'issue']
    const text = helpText(
      options.filter(({ name }) => !refused.includes(name)),
      100,
    )
    for (const help of [text, validateHelpText(100)]) {
      expect(help).not.toMatch(/workspace|runner|RUNNER_TEMP|the step|workflow/)
      expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    }
  })

  it('of validate has its own options and none of the gate', () => {
    const help = validateHelpText(80)
    for (const option of ['--fail-on', '--schema', '--help']) expect(help).toContain(option)
    expect(help).not.toMatch(/--check|AZURE_|--json/)
  })

  it('wraps between words and keeps a word that is too long', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('abcdefghij k', 4)).toEqual(['abcdefghij', 'k'])
    expect(wrap('', 4)).toEqual([])
  })
})
