/** What setup-entra.sh asks of the Azure CLI and says to its user, with a fake `az`. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { bodyOf, FakeTools, type Rule, SCRIPT } from './script.ts'

const TENANT = '11111111-1111-1111-1111-111111111111'
const GRAPH = '00000003-0000-0000-c000-000000000000'
const id = (digit: number) => `${String(digit).repeat(8)}-aaaa-4aaa-8aaa-${String(digit).repeat(12)}`
const [RESOURCE, INCIDENT, ALERT, HUNTING, OBJECT, APP, PRINCIPAL] = [1, 2, 3, 4, 5, 6, 7].map(id) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]
const SECRET = 'Zx8~not-a-real.secret_value-0123456789'
const OIDC = ['--repository', 'contoso/payments', '--environment', 'production']

const signedIn = (cloud = 'AzureCloud', graph = 'https://graph.microsoft.com/'): Rule[] => [
  { when: '^account show', say: `${TENANT}\nadmin@contoso.com\n` },
  { when: '^cloud show', say: `${cloud}\nhttps://login.microsoftonline.com\n${graph}\n` },
]
const offered: Rule = {
  when: `get .*/servicePrincipals\\?.*(${GRAPH}|8ee8fdad)`,
  say: `${RESOURCE}\nSecurityIncident.Read.All=${INCIDENT} SecurityAlert.Read.All=${ALERT} ThreatHunting.Read.All=${HUNTING} Incident.Read.All=${ALERT}\n`,
}
/** A tenant that has nothing yet. */
const empty: Rule[] = [
  ...signedIn(),
  offered,
  { when: 'post .*/v1.0/applications ', say: `${OBJECT}\n${APP}\n` },
  { when: 'post .*/v1.0/servicePrincipals ', say: `${PRINCIPAL}\n` },
]
/** A tenant where all is done but the credential. */
const done = (...more: Rule[]): Rule[] => [
  ...more,
  ...signedIn(),
  offered,
  { when: 'get .*/applications\\?', say: `${OBJECT}\t${APP}\tAzureADMyOrg\tDefender Gate\n` },
  { when: 'requiredResourceAccess.*resourceAppId !=', say: '[]\n' },
  { when: 'requiredResourceAccess.*resourceAppId ==', say: `[{"id": "${INCIDENT}", "type": "Role"}]\n` },
  { when: 'get .*/servicePrincipals\\?', say: `${PRINCIPAL}\n` },
  { when: 'get .*/appRoleAssignments', say: `${INCIDENT}\n` },
]

let tools: FakeTools
const fake = (rules: readonly Rule[], more: Record<string, readonly Rule[]> = {}) => {
  tools = new FakeTools({ az: rules, ...more })
  return tools
}
afterEach(() => tools?.remove())

describe('arguments', () => {
  const certificate = ['--credential', 'certificate']
  it.each<[string, string[], string]>([
    ['an unknown one', [...OIDC, '--frobnicate'], 'unknown argument: --frobnicate'],
    ['no value', ['--name'], '--name needs a value'],
    ['another option as value', ['--name', '--dry-run'], '--name needs a value'],
    ['a control character', [...OIDC, '--name', 'a\nb'], 'control character'],
    ['a name that could break a filter', [...OIDC, '--name', "x' or 'a' eq 'a"], '--name takes'],
    ['a repository without owner', ['--repository', 'payments', '--branch', 'main'], 'OWNER/REPO'],
    ['no way for the workflow', ['--repository', 'contoso/payments'], 'exactly one of --environment'],
    ['two ways for the workflow', [...OIDC, '--branch', 'main'], 'exactly one of --environment'],
    ['no repository', ['--branch', 'main'], 'needs --repository'],
    ['an unknown check', [...OIDC, '--checks', 'incidents,emails'], 'not emails'],
    ['no check', [...OIDC, '--checks', ','], 'at least one'],
    ['China', [...OIDC, '--cloud', 'china'], 'no Defender XDR API'],
    ['an unknown API', [...OIDC, '--api', 'mde'], '--api takes'],
    ['an unknown credential', [...OIDC, '--credential', 'password'], '--credential takes'],
    ['immutable without ids', [...OIDC, '--immutable-subject'], "gh api repos/contoso/payments --jq '.owner.id, .id'"],
    ['ids without immutable', [...OIDC, '--owner-id', '1'], 'go with --immutable-subject'],
    ['a certificate with OIDC', [...OIDC, '--certificate', 'x.pem'], 'goes with --credential certificate'],
    ['no certificate', certificate, 'needs --certificate'],
    ['a certificate that is not there', [...certificate, '--certificate', '/no/such.pem'], "can't be read"],
    [
      'a branch with a certificate',
      [...certificate, '--certificate', SCRIPT, '--branch', 'main'],
      'goes with --credential oidc',
    ],
    ['a secret for no repository', ['--credential', 'secret'], 'needs --repository'],
    ['a secret into a file that exists', ['--credential', 'secret', '--secret-to', SCRIPT], 'a file that exists'],
    ['--rotate with OIDC', [...OIDC, '--rotate'], '--rotate goes with'],
    ['an issuer without TLS', [...OIDC, '--issuer', 'http://ghe.example'], '--issuer takes'],
    ['a client id that is a name', [...OIDC, '--client-id', 'gate'], '--client-id takes a GUID'],
  ])('refuses %s before it asks az anything', async (_title, args, message) => {
    const { status, err, out } = await fake([]).run(args)
    expect({ status, out, calls: tools.calls() }).toEqual({ status: 2, out: '', calls: [] })
    expect(err).toContain(message)
  })

  it('explains itself', async () => {
    const { status, out } = await fake([]).run(['--help'])
    expect(status).toBe(0)
    expect(out).toContain('Usage: setup-entra.sh')
  })
})

describe('where it runs', () => {
  it('says how to install az', async () => {
    fake([])
    const bin = join(tools.folder, 'bin')
    mkdirSync(bin)
    for (const name of ['bash', 'mktemp', 'rm', 'cat', 'tr']) symlinkSync(`/usr/bin/${name}`, join(bin, name))
    const { status, err } = await tools.run(OIDC, { PATH: bin })
    expect(status).toBe(1)
    expect(err).toContain('not installed: https://learn.microsoft.com/cli/azure/install-azure-cli')
  })

  it('says how to sign in', async () => {
    const { status, err } = await fake([{ when: '^account show', fail: 'ERROR: Please run az login' }]).run(OIDC)
    expect(status).toBe(1)
    expect(err).toContain('az login --allow-no-subscriptions')
  })

  it('stops in another tenant than the one that was named', async () => {
    const { status, err } = await fake(empty).run([...OIDC, '--tenant', id(9)])
    expect(status).toBe(1)
    expect(err).toContain(`az is signed in to tenant ${TENANT}, not ${id(9)}`)
    expect(tools.writes()).toEqual([])
  })

  it('stops in another cloud than the one that was named', async () => {
    const { status, err } = await fake(empty).run([...OIDC, '--cloud', 'gcc-high'])
    expect(status).toBe(1)
    expect(err).toContain('az cloud set --name AzureUSGovernment')
  })

  it.each([
    ['gcc-high', 'https://graph.microsoft.us'],
    ['dod', 'https://dod-graph.microsoft.us'],
  ])('uses the endpoints and the audience of %s', async (cloud, root) => {
    fake([...signedIn('AzureUSGovernment', 'https://graph.microsoft.us/'), ...empty.slice(2)])
    const { status, out } = await tools.run([...OIDC, '--cloud', cloud])
    expect(status).toBe(0)
    const rest = tools.calls().filter((call) => call.startsWith('rest'))
    for (const call of rest) expect(call).toContain(`--url ${root}/v1.0/`)
    expect(bodyOf(tools.writes().at(-1)).audiences).toEqual(['api://AzureADTokenExchangeUSGov'])
    expect(out).toContain(`cloud: ${cloud}`)
  })
})

describe('a dry run', () => {
  it('shows each change with its command and makes none', async () => {
    const { status, out } = await fake(empty).run([...OIDC, '--checks', 'incidents,hunting', '--dry-run'])
    expect(status).toBe(0)
    expect(tools.writes()).toEqual([])
    expect(out.match(/^would .*/gm)).toEqual([
      'would create the app registration "Defender Gate" with SecurityIncident.Read.All, ThreatHunting.Read.All',
      'would create its service principal',
      'would grant admin consent for SecurityIncident.Read.All',
      'would grant admin consent for ThreatHunting.Read.All',
      'would add the federated credential github-repo-contoso-payments-environment-production for repo:contoso/payments:environment:production',
    ])
    const commands = out.match(/^ {4}az rest .*/gm) ?? []
    expect(commands).toHaveLength(5)
    expect(bodyOf(commands[0])).toEqual({
      displayName: 'Defender Gate',
      signInAudience: 'AzureADMyOrg',
      requiredResourceAccess: [
        {
          resourceAppId: GRAPH,
          resourceAccess: [
            { id: INCIDENT, type: 'Role' },
            { id: HUNTING, type: 'Role' },
          ],
        },
      ],
    })
    expect(out).toContain('Dry run: 5 change(s) to make, none made.')
  })

  const repository = ['--repository', 'contoso/payments']
  it.each<[string, string[], string]>([
    ['an environment', ['--environment', 'prod:eu west'], 'repo:contoso/payments:environment:prod%3Aeu west'],
    ['a branch', ['--branch', 'release/1.0'], 'repo:contoso/payments:ref:refs/heads/release/1.0'],
    ['a tag', ['--tag', 'v1'], 'repo:contoso/payments:ref:refs/tags/v1'],
    ['pull requests', ['--pull-request'], 'repo:contoso/payments:pull_request'],
    [
      'the immutable form',
      ['--branch', 'main', '--immutable-subject', '--owner-id', '12', '--repository-id', '345'],
      'repo:contoso@12/payments@345:ref:refs/heads/main',
    ],
    ['a customised subject', ['--subject', 'repository_id:345:it\'s "x"\\y'], 'repository_id:345:it\'s "x"\\y'],
  ])('builds the subject of %s', async (_title, args, subject) => {
    const { status, out } = await fake(done()).run([...repository, ...args, '--dry-run'])
    expect(status).toBe(0)
    const command = out.split('\n').find((line) => line.includes('federatedIdentityCredentials'))
    const body = bodyOf(command?.replaceAll("'\\''", "'"))
    expect(body).toMatchObject({ issuer: 'https://token.actions.githubusercontent.com', subject })
    expect(body.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/)
  })
})

describe('app registration and consent', () => {
  it('asks for the permission of the older API', async () => {
    const { status, out } = await fake(empty).run([...OIDC, '--api', 'defender-xdr', '--checks', 'incidents,alerts'])
    expect(status).toBe(0)
    expect(bodyOf(tools.writes()[0]).requiredResourceAccess).toEqual([
      { resourceAppId: '8ee8fdad-f234-4243-8f3b-15c294843740', resourceAccess: [{ id: ALERT, type: 'Role' }] },
    ])
    expect(out).toContain('api: defender-xdr')
  })

  it('says which permission a cloud does not offer', async () => {
    const none: Rule = { when: `get .*${GRAPH}`, say: `${RESOURCE}\nUser.Read.All=${INCIDENT}\n` }
    const { status, err } = await fake([none, ...empty]).run(OIDC)
    expect(status).toBe(1)
    expect(err).toContain('Microsoft Graph offers no application permission SecurityIncident.Read.All')
  })

  it('does not choose between two of the same name', async () => {
    const two = `${OBJECT}\t${APP}\tAzureADMyOrg\tDefender Gate\n${id(8)}\t${id(9)}\tAzureADMyOrg\tDefender Gate\n`
    const { status, err } = await fake([{ when: 'get .*/applications\\?', say: two }, ...empty]).run(OIDC)
    expect(status).toBe(1)
    expect(err).toContain(
      `2 app registrations are called "Defender Gate". Choose one with --client-id: ${APP} ${id(9)}`,
    )
  })

  it('keeps the permissions that an app asks for already', async () => {
    const others = '[\n  {"resourceAppId": "x", "resourceAccess": [{"id": "y", "type": "Scope"}]}\n]\n'
    fake([
      { when: 'resourceAppId !=', say: others },
      { when: 'resourceAppId ==', say: `[{"id": "${INCIDENT}", "type": "Role"}]\n` },
      ...done(),
    ])
    const { status, out } = await tools.run([...OIDC, '--checks', 'alerts'])
    expect(status).toBe(0)
    expect(bodyOf(tools.writes()[0]).requiredResourceAccess).toEqual([
      { resourceAppId: 'x', resourceAccess: [{ id: 'y', type: 'Scope' }] },
      {
        resourceAppId: GRAPH,
        resourceAccess: [
          { id: INCIDENT, type: 'Role' },
          { id: ALERT, type: 'Role' },
        ],
      },
    ])
    expect(out).toContain("! the app also has SecurityIncident.Read.All, which these checks don't need")
  })

  it('waits for a directory that does not know its own new objects yet', async () => {
    const late: Rule = {
      when: 'post .*/servicePrincipals ',
      fail: 'ERROR: Bad Request({"error":{"code":"Request_BadRequest","message":"The appId of the service principal does not reference a valid application object."}})',
      once: true,
    }
    const { status } = await fake([late, ...empty]).run(OIDC)
    expect(status).toBe(0)
    expect(tools.calls('sleep')).toEqual(['5'])
  })

  it('says which role it takes where nothing may be created', async () => {
    const refusal =
      'ERROR: Forbidden({"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}})'
    const { status, err } = await fake([{ when: 'post .*/applications ', fail: refusal }, ...empty]).run(OIDC)
    expect(status).toBe(1)
    expect(err).toContain('Authorization_RequestDenied')
    expect(err).toContain('Application Administrator')
    expect(tools.writes()).toHaveLength(1)
  })

  it('does the rest and gives the consent link where consent may not be granted', async () => {
    const refusal =
      'ERROR: Forbidden({"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}})'
    const rule = { when: 'post .*/appRoleAssignments', fail: refusal }
    const { status, out } = await fake([rule, ...empty]).run([...OIDC, '--checks', 'incidents,hunting'])
    expect(status).toBe(3)
    expect(tools.writes().at(-1)).toContain('federatedIdentityCredentials')
    expect(out).toContain(
      `https://login.microsoftonline.com/${TENANT}/v2.0/adminconsent?client_id=${APP}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default`,
    )
    expect(out).toContain('3 change(s) made.')
  })
})

