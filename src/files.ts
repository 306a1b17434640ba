/** The files of the workspace, as the rooms see them (interface `Files` in model.ts). */
import { appendFile, glob, mkdir, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Files } from './model.ts'

/** `workspace` is the folder that relative paths start from. */
export function createFiles(workspace: string): Files {
  const at = (path: string): string => resolve(workspace, path)
  return {
    readText: (path) => readFile(at(path), 'utf8'),
    write: async (path, content) => {
      await makeFolder(dirname(at(path)))
      await writeFile(at(path), content)
    },
    append: (path, content) => appendFile(at(path), content),
    remove: (path) => rm(at(path), { force: true }),
    exists: async (path) =>
      await stat(at(path)).then(
        () => true,
        () => false,
      ),
    realPath: (path) => realPathOfNearest(at(path)),
    size: async (path) => (await stat(at(path))).size,
    glob: async (patterns) => {
      const wanted = patterns.filter((pattern) => !pattern.startsWith('!'))
      const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
      const found = new Set<string>()
      for await (const path of glob(wanted, { cwd: workspace, exclude: unwanted })) {
        const file = await stat(at(path)).catch(() => undefined)
        if (file?.isFile()) found.add(path.split(sep).join('/'))
      }
      return [...found].sort()
    },
  }
}

/**
 * Makes a folder and those above it; a path that is there already is left as it is. Node's own `recursive` never ends where
 * a parent takes no folders and says so with ENOENT, as `/proc` does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await makeOne(path)
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** A path that doesn't exist yet is judged by its nearest folder that does: that is where a link could lead out. */
async function realPathOfNearest(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path || codeOf(error) !== 'ENOENT') throw error
    // A link that leads nowhere yet: what is written through it would go there.
    const target = await readlink(path).catch(() => undefined)
    if (target !== undefined) return realPathOfNearest(resolve(parent, target))
    return join(await realPathOfNearest(parent), basename(path))
  }
}
