/** What can be wrong with query files and with a question to the API. */
import { type CodeEntry, GateError, systemCode, systemReason } from '../errors.ts'

export const CHECKS_CODES = {
  'queries-none': {
    title: 'No query file matched',
    cause: 'The globs of `queries` match no file. A check over nothing proves nothing, so it is an error.',
    cure: 'Check the globs, which are relative to the workspace, and that `actions/checkout` runs before this step.',
  },
  'query-file-unreadable': {
    title: 'A query file can not be read',
    cause: 'The file does not exist, is no regular file, or its permissions forbid reading it.',
    cure: 'Check the path, which is relative to the workspace, and that `actions/checkout` runs before this step.',
  },
  'query-file-outside': {
    title: 'A query file lies outside the workspace',
    cause: 'The path leads out of the workspace, by `..` or through a symbolic link.',
    cure: 'Keep the query file itself in the repository.',
  },
  'query-file-extension': {
    title: 'A query file has an unknown extension',
    cause: 'How a file is read goes by its extension, and this one is not known.',
    cure: 'Rename the file, or narrow the glob: `.kql`, `.csl`, `.kusto`, `.txt`, `.yaml`, `.yml` and `.md` are read.',
  },
  'query-file-too-large': {
    title: 'A query file is too large',
    cause: 'Query files of more than 1 MiB are refused.',
    cure: 'Narrow the glob if this is no query. Large lists belong in a watchlist or in `externaldata`.',
  },
  'query-file-encoding': {
    title: 'A query file is not UTF-8',
    cause: 'The file is not valid UTF-8, or holds the replacement character U+FFFD or a NUL character.',
    cure: 'Save the file as UTF-8. PowerShell writes UTF-16 with `>`: use `Out-File -Encoding utf8`.',
  },
  'query-file-yaml': {
    title: 'A query file is not well-formed YAML',
    cause: 'The file breaks a rule of YAML at the named line, holds several documents, or expands to something huge.',
    cure: 'Mend the named line; keep one query in a file.',
  },
  'query-file-shape': {
    title: 'A YAML query file has a value of the wrong kind',
    cause: 'The query is not a text, stands in two places, or the severity is not one of the known ones.',
    cure: 'Mend the named line. The Azure-Sentinel hunting shape and the Defender custom-detection shape are read.',
  },
  'query-file-fenced': {
    title: 'The query in a YAML file is wrapped in a Markdown fence',
    cause: 'The value of `query` starts with ``` or ~~~, which is not KQL. The gate never rewrites a query.',
    cure: 'Remove the fence lines from the value.',
  },
  'query-file-ambiguous': {
    title: 'A query file holds several queries',
    cause: 'More than one query could be meant, and nothing says which. The gate does not guess.',
    cure: 'Split the file, or put the query for Defender under a heading such as `## Defender XDR`.',
  },
  'query-empty': {
    title: 'There is no query',
    cause: 'The file or input holds no KQL: it is empty, has comments only, no KQL fence, or no `query` key.',
    cure: 'Write the query, or narrow the glob so that it leaves this file out.',
  },
  'key-column-missing': {
    title: 'A key column is not in the result',
    cause: 'A column of `key` is not among the columns that the query returns, so findings could not be told apart.',
    cure: 'Return the column from the query (`project`), or correct `key`.',
  },
} as const satisfies Record<string, CodeEntry>

type Code = keyof typeof CHECKS_CODES
type Place = NonNullable<GateError['place']>

function error(code: Code, message: string, hint: string, place?: Place, cause?: unknown): GateError {
  return new GateError(code, message, hint, { place, cause })
}

const SPLIT_HINT =
  'Split the file so that it holds one query, or put the one for Defender under a heading "Defender XDR".'

/** A pattern without a match. `isFolder`: it is the path of one, and no pattern for what is in it. */
export interface Unmatched {
  readonly pattern: string
  readonly isFolder: boolean
}

/** What is likely wrong with the pattern; `undefined` where nothing stands out. */
export function patternHint({ pattern, isFolder }: Unmatched): string | undefined {
  if (isFolder) return `${pattern} is a folder: give ${pattern.replace(/\/+$/, '')}/** for all files in it.`
  // Inside of braces a comma is part of the pattern.
  if (pattern.replace(/\{[^{}]*\}/g, '').includes(','))
    return 'Give one pattern per line: a comma does not separate them.'
  return undefined
}

export function queriesNone(check: string, patterns: readonly string[], unmatched: readonly Unmatched[]): GateError {
  const hints = unmatched.flatMap((one) => patternHint(one) ?? [])
  return error(
    'queries-none',
    `No file matches the queries of the check "${check}": ${patterns.join(', ')}.`,
    hints[0] ??
      'Check the globs, which are relative to the workspace, and that actions/checkout runs before this step.',
  )
}

/** A note, not an error: the other patterns of the check match files. */
export function patternUnmatched(check: string, unmatched: Unmatched): string {
  const hint = patternHint(unmatched) ?? 'Correct it, or remove it.'
  return `The pattern ${JSON.stringify(unmatched.pattern)} in the queries of the check "${check}" matches no file, so nothing is asked for it. ${hint}`
}

/** As `patternUnmatched`, for the offline checks. */
export function patternUnchecked(unmatched: Unmatched): string {
  const hint = patternHint(unmatched) ?? 'Correct it, or remove it.'
  return `The pattern ${JSON.stringify(unmatched.pattern)} matches no file, so nothing is checked for it. ${hint}`
}

export function globFailed(check: string, cause: unknown): GateError {
  return error(
    'query-file-unreadable',
    `The files of the check "${check}" could not be listed.`,
    'Check the globs of queries and the permissions of the folders.',
    undefined,
    cause,
  )
}

