/**
 * A sign-in server that nobody here wrote (`oidc-provider`), in Entra ID's URL shape, on loopback HTTPS: it checks client
 * secrets and PS256 assertions for real. It takes assertions only from their own client, so GitHub's are not for it.
 */
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'

export interface SignInServer {
  /** `https://localhost:<port>` */
  readonly origin: string
  /** PEM that a client must trust. */
  readonly ca: string
  /** Method and path of each request, in order. */
  readonly requests: string[]
  close(): Promise<void>
}

export interface SignInServerOptions {
  readonly tenant: string
  /** The audience of the tokens; the scope is this with `/.default`. */
  readonly resource: string
  readonly secretApp: { readonly id: string; readonly secret: string }
  /** `certificate` in PEM: its public key is all that the server knows. */
  readonly certificateApp: { readonly id: string; readonly certificate: string }
  /** Claims added to each access token: `tid`, `roles`. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export async function startSignInServer(o: SignInServerOptions): Promise<SignInServer> {
  // The package has no types.
  const { default: Provider } = await import('oidc-provider' as string)
  const tls = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  const requests: string[] = []
  const mount = `/${o.tenant}`
  let serve: (request: IncomingMessage, response: unknown) => void = () => {}
  const server = createServer({ key: tls.private, cert: tls.cert }, (request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    const url = (request.url ?? '/').replace(`${mount}/v2.0/.well-known/`, `${mount}/.well-known/`)
    Object.assign(request, { originalUrl: url })
    request.url = url.startsWith(mount) ? url.slice(mount.length) || '/' : url
    serve(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`

  const scope = `${o.resource}/.default`
  const app = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope }
  const publicJwk = createPublicKey(
    new X509Certificate(o.certificateApp.certificate).publicKey.export({ type: 'spki', format: 'pem' }),
  )
  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const clients = [
    {
      ...app,
      client_id: o.secretApp.id,
      client_secret: o.secretApp.secret,
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      ...app,
      client_id: o.certificateApp.id,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      jwks: { keys: [{ ...publicJwk.export({ format: 'jwk' }) }] },
    },
  ]
  const provider = new Provider(`${origin}${mount}/v2.0`, {
    adapter: memoryAdapter(clients),
    ttl: { ClientCredentials: 600 },
    clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
    scopes: [scope],
    extraTokenClaims: () => o.claims,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => o.resource,
        getResourceServerInfo: () => ({
          scope,
          accessTokenFormat: 'jwt',
          audience: o.resource,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    routes: { token: '/oauth2/v2.0/token', jwks: '/discovery/v2.0/keys', authorization: '/oauth2/v2.0/authorize' },
    jwks: { keys: [{ ...signing.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'signing' }] },
  })
  serve = provider.callback()
  return {
    origin,
    ca: tls.cert,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/**
 * What the provider keeps, used assertions among it. The clients come from here too: the provider clones static ones with
 * `structuredClone`, whose objects are strangers to it inside of a test's own realm.
 */
function memoryAdapter(clients: readonly { readonly client_id: string }[]) {
  const key = (model: string, id: string) => `${model}:${id}`
  const kept = new Map<string, unknown>(clients.map((client) => [key('Client', client.client_id), client]))
  return (model: string) => ({
    upsert: async (id: string, payload: unknown) => void kept.set(key(model, id), payload),
    find: async (id: string) => kept.get(key(model, id)),
    destroy: async (id: string) => void kept.delete(key(model, id)),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: async () => undefined,
    revokeByGrantId: async () => undefined,
  })
}
