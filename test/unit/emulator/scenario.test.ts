import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { moment, wireTime } from '../../../emulator/core/times.ts'
import { type Route, type Scenario, startEmulator, TENANT_ID } from '../../../emulator/emulator.ts'
import { loadScenario, parseScenario } from '../../../emulator/scenario.ts'
import { ask, askToken, get } from './client.ts'

describe('a scenario', () => {
  it('has a default for everything', () => {
    const { tenants, apps, faults } = parseScenario({})
    expect(tenants).toHaveLength(1)
    expect(tenants[0]).toMatchObject({
      id: TENANT_ID,
      name: 'Contoso',
      domains: ['contoso.onmicrosoft.com'],
      incidents: [],
    })
    expect(apps[0]).toMatchObject({ clientId: '22222222-2222-2222-2222-222222222222', multiTenant: true })
    expect(faults).toEqual([])
  })

  it.each([
    [{ tenant: [] }, 'Unrecognized key: "tenant"'],
    [{ tenants: [{ incidents: [{ titel: 'x' }] }] }, 'Unrecognized key: "titel"'],
    [{ tenants: [{ incidents: [{ createdDateTime: '2 hours ago' }] }] }, 'relative to now such as -2h'],
    [{ tenants: [{ id: 'contoso' }] }, 'a GUID in lower case'],
    [{ tenants: [{}, {}] }, 'tenants[1].id is missing'],
    [{ tenants: [{}, { id: TENANT_ID }] }, `two tenants are called ${TENANT_ID}`],
    [{ faults: [{ route: 'token', action: 'explode' }] }, 'faults[0].action'],
    [{ faults: [{ route: 'token', action: 'redirect', to: 'x' }] }, 'Unrecognized key: "to"'],
    [{ faults: [{ route: 'token', request: 0, action: 'empty-200' }] }, 'faults[0].request'],
    [{ huntingCallsPerMinute: 0 }, 'huntingCallsPerMinute'],
  ])('is refused: %j', (given, message) => {
    expect(() => parseScenario(given as unknown as Scenario)).toThrow(message)
  })

  it('can be a file, YAML or JSON, or one of those that come along', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scenario-'))
    try {
      const yaml = join(folder, 'a.yaml')
      writeFileSync(yaml, 'name: mine\ntenants:\n  - incidents: [{ severity: high }]\n')
      expect((await loadScenario(yaml)).tenants[0]?.incidents[0]?.severity).toBe('high')
      const json = join(folder, 'b.json')
      writeFileSync(json, '{"name": "other"}')
      expect((await loadScenario(json)).name).toBe('other')
    } finally {
      rmSync(folder, { recursive: true })
    }
    const bundled = readdirSync(new URL('../../../emulator/scenarios/', import.meta.url))
    for (const file of bundled) {
      const name = file.replace(/\.yaml$/, '')
      expect((await loadScenario(name)).name).toBe(name)
    }
    await expect(loadScenario('no-such-scenario')).rejects.toThrow('no-such-scenario')
  })
})