describe('federated credentials', () => {
  const title = 'github-repo-contoso-payments-environment-production'
  const issuer = 'https://token.actions.githubusercontent.com'
  const subject = 'repo:contoso/payments:environment:production'
  const known = (name: string, audience: string, of: string): Rule => ({
    when: 'get .*/federatedIdentityCredentials',
    say: `${id(8)}\t${name}\t${audience}\t${issuer}\t${of}\n`,
  })

  it('leaves the right one as it is, whatever its name', async () => {
    const { status, out } = await fake(done(known('mine', 'api://AzureADTokenExchange', subject))).run(OIDC)
    expect(status).toBe(0)
    expect(tools.writes()).toEqual([])
    expect(out).toContain('Nothing to change.')
  })

  it('mends the audience of the right one', async () => {
    const { status } = await fake(done(known('mine', 'https://github.com/contoso', subject))).run(OIDC)
    expect(status).toBe(0)
    expect(tools.writes()).toHaveLength(1)
    expect(tools.writes()[0]).toContain(
      `patch --url https://graph.microsoft.com/v1.0/applications/${OBJECT}/federatedIdentityCredentials/${id(8)}`,
    )
    expect(bodyOf(tools.writes()[0])).toEqual({ audiences: ['api://AzureADTokenExchange'] })
  })

  it('finds another name where that is taken, and tells upper from lower case in subjects', async () => {
    const taken = known(title, 'api://AzureADTokenExchange', subject.replace('contoso', 'Contoso'))
    await fake(done(taken)).run(OIDC)
    const body = bodyOf(tools.writes()[0])
    expect(body.name).toMatch(new RegExp(`^${title}-\\d+$`))
    expect(body.subject).toBe(subject)
  })
})

