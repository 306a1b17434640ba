/** What can be wrong with a query, as `validate/` tells it, and with the inputs of that action. */
import { type CodeEntry, GateError } from '../errors.ts'

export const KQL_CODES = {
  'kql-syntax': {
    title: 'The query has a syntax error',
    cause: 'The text is not well-formed KQL from the named place on. Later faults may only follow from this one.',
    cure: 'Mend the named place and validate again.',
  },
  'kql-several-queries': {
    title: 'A query file holds several queries',
    cause: 'Advanced hunting runs one query a call, and refuses or half-answers a text with several.',
    cure: 'Split the file, one query each. Queries that belong together can be joined with `union`.',
  },
  'kql-empty': {
    title: 'There is no query in the text',
    cause: 'The text is empty or has comments only.',
    cure: 'Write the query, or narrow the glob so that it leaves this file out.',
  },
  'kql-no-result': {
    title: 'The query returns no table',
    cause: 'The text has `let` or `set` statements only, or ends in a single value.',
    cure: 'End the query with a tabular expression, such as the name of a table or variable.',
  },
  'kql-command': {
    title: 'The text is a control command',
    cause: 'A text that starts with `.` or `#` is a command to a cluster, not a query. Advanced hunting refuses it.',
    cure: 'Remove the command, and start the text with a query.',
  },
  'kql-misplaced': {
    title: 'Something stands where KQL does not allow it',
    cause:
      'The words are KQL, but not at this place: an operator that needs input starts the query, or an aggregate stands in a filter.',
    cure: 'Mend the named place.',
  },
  'kql-unknown-table': {
    title: 'A table is not known',
    cause: 'No table of this name is in the schema of advanced hunting that comes with this version.',
    cure: 'Correct the name. A table of your own, or a new one of Microsoft, goes into the file of the input `schema`.',
  },
  'kql-unknown-column': {
    title: 'A column or variable is not known',
    cause: 'No column, variable or table of this name exists at this place of the query.',
    cure: 'Correct the name. A new column goes into the file of the input `schema`.',
  },
  'kql-unknown-function': {
    title: 'A function is not known',
    cause: 'No function, aggregate or plug-in of this name is known.',
    cure: 'Correct the name. A saved function of your tenant goes into the file of the input `schema`.',
  },
  'kql-time-generated': {
    title: 'TimeGenerated is the time column of Sentinel',
    cause: 'The tables of Defender call their time column `Timestamp`. `TimeGenerated` is what Log Analytics calls it.',
    cure: 'Use `Timestamp`, or keep the query for Sentinel in a file of its own.',
  },
  'kql-string-property': {
    title: 'A property is read from a text column',
    cause: 'The column holds JSON as a string in advanced hunting, so that `Column.Property` is no column.',
    cure: 'Wrap it: `parse_json(Column).Property`.',
  },
  'kql-type': {
    title: 'Types do not fit',
    cause: 'An operator or function is given a value of a type that it does not take, as far as the schema tells.',
    cure: 'Convert the value, such as `tostring(…)`, `tolong(…)` or `todatetime(…)`.',
  },
  'kql-equals': {
    title: "'=' and '==' are taken for each other",
    cause:
      '`=` gives a value a name and `==` compares two values. Here the query is valid either way, but hardly means what it says.',
    cure: 'Use `==` to compare in a filter, and `=` to name a column.',
  },
  'kql-key-missing': {
    title: 'The result lacks a key column',
    cause: 'The query file names this column as an entity, but the query does not return it.',
    cure: 'Return the column at the end of the query, or correct the name in the file.',
  },
  'kql-detection-columns': {
    title: 'A custom detection lacks a column that Defender needs',
    cause:
      'A custom detection must return `Timestamp`, what identifies the event (`ReportId`; with `DeviceId` for tables of Defender for Endpoint), and one column that names an impacted asset.',
    cure: 'Return the columns as they stand in the event, such as with `summarize arg_max(Timestamp, *)`. See https://learn.microsoft.com/defender-xdr/custom-detection-rules.',
  },
  'kql-not-analysed': {
    title: 'A query could not be analysed',
    cause: 'The Kusto language service gave up on this text, so that names and types were not looked at.',
    cure: 'Nothing may be wrong with the query. Try it in advanced hunting.',
  },
  'validate-inputs': {
    title: 'Several inputs are wrong',
    cause: 'More than one input of `validate/` is wrong. Nothing was checked.',
    cure: 'Mend every problem that the message names.',
  },
  'validate-queries-missing': {
    title: 'The input queries is missing',
    cause: '`validate/` needs globs of the files to check.',
    cure: 'Set `queries`, such as `hunting/**/*.kql`.',
  },
  'validate-no-files': {
    title: 'No query file matched',
    cause: 'The globs of `queries` match no file. A check over nothing proves nothing, so it is an error.',
    cure: 'Check the globs, which are relative to the workspace, and that `actions/checkout` runs before this step.',
  },
  'validate-fail-on': {
    title: 'The input fail-on has an unknown value',
    cause: '`fail-on` is neither `error` nor `warning`.',
    cure: 'Use `error` (the default) or `warning`.',
  },
  'validate-unknown-input': {
    title: 'An input is not known',
    cause: '`validate/` has no input of this name.',
    cure: 'Correct the name. The inputs are `queries`, `schema` and `fail-on`.',
  },
  'validate-schema': {
    title: 'The schema file can not be used',
    cause:
      'The file of the input `schema` is missing, outside the workspace, no JSON, or not in the form of `advanced-hunting-schema.json`.',
    cure: 'Correct the named places.',
  },
} as const satisfies Record<string, CodeEntry>