export function unreadable(file: string, cause: unknown): GateError {
  const missing = systemCode(cause) === 'ENOENT'
  const globbed = missing && /[*?[\]{}]/.test(file)
  return error(
    'query-file-unreadable',
    missing
      ? `The query file ${file} does not exist.`
      : `The query file ${file} can not be read: ${systemReason(cause)}.`,
    globbed
      ? 'query-file names one file: give patterns in queries.'
      : 'Check the path, which is relative to the workspace, and that actions/checkout runs before this step.',
    { file, line: 1 },
    cause,
  )
}

export function outside(file: string): GateError {
  return error(
    'query-file-outside',
    `The query file ${file} lies outside the workspace.`,
    'Keep the query file itself in the repository; ".." and symbolic links must not lead out of it.',
    { file, line: 1 },
  )
}

export function unknownExtension(file: string, allowed: readonly string[]): GateError {
  return error(
    'query-file-extension',
    `The query file ${file} has an extension that is not known.`,
    `Rename the file or narrow the glob; these are read: ${allowed.join(', ')}.`,
    { file, line: 1 },
  )
}

export function tooLarge(file: string, bytes: number, limit: number): GateError {
  return error(
    'query-file-too-large',
    `The query file ${file} has ${bytes} bytes, and at most ${limit} are read.`,
    'Narrow the glob if this is no query; large lists belong in a watchlist or in externaldata.',
    { file, line: 1 },
  )
}

export function notUtf8(file: string, line: number): GateError {
  return error(
    'query-file-encoding',
    `The query file ${file} is not valid UTF-8 (line ${line}).`,
    'Save the file as UTF-8; with PowerShell: Out-File -Encoding utf8.',
    { file, line },
  )
}

export function notYaml(file: string, line: number, column: number, why: string): GateError {
  return error(
    'query-file-yaml',
    `The query file ${file} is not well-formed YAML: ${why.slice(0, 200).replace(/\.$/, '')}.`,
    `Mend line ${line}, column ${column}.`,
    {
      file,
      line,
      column,
    },
  )
}

export function manyDocuments(file: string, line: number): GateError {
  return error(
    'query-file-yaml',
    `The query file ${file} holds more than one YAML document.`,
    `Keep one query in a file: split it at the "---" before line ${line}.`,
    { file, line },
  )
}

export function yamlTooDeep(file: string, cause: unknown): GateError {
  return error(
    'query-file-yaml',
    `The query file ${file} expands to more than the gate reads (aliases or nesting).`,
    'Write the query without YAML aliases and deep nesting.',
    { file, line: 1 },
    cause,
  )
}

export function queryNotText(file: string, key: string, line: number): GateError {
  return error(
    'query-file-shape',
    `The value of ${key} in ${file} is not a text.`,
    `Write the KQL at line ${line} as a block: "${key.split('.').at(-1)}: |" and the query indented below it.`,
    { file, line },
  )
}

export function twoShapes(file: string, line: number): GateError {
  return error(
    'query-file-shape',
    `The query file ${file} has both query and queryCondition.queryText.`,
    'Keep one of the two: query for a hunting query, queryCondition.queryText for a custom detection.',
    { file, line },
  )
}

export function unknownSeverity(file: string, given: string, line: number): GateError {
  return error(
    'query-file-shape',
    `The severity ${JSON.stringify(given)} in ${file} is not known.`,
    'Allowed are informational, low, medium and high; without a severity the setting counts.',
    { file, line },
  )
}

export function fenced(file: string, line: number): GateError {
  return error(
    'query-file-fenced',
    `The query in ${file} is wrapped in a Markdown fence.`,
    'Remove the fence lines from the value of the query; the gate sends a query as it stands.',
    { file, line },
  )
}

function listed(lines: readonly number[]): string {
  return lines.length <= 20 ? lines.join(', ') : `${lines.slice(0, 20).join(', ')} and ${lines.length - 20} more`
}

export function severalFences(file: string, lines: readonly number[]): GateError {
  return error(
    'query-file-ambiguous',
    `The query file ${file} holds ${lines.length} fences that could be the query, at lines ${listed(lines)}.`,
    SPLIT_HINT,
    { file, line: lines[0] ?? 1 },
  )
}

export function severalParts(file: string, lines: readonly number[]): GateError {
  return error(
    'query-file-ambiguous',
    `The query file ${file} has ${lines.length} parts marked as advanced hunting query, at lines ${listed(lines)}.`,
    'Split the file so that it holds one query for advanced hunting.',
    { file, line: lines[0] ?? 1 },
  )
}

export function emptyQuery(file: string, why: string, line = 1): GateError {
  return error(
    'query-empty',
    `The query file ${file} holds no query: ${why}.`,
    'Write the query, or narrow the glob so that it leaves this file out.',
    { file, line },
  )
}

export function emptyInlineQuery(check: string): GateError {
  return error(
    'query-empty',
    `The query of the check "${check}" holds no KQL, only comments or blank lines.`,
    'Write the query in the input query, or name its file.',
  )
}

/** `meant` are the columns of the result that look like those: with `pivot` a name can be a value, so no other is told. */
export function keyColumnMissing(missing: readonly string[], meant: readonly string[]): GateError {
  const guess = meant.length === 0 ? '' : ` Did you mean ${meant.join(', ')}?`
  return error(
    'key-column-missing',
    `The key names ${missing.length === 1 ? 'a column' : 'columns'} that the query does not return: ${missing.join(', ')}.`,
    `Return ${missing.length === 1 ? 'it' : 'them'} from the query, or correct key.${guess}`,
  )
}
