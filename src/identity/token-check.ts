import { clockOff, clockOffByToken, tokenExpired, wrongAudience, wrongTenant } from '../errors/identity.ts'
import type { AccessToken, Tenant } from '../model.ts'
import { readClaims } from './jwt.ts'
import { plain } from './text.ts'

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** How far the clock of the runner may be off; Entra ID itself allows five minutes. Beyond it, what looks back in time is wrong. */
const SKEW_MS = 5 * 60_000

/**
 * Looks at a token before it is used, as far as it can be read; an opaque token is used as it is.
 * A tenant that is given as a domain can't be compared with `tid`, which is always a GUID: nothing is compared then.
 * @param o.serverNow time by the `Date` header of the answer that brought the token
 * @throws GateError `wrong-tenant`, `wrong-audience`, `token-expired` or `clock-off`
 */
export function checkToken(o: {
  value: string
  tenant: Tenant
  audiences: readonly string[]
  now: Date
  serverNow: Date | undefined
}): AccessToken {
  const claims = readClaims(o.value)
  checkClock(o.now, o.serverNow)
  if (!claims) return { value: o.value, tenantId: undefined, roles: undefined }
  if (claims.tid !== undefined && GUID.test(o.tenant.id) && claims.tid !== o.tenant.id.toLowerCase()) {
    throw wrongTenant(o.tenant.label, plain(claims.tid, 60))
  }
  const accepted = new Set(o.audiences.map(comparable))
  if (claims.aud.length > 0 && !claims.aud.some((aud) => accepted.has(comparable(aud)))) {
    throw wrongAudience(plain(claims.aud.join(', '), 200), o.audiences.join(' or '))
  }
  checkTime(claims.exp, o)
  return { value: o.value, tenantId: claims.tid, roles: claims.roles }
}

/** `created-within` and suppressions go by the runner's clock: with a wrong one a check could miss what it is there to see. */
function checkClock(now: Date, serverNow: Date | undefined): void {
  const skew = serverNow ? now.getTime() - serverNow.getTime() : 0
  if (serverNow && Math.abs(skew) > SKEW_MS) throw clockOff(skew, time(now.getTime()), time(serverNow.getTime()))
}

/** An end that has passed right after issuing: by the server's clock the token is old, by ours alone the runner's clock is off. */
function checkTime(exp: number | undefined, o: { tenant: Tenant; now: Date; serverNow: Date | undefined }): void {
  if (exp === undefined) return
  const ends = exp * 1000
  const now = o.now.getTime()
  if (o.serverNow && ends <= o.serverNow.getTime()) throw tokenExpired(o.tenant.label, time(ends))
  if (ends + (o.serverNow ? 0 : SKEW_MS) <= now) throw clockOffByToken(time(now), time(ends))
}

/** Audiences are URIs or GUIDs; Microsoft writes them with and without a closing slash. */
function comparable(audience: string): string {
  return audience.toLowerCase().replace(/\/$/, '')
}

/** ISO time; a number that is no date is shown as it is. */
function time(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
