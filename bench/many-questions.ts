/** Sixty queries in each of ten tenants against the quota, on a simulated clock; two hundred pages without a pause. */
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../src/model.ts'
import { Pacer } from '../src/network/pacing.ts'
import { PAGES } from './answers.ts'
import { cost, gate, median } from './run.ts'
import type { Addresses } from './server.ts'

const QUOTA = 45
const MINUTE = 60_000
const AT_ONCE = 4

/** Time that passes only when all are asleep. */
class SimulatedClock implements Clock {
  ms = 0
  readonly #sleepers = new Map<object, { readonly at: number; readonly wake: () => void }>()

  now(): Date {
    return new Date(this.ms)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = {}
      this.#sleepers.set(id, { at: this.ms + ms, wake: resolve })
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(id)
        reject(signal.reason)
      })
    })
  }

  /** False when nobody sleeps. */
  async step(): Promise<boolean> {
    await setImmediate()
    const next = Math.min(...[...this.#sleepers.values()].map(({ at }) => at))
    if (!Number.isFinite(next)) return false
    this.ms = next
    for (const [id, { at, wake }] of this.#sleepers) {
      if (at > next) continue
      this.#sleepers.delete(id)
      wake()
    }
    return true
  }
}

/** When the last call could end at best: four at a time, and 45 a minute. */
function bound(calls: number, ms: number): number {
  const starts: number[] = []
  for (let index = 0; index < calls; index += 1) {
    const free = index < AT_ONCE ? 0 : starts[index - AT_ONCE]! + ms
    starts.push(Math.max(free, index < QUOTA ? 0 : starts[index - QUOTA]! + MINUTE))
  }
  return starts.at(-1)! + ms
}

/** Seconds that `queries` of two seconds each take in each tenant, and the least that the quota allows. */
export async function quota(queries: number, tenants: number): Promise<{ took: number; bound: number }> {
  const clock = new SimulatedClock()
  const ms = 2000
  const all = Array.from({ length: tenants }, () => {
    const pacer = new Pacer({ clock })
    return Array.from({ length: queries }, () =>
      pacer.run(async () => {
        await pacer.turn()
        await clock.sleep(ms)
      }),
    )
  }).flat()
  let done = false
  const end = Promise.all(all).then(() => {
    done = true
  })
  while (!done) if (!(await clock.step())) await setImmediate()
  await end
  return { took: clock.ms / 1000, bound: bound(queries, ms) / 1000 }
}

/** Milliseconds between an answer's end and the next request, as the server sees them. */
export interface Gaps {
  readonly pages: number
  readonly median: number
  readonly p95: number
  readonly wall: number
}

export async function pages(at: Addresses): Promise<Gaps> {
  const check = gate(at, { inputs: { check: 'incidents', 'created-within': '52w' }, exit: 1 })
  const { wall } = await cost(check, check.exit)
  const gaps = (await asked(`${at.api}/idle`, readFileSync(at.ca, 'utf8'))).toSorted((a, b) => a - b)
  if (gaps.length !== PAGES - 1) throw new Error(`${gaps.length + 1} pages were asked for, not ${PAGES}`)
  return { pages: PAGES, median: median(gaps), p95: gaps[Math.floor(gaps.length * 0.95)]!, wall }
}

function asked(url: string, ca: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      let text = ''
      response.on('data', (data) => (text += data))
      response.on('end', () => resolve(JSON.parse(text)))
    }).on('error', reject)
  })
}
