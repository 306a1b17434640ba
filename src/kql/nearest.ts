/** "Did you mean": the nearest of the known names. */
import { distance } from 'fastest-levenshtein'

/**
 * The candidate that differs least from `name`, if it is near enough to be meant: one letter of a short name, up to a third
 * of a longer one. A difference in case alone counts least.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const lower = name.toLowerCase()
  let best: { candidate: string; away: number; head: number } | undefined
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue
    const away = distance(lower, candidate.toLowerCase())
    if (away > limit || (name.length < 3 && away > 0)) continue
    const head = commonHead(lower, candidate.toLowerCase())
    if (best === undefined || away < best.away || (away === best.away && head > best.head)) {
      best = { candidate, away, head }
    }
  }
  return best?.candidate
}

/** Slips are rare in the first letters, so of two names equally far the one that starts alike is meant. */
function commonHead(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
