/** A second thread for half of many query files. It runs the same script as the first one. */
import { availableParallelism } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { createFiles } from './files.ts'
import type { Checked } from './kql/index.ts'
import { type Beside, checkShare, type Share } from './validate-queries.ts'

interface Task extends Share {
  readonly workspace: string
}

/** `script` is the entry that runs in both threads. Nothing where there is but one processor. */
export function secondThread(script: string, workspace: string): ((share: Share) => Beside) | undefined {
  if (availableParallelism() < 2) return undefined
  return (share) => {
    const task: Task = { ...share, workspace }
    const worker = new Worker(script, { workerData: task, stdout: true, stderr: true })
    const ended = new Promise<undefined>((resolve) => {
      // Its files are checked by the first thread then.
      worker.once('error', () => resolve(undefined))
      worker.once('exit', () => resolve(undefined))
    })
    const checked = new Promise<Checked>((resolve) => worker.once('message', resolve))
    return {
      checked: () => Promise.race([checked, ended]),
      end: () => void worker.terminate(),
    }
  }
}

/** What the second thread does. */
export async function checkBeside(): Promise<void> {
  const { workspace, ...share } = workerData as Task
  parentPort!.postMessage(await checkShare(share, createFiles(workspace)))
}