export type KqlCode = Extract<keyof typeof KQL_CODES, `kql-${string}`>

/** A sentence about a query. Names in it come from the query, so it must be escaped before it is printed. */
export interface Sentence {
  readonly code: KqlCode
  readonly severity: 'error' | 'warning'
  readonly message: string
}

const didYouMean = (near: string | undefined): string => (near === undefined ? '' : ` Did you mean '${near}'?`)

// --- the text -------------------------------------------------------------------------------------------------------

export const syntaxError = (said: string, at: string | undefined, near: string | undefined): Sentence => ({
  code: 'kql-syntax',
  severity: 'error',
  message: `Syntax error${at === undefined ? '' : ` at '${at}'`}: ${said.replace(/\.$/, '')}.${didYouMean(near)}`,
})

export const severalQueries = (lines: readonly number[]): Sentence => ({
  code: 'kql-several-queries',
  severity: 'error',
  message: `This can't be run: ${countWord(lines.length)} queries found at lines ${listed(lines)}; split the file.`,
})

export const emptyQuery = (): Sentence => ({
  code: 'kql-empty',
  severity: 'error',
  message: 'There is no query: the text is empty or has comments only.',
})

export const noResult = (): Sentence => ({
  code: 'kql-no-result',
  severity: 'error',
  message:
    'The query returns no table: it must end with a tabular expression, such as the name of a table or variable.',
})

export const controlCommand = (): Sentence => ({
  code: 'kql-command',
  severity: 'error',
  message: 'This is a control command, not a query. Advanced hunting only takes queries.',
})

export const misplaced = (said: string): Sentence => ({ code: 'kql-misplaced', severity: 'error', message: said })

export const notAnalysed = (failure: string): Sentence => ({
  code: 'kql-not-analysed',
  severity: 'warning',
  message: `The Kusto language service could not analyse this query, so names and types were not checked (${failure}).`,
})

// --- names and types ------------------------------------------------------------------------------------------------

export const unknownTable = (name: string, near: string | undefined): Sentence => ({
  code: 'kql-unknown-table',
  severity: 'warning',
  message: `'${name}' is no known table or variable.${didYouMean(near)}`,
})

