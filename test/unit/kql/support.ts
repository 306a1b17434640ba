import { readdirSync, readFileSync } from 'node:fs'
import { type Diagnosis, diagnose, type Question } from '../../../src/kql/diagnose.ts'
import { buildGlobals, DEFENDER_SCHEMA } from '../../../src/kql/schema.ts'
import {
  checkFiles,
  type FailOn,
  type ReadQuery,
  toValidation,
  turns,
  type Validation,
  type Work,
} from '../../../src/kql/validate-files.ts'

export const globals = buildGlobals(DEFENDER_SCHEMA)

/** One query against the Defender schema. */
export function check(text: string, more: Partial<Question> = {}): readonly Diagnosis[] {
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length
  return diagnose({ text, schema: DEFENDER_SCHEMA, globals, lineAt, key: [], customDetection: false, ...more })
}

/** `severity code 'stretch': message` of every diagnosis. */
export function told(text: string, more: Partial<Question> = {}): readonly string[] {
  return check(text, more).map(
    ({ severity, code, start, length, message }) =>
      `${severity} ${code} '${text.slice(start, start + length)}': ${message}`,
  )
}

const VALID = new URL('../../corpus/valid/', import.meta.url)

/** The valid queries of the corpus, by file name. */
export const corpus: ReadonlyMap<string, string> = new Map(
  readdirSync(VALID)
    .sort()
    .map((name) => [name, readFileSync(new URL(name, VALID), 'utf8')]),
)

/** What one thread says of all files. */
export async function validateFiles<File extends ReadQuery>({
  failOn,
  ...work
}: Work<File> & { readonly failOn: FailOn }): Promise<Validation> {
  let taken = 0
  const take = (many: number): number => {
    taken += many
    return taken - many
  }
  return toValidation(work.files, await checkFiles(work, turns(work.files.length, take)), failOn)
}
