/** Work for the time in which the cloud is waited for. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Http } from './model.ts'

/** An answer that takes longer comes from afar, and the next ones will too. In milliseconds. */
const FAR_MS = 20

export interface Meanwhile {
  readonly http: Http
  /** The work is over, done or not: it gets no further than its next pause. */
  end(): void
}

/**
 * Sends by `http`, and begins `work` once the first answer takes its time. Between steps of some milliseconds it has to wait
 * for `pause`, in which answers are read. What it throws is nobody's business.
 */
export function meanwhile(http: Http, work: (pause: () => Promise<void>) => Promise<unknown>): Meanwhile {
  const end = new AbortController()
  const pause = async (): Promise<void> => {
    await setImmediate()
    // Whoever waits here is forgotten: an error would be dealt with, which is work too.
    if (end.signal.aborted) await new Promise(() => undefined)
  }
  let begun = false
  const begin = async (answer: Promise<unknown>): Promise<void> => {
    const waited = sleep(FAR_MS, true, { ref: false, signal: end.signal })
    const far = await Promise.race([waited, answer.then(() => false)])
    if (far) await work(pause)
  }
  return {
    http: {
      send(request) {
        const answer = http.send(request)
        if (!begun) begin(answer).catch(() => undefined)
        begun = true
        return answer
      },
    },
    end: () => end.abort(),
  }
}
