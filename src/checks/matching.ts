/** Which files the patterns of `queries` match, and which patterns match none. */
import { posix } from 'node:path'
import type { Unmatched } from '../errors/checks.ts'
import type { Files } from '../model.ts'

export interface Matches {
  /** Paths relative to the workspace, each once, sorted. */
  readonly files: readonly string[]
  /** The including patterns that give no file which the `!` patterns leave: mostly a typing error. */
  readonly unmatched: readonly Unmatched[]
}

/** Each including pattern is asked for by itself, so that one that finds nothing can't hide behind another. */
export async function matchingFiles(patterns: readonly string[], files: Files): Promise<Matches> {
  const excluding = patterns.filter((pattern) => pattern.startsWith('!'))
  const including = patterns.filter((pattern) => !pattern.startsWith('!'))
  const found = await Promise.all(including.map((pattern) => files.glob([pattern, ...excluding])))
  const unmatched = including.filter((_, index) => found[index]!.length === 0)
  return {
    files: [...new Set(found.flat().map(tidy))].sort(),
    // What is there and yet no file is a folder.
    unmatched: await Promise.all(
      unmatched.map(async (pattern) => ({ pattern, isFolder: await files.exists(pattern) })),
    ),
  }
}

/** One spelling of a path. */
export function tidy(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'))
}
