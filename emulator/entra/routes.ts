/** The sign-in origin: token endpoint, OpenID metadata, keys, instance discovery. */
import { signingKey } from '../core/keys.ts'
import { type Call, findTenant, jsonReply, type Reply, type Route, type World } from '../core/world.ts'
import { entraReply, refuse } from './errors.ts'
import { token } from './token.ts'

const tenant = (call: Call, world: World) => findTenant(world, call.params['tenant'] ?? '')?.id

export const entraRoutes: readonly Route[] = [
  {
    origin: 'login',
    method: 'POST',
    path: /^\/(?<tenant>[^/]+)\/oauth2\/v2\.0\/token$/i,
    name: 'token',
    tenant,
    handle: token,
  },
  {
    origin: 'login',
    method: 'GET',
    path: /^\/(?<tenant>[^/]+)\/oauth2\/v2\.0\/token$/i,
    name: 'token-get',
    handle: (call, world) => entraReply(900561, call, world, call.method),
  },
  {
    origin: 'login',
    method: 'GET',
    path: /^\/(?<tenant>[^/]+)\/v2\.0\/\.well-known\/openid-configuration$/i,
    name: 'openid',
    tenant,
    handle: metadata,
  },
  {
    origin: 'login',
    method: 'GET',
    path: /^\/(?<tenant>[^/]+)\/discovery\/v2\.0\/keys$/i,
    name: 'keys',
    tenant,
    handle: async () => jsonReply(200, { keys: [(await signingKey('entra')).jwk] }),
  },
  {
    origin: 'login',
    method: 'GET',
    path: /^\/common\/discovery\/instance$/i,
    name: 'instance',
    handle: (_call, world) => {
      const host = new URL(world.urls.login).host
      return jsonReply(200, {
        tenant_discovery_endpoint: `${world.urls.login}/common/v2.0/.well-known/openid-configuration`,
        'api-version': '1.1',
        metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
      })
    },
  },
]

function metadata(call: Call, world: World): Reply {
  const name = call.params['tenant'] ?? ''
  const shared = /^(?:common|organizations|consumers)$/i.test(name)
  const known = findTenant(world, name)
  if (!known && !shared) refuse(90002, call, world, name)
  const base = `${world.urls.login}/${known?.id ?? name}`
  return jsonReply(200, {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: shared ? `${world.urls.login}/{tenantid}/v2.0` : `${base}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    tenant_region_scope: shared ? null : 'EU',
  })
}
