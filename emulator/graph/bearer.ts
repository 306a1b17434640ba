/** Who may ask what: the token's signature, time, audience and application roles. */
import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { type Call, type GivenToken, Refusal, type World } from '../core/world.ts'
import { type Resource, resourceOf, rolesFor } from '../entra/resources.ts'
import type { TenantScenario } from '../scenario.ts'
import { apiError, refuseApi } from './errors.ts'

/** The tenant that the token is for; answers 401 or 403 where the service would. `accepted`: any one of these will do. */
export async function authorize(
  call: Call,
  world: World,
  resource: Resource,
  accepted: readonly string[],
): Promise<TenantScenario> {
  const value = /^bearer\s+(\S+)\s*$/i.exec(call.headers.authorization ?? '')?.[1]
  if (!value) unauthorized('Access token is empty.', call, world)
  const token = world.tokens.get(value) ?? (await foreignToken(value, call, world))
  if (token.expiresAt * 1000 <= world.now().getTime()) {
    unauthorized('Lifetime validation failed, the token is expired.', call, world)
  }
  if (resourceOf(token.audience) !== resource) {
    unauthorized('Access token validation failure. Invalid audience.', call, world)
  }
  const tenant = world.scenario.tenants.find(({ id }) => id === token.tenant) ?? anotherTenant(token.tenant, world)
  const roles = rolesFor(resource, token.roles)
  if (!accepted.some((role) => roles.includes(role))) {
    const message = `Missing application roles. API required roles: ${accepted.join(',')}, application roles: ${roles.join(',')}.`
    refuseApi(403, 'Forbidden', message, call, world)
  }
  if (!tenant.defender) refuseApi(403, 'Forbidden', 'Unauthorized request - Account is not provisioned.', call, world)
  return tenant
}

/**
 * A token of a tenant that the scenario doesn't know comes from the fault `wrong-tenant`. A caller who doesn't notice gets
 * that tenant's data, which here is the first tenant's under another id.
 */
function anotherTenant(id: string, world: World): TenantScenario {
  return { ...world.scenario.tenants[0]!, id, name: 'Another tenant', domains: [] }
}

/** The tenant that a token claims, without any check; for fault rules by tenant. */
export function tenantOfBearer(call: Call, world: World): string | undefined {
  const value = /^bearer\s+(\S+)\s*$/i.exec(call.headers.authorization ?? '')?.[1] ?? ''
  const known = world.tokens.get(value)
  if (known) return known.tenant
  try {
    const { iss, tid } = decodeJwt<{ tid?: string }>(value)
    return tid ?? world.scenario.trustedIssuers.find(({ issuer }) => issuer === iss)?.tenant
  } catch {
    return undefined
  }
}

/** A token of another sign-in server that the scenario trusts; anything else was not given out by this cloud. */
async function foreignToken(value: string, call: Call, world: World): Promise<GivenToken> {
  let issuer: string | undefined
  try {
    issuer = decodeJwt(value).iss
  } catch {
    unauthorized('IDX14100: JWT is not well formed, there are no dots (.).', call, world)
  }
  const trusted = world.scenario.trustedIssuers.find((entry) => entry.issuer === issuer)
  if (!trusted) return unauthorized('Access token validation failure. Signature is invalid.', call, world)
  try {
    const keys = createLocalJWKSet(trusted.jwks as unknown as JSONWebKeySet)
    const { payload } = await jwtVerify(value, keys, { currentDate: world.now() })
    return {
      audience: [payload.aud ?? ''].flat()[0] ?? '',
      tenant: typeof payload['tid'] === 'string' ? payload['tid'] : trusted.tenant,
      clientId: String(payload['client_id'] ?? ''),
      roles: trusted.roles,
      expiresAt: payload.exp ?? 0,
    }
  } catch (thrown) {
    if (thrown instanceof errors.JWTExpired) {
      unauthorized('Lifetime validation failed, the token is expired.', call, world)
    }
    return unauthorized('Access token validation failure. Signature is invalid.', call, world)
  }
}

function unauthorized(message: string, call: Call, world: World): never {
  const reply = apiError(
    401,
    call.path.startsWith('/api/') ? 'Unauthorized' : 'InvalidAuthenticationToken',
    message,
    call,
    world,
  )
  const challenge = `Bearer realm="", authorization_uri="${world.urls.login}/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`
  throw new Refusal({ ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } })
}
