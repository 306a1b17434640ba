/** Report files at a desk: in the folder that `--report-dir` names, and nowhere else. */
import { access, constants, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reportDirUnusable } from './errors/cli.ts'
import { makeFolder } from './files.ts'
import type { Files } from './model.ts'

/** Throws where no report could be written: better before the questions than after them. `given` is the path as it was typed. */
export async function checkReportDir(folder: string, given: string): Promise<void> {
  try {
    makeFolder(folder)
    await readdir(folder)
    await access(folder, constants.W_OK)
  } catch (thrown) {
    throw reportDirUnusable(given, thrown)
  }
}

/**
 * Without `--report-dir` no report is wanted: nothing of a finding goes to the disk. With it, the report of wrong settings
 * goes there too: else one of an earlier run would be taken for it.
 */
export function deskFiles(files: Files, reportDir: string | undefined): { files: Files; written: () => boolean } {
  const nothing = async (): Promise<void> => undefined
  if (reportDir === undefined)
    return { files: { ...files, write: nothing, append: nothing, remove: nothing }, written: () => false }
  let written = false
  // Where the gate puts reports when nobody could say where.
  const byDefault = `${reportDir}/defender-gate/`
  const at = (path: string): string =>
    path.startsWith(byDefault) ? join(reportDir, path.slice(byDefault.length)) : path
  const write = async (path: string, content: string): Promise<void> => {
    await files.write(at(path), content)
    written = true
  }
  const moved: Files = {
    ...files,
    write,
    append: (path, content) => files.append(at(path), content),
    remove: (path) => files.remove(at(path)),
    exists: (path) => files.exists(at(path)),
  }
  return { files: moved, written: () => written }
}
