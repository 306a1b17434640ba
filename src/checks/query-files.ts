/** Reads a query file, by its extension (contract section 3). What can't be told is an error; no KQL is rewritten. */
import { notUtf8, tooLarge, unknownExtension } from '../errors/checks.ts'
import { readMarkdown } from './markdown.ts'
import { Lines, type QueryFile } from './query-file.ts'
import { readRaw } from './raw.ts'
import { readYaml } from './yaml-file.ts'

export { locate, type QueryFile, type Segment } from './query-file.ts'

/** Query files of more bytes than this are refused. Microsoft's services take queries of far fewer characters. */
export const MAX_QUERY_FILE_BYTES = 1024 * 1024

type Reader = (path: string, content: string) => QueryFile | Promise<QueryFile>

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['.kql', readRaw],
  ['.csl', readRaw],
  ['.kusto', readRaw],
  ['.txt', readRaw],
  ['.yaml', readYaml],
  ['.yml', readYaml],
  ['.md', readMarkdown],
])

/**
 * The query of a file and what the file says about it. `path` is for messages and the extension, `content` the whole
 * file, with or without its byte-order mark. Throws a `GateError` with the place in the file.
 */
export async function readQueryFile(path: string, content: string): Promise<QueryFile> {
  const reader = READERS.get(extension(path))
  if (reader === undefined) throw unknownExtension(path, [...READERS.keys()])
  const bytes = Buffer.byteLength(content)
  if (bytes > MAX_QUERY_FILE_BYTES) throw tooLarge(path, bytes, MAX_QUERY_FILE_BYTES)
  const bare = content.startsWith('\u{feff}') ? content.slice(1) : content
  // Decoding puts U+FFFD where bytes were no UTF-8; a NUL tells of UTF-16.
  const broken = bare.search(/[\u{fffd}\0]/u)
  if (broken >= 0) throw notUtf8(path, new Lines(bare).at(broken).line)
  return reader(path, bare)
}

function extension(path: string): string {
  return /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? ''
}