describe('times', () => {
  const now = new Date('2026-11-20T12:00:00.000Z')
  it.each([
    ['now', '2026-11-20T12:00:00.000Z'],
    ['-2h', '2026-11-20T10:00:00.000Z'],
    ['+1d12h', '2026-11-22T00:00:00.000Z'],
    ['-1w', '2026-11-13T12:00:00.000Z'],
    ['-1500ms', '2026-11-20T11:59:58.500Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
  ])('%s', (text, expected) => {
    expect(moment(text, now).toISOString()).toBe(expected)
  })
  it('keep what was written, and have seven digits otherwise', () => {
    expect(wireTime('2026-01-01T00:00:00.1234567Z', now)).toBe('2026-01-01T00:00:00.1234567Z')
    expect(wireTime('-2h', now)).toMatch(/^2026-11-20T10:00:00\.000\d{4}Z$/)
  })
})

describe('the bundled scenarios', () => {
  it('clear: nothing is open from medium upwards', async () => {
    const cloud = await startEmulator({ scenario: 'clear' })
    const { json } = await get(cloud, '/v1.0/security/incidents')
    type Item = { status: string; severity: string }
    const open = json.value.filter(({ status }: Item) => !['resolved', 'redirected'].includes(status))
    expect(open.map(({ severity }: Item) => severity)).toEqual(['low'])
    await cloud.close()
  })

  it('release-blocked: one of high severity is open', async () => {
    const cloud = await startEmulator({ scenario: 'release-blocked' })
    const filter = encodeURIComponent("severity eq 'high' and status ne 'resolved'")
    const { json } = await get(cloud, `/v1.0/security/incidents?$filter=${filter}`)
    expect(json.value).toHaveLength(1)
    await cloud.close()
  })

  it('partner: one is clear, one has findings, one has not consented', async () => {
    const cloud = await startEmulator({ scenario: 'partner' })
    expect((await askToken(cloud, {}, 'fabrikam.example')).status).toBe(200)
    const refused = await askToken(cloud, {}, '44444444-4444-4444-4444-444444444444')
    expect(refused.json.error_codes).toEqual([7000229])
    await cloud.close()
  })
})

describe('the emulator', () => {
  it('records requests, and forgets its certificate when it is closed', async () => {
    const cloud = await startEmulator({ scenario: {} })
    await askToken(cloud, { client_id: undefined })
    await get(cloud, '/v1.0/security/incidents?$top=5')
    const [first, , third] = cloud.requests
    expect(first).toMatchObject({ origin: 'login', method: 'POST', route: 'token', tenant: TENANT_ID, status: 400 })
    expect(first?.body).toContain('grant_type=client_credentials')
    expect(third).toMatchObject({
      origin: 'api',
      method: 'GET',
      path: '/v1.0/security/incidents',
      query: { $top: '5' },
      route: 'incidents',
      tenant: TENANT_ID,
      status: 200,
    })
    expect(third?.headers['authorization']).toBe(`Bearer ${cloud.issued[0]}`)
    expect(cloud.issued).toHaveLength(1)
    expect(existsSync(cloud.caPath)).toBe(true)
    await cloud.close()
    expect(existsSync(cloud.caPath)).toBe(false)
    await expect(ask(cloud, cloud.apiUrl)).rejects.toThrow(/ECONNREFUSED/)
  })

  it('takes more routes', async () => {
    const hello: Route = {
      origin: 'github',
      method: 'GET',
      path: /^\/repos\/(?<owner>[^/]+)$/,
      name: 'hello',
      handle: ({ params }) => ({ status: 200, headers: {}, body: `hello ${params['owner']}` }),
    }
    const cloud = await startEmulator({
      scenario: { faults: [{ route: 'hello', request: 2, action: 'empty-204' }] },
      routes: [hello],
    })
    expect((await ask(cloud, `${cloud.githubUrl}/repos/a%20b`)).text).toBe('hello a b')
    expect((await ask(cloud, `${cloud.githubUrl}/repos/x`)).status).toBe(204)
    expect((await ask(cloud, `${cloud.apiUrl}/repos/x`)).status).toBe(404)
    await cloud.close()
  })

  it('runs from the command line', async () => {
    const main = fileURLToPath(new URL('../../../emulator/main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, '--scenario', 'clear', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const line = await new Promise<string>((resolve) => {
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk
        if (text.includes('\n')) resolve(text)
      })
    })
    const { env, inputs } = JSON.parse(line)
    expect(existsSync(env.NODE_EXTRA_CA_CERTS)).toBe(true)
    expect(inputs).toMatchObject({
      'tenant-id': TENANT_ID,
      'api-url': expect.stringMatching(/^https:\/\/localhost:\d+$/),
    })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(existsSync(env.NODE_EXTRA_CA_CERTS)).toBe(false)
  })
})
