import { describe, expect, it } from '@jest/globals'
import { readArguments } from '../../../src/cli/options.ts'
import { GateErrors } from '../../../src/errors.ts'
import { INPUT_NAMES } from '../../../src/settings/inputs.ts'

const read = (...args: string[]) => readArguments(args, INPUT_NAMES)
function problems(...args: string[]): string[] {
  try {
    read(...args)
  } catch (thrown) {
    if (thrown instanceof GateErrors)
      return thrown.problems.map(({ code, message, hint }) => `${code}: ${message} ${hint}`)
    throw thrown
  }
  return []
}

describe('readArguments', () => {
  it('takes inputs by their names, in both forms', () => {
    expect(read('--check', 'incidents', '--min-severity=high', '--max-findings', '3', '--json')).toEqual({
      kind: 'gate',
      json: true,
      inputs: { check: 'incidents', 'min-severity': 'high', 'max-findings': '3' },
    })
  })

  it('joins a list that is given in pieces', () => {
    expect(read('--queries', 'a/*.kql', '--queries', '!a/x.kql')).toMatchObject({
      inputs: { queries: 'a/*.kql\n!a/x.kql' },
    })
  })

  it('takes every input that is no secret and no matter of a workflow', () => {
    const refused = ['client-secret', 'client-certificate', 'github-token', 'issue']
    for (const name of INPUT_NAMES)
      expect([name, problems(`--${name}`, 'x').length]).toEqual([name, refused.includes(name) ? 1 : 0])
  })

  it('knows help and version, whatever else is wrong', () => {
    expect(read('-h')).toEqual({ kind: 'help', of: 'gate' })
    expect(read('validate', '--help', '--nonsense')).toEqual({ kind: 'help', of: 'validate' })
    expect(read('--version')).toEqual({ kind: 'version' })
  })

  it('reads the command validate', () => {
    expect(read('validate', 'a/*.kql', 'b.md', '--fail-on', 'warning', '--schema', 's.json')).toEqual({
      kind: 'validate',
      queries: ['a/*.kql', 'b.md'],
      failOn: 'warning',
      schema: 's.json',
    })
    expect(problems('validate', '--queries', 'a')[0]).toContain('The globs stand alone here')
    expect(problems('validate', 'a', '--json')).toEqual([
      'cli-option-unknown: The option --json does not exist here. --json belongs to the gate: leave it out. Each fault is one line here.',
    ])
    expect(problems('validate', 'a', '--jso')[0]).not.toContain('--json')
    expect(problems('validate', 'a', '--shema', 's.json')[0]).toContain('Did you mean --schema?')
    expect(problems('--jso')[0]).toContain('Did you mean --json?')
  })

  it('tells every problem, with what was meant', () => {
    expect(problems('--min-severty', 'high', '--chek', 'x', '--check', 'alerts', 'incidents')).toEqual([
      'cli-option-unknown: The option --min-severty does not exist here. Did you mean --min-severity?',
      'cli-option-unknown: The option --chek does not exist here. Did you mean --check?',
      'cli-argument: "incidents" stands alone on the command line. Did you mean --check incidents?',
    ])
    expect(problems('--fail-on', 'error')[0]).toContain('belongs to the command defender-gate validate')
    expect(problems('gate.yml')[0]).toContain('Did you mean --config gate.yml?')
    expect(problems('validte')[0]).toContain('Did you mean validate?')
    expect(problems('-x')[0]).toContain('The option -x does not exist here.')
  })

  it('refuses a missing value, a value for a flag, and an option twice', () => {
    expect(problems('--check')[0]).toContain('--check needs a value')
    expect(problems('--query', '--json')[0]).toContain('--query needs a value')
    expect(problems('--check=')[0]).toContain('--check needs a value')
    expect(problems('--json=yes')[0]).toContain('--json takes no value')
    expect(problems('--check', 'alerts', '--check', 'incidents')[0]).toContain('--check is given twice')
  })

  it('refuses secrets without repeating them', () => {
    for (const option of ['--client-secret', '--client-certificate', '--github-token']) {
      for (const args of [
        [option, 'hunter2-hunter2'],
        [`${option}=hunter2-hunter2`],
        ['validate', option, 'hunter2-hunter2'],
      ]) {
        const told = problems(...args)
        expect(told).toHaveLength(1)
        expect(told[0]).toContain(`cli-secret: The option ${option} is refused`)
        expect(told[0]).not.toContain('hunter2')
      }
    }
    expect(problems('--client-secret', 'hunter2')[0]).toContain('AZURE_CLIENT_SECRET')
    expect(problems('--issue', 'true')[0]).toContain('in a workflow only')
  })

  it('is not confused by names that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(problems(`--${name}`, 'x')).toHaveLength(1)
    }
  })
})
