/** GitHub's ID tokens for jobs with `id-token: write`, and the keys that they are checked with. */
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { signingKey } from '../core/keys.ts'
import { type Call, jsonReply, type Reply, type Route, type World } from '../core/world.ts'

/** The value of `ACTIONS_ID_TOKEN_REQUEST_URL`, to which callers add `&audience=`. */
export const OIDC_PATH =
  '/77//idtoken/6f2f5a1e-3b0c-4c1f-9f55-0f1d5e0a7c11/0d5f3f1e-77aa-4f1b-8ad0-5a3d1f0f2f10?api-version=2.0'

export const oidcRoutes: readonly Route[] = [
  { origin: 'github', method: 'GET', path: /^\/77\/\/idtoken\/[^/]+\/[^/]+$/, name: 'oidc', handle: idToken },
  {
    origin: 'github',
    method: 'GET',
    path: /^\/\.well-known\/jwks$/,
    name: 'oidc-keys',
    handle: async () => jsonReply(200, { keys: [(await signingKey('github')).jwk] }),
  },
  {
    origin: 'github',
    method: 'GET',
    path: /^\/\.well-known\/openid-configuration$/,
    name: 'oidc-openid',
    handle: (_call, world) =>
      jsonReply(200, {
        issuer: issuerOf(world),
        jwks_uri: `${world.urls.github}/.well-known/jwks`,
        subject_types_supported: ['public', 'pairwise'],
        response_types_supported: ['id_token'],
        claims_supported: ['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf', 'ref', 'repository', 'environment'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: ['openid'],
      }),
  },
]

function issuerOf(world: World): string {
  return world.scenario.github.issuer === 'self' ? world.urls.github : world.scenario.github.issuer
}

async function idToken(call: Call, world: World): Promise<Reply> {
  if (call.headers.authorization?.toLowerCase() !== `bearer ${world.oidcRequestToken}`.toLowerCase()) {
    return jsonReply(401, { $id: '1', message: 'The user is not authorized to access this resource.', errorCode: 0 })
  }
  const { subject, lifetimeSeconds, claims } = world.scenario.github
  const repository = /^repo:([^:]+)/.exec(subject)?.[1]?.replace(/@\d+/g, '') ?? 'contoso/payments'
  const [owner = 'contoso'] = repository.split('/')
  const environment = /:environment:(.+)$/.exec(subject)?.[1]
  const now = Math.floor(world.now().getTime() / 1000)
  const workflow = `${repository}/.github/workflows/release.yml@refs/heads/main`
  const sha = '1a9c0d3c2f3f4b5a69788796a5b4c3d2e1f0a1b2'
  const key = await signingKey('github')
  const value = await new SignJWT({
    actor: 'release-manager',
    actor_id: '583231',
    aud: call.query.get('audience') || `https://github.com/${owner}`,
    base_ref: '',
    ...(environment ? { environment: decodeURIComponent(environment) } : {}),
    event_name: 'push',
    exp: now + lifetimeSeconds,
    head_ref: '',
    iat: now,
    iss: issuerOf(world),
    job_workflow_ref: workflow,
    job_workflow_sha: sha,
    jti: randomUUID(),
    nbf: now - 600,
    ref: 'refs/heads/main',
    ref_protected: 'true',
    ref_type: 'branch',
    repository,
    repository_id: '70107786',
    repository_owner: owner,
    repository_owner_id: '6154722',
    repository_visibility: 'private',
    run_attempt: '1',
    run_id: '9876543210',
    run_number: '42',
    runner_environment: 'github-hosted',
    sha,
    sub: subject,
    workflow: 'release',
    workflow_ref: workflow,
    workflow_sha: sha,
    ...claims,
  })
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5t: key.kid, kid: key.kid })
    .sign(key.privateKey)
  world.issued.push(value)
  return jsonReply(200, { count: value.length, value })
}
