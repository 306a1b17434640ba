import { describe, expect, it } from '@jest/globals'
import type { Clock, Log, Verdict } from '../../src/model.ts'
import { seconds, type Wait, waitForClear } from '../../src/waiting.ts'

/** Time passes only by sleeping, and by `roundMs` a round. */
function run(verdicts: readonly Verdict[], wait: Wait | undefined, roundMs = 0) {
  let now = 0
  let asked = 0
  const lines: string[] = []
  const times: number[] = []
  const cancel = new AbortController()
  const clock: Clock = {
    now: () => new Date(now),
    sleep: async (ms, signal) => {
      if (signal?.aborted) throw signal.reason
      now += ms
    },
  }
  const log: Log = { info: (line) => void lines.push(line), warn: () => {}, debug: () => {} }
  const result = waitForClear({
    wait,
    clock,
    log,
    signal: cancel.signal,
    round: async (number) => {
      times.push(now)
      now += roundMs
      const verdict = verdicts[Math.min(asked++, verdicts.length - 1)]!
      return { verdict, open: '1 of 1 checks with findings, 0 in error', number }
    },
  })
  return { result, lines, times, cancel }
}

const wait = (timeoutMs: number, pollMs: number, clearForMs = 0): Wait => ({ timeoutMs, pollMs, clearForMs })

describe('waiting', () => {
  it('asks once when there is nothing to wait for', async () => {
    const { result, times } = run(['failed', 'passed'], undefined)
    expect((await result).last.verdict).toBe('failed')
    expect(times).toEqual([0])
  })

  it('opens at the first clear round', async () => {
    const { result, times } = run(['failed', 'error', 'passed'], wait(600_000, 60_000))
    expect(await result).toMatchObject({ rounds: 3, notClearLongEnough: false, last: { verdict: 'passed' } })
    expect(times).toEqual([0, 60_000, 120_000])
  })

  it('asks a last time when the time is up, and that verdict stands', async () => {
    const { result, times } = run(['failed'], wait(150_000, 60_000))
    expect(await result).toMatchObject({ last: { verdict: 'failed' }, notClearLongEnough: false })
    expect(times).toEqual([0, 60_000, 120_000, 150_000])
  })

  it('an error in the last round is an error', async () => {
    const { result } = run(['failed', 'error'], wait(60_000, 60_000))
    expect((await result).last.verdict).toBe('error')
  })

  it('must stay clear for long enough, and asks again at that moment', async () => {
    const { result, times } = run(['passed'], wait(600_000, 60_000, 90_000))
    expect(await result).toMatchObject({ rounds: 3, notClearLongEnough: false })
    expect(times).toEqual([0, 60_000, 90_000])
  })

  it('starts anew when a round in between was not clear', async () => {
    const { result, times } = run(['passed', 'failed', 'passed'], wait(600_000, 60_000, 60_000))
    expect(await result).toMatchObject({ notClearLongEnough: false })
    expect(times).toEqual([0, 60_000, 120_000, 180_000])
  })

  it('an error in between breaks the clear time too', async () => {
    const { result, times } = run(['passed', 'error', 'passed'], wait(600_000, 30_000, 60_000))
    await result
    expect(times).toEqual([0, 30_000, 60_000, 90_000, 120_000])
  })

  it('does not open when the time is up before it was clear for long enough', async () => {
    const { result } = run(['failed', 'failed', 'passed'], wait(130_000, 60_000, 60_000))
    expect(await result).toMatchObject({ notClearLongEnough: true, last: { verdict: 'passed' } })
  })

  it('counts the clear time from the answer, not from the question', async () => {
    const { result } = run(['failed', 'passed'], wait(100_000, 10_000, 30_000), 40_000)
    // Answers at 40, 90 and 140 s: the last is past the end, and 50 s after the first clear one.
    expect(await result).toMatchObject({ rounds: 3, notClearLongEnough: false })
  })

  it('ends at once when it is cancelled', async () => {
    const { result, cancel } = run(['failed'], wait(600_000, 60_000))
    cancel.abort(new Error('cancelled'))
    expect(await result).toMatchObject({ rounds: 1, last: { verdict: 'failed' } })
  })

  it('says a line a round: what is open and how long is left', async () => {
    const { result, lines } = run(['failed', 'passed'], wait(600_000, 60_000))
    await result
    expect(lines).toEqual(['Round 1: 1 of 1 checks with findings, 0 in error; asking again in 1 min, 10 min left'])
  })
})

describe('spans of time', () => {
  it.each([
    [0, '0 s'],
    [45_000, '45 s'],
    [60_000, '1 min'],
    [750_000, '12 min 30 s'],
    [3_600_000, '1 h'],
    [11_100_000, '3 h 5 min'],
  ])('%d ms is %s', (ms, text) => expect(seconds(ms)).toBe(text))
})
