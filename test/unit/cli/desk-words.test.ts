import { describe, expect, it } from '@jest/globals'
import { atDesk, type DeskWords, deskPhrases } from '../../../src/cli/desk-words.ts'
import { GateErrors } from '../../../src/errors.ts'
import { createFiles } from '../../../src/files.ts'
import { INPUT_NAMES } from '../../../src/settings/inputs.ts'
import { readSettings } from '../../../src/settings/settings.ts'

const words: DeskWords = { options: INPUT_NAMES, variables: { 'client-id': 'AZURE_CLIENT_ID' } }
const told = (message: string, hint = '') => {
  const { message: says, hint: mend } = atDesk({ message, hint }, words)
  return [says, mend]
}

/** What the settings say of these inputs, in the words of a terminal. */
async function problemsOf(inputs: Record<string, string>): Promise<string> {
  const settings = readSettings({
    inputs,
    unknownInputs: [],
    workspace: '/nowhere',
    runnerTemp: '/nowhere',
    visibility: 'private',
    now: new Date(0),
    files: createFiles('/nowhere'),
  })
  const thrown: unknown = await settings.then(
    () => undefined,
    (error) => error,
  )
  if (!(thrown instanceof GateErrors)) throw new Error('nothing was wrong')
  return thrown.problems.map(({ message, hint }) => told(message, hint).join(' ')).join('\n')
}

describe('atDesk', () => {
  it('names options, variables and the current folder', () => {
    expect(told('The input `min-severity` is "x", but must be one of `low`.')[0]).toBe(
      'The option --min-severity is "x", but must be one of `low`.',
    )
    expect(told('The input `client-id` is "x".')[0]).toBe('The variable AZURE_CLIENT_ID is "x".')
    expect(told('The input client-certificate is no PEM text.')[0]).toBe(
      'The variable AZURE_CLIENT_CERTIFICATE_PATH is no PEM text.',
    )
    expect(told('a', 'Check the inputs cloud, api and api-url: the scope.')[1]).toBe(
      'Check the options --cloud, --api and --api-url: the scope.',
    )
    expect(told('a', 'Set `api: graph`, or `query` to KQL.')[1]).toBe('Set --api graph, or --query to KQL.')
    expect(told('a', 'Set `tenant-id` to the id.')[1]).toBe('Set --tenant-id or AZURE_TENANT_ID to the id.')
    expect(deskPhrases('Relative to the workspace, and run `actions/checkout` before this step.')).toBe(
      'Relative to the current folder.',
    )
    expect(deskPhrases('Check the clock of the runner; the runner may be slow. Run the workflow again.')).toBe(
      'Check the clock of this machine; this machine may be slow. Run the command again.',
    )
  })

  it('leaves the keys of the config file alone', () => {
    const problem = { message: 'a.yml:3: `checks[0].severty` is no key.', hint: 'Did you mean `severity`?', place: {} }
    expect(atDesk(problem, words)).toEqual(problem)
  })

  it('knows every sentence that the settings say of inputs', async () => {
    const wrong = Object.fromEntries(INPUT_NAMES.map((name) => [name, name === 'query' ? ' ' : '\u0001']))
    const all = await Promise.all([
      problemsOf({}),
      problemsOf(wrong),
      problemsOf({ check: 'hunting', query: 'T', queries: 'a', config: 'x.yml', baseline: '../b', status: 'new' }),
      problemsOf({ config: 'x.yml', 'clear-for': '5m', 'min-findings': '3', 'max-findings': '1' }),
    ])
    const text = all.join('\n')
    expect(text).toContain('--tenant-id or AZURE_TENANT_ID')
    expect(text).toContain('--client-id or AZURE_CLIENT_ID')
    expect(text).not.toMatch(/[Tt]he inputs? |workspace|actions\/checkout|runner|workflow|this step/)
  })
})
