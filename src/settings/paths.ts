/** Paths stay inside the workspace, also through symbolic links. */
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { pathOutside, type Subject, valueInvalid } from '../errors/settings.ts'
import type { Files } from '../model.ts'
import type { Problems } from './problems.ts'

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The path relative to the workspace, with `/`. It must be one that `insidePath` took. */
export function relativePath(workspace: string, path: string): string {
  return relative(workspace, resolve(workspace, path)).split(sep).join('/') || '.'
}

/**
 * The absolute path, when it and everything that it links to lies in the workspace or in one of `folders`; else
 * `undefined`, with the problem told. What does not exist yet is judged by its nearest folder that does.
 */
export async function insidePath(
  given: string,
  subject: Subject,
  where: {
    readonly workspace: string
    readonly files: Files
    readonly folders?: readonly string[]
    readonly called?: string
  },
  problems: Problems,
): Promise<string | undefined> {
  // Stryker disable next-line ArrayDeclaration: a folder more that is not there
  const { workspace, files, folders = [], called = 'the workspace' } = where
  const path = resolve(workspace, given)
  try {
    const real = await files.realPath(path)
    for (const folder of [workspace, ...folders]) {
      if (isInside(await files.realPath(resolve(folder)), real)) return path
    }
  } catch {
    problems.add(
      valueInvalid(subject, problems.show(given), 'a path whose folders and links can be followed', undefined),
    )
    return undefined
  }
  problems.add(pathOutside(subject, problems.show(given), called))
  return undefined
}
