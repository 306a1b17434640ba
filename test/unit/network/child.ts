/** A process of its own for exit.test.ts: asks the URLs given, all at once, and prints what became of each. */
import { setTimeout } from 'node:timers/promises'
import { createHttp } from '../../../src/network/transport.ts'

const [how, ...urls] = process.argv.slice(2)
const http = createHttp({
  proxy: {},
  clock: { now: () => new Date(), sleep: (ms, signal) => setTimeout(ms, undefined, { ...(signal ? { signal } : {}) }) },
  log: { info: () => {}, warn: () => {}, debug: () => {} },
  userAgent: 'child',
})
const sent = urls.map((url) =>
  http.send({ method: 'GET', url, headers: {} }).then(
    ({ status }) => `${status}`,
    ({ code }) => code,
  ),
)
// One connection that no request will use.
if (urls[0]) http.warm(urls[0])
if (how === 'all') await Promise.all(sent)
else await setTimeout(100)
await http.close()
process.stdout.write((await Promise.all(sent)).join())
