/** setup-entra.sh with the real Azure CLI against the emulator's directory, and a sign-in with what it made. */
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import https from 'node:https'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, importPKCS8, SignJWT } from 'jose'
import { generate } from 'selfsigned'
import { directoryRoutes } from '../../emulator/directory/routes.ts'
import { CLIENT_SECRET, type Emulator, startEmulator, TENANT_ID } from '../../emulator/emulator.ts'
import { type Ran, run, runTool } from './script.ts'

const ADMIN = '33333333-3333-3333-3333-333333333333'
/** May write applications, but not grant them permissions. */
const DEVELOPER = '44444444-4444-4444-4444-444444444444'
const LIMIT_MS = 180_000

/** The folder of az: what scripts/install-az.sh made, else wherever PATH has one. */
function azFolder(): string | undefined {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'defender-gate/az')
  if (existsSync(join(cache, '.version'))) return join(cache, 'bin')
  return (process.env['PATH'] ?? '').split(delimiter).find((folder) => existsSync(join(folder, 'az')))
}
const az = azFolder()
const suite = az === undefined ? describe.skip : describe
const title = az === undefined ? 'SKIPPED: az is not installed, scripts/install-az.sh does it' : 'the real Azure CLI'

suite(title, () => {
  let cloud: Emulator
  let folder: string
  let admin: Record<string, string>
  let made: Ran
  let clientId: string

  beforeAll(async () => {
    cloud = await startEmulator({
      scenario: {
        apps: [
          { clientId: ADMIN, displayName: 'Administration', federatedCredentials: [] },
          { clientId: DEVELOPER, displayName: 'Development', federatedCredentials: [] },
        ],
        tenants: [
          {
            rolesByApp: {
              [ADMIN]: ['Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'],
              [DEVELOPER]: ['Application.ReadWrite.All'],
            },
          },
        ],
      },
      routes: directoryRoutes,
    })
    folder = mkdtempSync(join(tmpdir(), 'azure-cli-'))
    admin = {
      PATH: [az, '/usr/bin', '/bin'].join(delimiter),
      HOME: folder,
      AZURE_CONFIG_DIR: join(folder, 'admin'),
      AZURE_CORE_COLLECT_TELEMETRY: 'false',
      // Where the cloud is not one of Microsoft's, there is nobody to ask whether it is.
      AZURE_CORE_INSTANCE_DISCOVERY: 'false',
      REQUESTS_CA_BUNDLE: cloud.caPath,
      NO_PROXY: '*',
    }
    await tool(admin, 'cloud', 'register', '--name', 'Emulator', '--endpoint-resource-manager', cloud.apiUrl)
    await tool(admin, 'cloud', 'set', '--name', 'Emulator')
    await signIn(admin, ADMIN)
  }, LIMIT_MS)

  afterAll(async () => {
    await cloud?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  async function tool(env: Record<string, string>, ...args: string[]): Promise<void> {
    const { status, err } = await runTool('az', args, env)
    if (status !== 0) throw new Error(`az ${args[0]}: ${err}`)
  }

  const signIn = (env: Record<string, string>, user: string) =>
    tool(
      env,
      ...['login', '--service-principal', '--username', user, '--password', CLIENT_SECRET, '--tenant', TENANT_ID],
      ...['--allow-no-subscriptions', '--output', 'none'],
    )

  /** Runs the script; with it the requests to Graph that were made meanwhile. */
  async function setUp(env: Record<string, string>, ...args: string[]): Promise<Ran & { writes: string[] }> {
    const from = cloud.requests.length
    const ran = await run(['--name', 'Gate', ...args], env)
    const writes = cloud.requests
      .slice(from)
      .filter(({ origin, method }) => origin === 'api' && method !== 'GET')
      .map(({ route, status }) => `${route} ${status}`)
    return { ...ran, writes }
  }
  const oidc = ['--repository', 'contoso/payments', '--environment', 'production', '--checks', 'incidents,hunting']

  it(
    'changes nothing in a dry run',
    async () => {
      const { status, out, err, writes } = await setUp(admin, ...oidc, '--dry-run')
      expect({ status, err, writes }).toEqual({ status: 0, err: '', writes: [] })
      expect(out).toContain(
        'would create the app registration "Gate" with SecurityIncident.Read.All, ThreatHunting.Read.All',
      )
      expect(out).toContain('5 change(s) to make, none made.')
    },
    LIMIT_MS,
  )

  it(
    'sets everything up, and the workflow can sign in',
    async () => {
      const ran = await setUp(admin, ...oidc)
      made = ran
      expect({ status: ran.status, err: ran.err }).toEqual({ status: 0, err: '' })
      expect(ran.writes).toEqual([
        'application-create 201',
        'service-principal-create 201',
        'app-role-assign 201',
        'app-role-assign 201',
        'federated-create 201',
      ])
      expect(ran.out).toContain(`tenant-id: ${TENANT_ID}`)
      clientId = /^client-id: (\S+)$/m.exec(ran.out)?.[1] ?? ''

      const asked = await ask(`${cloud.oidcRequestUrl}&audience=api://AzureADTokenExchange`, {
        authorization: `Bearer ${cloud.oidcRequestToken}`,
      })
      const token = await tokenFor({ ...assertion, client_assertion: asked.value })
      expect(decodeJwt(token.access_token)['roles']).toEqual(['SecurityIncident.Read.All', 'ThreatHunting.Read.All'])
    },
    LIMIT_MS,
  )

  it(
    'finds nothing to do the second time',
    async () => {
      const { status, out, err, writes } = await setUp(admin, ...oidc)
      expect({ status, err, writes }).toEqual({ status: 0, err: '', writes: [] })
      expect(out).toContain('Nothing to change.')
      expect(out).not.toMatch(/^[+!] /m)
      expect(out.slice(out.indexOf('tenant-id:'))).toBe(made.out.slice(made.out.indexOf('tenant-id:')))
    },
    LIMIT_MS,
  )

  it(
    'adds a certificate and a permission as somebody who may not consent, and leaves the consent to an administrator',
    async () => {
      const { private: key, cert } = await generate([{ name: 'commonName', value: 'gate' }], {
        keySize: 2048,
        algorithm: 'sha256',
      })
      const file = join(folder, 'gate.pem')
      writeFileSync(file, key + cert)
      const developer = { ...admin, AZURE_CONFIG_DIR: join(folder, 'developer') }
      await cp(join(folder, 'admin'), join(folder, 'developer'), { recursive: true })
      await signIn(developer, DEVELOPER)

      const args = [
        '--checks',
        'alerts,incidents',
        '--multi-tenant',
        '--credential',
        'certificate',
        '--certificate',
        file,
      ]
      const first = await setUp(developer, ...args)
      expect({ status: first.status, err: first.err }).toEqual({ status: 3, err: '' })
      expect(first.writes).toEqual([
        'application-update 204',
        'application-update 204',
        'app-role-assign 403',
        'application-update 204',
      ])
      const query = new URLSearchParams({ client_id: clientId, scope: `${cloud.apiUrl}/.default` })
      expect(first.out).toContain(`${cloud.loginUrl}/${TENANT_ID}/v2.0/adminconsent?${query}`)
      expect(first.out).toContain(`${cloud.loginUrl}/CUSTOMER/v2.0/adminconsent?${query}`)
      // What the private key signs is accepted, and the key itself stayed at home.
      const secretPart = key.split('\n')[1] ?? ''
      expect(secretPart).toHaveLength(64)
      expect(cloud.requests.map(({ body }) => body).join()).not.toContain(secretPart)
      const signed = await signedAssertion(key, cert)
      const before = decodeJwt((await tokenFor({ ...assertion, client_assertion: signed })).access_token)['roles']
      expect(before).toEqual(['SecurityIncident.Read.All', 'ThreatHunting.Read.All'])

      const second = await setUp(admin, ...args)
      expect({ status: second.status, err: second.err }).toEqual({ status: 0, err: '' })
      expect(second.writes).toEqual(['app-role-assign 201'])
      expect(second.out).toContain('! the app also has ThreatHunting.Read.All')
      const after = await tokenFor({ ...assertion, client_assertion: await signedAssertion(key, cert) })
      expect(decodeJwt(after.access_token)['roles']).toContain('SecurityAlert.Read.All')
    },
    LIMIT_MS,
  )

  it(
    'puts a client secret into a file, once',
    async () => {
      const file = join(folder, 'secret')
      const args = ['--credential', 'secret', '--secret-to']
      const first = await setUp(admin, ...args, file)
      expect({ status: first.status, err: first.err, writes: first.writes }).toEqual({
        status: 0,
        err: '',
        writes: ['add-password 200'],
      })
      const secret = readFileSync(file, 'utf8')
      expect(statSync(file).mode & 0o777).toBe(0o600)
      expect(first.out).not.toContain(secret)
      expect((await tokenFor({ client_secret: secret })).token_type).toBe('Bearer')

      const second = await setUp(admin, ...args, `${file}-2`)
      expect({ status: second.status, writes: second.writes }).toEqual({ status: 0, writes: [] })
      expect(second.out).toContain('--rotate makes a new one')
      expect(existsSync(`${file}-2`)).toBe(false)
      expect(cloud.failures).toEqual([])
    },
    LIMIT_MS,
  )

  const assertion = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }

  function tokenFor(proof: Record<string, string>) {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      scope: 'https://graph.microsoft.com/.default',
      ...proof,
    })
    const type = 'application/x-www-form-urlencoded'
    return ask(`${cloud.loginUrl}/${TENANT_ID}/oauth2/v2.0/token`, { 'content-type': type }, body.toString())
  }

  async function signedAssertion(key: string, cert: string): Promise<string> {
    const thumbprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')
    return new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(`${cloud.loginUrl}/${TENANT_ID}/oauth2/v2.0/token`)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime('5m')
      .sign(await importPKCS8(key, 'PS256'))
  }

  /** The JSON of an answer with status 200. */
  function ask(
    url: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<{ access_token: string; token_type: string; value: string }> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const request = https.request(url, { method, headers, ca: cloud.caPem, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text))
          else reject(new Error(text))
        })
      })
      request.on('error', reject)
      request.end(body)
    })
  }
})
