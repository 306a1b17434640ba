import { describe, expect, it } from '@jest/globals'
import { readSignIn } from '../../../src/cli/sign-in.ts'

const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n'
const files: Record<string, string> = { 'app.pem': PEM, 'app.pfx': '\u0000binary' }
const readText = async (path: string): Promise<string> => {
  if (files[path] === undefined) throw new Error('ENOENT')
  return files[path]
}
const code = (env: Record<string, string>): Promise<string> =>
  readSignIn(env, readText).then(
    () => 'none',
    (error) => error.code,
  )

describe('readSignIn', () => {
  it("reads the variables of Azure's tools; the secret goes before the certificate", async () => {
    const env = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_CERTIFICATE_PATH: 'app.pem' }
    expect(await readSignIn(env, readText)).toEqual({
      tenantId: 't',
      inputs: { 'client-id': 'c', 'client-certificate': PEM },
      variables: { 'client-id': 'AZURE_CLIENT_ID', 'client-certificate': 'AZURE_CLIENT_CERTIFICATE_PATH' },
    })
    expect(await readSignIn({ ...env, AZURE_CLIENT_SECRET: 's' }, readText)).toEqual({
      tenantId: 't',
      inputs: { 'client-id': 'c', 'client-secret': 's' },
      variables: { 'client-id': 'AZURE_CLIENT_ID', 'client-secret': 'AZURE_CLIENT_SECRET' },
    })
  })

  it('takes AZURE_AUTHORITY_HOST as the place to sign in, with or without its scheme', async () => {
    for (const host of ['https://login.microsoftonline.us/', 'http://login.example'])
      expect(
        (await readSignIn({ AZURE_CLIENT_SECRET: 's', AZURE_AUTHORITY_HOST: host }, readText)).inputs,
      ).toMatchObject({
        'authority-url': host,
      })
    const bare = { AZURE_CLIENT_SECRET: 's', AZURE_AUTHORITY_HOST: 'login.microsoftonline.us' }
    expect((await readSignIn(bare, readText)).inputs['authority-url']).toBe('https://login.microsoftonline.us')
  })

  it('says that a federated token file is not read, where it is all that there is', async () => {
    const signIn = readSignIn({ AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' }, readText)
    await expect(signIn).rejects.toThrow('AZURE_FEDERATED_TOKEN_FILE is set, but not read here')
    await expect(readSignIn({}, readText)).rejects.not.toThrow('AZURE_FEDERATED_TOKEN_FILE')
  })

  it('says what is missing: no credential, no file, no PEM', async () => {
    expect(await code({ AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: ' ' })).toBe('cli-credential')
    expect(await code({ AZURE_CLIENT_CERTIFICATE_PATH: 'gone.pem' })).toBe('cli-certificate')
    expect(await code({ AZURE_CLIENT_CERTIFICATE_PATH: 'app.pfx' })).toBe('cli-certificate')
  })

  it('signs in with the ID token of a job where there is one', async () => {
    expect(await readSignIn({ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x' }, readText)).toEqual({
      tenantId: undefined,
      inputs: {},
      variables: {},
    })
  })
})
