#!/usr/bin/env node
/** `npx defender-gate`. An older Node is told so before it meets anything that it can't read. */
import { isMainThread } from 'node:worker_threads'

const [major = 0] = process.versions.node.split('.').map(Number)
// Until the command says otherwise: a run that stops on its way is no pass.
process.exitCode = 1
if (major < 24) {
  process.stderr.write(`defender-gate needs Node.js 24 or later, and this is Node.js ${process.versions.node}.\n`)
} else if (!isMainThread) {
  void import('./second-thread.ts').then(({ checkBeside }) => checkBeside())
} else {
  import('./command-line.ts')
    .then(({ commandLine }) => commandLine(process.argv.slice(2)))
    .then(
      (status) => {
        process.exitCode = status
      },
      (thrown: unknown) => {
        process.stderr.write(`defender-gate could not start: ${thrown instanceof Error ? thrown.message : thrown}\n`)
      },
    )
}
