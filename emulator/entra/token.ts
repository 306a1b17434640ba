/** The token endpoint for client credentials, with Entra's checks in Entra's order. */
import { randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { signingKey } from '../core/keys.ts'
import { type Call, findTenant, jsonReply, type Reply, type World } from '../core/world.ts'
import type { AppScenario, TenantScenario } from '../scenario.ts'
import { ASSERTION_TYPE, checkAssertion, checkSecret } from './assertions.ts'
import { refuse } from './errors.ts'
import { resourceOf, rolesFor } from './resources.ts'

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i

export async function token(call: Call, world: World): Promise<Reply> {
  const form = readForm(call)
  const need = (name: string): string => form.get(name) || refuse(900144, call, world, name)

  const grant = need('grant_type')
  if (grant !== 'client_credentials') refuse(70003, call, world, grant)
  const tenant = tenantOf(call, world)
  const clientId = need('client_id').toLowerCase()
  const scope = need('scope')
  const audience = resourceName(scope, call, world)

  const app = appOf(clientId, tenant, call, world)
  const proof = { app, tenant, call, world }
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  if (app.publicClient && (secret || assertion)) refuse(700025, call, world)
  if (assertion) {
    if (need('client_assertion_type') !== ASSERTION_TYPE) refuse(900144, call, world, 'client_assertion_type')
    await checkAssertion(assertion, proof)
  } else if (secret) {
    checkSecret(secret, proof)
  } else {
    refuse(7000218, call, world)
  }

  const resource = resourceOf(audience)
  if (!resource || tenant.missingResources.includes(resource)) refuse(500011, call, world, audience, tenant.name)
  if (tenant.conditionalAccessBlocks) refuse(53003, call, world)
  const roles = rolesFor(resource, tenant.rolesByApp[app.clientId] ?? tenant.roles)
  const lifetime = world.scenario.tokens.lifetimeSeconds
  const value = await issue({ tenant, app, audience, roles, lifetime, proof: assertion ? '2' : '1' }, world)
  return jsonReply(200, {
    token_type: 'Bearer',
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: value,
  })
}

/** Anything but a form has no parameters, and is told so. */
function readForm(call: Call): URLSearchParams {
  const type = String(call.headers['content-type'] ?? '')
  return new URLSearchParams(/^application\/x-www-form-urlencoded\b/i.test(type) ? call.body : '')
}

function tenantOf(call: Call, world: World): TenantScenario {
  const name = call.params['tenant'] ?? ''
  if (/^(?:common|consumers)$/i.test(name)) refuse(9001023, call, world)
  if (/^organizations$/i.test(name)) refuse(50059, call, world)
  if (!GUID.test(name) && !DOMAIN.test(name)) refuse(900023, call, world, name)
  return findTenant(world, name) ?? refuse(90002, call, world, name)
}

/** `<resource>/.default`, exactly one. */
function resourceName(scope: string, call: Call, world: World): string {
  const scopes = scope.split(' ').filter((part) => part !== '')
  const [only = ''] = scopes
  if (scopes.length !== 1) refuse(70011, call, world, scope)
  if (!only.endsWith('/.default')) refuse(1002012, call, world, only)
  const audience = only.slice(0, -'/.default'.length)
  if (!GUID.test(audience) && !/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(audience)) refuse(70011, call, world, scope)
  return audience
}

function appOf(clientId: string, tenant: TenantScenario, call: Call, world: World): AppScenario {
  const app = world.scenario.apps.find((known) => known.clientId === clientId)
  const isHome = tenant === world.scenario.tenants[0]
  if (!app || (!app.multiTenant && !isHome)) return refuse(700016, call, world, clientId, tenant.name)
  if (app.disabled) refuse(7000112, call, world, clientId, app.displayName)
  if (!tenant.servicePrincipal) refuse(7000229, call, world, clientId, tenant.id)
  return app
}

interface Grant {
  readonly tenant: TenantScenario
  readonly app: AppScenario
  readonly audience: string
  readonly roles: readonly string[]
  readonly lifetime: number
  readonly proof: '1' | '2'
}

/** Microsoft's own APIs get tokens of version 1.0, whichever endpoint was asked. */
async function issue({ tenant, app, audience, roles, lifetime, proof }: Grant, world: World): Promise<string> {
  const now = Math.floor(world.now().getTime() / 1000)
  let value: string
  if (world.scenario.tokens.opaque) {
    value = `EwB${randomBytes(300).toString('base64url')}`
  } else {
    const key = await signingKey('entra')
    const servicePrincipal = randomUUID()
    value = await new SignJWT({
      aud: audience,
      iss: `https://sts.windows.net/${tenant.id}/`,
      iat: now,
      nbf: now,
      exp: now + lifetime,
      aio: randomBytes(24).toString('base64'),
      app_displayname: app.displayName,
      appid: app.clientId,
      appidacr: proof,
      idp: `https://sts.windows.net/${tenant.id}/`,
      idtyp: 'app',
      oid: servicePrincipal,
      rh: `1.${randomBytes(30).toString('base64url')}.`,
      ...(roles.length > 0 ? { roles } : {}),
      sub: servicePrincipal,
      tenant_region_scope: 'EU',
      tid: tenant.id,
      uti: randomBytes(16).toString('base64url'),
      ver: '1.0',
      wids: ['0997a1d0-0d1d-4acb-b408-d5ca73121e90'],
      xms_ftd: randomBytes(32).toString('base64url'),
      xms_idrel: '7 24',
      xms_tcdt: 1_500_000_000,
    })
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5t: key.kid, kid: key.kid })
      .sign(key.privateKey)
  }
  const given = { audience, tenant: tenant.id, clientId: app.clientId, roles, expiresAt: now + lifetime }
  world.tokens.set(value, given)
  world.issued.push(value)
  return value
}
