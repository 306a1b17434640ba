/** Query files checked offline, wherever the globs come from: an action's inputs or a command line. */
import { isAbsolute, relative } from 'node:path'
import { matchingFiles } from './checks/matching.ts'
import { locate, MAX_QUERY_FILE_BYTES, type QueryFile, readQueryFile } from './checks/query-files.ts'
import { outside, patternHint, patternUnchecked, tooLarge, unreadable } from './errors/checks.ts'
import { badSchema, noFiles } from './errors/kql.ts'
import { GateError } from './errors.ts'
import type { Checked, FailOn, Validation } from './kql/index.ts'
import type { Files } from './model.ts'

export interface ValidationRequest {
  /** Globs relative to the workspace; `!` excludes. */
  readonly queries: readonly string[]
  /** Path of a file with more tables and functions. */
  readonly schema: string | undefined
  readonly failOn: FailOn
  readonly files: Files
  /** Starts a second thread for many files; without it there is one. */
  readonly beside?: ((share: Share) => Beside) | undefined
}

/** What two threads check together. Both take from `taken` the number of the next file. */
export interface Share {
  readonly files: readonly string[]
  readonly schema: string | undefined
  readonly taken: Int32Array<SharedArrayBuffer>
}

/** Another thread at work. */
export interface Beside {
  /** What it found in its files; nothing, where it came to an end before. */
  checked(): Promise<Checked | undefined>
  end(): void
}

/** With `notes`: a sentence for each pattern that matches nothing beside others that do. */
export type QueriesValidation = Validation & { readonly notes: readonly string[] }

/** From so many files on the second thread wins more than loading the language service twice takes. */
const MANY = 200

/** Throws a `GateError` where nothing can be checked: no file matches, or the schema can't be used. */
export async function validateQueries(o: ValidationRequest): Promise<QueriesValidation> {
  const { files, unmatched } = await matchingFiles(o.queries, o.files)
  if (files.length === 0) throw noFiles(o.queries, unmatched.flatMap((one) => patternHint(one) ?? [])[0])
  await limitMemory()
  const share = { files, schema: o.schema, taken: new Int32Array(new SharedArrayBuffer(4)) }
  const beside = files.length < MANY ? undefined : o.beside?.(share)
  try {
    const checked = new Map(await checkShare(share, o.files))
    const left = (): number[] => [...files.keys()].filter((number) => !checked.has(number))
    const add = (more: Checked): void => more.forEach((found, number) => void checked.set(number, found))
    if (left().length > 0) add((await beside?.checked()) ?? new Map())
    // Whatever became of the other thread, no file goes unchecked.
    if (left().length > 0) add(await checkShare(share, o.files, [left()]))
    const { toValidation } = await import('./kql/index.ts')
    return { ...toValidation(files, checked, o.failOn), notes: unmatched.map(patternUnchecked) }
  } finally {
    beside?.end()
  }
}

/** Checks files of the list, those that nobody has taken unless told which. Throws where the schema can't be used. */
export async function checkShare(
  { files: all, schema, taken }: Share,
  files: Files,
  numbers?: Iterable<readonly number[]>,
): Promise<Checked> {
  const kql = await import('./kql/index.ts')
  let root: Promise<string> | undefined
  const workspace = (): Promise<string> => (root ??= files.realPath('.'))
  return kql.checkFiles<QueryFile>(
    {
      files: all,
      read: (path) => readQuery(path, files, workspace),
      readQueryFile,
      locate,
      schema: schema === undefined ? kql.DEFENDER_SCHEMA : await withExtra(schema, files, kql),
    },
    numbers ?? kql.turns(all.length, (many) => Atomics.add(taken, 0, many)),
  )
}

/**
 * Half of the memory of a run is garbage that V8 sees no need to collect: two threads over 500 queries leave 430 MiB without
 * these limits on how fast their heaps may grow, and 240 MiB with them, at nearly the same speed.
 */
async function limitMemory(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=100')
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
