/** Script, Terraform and documentation say the same as the gate does. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { IDENTITY_CODES } from '../../src/errors/identity.ts'
import { requiredPermission } from '../../src/identity/permissions.ts'
import { endpoints } from '../../src/security-api/clouds.ts'
import { SCRIPT } from './script.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const script = readFileSync(SCRIPT, 'utf8')
const terraform = read('examples/terraform/main.tf')
const docs = read('docs/setup-entra.md')
const KINDS = ['incidents', 'alerts', 'hunting'] as const

describe.each(['graph', 'defender-xdr'] as const)('the permissions of %s', (api) => {
  it.each(KINDS)('are the same everywhere: %s', (kind) => {
    const permission = requiredPermission(api, kind)
    const line = script.split('\n').find((text) => text.includes(`${api}/${kind}`) && text.includes(') say '))
    expect(line).toContain(`say ${permission} `)
    const block = terraform.slice(terraform.search(new RegExp(`^ {4}${api} = \\{`, 'm')))
    expect(new RegExp(`${kind} +=  *"([^"]+)"`).exec(block)?.[1]).toBe(permission)
    const row = docs.split('\n').find((text) => text.startsWith(`| \`${kind}\` |`))
    expect(row?.split('|')[api === 'graph' ? 2 : 3]).toContain(`\`${permission}\``)
  })
})

it('the documentation names only error codes that exist', () => {
  const table = docs.slice(docs.indexOf('| code | look at |'), docs.indexOf('To see what the app may do'))
  const codes = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code = '']) => code),
  )
  expect(codes.length).toBeGreaterThan(8)
  for (const code of codes) expect(Object.keys(IDENTITY_CODES)).toContain(code)
})

it.each(['public', 'gcc', 'gcc-high', 'dod'] as const)('the endpoints of %s are the same everywhere', (cloud) => {
  const { apiOrigin, oidcAudience } = endpoints(cloud, 'graph')
  const row = docs.split('\n').find((text) => text.startsWith(`| \`${cloud}\` |`)) ?? ''
  expect(row).toContain(`\`${new URL(apiOrigin).host}\``)
  expect(row).toContain(`\`${oidcAudience}\``)
  expect(new RegExp(`^ {4}${cloud} += \\{.* audience = "([^"]+)"`, 'm').exec(terraform)?.[1]).toBe(oidcAudience)
  expect(script).toContain(endpoints(cloud, 'defender-xdr').apiOrigin)
})

it('the documentation shows only options that the script has', () => {
  const lines = docs.split('\n').filter((text) => text.includes('scripts/setup-entra.sh '))
  const shown = [...lines.join('\n').matchAll(/--[a-z-]+/g)].map(([option]) => option)
  const told = ['--name', '--client-id', '--immutable-subject', '--subject', '--issuer', '--rotate', '--multi-tenant']
  const usage = spawnSync('bash', [SCRIPT, '--help'], { encoding: 'utf8' }).stdout
  expect(shown.length).toBeGreaterThan(5)
  for (const option of [...shown, ...told]) {
    expect(docs).toContain(option)
    expect(usage).toContain(`${option}`)
  }
})
