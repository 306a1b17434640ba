/** The order of severities. */
import { SEVERITIES, type Severity } from '../model.ts'

/** Higher is worse; `unknown` ranks lowest. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

/** The worst of them; `undefined` for none. */
export function highest(severities: Iterable<Severity>): Severity | undefined {
  let worst = -1
  for (const severity of severities) worst = Math.max(worst, rank(severity))
  return SEVERITIES[worst]
}
