/** The order of severities. */
import { SEVERITIES, type Severity } from '../model.ts'

/** Higher is worse; `unknown` ranks lowest. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

/** The worst of them; `undefined` for none. */
export function highest(severities: Iterable<Severity>): Severity | undefined {
  let worst: Severity | undefined
  for (const severity of severities) if (worst === undefined || rank(severity) > rank(worst)) worst = severity
  return worst
}