describe('a client secret', () => {
  const args = ['--credential', 'secret', '--repository', 'contoso/payments', '--environment', 'production']
  const add: Rule = { when: 'post .*/addPassword', say: `${id(8)}\n${SECRET}\n` }
  const seen = () => [...tools.calls(), ...tools.calls('gh')].join('\n')

  it('goes to GitHub through a pipe and is shown nowhere', async () => {
    const { status, out, err } = await fake(done(add), { gh: [] }).run(args)
    expect(status).toBe(0)
    expect(tools.calls('gh')).toEqual([
      'auth status',
      'secret set DEFENDER_CLIENT_SECRET --repo contoso/payments --env production',
    ])
    expect(out + err + seen()).not.toContain(SECRET)
    expect(out).toMatch(/client-secret: \$\{\{ secrets\.DEFENDER_CLIENT_SECRET \}\}/)
    const ends = new Date(bodyOf(tools.writes()[0]).passwordCredential.endDateTime).getTime()
    expect(Math.round((ends - Date.now()) / 86_400_000)).toBe(180)
  })

  it('reaches gh whole', async () => {
    await fake(done(add), { gh: [] }).run(args)
    expect(tools.stdin('gh')).toBe(SECRET)
  })

  it('is removed again where it could not be stored', async () => {
    const refused = [{ when: 'secret set', fail: 'HTTP 403' }]
    const { status, out, err } = await fake(done(add), { gh: refused }).run(args)
    expect(status).toBe(1)
    expect(err).toContain('so it was removed again')
    expect(bodyOf(tools.writes().at(-1))).toEqual({ keyId: id(8) })
    expect(tools.writes().at(-1)).toContain('/removePassword')
    expect(out + err + seen()).not.toContain(SECRET)
  })

  it('is not made where gh can not store it', async () => {
    const { status, err } = await fake(done(add), { gh: [{ when: 'auth status', fail: 'no' }] }).run(args)
    expect(status).toBe(1)
    expect(err).toContain('gh auth login')
    expect(tools.writes()).toEqual([])
  })

  it('goes into a new file that only its owner can read', async () => {
    fake(done(add))
    const file = join(tools.folder, 'secret')
    const { status, out, err } = await tools.run(['--credential', 'secret', '--secret-to', file])
    expect(status).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(SECRET)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(out + err).not.toContain(SECRET)
  })

  const later = `${new Date().getUTCFullYear() + 1}-06-30T00:00:00Z`
  it('that is still valid is kept', async () => {
    const known = { when: 'passwordCredentials', say: `${later}\t${id(9)}\n` }
    const { status, out } = await fake(done(known, add), { gh: [] }).run(args)
    expect(status).toBe(0)
    expect(tools.writes()).toEqual([])
    expect(out).toContain(`valid until ${later.slice(0, 10)}; --rotate makes a new one`)
  })

  it('that has expired is replaced', async () => {
    const known = { when: 'passwordCredentials', say: `2020-01-01T00:00:00Z\t${id(9)}\n` }
    await fake(done(known, add), { gh: [] }).run(args)
    expect(tools.writes()).toHaveLength(1)
  })

  it('is rotated on demand, and the way to remove the earlier one is shown', async () => {
    const known = { when: 'passwordCredentials', say: `${later}\t${id(9)}\n` }
    const { out } = await fake(done(known, add), { gh: [] }).run([...args, '--rotate'])
    expect(tools.writes()).toHaveLength(1)
    expect(out).toContain(`az ad app credential delete --id ${APP} --key-id ${id(9)}`)
  })

  it('is not made in a dry run, which does not need gh', async () => {
    const { status, out } = await fake(done(add)).run([...args, '--dry-run'])
    expect(status).toBe(0)
    expect(tools.writes()).toEqual([])
    expect(out).toContain('would add a client secret')
  })
})

it('refuses a certificate file without a certificate before it changes anything', async () => {
  fake(done())
  const file = join(tools.folder, 'key.pem')
  writeFileSync(file, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')
  const { status, err } = await tools.run(['--credential', 'certificate', '--certificate', file])
  expect(status).toBe(1)
  expect(err).toContain('holds no certificate in PEM')
  expect(tools.writes()).toEqual([])
})

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0 ? it : it.skip
shellcheck('shellcheck has nothing to say (skipped where it is not installed)', () => {
  const install = SCRIPT.replace('setup-entra', 'install-az')
  expect(existsSync(install)).toBe(true)
  expect(spawnSync('shellcheck', [SCRIPT, install], { encoding: 'utf8' }).stdout).toBe('')
})
