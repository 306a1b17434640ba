import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { between, generate, inputsTable, outputsTable } from '../../scripts/generate.ts'
import { INPUT_NAMES, INPUTS } from '../../src/settings/inputs.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8')
const action = parse(read('action.yml'))

/** The contract, written out: a name that changes here breaks somebody's workflow. */
const CONTRACT_INPUTS = [
  'tenant-id',
  'client-id',
  'client-secret',
  'client-certificate',
  'audience',
  'cloud',
  'api',
  'authority-url',
  'api-url',
  'check',
  'config',
  'query',
  'queries',
  'timespan',
  'severity',
  'key',
  'status',
  'min-severity',
  'created-within',
  'tags',
  'ignore-classification',
  'max-findings',
  'min-findings',
  'mode',
  'on-error',
  'baseline',
  'wait-timeout',
  'poll-interval',
  'clear-for',
  'details',
  'report-dir',
  'issue',
  'github-token',
]
const CONTRACT_OUTPUTS = [
  'verdict',
  'findings',
  'known',
  'suppressed',
  'errors',
  'highest-severity',
  'report',
  'sarif',
  'csv',
  'issue-urls',
]

describe('action.yml', () => {
  it('has the inputs of the contract, and the code has the same', () => {
    expect(Object.keys(action.inputs)).toEqual(CONTRACT_INPUTS)
    expect(INPUT_NAMES).toEqual(CONTRACT_INPUTS)
  })

  it('describes each as the code does', () => {
    for (const name of INPUT_NAMES)
      expect([name, action.inputs[name].description]).toEqual([name, INPUTS[name].description])
  })

  it('has the outputs of the contract, each described', () => {
    expect(Object.keys(action.outputs)).toEqual(CONTRACT_OUTPUTS)
    for (const name of CONTRACT_OUTPUTS) expect(action.outputs[name].description).toMatch(/\S/)
  })

  it('holds no default but the token: the code holds the others', () => {
    const defaults = Object.entries(action.inputs as Record<string, { default?: string }>).filter(
      ([, input]) => 'default' in input,
    )
    expect(defaults.map(([name, input]) => [name, input.default])).toEqual([
      ['github-token', `$${'{{ github.token }}'}`],
    ])
  })

  it('runs one file on Node 24, with nothing before and after', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/main/index.js' })
    expect(action).toMatchObject({
      name: 'Defender Gate',
      author: expect.any(String),
      description: expect.any(String),
      branding: { icon: expect.any(String), color: expect.any(String) },
    })
  })
})

describe('what is generated', () => {
  const { files, missing } = generate()

  it.each([...files.keys()])('%s is up to date (node scripts/generate.ts)', (path) =>
    expect(read(path)).toBe(files.get(path)),
  )

  it('has its places in the README', () => expect(missing).toEqual([]))

  it('the schema is a valid draft 7 schema that names its draft', () => {
    const schema = JSON.parse(files.get('schema/defender-gate.schema.json')!)
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Defender Gate',
      type: 'object',
      additionalProperties: false,
    })
    expect(new Ajv({ strict: true, allowUnionTypes: true }).validateSchema(schema)).toBe(true)
  })

  it('the tables hold every input with its default, and every output', () => {
    const inputs = inputsTable(action).split('\n')
    expect(inputs).toHaveLength(CONTRACT_INPUTS.length + 2)
    expect(inputs.find((row) => row.startsWith('| `poll-interval` |'))).toBe(
      '| `poll-interval` | `60s` | Duration between two rounds of asking, at least `1s`. |',
    )
    expect(outputsTable(action).split('\n')).toHaveLength(CONTRACT_OUTPUTS.length + 2)
    // A cell breaks no table.
    expect(outputsTable({ inputs: {}, outputs: { a: { description: 'x | y\nz' } } })).toContain('| `a` | x \\| y z |')
  })

  it('a table goes between its markers, and nowhere without them', () => {
    expect(between('a <!-- x -->old<!-- /x --> b', 'x', 'T')).toBe('a <!-- x -->\nT\n<!-- /x --> b')
    expect(between('no markers', 'x', 'T')).toBeUndefined()
    expect(between('<!-- /x --><!-- x -->', 'x', 'T')).toBeUndefined()
  })
})
