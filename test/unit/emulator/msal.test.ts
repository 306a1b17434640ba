/** Microsoft's own client library, which nobody here wrote, signs in to the emulator. */
import { createHash, X509Certificate } from 'node:crypto'
import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt } from 'jose'
import { generate } from 'selfsigned'
import { CLIENT_ID, CLIENT_SECRET, type Emulator, startEmulator, TENANT_ID } from '../../../emulator/emulator.ts'
import { ask, GRAPH_SCOPE } from './client.ts'

let cloud: Emulator
let pem: { private: string; cert: string }
beforeAll(async () => {
  pem = await generate([{ name: 'commonName', value: 'defender-gate' }], { algorithm: 'sha256' })
  cloud = await startEmulator({ scenario: { apps: [{ certificates: [pem.cert] }] } })
})
afterAll(() => cloud.close())

function client(credential: Record<string, unknown>, tenant: string = TENANT_ID) {
  const send = async (method: string, url: string, options?: { headers?: Record<string, string>; body?: string }) => {
    const { headers = {}, body } = options ?? {}
    const answer = await ask(cloud, url, { method, headers, ...(body === undefined ? {} : { body }) })
    return { headers: answer.headers, status: answer.status, body: answer.json }
  }
  const networkClient: INetworkModule = {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  }
  return new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT_ID,
      authority: `${cloud.loginUrl}/${tenant}`,
      knownAuthorities: [new URL(cloud.loginUrl).host],
      ...credential,
    },
    system: { networkClient },
  })
}
const signIn = (credential: Record<string, unknown>, tenant?: string) =>
  client(credential, tenant).acquireTokenByClientCredential({ scopes: [GRAPH_SCOPE] })

describe('MSAL', () => {
  it('signs in with a secret, after reading the metadata', async () => {
    const before = cloud.requests.length
    const result = await signIn({ clientSecret: CLIENT_SECRET })
    expect(decodeJwt(result!.accessToken)).toMatchObject({ tid: TENANT_ID })
    expect(cloud.requests.slice(before).map(({ route }) => route)).toEqual(['openid', 'token'])
  })

  it('signs in with a certificate', async () => {
    const thumbprintSha256 = createHash('sha256').update(new X509Certificate(pem.cert).raw).digest('hex')
    const result = await signIn({ clientCertificate: { thumbprintSha256, privateKey: pem.private } })
    expect(decodeJwt(result!.accessToken)).toMatchObject({ appidacr: '2' })
  })

  it("signs in with GitHub's token", async () => {
    const clientAssertion = async () => {
      const url = `${cloud.oidcRequestUrl}&audience=api%3A%2F%2FAzureADTokenExchange`
      const headers = { authorization: `bearer ${cloud.oidcRequestToken}` }
      return (await ask(cloud, url, { headers })).json.value as string
    }
    const result = await signIn({ clientAssertion })
    expect(decodeJwt(result!.accessToken)).toMatchObject({ tid: TENANT_ID })
  })

  it('reads the errors', async () => {
    await expect(signIn({ clientSecret: 'wrong' })).rejects.toMatchObject({
      errorCode: 'invalid_client',
      errorMessage: expect.stringContaining('AADSTS7000215'),
    })
    await expect(signIn({ clientSecret: CLIENT_SECRET }, '33333333-3333-3333-3333-333333333333')).rejects.toThrow()
  })
})
