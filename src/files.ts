/** The files of the workspace, as the rooms see them (interface `Files` in model.ts). */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Files } from './model.ts'

/**
 * `workspace` is the folder that relative paths start from. Each step of Node's asynchronous calls goes through another thread,
 * which takes several times as long as the step itself, so these do it at once; what a run reads first gives the event loop a
 * turn, in which connections get on.
 */
export function createFiles(workspace: string): Files {
  const at = (path: string): string => resolve(workspace, path)
  return {
    readText: async (path) => {
      await setImmediate()
      if (statSync(at(path)).isFile()) return readFileSync(at(path), 'utf8')
      // A pipe may have nothing to say yet, and whoever waits for it must be able to give up.
      const { readFile } = await import('node:fs/promises')
      return readFile(at(path), 'utf8')
    },
    write: async (path, content) => {
      makeFolder(dirname(at(path)))
      writeFileSync(at(path), content)
    },
    append: async (path, content) => appendFileSync(at(path), content),
    remove: async (path) => {
      try {
        // `rmSync` leaves links alone in some versions of Node 24.
        unlinkSync(at(path))
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error
      }
    },
    exists: async (path) => statOf(at(path)) !== undefined,
    realPath: async (path) => {
      await setImmediate()
      return realPathOfNearest(at(path))
    },
    size: async (path) => statSync(at(path)).size,
    glob: async (patterns) => {
      const wanted = patterns.filter((pattern) => !pattern.startsWith('!'))
      const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
      const found = new Set<string>()
      // Most runs have no pattern.
      const { glob } = await import('node:fs/promises')
      for await (const path of glob(wanted, { cwd: workspace, exclude: unwanted })) {
        if (statOf(at(path))?.isFile()) found.add(path.split(sep).join('/'))
      }
      return [...found].sort()
    },
  }
}

/** `undefined` for what is not there, or can't be looked at. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/**
 * Makes a folder and those above it; a path that is there already is left as it is. Node's own `recursive` never ends where
 * a parent takes no folders and says so with ENOENT, as `/proc` does.
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path))
    makeOne(path)
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** A path that doesn't exist yet is judged by its nearest folder that does: that is where a link could lead out. */
function realPathOfNearest(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path || codeOf(error) !== 'ENOENT') throw error
    // A link that leads nowhere yet: what is written through it would go there.
    const target = targetOf(path)
    if (target !== undefined) return realPathOfNearest(resolve(parent, target))
    return join(realPathOfNearest(parent), basename(path))
  }
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
