/** From the checks of the settings to the checks that are asked: globs become one check a file, files become queries. */
import { isAbsolute, relative } from 'node:path'
import {
  emptyInlineQuery,
  globFailed,
  outside,
  patternUnmatched,
  queriesNone,
  tooLarge,
  unreadable,
} from '../errors/checks.ts'
import { asGateError, GateError } from '../errors.ts'
import type { CheckSettings, Files, HuntingQuestion, PlannedCheck, Query } from '../model.ts'
import { type Matches, matchingFiles, tidy } from './matching.ts'
import { hasKql, type QueryFile } from './query-file.ts'
import { MAX_QUERY_FILE_BYTES, readQueryFile } from './query-files.ts'

export interface Plan {
  readonly checks: readonly PlannedCheck[]
  /** What the reader should know that is no error (a warning each). */
  readonly notes: readonly string[]
}

/**
 * Plans every check, in the order of the settings. Never rejects for what a user can do: a query that can't be had makes
 * its check a problem, and the others still run. `files` are those of the workspace.
 */
export async function planChecks(checks: readonly CheckSettings[], files: Files): Promise<Plan> {
  const planned: PlannedCheck[] = []
  const notes: string[] = []
  for (const check of checks) {
    const plan = await planCheck(check, files)
    planned.push(...plan.checks)
    notes.push(...plan.notes)
  }
  return { checks: planned, notes }
}

const one = (check: PlannedCheck): Plan => ({ checks: [check], notes: [] })

async function planCheck(check: CheckSettings, files: Files): Promise<Plan> {
  const { question } = check
  if (question.kind !== 'hunting') return one({ ...named(check), ask: { kind: question.kind, question } })
  const { source } = question
  switch (source.from) {
    case 'text':
      return one({ ...named(check), ask: inline(check, question, source.text) })
    case 'file':
      return one(await planFile(question, files, source.path, (title) => named(check, title)))
    case 'globs':
      return planGlobs(check, question, source.patterns, files)
  }
}

async function planGlobs(
  check: CheckSettings,
  question: HuntingQuestion,
  patterns: readonly string[],
  files: Files,
): Promise<Plan> {
  const problem = (error: GateError): Plan =>
    one({ ...named(check), ask: { kind: 'hunting', problem: error, file: undefined } })
  let found: Matches
  try {
    found = await matchingFiles(patterns, files)
  } catch (thrown) {
    return problem(globFailed(check.id, thrown))
  }
  if (found.files.length === 0) return problem(queriesNone(check.id, patterns, found.unmatched))
  const planned: PlannedCheck[] = []
  for (const path of found.files) {
    planned.push(await planFile(question, files, path, (title) => namedByFile(check, path, title)))
  }
  return { checks: planned, notes: found.unmatched.map((unmatched) => patternUnmatched(check.id, unmatched)) }
}

// --- names ----------------------------------------------------------------------------------------------------------

type Named = Omit<PlannedCheck, 'ask'>

function named(check: CheckSettings, fileTitle?: string): Named {
  return { id: check.id, parentId: check.id, title: check.title ?? fileTitle ?? check.id, policy: check.policy }
}

/** One title over many files can't tell them apart, so it stands before the file's own. */
function namedByFile(check: CheckSettings, path: string, fileTitle: string | undefined): Named {
  const own = fileTitle ?? path
  return {
    id: check.byInputs ? path : `${check.id}/${path}`,
    parentId: check.id,
    title: check.title === undefined ? own : `${check.title}: ${own}`,
    policy: check.policy,
  }
}

// --- queries --------------------------------------------------------------------------------------------------------

function inline(check: CheckSettings, question: HuntingQuestion, text: string): PlannedCheck['ask'] {
  if (!hasKql(text)) return { kind: 'hunting', problem: emptyInlineQuery(check.id), file: undefined }
  const { timespan, severity, key } = question
  const nothing = { file: undefined, description: undefined, tactics: [], techniques: [] }
  return { kind: 'hunting', query: { text, timespan, severity, key, ...nothing } }
}

async function planFile(
  question: HuntingQuestion,
  files: Files,
  given: string,
  name: (title: string | undefined) => Named,
): Promise<PlannedCheck> {
  let path = tidy(given)
  try {
    path = await insideWorkspace(files, path)
    const file = await readQueryFile(path, await readBounded(files, path))
    return { ...name(file.title ?? path), ask: { kind: 'hunting', query: queryOf(file, path, question) } }
  } catch (thrown) {
    return { ...name(path), ask: { kind: 'hunting', problem: asGateError(thrown), file: path } }
  }
}

/** What the file says of its query wins; a key that the settings wish for wins over the file's entities. */
function queryOf(file: QueryFile, path: string, question: HuntingQuestion): Query {
  const fromFile = question.key === undefined && file.key.length > 0
  return {
    text: file.text,
    timespan: question.timespan,
    severity: file.severity ?? question.severity,
    key: fromFile ? file.key : question.key,
    keyFromFile: fromFile,
    file: { path, line: file.line },
    description: file.description,
    tactics: file.tactics,
    techniques: file.techniques,
  }
}

// --- files ----------------------------------------------------------------------------------------------------------

/** The path relative to the workspace. Symbolic links count for what they point at. */
async function insideWorkspace(files: Files, path: string): Promise<string> {
  let root: string
  let real: string
  try {
    root = await files.realPath('.')
    real = await files.realPath(path)
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
  const inside = relative(root, real)
  if (inside === '..' || inside.startsWith('../') || inside.startsWith('..\\') || isAbsolute(inside))
    throw outside(path)
  return isAbsolute(path) ? tidy(inside) : path
}

async function readBounded(files: Files, path: string): Promise<string> {
  try {
    const size = await files.size(path)
    if (size > MAX_QUERY_FILE_BYTES) throw tooLarge(path, size, MAX_QUERY_FILE_BYTES)
    return await files.readText(path)
  } catch (thrown) {
    if (thrown instanceof GateError) throw thrown
    throw unreadable(path, thrown)
  }
}
