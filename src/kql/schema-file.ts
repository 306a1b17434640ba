/** Reads the file of the input `schema`: more tables and functions, in the form of `advanced-hunting-schema.json`. */
import { z } from 'zod'
import { badSchema } from '../errors/kql.ts'
import { SCALAR_TYPES, type Schema } from './schema.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/
const name = z.string().regex(NAME, 'is no name of a table, column or function')
const type = z.enum(SCALAR_TYPES, { error: `is no Kusto type (${SCALAR_TYPES.join(', ')})` })
const columns = z.record(name, type)
const RESULTS = ['input', 'input+columns', 'columns', ...SCALAR_TYPES] as const

const describedFunction = z.strictObject({
  name,
  call: z.enum(['invoke', 'function']),
  /** Says again what `call` says; kept because the published form has it. */
  tabularInput: z.boolean().optional(),
  requiredInputColumns: columns.optional(),
  parameters: z
    .array(z.strictObject({ name, type, optional: z.boolean().optional(), default: z.unknown().optional() }))
    .default([]),
  bareColumnParameters: z.array(name).optional(),
  result: z.enum(RESULTS, { error: `is none of ${RESULTS.join(', ')}` }),
  columns: columns.optional(),
})

const file = z.strictObject({
  retrieved: z.unknown().optional(),
  source: z.unknown().optional(),
  uncertain: z.unknown().optional(),
  tables: z.record(name, columns).default({}),
  functions: z.array(describedFunction).default([]),
})

/** So many problems are told; a file of the wrong kind has thousands. */
const MOST_PROBLEMS = 10

/** Throws one `GateError` with every problem and the path to it. */
export function readSchema(path: string, content: string): Schema {
  let json: unknown
  try {
    json = JSON.parse(content.replace(/^\u{feff}/u, ''))
  } catch (thrown) {
    throw badSchema(path, [`it is no JSON (${(thrown as Error).message})`], thrown)
  }
  const read = file.safeParse(json)
  if (!read.success) throw badSchema(path, problems(read.error.issues))
  const { tables, functions } = read.data
  if (Object.keys(tables).length === 0 && functions.length === 0) {
    throw badSchema(path, ['it has neither tables nor functions'])
  }
  return { tables, functions }
}

function problems(issues: readonly z.core.$ZodIssue[]): readonly string[] {
  const told = issues.slice(0, MOST_PROBLEMS).map((issue) => {
    const place = issue.path.map(String).join('.')
    return `${place === '' ? 'the file' : place}: ${sentence(issue)}`
  })
  const more = issues.length - told.length
  return more > 0 ? [...told, `and ${more} more`] : told
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown key ${issue.keys.join(', ')}`
  if (issue.code === 'invalid_key') return 'is no name of a table, column or function'
  return issue.message
}
