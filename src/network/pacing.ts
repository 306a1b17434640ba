/** Keeps one tenant's calls within its quota, so that throttling is the exception. */
import { comeBackLater } from '../errors/network.ts'
import type { Clock, Pace } from '../model.ts'
import { MAX_WAIT_MS } from './retry.ts'

/**
 * Defender refuses "maximum allowed 45 per 00:01:00" (calls a minute, app and tenant; seen in its 429 answers). One
 * call fewer, and a second more: calls arrive a little earlier or later than they are sent.
 */
const CALLS = 44
const WINDOW_MS = 61_000
const AT_ONCE = 4

interface Waiter {
  readonly go: () => void
  readonly fail: (error: unknown) => void
}

/** One a tenant. Waiting goes through the clock alone. */
export class Pacer implements Pace {
  readonly #clock: Clock
  readonly #atOnce: number
  /** Start times of the last `CALLS` calls, oldest first, in milliseconds. */
  readonly #starts: number[] = []
  readonly #turns = new Queue()
  readonly #tasks = new Queue()
  #running = 0
  #heldUntil = 0
  #lastSeen = 0
  /** The sleep of whoever hands out turns; `undefined` while nobody waits for one. */
  #sleep: AbortController | undefined

  constructor(options: { clock: Clock; atOnce?: number }) {
    this.#clock = options.clock
    this.#atOnce = options.atOnce ?? AT_ONCE
  }

  /** Runs the task when fewer than `atOnce` (4) others of this tenant do. Rejects like it, or when stopped or aborted first. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#running < this.#atOnce) this.#running += 1
    // Whoever ends hands its place over, so `#running` stays as it is.
    else await this.#tasks.wait(signal)
    try {
      return await task()
    } finally {
      if (!this.#tasks.next()) this.#running -= 1
    }
  }

  /**
   * Resolves when a call may start: at most 44 in any 61 seconds, first come, first served. Rejects when stopped or
   * aborted, and with `come-back-later` when the service asked to wait longer than the gate does.
   */
  async turn(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const now = this.#now()
    if (this.#heldUntil - now > MAX_WAIT_MS) throw comeBackLater(new Date(this.#heldUntil))
    if (this.#turns.empty && this.#due(now) <= now) {
      this.#start(now)
      return
    }
    const turn = this.#turns.wait(signal)
    void this.#handOut()
    try {
      await turn
    } finally {
      if (this.#turns.empty) this.#sleep?.abort()
    }
  }

  /** Nothing of this tenant starts within the next `ms` milliseconds. A shorter hold does not end a longer one. */
  slowDown(ms: number): void {
    const until = this.#now() + ms
    if (until <= this.#heldUntil) return
    this.#heldUntil = until
    if (ms > MAX_WAIT_MS) {
      this.#turns.fail(comeBackLater(new Date(until)))
      this.#sleep?.abort()
    }
  }

  /** Everything that waits now and has not started rejects with the error. What comes later runs as usual. */
  stop(error: Error): void {
    this.#tasks.fail(error)
    this.#turns.fail(error)
    this.#sleep?.abort()
  }

  #start(now: number): void {
    this.#starts.push(now)
    if (this.#starts.length > CALLS) this.#starts.shift()
  }

  /** Milliseconds. When the clock is set back, the stored times go back with it, or everything would wait that long. */
  #now(): number {
    const now = this.#clock.now().getTime()
    const back = this.#lastSeen - now
    if (back > 0) {
      for (const [index, start] of this.#starts.entries()) this.#starts[index] = start - back
      this.#heldUntil -= back
    }
    this.#lastSeen = now
    return now
  }

  /** When the next call may start. */
  #due(now: number): number {
    const oldest = this.#starts.length < CALLS ? undefined : this.#starts[0]
    return Math.max(this.#heldUntil, oldest === undefined ? now : oldest + WINDOW_MS)
  }

  /** Lets the waiters go one by one. Only one of it runs at a time. */
  async #handOut(): Promise<void> {
    if (this.#sleep) return
    while (!this.#turns.empty) {
      const now = this.#now()
      const due = this.#due(now)
      if (due <= now) {
        this.#start(now)
        this.#turns.next()
      } else {
        this.#sleep = new AbortController()
        // Rejects when nobody waits any more; the loop sees that for itself.
        await this.#clock.sleep(due - now, this.#sleep.signal).catch(() => {})
        this.#sleep = undefined
      }
    }
  }
}

/** First come, first served. */
class Queue {
  readonly #waiters = new Set<Waiter>()

  get empty(): boolean {
    return this.#waiters.size === 0
  }

  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const waiter: Waiter = {
        go: () => {
          leave()
          resolve()
        },
        fail: (error) => {
          leave()
          reject(error)
        },
      }
      const abort = (): void => waiter.fail(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Lets the first one go; false where nobody waits. */
  next(): boolean {
    const [first] = this.#waiters
    first?.go()
    return first !== undefined
  }

  fail(error: unknown): void {
    for (const waiter of this.#waiters) waiter.fail(error)
  }
}
