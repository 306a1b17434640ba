/** Query files checked offline, wherever the globs come from: an action's inputs or a command line. */
import { isAbsolute, relative } from 'node:path'
import { matchingFiles } from './checks/matching.ts'
import { locate, MAX_QUERY_FILE_BYTES, type QueryFile, readQueryFile } from './checks/query-files.ts'
import { outside, patternHint, patternUnchecked, tooLarge, unreadable } from './errors/checks.ts'
import { badSchema, noFiles } from './errors/kql.ts'
import { GateError } from './errors.ts'
import type { FailOn, Validation } from './kql/index.ts'
import type { Files } from './model.ts'

export interface ValidationRequest {
  /** Globs relative to the workspace; `!` excludes. */
  readonly queries: readonly string[]
  /** Path of a file with more tables and functions. */
  readonly schema: string | undefined
  readonly failOn: FailOn
  readonly files: Files
}

/** With `notes`: a sentence for each pattern that matches nothing beside others that do. */
export type QueriesValidation = Validation & { readonly notes: readonly string[] }

/** Throws a `GateError` where nothing can be checked: no file matches, or the schema can't be used. */
export async function validateQueries({
  queries,
  schema,
  failOn,
  files,
}: ValidationRequest): Promise<QueriesValidation> {
  const { files: found, unmatched } = await matchingFiles(queries, files)
  if (found.length === 0) throw noFiles(queries, unmatched.flatMap((one) => patternHint(one) ?? [])[0])
  await limitMemory()
  const kql = await import('./kql/index.ts')
  let root: Promise<string> | undefined
  const workspace = (): Promise<string> => (root ??= files.realPath('.'))
  const validation = await kql.validateFiles<QueryFile>({
    files: found,
    read: (path) => readQuery(path, files, workspace),
    readQueryFile,
    locate,
    schema: schema === undefined ? kql.DEFENDER_SCHEMA : await withExtra(schema, files, kql),
    failOn,
  })
  return { ...validation, notes: unmatched.map(patternUnchecked) }
}

/**
 * Half of the memory of a run is garbage that V8 sees no need to collect: 500 queries leave 290 MiB without these limits on how
 * fast its heap may grow, and 140 MiB with them, at nearly the same speed.
 */
async function limitMemory(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=50')
}

async function readQuery(path: string, files: Files, workspace: () => Promise<string>): Promise<string> {
  try {
    await assertInside(path, files, workspace)
    const size = await files.size(path)
    if (size > MAX_QUERY_FILE_BYTES) throw tooLarge(path, size, MAX_QUERY_FILE_BYTES)
    return await files.readText(path)
  } catch (thrown) {
    throw thrown instanceof GateError ? thrown : unreadable(path, thrown)
  }
}

async function withExtra(path: string, files: Files, kql: typeof import('./kql/index.ts')) {
  const { readSchema } = await import('./kql/schema-file.ts')
  return kql.mergeSchemas(kql.DEFENDER_SCHEMA, readSchema(path, await readSchemaText(path, files)))
}

async function readSchemaText(path: string, files: Files): Promise<string> {
  try {
    await assertInside(path, files, () => files.realPath('.'))
    return await files.readText(path)
  } catch (thrown) {
    const why = thrown instanceof GateError ? 'it lies outside the workspace' : 'it can not be read'
    throw badSchema(path, [why], thrown)
  }
}

/** Throws where the path leads out of the workspace; symbolic links count for what they point at. */
async function assertInside(path: string, files: Files, workspace: () => Promise<string>): Promise<void> {
  const [root, place] = await Promise.all([workspace(), files.realPath(path)])
  const inside = relative(root, place)
  if (inside === '..' || /^\.\.[/\\]/.test(inside) || isAbsolute(inside)) throw outside(path)
}
