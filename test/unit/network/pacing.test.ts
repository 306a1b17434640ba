import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Clock } from '../../../src/model.ts'
import { Pacer } from '../../../src/network/pacing.ts'

/** Time that passes only when everybody sleeps. */
class VirtualClock implements Clock {
  ms = Date.parse('2026-03-01T12:00:00Z')
  readonly #sleepers = new Set<{ at: number; wake: () => void }>()

  now(): Date {
    return new Date(this.ms)
  }

  get sleeping(): number {
    return this.#sleepers.size
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.ms + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper)
        reject(signal.reason)
      })
    })
  }

  /** Wakes whoever is next, up to the given time ahead; false when nobody is. */
  async step(within = Number.POSITIVE_INFINITY): Promise<boolean> {
    await setImmediate()
    const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0]
    if (next === undefined || next.at > this.ms + within) return false
    this.ms = next.at
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.at > this.ms) continue
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
    return true
  }

  async until<T>(work: Promise<T>): Promise<T> {
    let settled = false
    const done = work.finally(() => {
      settled = true
    })
    done.catch(() => {})
    while (!settled) if (!(await this.step())) await setImmediate()
    return done
  }
}

/** The most starts that any 60 seconds hold, both ends included. */
function mostInAMinute(starts: readonly number[]): number {
  return Math.max(0, ...starts.map((from) => starts.filter((at) => at >= from && at <= from + 60_000).length))
}

/** When the last of `count` calls of `ms` each could end: four at a time, and a call may start when the 45th before it is a minute old. */
function bound(count: number, ms: number): number {
  const starts: number[] = []
  for (let index = 0; index < count; index += 1) {
    const free = index < 4 ? 0 : starts[index - 4]! + ms
    starts.push(Math.max(free, index < 45 ? 0 : starts[index - 45]! + 60_000))
  }
  return starts.at(-1)! + ms
}

async function simulate(queries: number, tenants: number, ms: (index: number) => number, calls = 1) {
  const clock = new VirtualClock()
  const begun = clock.ms
  const starts: number[][] = []
  let most = 0
  const all = Array.from({ length: tenants }, () => {
    const pacer = new Pacer({ clock })
    const mine: number[] = []
    starts.push(mine)
    let running = 0
    return Array.from({ length: queries }, (_, index) =>
      pacer.run(async () => {
        running += 1
        most = Math.max(most, running)
        for (let call = 0; call < calls; call += 1) {
          await pacer.turn()
          mine.push(clock.ms)
          await clock.sleep(ms(index))
        }
        running -= 1
      }),
    )
  }).flat()
  await clock.until(Promise.all(all))
  return { took: clock.ms - begun, starts, most }
}

describe('the quota', () => {
  it('is used within 5 % by 60 queries in each of 10 tenants, and never passed', async () => {
    const { took, starts, most } = await simulate(60, 10, () => 2_000)
    expect(took / bound(60, 2_000)).toBeLessThan(1.05)
    expect(starts.map((mine) => mine.length)).toEqual(Array(10).fill(60))
    for (const mine of starts) expect(mostInAMinute(mine)).toBeLessThan(45)
    expect(most).toBe(4)
  })

  it.each([
    [300, 100],
    [300, 2_000],
    [30, 180_000],
  ])('is used within 5 % by %d queries of %d ms', async (queries, ms) => {
    const { took } = await simulate(queries, 1, () => ms)
    expect(took / bound(queries, ms)).toBeLessThan(1.05)
  })

  it('holds for calls of any length, and for tasks of several calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1 }), async (lengths) => {
        const { starts } = await simulate(60, 1, (index) => lengths[index % lengths.length]!, 2)
        expect(starts[0]).toHaveLength(120)
        expect(mostInAMinute(starts[0]!)).toBeLessThan(45)
      }),
      { numRuns: 5 },
    )
  })
})

