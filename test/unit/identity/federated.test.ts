import { execFileSync } from 'node:child_process'
import { describe, expect, it } from '@jest/globals'
import {
  expectedIssuer,
  federatedHint,
  type Presented,
  presentedSentence,
  subjectForms,
} from '../../../src/identity/federated.ts'
import { CLIENT } from './fakes.ts'

const GITHUB = 'https://token.actions.githubusercontent.com'
const AUDIENCE = 'api://AzureADTokenExchange'
const presented = (sub: string, more: Partial<Presented> = {}): Presented => ({
  iss: GITHUB,
  sub,
  aud: [AUDIENCE],
  ...more,
})
const hint = (shown: Presented | undefined, serverUrl = 'https://github.com') =>
  federatedHint({ presented: shown, clientId: CLIENT, audience: AUDIENCE, serverUrl })

/** What a shell makes of the command in the hint. */
function commandOf(text: string): string[] {
  const command = text.slice(text.indexOf('az ad app'), text.lastIndexOf('`'))
  return execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
}

describe('the issuer of a GitHub server', () => {
  it.each([
    ['https://github.com', GITHUB],
    ['https://octo.ghe.com', 'https://token.actions.octo.ghe.com'],
    ['https://git.example.com/', 'https://git.example.com/_services/token'],
    ['nonsense', GITHUB],
  ])('%s → %s', (server, issuer) => expect(expectedIssuer(server)).toBe(issuer))
})

describe('the two forms of a subject', () => {
  it.each([
    ['repo:octo/app:ref:refs/heads/main', 'name', 'repo:octo@1/app@2:ref:refs/heads/main'],
    ['repo:octo/app:environment:prod', 'name', 'repo:octo@1/app@2:environment:prod'],
    ['repo:octo/app:ref:refs/heads/a@b/c', 'name', 'repo:octo@1/app@2:ref:refs/heads/a@b/c'],
    ['repo:octo@1/app@2:pull_request', 'immutable', 'repo:octo/app:pull_request'],
  ])('%s', (sub, form, other) => {
    expect(subjectForms(presented(sub, { ownerId: '1', repositoryId: '2' }))).toEqual({ form, other })
  })

  it('has place holders for ids that are not known, and no other form of a customised subject', () => {
    expect(subjectForms(presented('repo:o/r:pull_request'))?.other).toBe('repo:o@OWNER_ID/r@REPOSITORY_ID:pull_request')
    expect(subjectForms(presented('repository_owner:octo:job_workflow_ref:x'))).toBeUndefined()
    expect(subjectForms({ ...presented(''), sub: undefined })).toBeUndefined()
  })
})

describe('what was presented', () => {
  it('is iss, sub and aud', () => {
    expect(presentedSentence(presented('repo:o/r:pull_request'))).toBe(
      `It presented issuer (iss) "${GITHUB}", subject (sub) "repo:o/r:pull_request", audience (aud) "${AUDIENCE}".`,
    )
    expect(presentedSentence({ iss: undefined, sub: undefined, aud: [] })).toContain('issuer (iss) none')
    expect(presentedSentence(undefined)).toContain('could not be decoded')
  })
})

describe('the credential to create', () => {
  it('has the presented values, the case rule, the other form and the command', () => {
    const text = hint(presented('repo:Octo/App:ref:refs/heads/main', { ownerId: '7', repositoryId: '8' }))
    expect(text).toContain(
      `Issuer "${GITHUB}", Subject identifier "repo:Octo/App:ref:refs/heads/main" and Audience "${AUDIENCE}"`,
    )
    expect(text).toContain('upper from lower case')
    expect(text).toContain('"repo:Octo@7/App@8:ref:refs/heads/main"')
    const words = commandOf(text)
    expect(words.slice(0, 8)).toEqual([
      'az',
      'ad',
      'app',
      'federated-credential',
      'create',
      '--id',
      CLIENT,
      '--parameters',
    ])
    expect(JSON.parse(words[8]!)).toEqual({
      name: 'github-repo-Octo-App-ref-refs-heads-main',
      issuer: GITHUB,
      subject: 'repo:Octo/App:ref:refs/heads/main',
      audiences: [AUDIENCE],
    })
  })

  it('says of the immutable form that one by name does not match, and of a customised one that it stays as it is', () => {
    expect(hint(presented('repo:o@1/r@2:pull_request'))).toContain(
      'immutable form; a credential for the form by name, "repo:o/r:pull_request", does not match',
    )
    expect(hint(presented('job_workflow_ref:x'))).toContain('customised')
  })

  it.each([
    "repo:o/r:ref:refs/heads/it's",
    'repo:o/r:ref:refs/heads/$(touch /tmp/pwned)`id`;&|"\\',
    "repo:o/r:ref:refs/heads/';exit 3;'",
  ])('is safe to paste whatever the branch is called: %s', (sub) => {
    const words = commandOf(hint(presented(sub)))
    expect(words).toHaveLength(9)
    expect(JSON.parse(words[8]!).subject).toBe(sub)
  })

  it('stays on one line and of bounded length', () => {
    const text = hint(presented(`repo:o/r:ref:refs/heads/a\n::error::\u202e${'x'.repeat(5000)}`))
    expect(text).not.toMatch(/[\n\r\u202e]/)
    expect(text.length).toBeLessThan(8000)
  })

  it('names the usual issuer where another was presented', () => {
    expect(hint(presented('repo:o/r:pull_request', { iss: `${GITHUB}/octo` }))).toContain(
      `usual issuer of this GitHub server is "${GITHUB}"`,
    )
    expect(hint(presented('repo:o/r:pull_request'))).not.toContain('usual issuer')
    expect(hint(presented('repo:o/r:pull_request'), 'https://octo.ghe.com')).toContain(
      '"https://token.actions.octo.ghe.com"',
    )
  })

  it('gives the pattern of both forms where the token could not be decoded', () => {
    const text = hint(undefined)
    expect(text).toContain('repo:OWNER/REPOSITORY:ref')
    expect(text).toContain('repo:OWNER@OWNER_ID/REPOSITORY@REPOSITORY_ID:ref')
    expect(text).toContain(AUDIENCE)
  })
})
