/** Entry of the second action: checks query files offline. Its second thread starts here, too. */
import { isMainThread } from 'node:worker_threads'

if (isMainThread) await (await import('./validate-action.ts')).validateAction(process.argv[1]!)
else await (await import('./second-thread.ts')).checkBeside()
