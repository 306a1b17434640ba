/** Asking again until the gate may open. Knows nothing of what is asked: a round is a function. */
import type { Clock, Log, Verdict } from './model.ts'

export interface Wait {
  /** Keep asking at most this long. */
  readonly timeoutMs: number
  /** Pause between the end of one round and the start of the next. */
  readonly pollMs: number
  /** The verdict must stay passed this long before the gate opens. */
  readonly clearForMs: number
}

export interface Waited<Round> {
  readonly last: Round
  readonly rounds: number
  /** The last round passed, but the time was up before it had stayed so for `clearForMs`. */
  readonly notClearLongEnough: boolean
}

/**
 * Runs rounds until one has passed for long enough or the time is up; the last round's verdict stands. A round in error
 * does not end the wait. The last round is asked when the time is up, so that what is told is true then.
 */
export async function waitForClear<Round extends { readonly verdict: Verdict; readonly open: string }>(o: {
  readonly wait: Wait | undefined
  readonly round: (number: number) => Promise<Round>
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}): Promise<Waited<Round>> {
  const { wait, round, clock, log, signal } = o
  if (wait === undefined) return { last: await round(1), rounds: 1, notClearLongEnough: false }
  const now = (): number => clock.now().getTime()
  const deadline = now() + wait.timeoutMs
  let clearSince: number | undefined
  for (let rounds = 1; ; rounds++) {
    const last = await round(rounds)
    // Clear since the first answers that said so came in; broken by any round that did not pass.
    clearSince = last.verdict === 'passed' ? (clearSince ?? now()) : undefined
    const clearFor = clearSince === undefined ? undefined : now() - clearSince
    if (clearFor !== undefined && clearFor >= wait.clearForMs) return { last, rounds, notClearLongEnough: false }
    const left = deadline - now()
    if (left <= 0 || signal.aborted) return { last, rounds, notClearLongEnough: clearFor !== undefined }
    const untilOpen = clearFor === undefined ? Number.POSITIVE_INFINITY : wait.clearForMs - clearFor
    const pause = Math.max(1, Math.min(wait.pollMs, untilOpen, left))
    const state =
      clearFor === undefined
        ? `Round ${rounds}: ${last.open}`
        : `Round ${rounds}: clear for ${seconds(clearFor)} of ${seconds(wait.clearForMs)}`
    log.info(`${state}; asking again in ${seconds(pause)}, ${seconds(left)} left`)
    try {
      await clock.sleep(pause, signal)
    } catch {
      return { last, rounds, notClearLongEnough: clearFor !== undefined }
    }
  }
}

/** A span of time as people say it: `45 s`, `12 min 30 s`, `3 h 5 min`. */
export function seconds(ms: number): string {
  const all = Math.round(ms / 1000)
  if (all < 60) return `${all} s`
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60), all % 60]
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`
  return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`
}