export const unknownColumn = (name: string, near: string | undefined): Sentence => ({
  code: 'kql-unknown-column',
  severity: 'warning',
  message: `'${name}' is no known column or variable here.${didYouMean(near)}`,
})

export const doubtfulColumn = (name: string, near: string): Sentence => ({
  code: 'kql-unknown-column',
  severity: 'warning',
  message: `'${name}' is no column that is known here, though others may exist.${didYouMean(near)}`,
})

export const unknownFunction = (name: string, near: string | undefined): Sentence => ({
  code: 'kql-unknown-function',
  severity: 'warning',
  message: `'${name}' is no known function.${didYouMean(near)}`,
})

export const timeGenerated = (): Sentence => ({
  code: 'kql-time-generated',
  severity: 'warning',
  message:
    "The tables of Defender have no column 'TimeGenerated': their time column is 'Timestamp'. Did you mean 'Timestamp'?",
})

export const stringProperty = (column: string, property: string): Sentence => ({
  code: 'kql-string-property',
  severity: 'warning',
  message: `'${column}' is a string here, so '${property}' can't be read from it: wrap it in parse_json(), as in parse_json(${column})${property}.`,
})

export const typeMistake = (said: string): Sentence => ({ code: 'kql-type', severity: 'warning', message: said })

export const namesInstead = (): Sentence => ({
  code: 'kql-equals',
  severity: 'warning',
  message: "'=' gives the value a name here and compares nothing. Did you mean '=='?",
})

export const comparesInstead = (): Sentence => ({
  code: 'kql-equals',
  severity: 'warning',
  message: "'==' compares here and names no column. Did you mean '='?",
})

// --- the result -----------------------------------------------------------------------------------------------------

export const keyMissing = (column: string, near: string | undefined): Sentence => ({
  code: 'kql-key-missing',
  severity: 'warning',
  message: `The file names '${column}' as an entity, but the query does not return this column.${didYouMean(near)}`,
})

export const detectionColumns = (missing: readonly string[]): Sentence => ({
  code: 'kql-detection-columns',
  severity: 'warning',
  message: `A custom detection over these tables must return ${listed(missing)}, as in the original event; this query does not.`,
})

export const detectionAsset = (columns: readonly string[]): Sentence => ({
  code: 'kql-detection-columns',
  severity: 'warning',
  message: `A custom detection must return a column that names an impacted asset, one of ${columns.join(', ')}; this query does not.`,
})

// --- inputs ---------------------------------------------------------------------------------------------------------

export const queriesMissing = (): GateError =>
  new GateError(
    'validate-queries-missing',
    'The input queries is missing.',
    "Set queries to globs of query files, such as 'hunting/**/*.kql'.",
  )

/** @param hint what is likely wrong with the globs, where something stands out */
export const noFiles = (patterns: readonly string[], hint: string | undefined): GateError =>
  new GateError(
    'validate-no-files',
    `No file matches queries: ${patterns.join(', ')}.`,
    hint ??
      'Check the globs in queries, which are relative to the workspace, and that actions/checkout runs before this step.',
  )

export const badFailOn = (given: string): GateError =>
  new GateError('validate-fail-on', `The input fail-on is '${given}'.`, 'Set fail-on to error or warning.')

export const unknownInput = (name: string, near: string | undefined): GateError =>
  new GateError(
    'validate-unknown-input',
    `The input ${name} is not known.${didYouMean(near)}`,
    'The inputs of this action are queries, schema and fail-on.',
  )

export const badSchema = (path: string, problems: readonly string[], cause?: unknown): GateError =>
  new GateError(
    'validate-schema',
    `The file ${path} of the input schema can't be used: ${problems.join('; ')}.`,
    'Give schema a JSON file in the workspace with "tables" and "functions", in the form of advanced-hunting-schema.json.',
    { cause },
  )

// --- words ----------------------------------------------------------------------------------------------------------

const COUNT_WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

function countWord(count: number): string {
  return COUNT_WORDS[count] ?? String(count)
}

function listed(items: readonly (string | number)[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
