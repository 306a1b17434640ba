/** The ways to sign in to the emulated cloud, and everything that is a secret of them. */
import { decodeJwt } from 'jose'
import { type Emulator, GITHUB_TOKEN, type Scenario } from '../../emulator/emulator.ts'
import { signInInputs } from '../../emulator/settings.ts'
import type { World } from '../../src/gate.ts'
import { certificate, type Pair } from '../unit/identity/pems.ts'

export const WAYS = ['secret', 'certificate', 'oidc'] as const
export type Way = (typeof WAYS)[number]

export interface SignIns {
  readonly pair: Pair
  /** The input `client-certificate`. */
  readonly pem: string
  /** With the certificate on the app, which otherwise has none. */
  knowing(scenario?: Scenario): Scenario
  inputs(way: Way, cloud: Emulator): Record<string, string>
  /** What was given and what was signed and issued on the way, whatever way it was. */
  secrets(cloud: Emulator): Record<string, string>
}

export async function makeSignIns(): Promise<SignIns> {
  const day = 86_400_000
  const pair = await certificate({ from: new Date(Date.now() - day), to: new Date(Date.now() + day) })
  const pem = `${pair.cert.trim()}\n${pair.key.trim()}\n`
  return {
    pair,
    pem,
    knowing: (scenario = {}) => ({ ...scenario, apps: [{ certificates: [pair.cert] }] }),
    inputs(way, cloud) {
      const { 'client-secret': secret, ...rest } = signInInputs(cloud)
      return {
        ...rest,
        'github-token': GITHUB_TOKEN,
        ...(way === 'secret' ? { 'client-secret': secret } : {}),
        ...(way === 'certificate' ? { 'client-certificate': pem } : {}),
      }
    },
    secrets: (cloud) => ({
      'client secret': cloud.clientSecret,
      key: pair.key,
      'request token': cloud.oidcRequestToken,
      'GitHub token': GITHUB_TOKEN,
      ...Object.fromEntries(tokensOf(cloud).map((token, index) => [`${kindOf(token)} ${index}`, token])),
    }),
  }
}

/** The tokens that were issued, and the assertions that were signed for them. */
function tokensOf(cloud: Emulator): string[] {
  const assertions = cloud.requests.flatMap(({ body }) => new URLSearchParams(body).get('client_assertion') ?? [])
  return [...new Set([...cloud.issued, ...assertions])]
}

function kindOf(token: string): 'ID token' | 'client assertion' | 'access token' {
  const claims = decodeJwt(token)
  if ('repository' in claims) return 'ID token'
  return claims.iss === claims.sub ? 'client assertion' : 'access token'
}

/** The variables by which GitHub hands out ID tokens. */
export function idTokenOf(cloud: Emulator): World['idToken'] {
  return { requestUrl: cloud.oidcRequestUrl, requestToken: cloud.oidcRequestToken }
}
