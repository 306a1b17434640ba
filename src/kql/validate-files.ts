/** Checks query files without running them: the second action, apart from the world it runs in. */
import { asGateError, type GateError } from '../errors.ts'
import { type Diagnosis, diagnose } from './diagnose.ts'
import type { GlobalState } from './kusto.ts'
import { buildGlobals, type Schema } from './schema.ts'

/** What this room needs to know of a query file. */
export interface ReadQuery {
  readonly text: string
  readonly key: readonly string[]
}

export interface Place {
  /** Both from 1; columns are UTF-16 units. */
  readonly line: number
  readonly column: number
}

/** A diagnosis at its place in the file. */
export interface Diagnostic extends Place {
  readonly file: string
  /** End of the stretch (the column is the first one behind it), where it has a length. */
  readonly endLine: number | undefined
  readonly endColumn: number | undefined
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** May hold text of the file: escape it before printing. */
  readonly message: string
}

export type FailOn = 'error' | 'warning'

export interface Validation {
  readonly verdict: 'passed' | 'failed'
  readonly files: readonly string[]
  readonly errors: number
  readonly warnings: number
  /** By file, line and column. */
  readonly diagnostics: readonly Diagnostic[]
}

export interface Work<File extends ReadQuery> {
  readonly files: readonly string[]
  read(path: string): Promise<string>
  readQueryFile(path: string, content: string): File | Promise<File>
  /** Place in the file of an offset in the query's text. */
  locate(file: File, offset: number): Place
  readonly schema: Schema
}

/** What was found in files, by their numbers in the list. */
export type Checked = ReadonlyMap<number, readonly Diagnostic[]>

/** So many files are read side by side before they are checked, which leaves no time for the steps of reading. */
const BATCH = 8

/**
 * Numbers of the files to check, a few at a time. `take` answers with the next number that nobody has and puts back the one
 * that many further on, so that two threads can share one list.
 */
export function* turns(count: number, take: (many: number) => number): Generator<readonly number[]> {
  for (;;) {
    const from = take(BATCH)
    if (from >= count) return
    yield Array.from({ length: Math.min(BATCH, count - from) }, (_, index) => from + index)
  }
}

/** Checks files; one that can't be read as a query is an error at its place. Rejects only for faults of its own. */
export async function checkFiles<File extends ReadQuery>(
  work: Work<File>,
  batches: Iterable<readonly number[]>,
): Promise<Checked> {
  const globals = buildGlobals(work.schema)
  const checked = new Map<number, readonly Diagnostic[]>()
  for (const batch of batches) {
    const contents = batch.map((number) => work.read(work.files[number]!))
    // Whoever takes one is told; until then it is nobody's fault.
    for (const content of contents) content.catch(() => undefined)
    for (const [index, number] of batch.entries()) {
      checked.set(number, await checkFile(work.files[number]!, contents[index]!, work, globals))
    }
  }
  return checked
}

async function checkFile<File extends ReadQuery>(
  path: string,
  reading: Promise<string>,
  work: Work<File>,
  globals: GlobalState,
): Promise<readonly Diagnostic[]> {
  try {
    const content = await reading
    const file = await work.readQueryFile(path, content)
    const { text, key } = file
    const lineAt = (offset: number): number => work.locate(file, offset).line
    const customDetection = isCustomDetection(path, content)
    const found = diagnose({ text, schema: work.schema, globals, lineAt, key, customDetection })
    return found.map((diagnosis) => placed(path, file, diagnosis, work))
  } catch (thrown) {
    return [unreadable(path, asGateError(thrown))]
  }
}

/** What comes of all files together. Throws where one of them was not checked. */
export function toValidation(files: readonly string[], checked: Checked, failOn: FailOn): Validation {
  const diagnostics = files
    .flatMap((file, number) => {
      const found = checked.get(number)
      if (found === undefined) throw new Error(`${file} was not checked`)
      return found
    })
    .sort(byPlace)
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length
  const warnings = diagnostics.length - errors
  const failed = errors > 0 || (failOn === 'warning' && warnings > 0)
  return { verdict: failed ? 'failed' : 'passed', files, errors, warnings, diagnostics }
}

/** The shape of Graph's `detectionRule` is told from the hunting shape by the key that holds the query. */
function isCustomDetection(path: string, content: string): boolean {
  return /\.ya?ml$/i.test(path) && /^[ \t{]*["']?queryCondition["']?\s*:/m.test(content)
}

function placed<File extends ReadQuery>(path: string, file: File, diagnosis: Diagnosis, work: Work<File>): Diagnostic {
  const { start, length, severity, code, message } = diagnosis
  const { line, column } = work.locate(file, start)
  // The end is behind the last character; in a YAML block the character after it may stand on the next line.
  const last = length === 0 ? undefined : work.locate(file, start + length - 1)
  const [endLine, endColumn] = last === undefined ? [undefined, undefined] : [last.line, last.column + 1]
  return { file: path, line, column, endLine, endColumn, severity, code, message }
}

function unreadable(path: string, error: GateError): Diagnostic {
  const { line = 1, column = 1 } = error.place ?? {}
  const message = `${error.message} ${error.hint}`
  return {
    file: path,
    line,
    column,
    endLine: undefined,
    endColumn: undefined,
    severity: 'error',
    code: error.code,
    message,
  }
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}
