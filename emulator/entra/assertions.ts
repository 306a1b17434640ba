/** Proof of the application's identity: secret, certificate assertion, federated assertion. */
import { createHash, X509Certificate } from 'node:crypto'
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { signingKey } from '../core/keys.ts'
import { moment, withTicks } from '../core/times.ts'
import type { Call, World } from '../core/world.ts'
import type { AppScenario, TenantScenario } from '../scenario.ts'
import { refuse } from './errors.ts'
import { matchesExpression } from './expressions.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Entra allows the caller's clock to be this far off. */
const SKEW_S = 300

export interface Proof {
  readonly app: AppScenario
  readonly tenant: TenantScenario
  readonly call: Call
  readonly world: World
}

export function checkSecret(secret: string, { app, call, world }: Proof): void {
  const known = app.secrets.find(({ value }) => value === secret)
  if (!known) refuse(7000215, call, world, app.clientId)
  if (known.expires !== undefined && moment(known.expires, world.now()) <= world.now()) {
    refuse(7000222, call, world, app.clientId)
  }
}

/** `1` is a secret, `2` is any assertion: the value of `appidacr`. */
export async function checkAssertion(assertion: string, proof: Proof): Promise<void> {
  const { app, call, world } = proof
  let claims: JWTPayload
  let header: Record<string, unknown>
  try {
    claims = decodeJwt(assertion)
    header = decodeProtectedHeader(assertion) as Record<string, unknown>
  } catch {
    return refuse(50027, call, world)
  }
  if (claims.iss === app.clientId || claims.sub === app.clientId)
    await checkCertificate(assertion, header, claims, proof)
  else await checkFederated(assertion, claims, proof)
}

async function checkCertificate(
  assertion: string,
  header: Record<string, unknown>,
  claims: JWTPayload,
  proof: Proof,
): Promise<void> {
  const { app, call, world } = proof
  const sha256 = typeof header['x5t#S256'] === 'string' ? header['x5t#S256'] : undefined
  const sha1 = typeof header['x5t'] === 'string' ? header['x5t'] : undefined
  const presented = Buffer.from(sha256 ?? sha1 ?? '', 'base64url')
    .toString('hex')
    .toUpperCase()
  const certificate = app.certificates
    .map((pem) => new X509Certificate(pem))
    .find((known) => (sha256 ? sha256 === thumbprint(known, 'sha256') : sha1 === thumbprint(known, 'sha1')))
  const unregistered = (reason: string) => refuse(700027, call, world, reason, presented, app.clientId)
  if (!certificate) return unregistered('The key was not found.')
  if (new Date(certificate.validTo) < world.now()) return unregistered('The key used is expired.')
  try {
    await compactVerify(assertion, certificate.publicKey, { algorithms: ['PS256', 'RS256'] })
  } catch {
    return unregistered('The signature validation failed.')
  }
  if (claims.iss !== claims.sub) refuse(50048, call, world, String(claims.sub), String(claims.iss))
  const audiences = [claims.aud ?? []].flat()
  if (!audiences.some((audience) => ownEndpoints(proof).includes(audience))) {
    refuse(700023, call, world, audiences.join(' '))
  }
  checkTimes(claims, proof)
}

function thumbprint(certificate: X509Certificate, hash: 'sha1' | 'sha256'): string {
  return createHash(hash).update(certificate.raw).digest('base64url')
}

/** Both the token endpoint and the issuer are accepted, with the tenant's id or the name in the request. */
function ownEndpoints({ tenant, call, world }: Proof): string[] {
  const names = new Set([tenant.id, ...tenant.domains, call.params['tenant'] ?? tenant.id])
  return [...names].flatMap((name) => [
    `${world.urls.login}/${name}/oauth2/v2.0/token`,
    `${world.urls.login}/${name}/v2.0`,
  ])
}

function checkTimes(claims: JWTPayload, { call, world }: Proof): void {
  const now = world.now().getTime() / 1000
  const from = claims.nbf ?? claims.iat ?? 0
  if (claims.exp !== undefined && from <= now + SKEW_S && claims.exp > now - SKEW_S) return
  const show = (seconds: number) => withTicks(new Date(seconds * 1000))
  refuse(700024, call, world, show(now), show(from), show(claims.exp ?? 0))
}

async function checkFederated(assertion: string, claims: JWTPayload, proof: Proof): Promise<void> {
  const { app, call, world } = proof
  const issuer = claims.iss ?? ''
  const subject = claims.sub ?? ''
  const audience = [claims.aud ?? []].flat()
  const ofIssuer = app.federatedCredentials.filter((credential) => ownIssuer(credential.issuer, world) === issuer)
  if (ofIssuer.length === 0) refuse(700211, call, world, issuer)
  const ofAudience = ofIssuer.filter((credential) => audience.includes(credential.audience))
  if (ofAudience.length === 0) refuse(700212, call, world, audience.join(' '))
  const matching = ofAudience.some(({ subject: wanted, expression }) =>
    expression === undefined ? wanted === subject : matchesExpression(expression, claims),
  )
  if (!matching) refuse(ofAudience.some(({ expression }) => expression) ? 7002131 : 700213, call, world, subject)
  try {
    // Whatever issuer name the scenario gives it, the only key that signs such tokens here is the emulated GitHub's.
    await compactVerify(assertion, (await signingKey('github')).publicKey, { algorithms: ['RS256'] })
  } catch {
    refuse(50013, call, world)
  }
  checkTimes(claims, proof)
}

function ownIssuer(issuer: string, world: World): string {
  return issuer === 'self' ? world.urls.github : issuer
}