describe('turn', () => {
  const used = async (pacer: Pacer, count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) await pacer.turn()
  }

  it('waits for nothing while there is quota', async () => {
    const clock = new VirtualClock()
    await used(new Pacer({ clock }), 44)
    expect(clock.sleeping).toBe(0)
  })

  it('lets those who wait go in their order', async () => {
    const clock = new VirtualClock()
    const pacer = new Pacer({ clock })
    await used(pacer, 44)
    const order: number[] = []
    await clock.until(Promise.all([1, 2, 3].map((name) => pacer.turn().then(() => order.push(name)))))
    expect(order).toEqual([1, 2, 3])
  })

  it('is held by slowDown for this tenant alone', async () => {
    const clock = new VirtualClock()
    const begun = clock.ms
    const [slow, other] = [new Pacer({ clock }), new Pacer({ clock })]
    slow.slowDown(20_000)
    slow.slowDown(5_000)
    await other.turn()
    expect(clock.ms).toBe(begun)
    await clock.until(slow.turn())
    expect(clock.ms).toBe(begun + 20_000)
  })

  it('is held by slowDown also for those who wait already', async () => {
    const clock = new VirtualClock()
    const begun = clock.ms
    const pacer = new Pacer({ clock })
    await used(pacer, 44)
    const waiting = pacer.turn()
    expect(await clock.step(1_000)).toBe(false)
    pacer.slowDown(200_000)
    await clock.until(waiting)
    expect(clock.ms).toBe(begun + 200_000)
  })

  it('is refused when the service wants to be left alone for longer than the gate waits', async () => {
    const clock = new VirtualClock()
    const pacer = new Pacer({ clock })
    await used(pacer, 44)
    const waiting = pacer.turn()
    const refusal = { code: 'come-back-later', message: expect.stringContaining('2026-03-01T13:00:00Z') }
    const refused = expect(waiting).rejects.toMatchObject(refusal)
    pacer.slowDown(3_600_000)
    await refused
    await expect(pacer.turn()).rejects.toMatchObject(refusal)
    clock.ms += 3_599_000
    await clock.until(pacer.turn())
    expect(clock.ms).toBe(Date.parse('2026-03-01T13:00:00Z'))
  })

  it('ends when aborted, and lets the others go on', async () => {
    const clock = new VirtualClock()
    const pacer = new Pacer({ clock })
    await used(pacer, 44)
    const controller = new AbortController()
    const [first, second] = [pacer.turn(controller.signal), pacer.turn()]
    const aborted = expect(first).rejects.toThrow('enough')
    controller.abort(new Error('enough'))
    await aborted
    await clock.until(second)
    await expect(pacer.turn(controller.signal)).rejects.toThrow('enough')
  })

  it('leaves no sleep behind when nobody waits any more, and works afterwards', async () => {
    const clock = new VirtualClock()
    const pacer = new Pacer({ clock })
    await used(pacer, 44)
    const controller = new AbortController()
    const aborted = expect(pacer.turn(controller.signal)).rejects.toThrow()
    controller.abort()
    await aborted
    expect(clock.sleeping).toBe(0)
    await clock.until(pacer.turn())
  })

  it('does not wait for a clock that was set back', async () => {
    const clock = new VirtualClock()
    const pacer = new Pacer({ clock })
    await used(pacer, 44)
    pacer.slowDown(10_000)
    clock.ms -= 86_400_000
    const begun = clock.ms
    await clock.until(pacer.turn())
    expect(clock.ms - begun).toBe(61_000)
  })
})

describe('run', () => {
  const forever = (): Promise<never> => new Promise(() => {})

  it('gives back what the task does, and its place when it fails', async () => {
    const pacer = new Pacer({ clock: new VirtualClock(), atOnce: 1 })
    const results = await Promise.allSettled([
      pacer.run(async () => 1),
      pacer.run(() => Promise.reject(new Error('bad'))),
      pacer.run(() => {
        throw new Error('worse')
      }),
      pacer.run(async () => 4),
    ])
    expect(results).toMatchObject([
      { value: 1 },
      { reason: { message: 'bad' } },
      { reason: { message: 'worse' } },
      { value: 4 },
    ])
  })

  it('never has more at once, also when one comes while another leaves', async () => {
    const pacer = new Pacer({ clock: new VirtualClock(), atOnce: 2 })
    let running = 0
    let most = 0
    const task = async (): Promise<void> => {
      running += 1
      most = Math.max(most, running)
      await setImmediate()
      running -= 1
    }
    await Promise.all(Array.from({ length: 20 }, () => pacer.run(task).then(() => pacer.run(task))))
    expect(most).toBe(2)
  })

  it('drops a queued task that is aborted', async () => {
    const pacer = new Pacer({ clock: new VirtualClock(), atOnce: 1 })
    void pacer.run(forever)
    const controller = new AbortController()
    let ran = false
    const queued = pacer.run(async () => {
      ran = true
    }, controller.signal)
    controller.abort(new Error('enough'))
    await expect(queued).rejects.toThrow('enough')
    expect(ran).toBe(false)
  })
})

describe('stop', () => {
  it('rejects what is queued, leaves what runs, and takes what comes later', async () => {
    const clock = new VirtualClock()
    const pacer = new Pacer({ clock, atOnce: 1 })
    for (let index = 0; index < 44; index += 1) await pacer.turn()
    const running = Promise.withResolvers<string>()
    const first = pacer.run(() => running.promise)
    const error = new Error('signed out')
    const queued = expect(Promise.allSettled([pacer.run(async () => 'never'), pacer.turn()])).resolves.toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ])
    pacer.stop(error)
    await queued
    running.resolve('done')
    expect(await first).toBe('done')
    expect(await pacer.run(async () => 'later')).toBe('later')
  })
})
