/** Explains a federated credential that does not match: what GitHub's token presented, and the credential to create. */
import { listed, plain, shellWord } from './text.ts'

/** What GitHub's ID token says of the workflow; never the token itself. */
export interface Presented {
  readonly iss: string | undefined
  readonly sub: string | undefined
  readonly aud: readonly string[]
  readonly ownerId?: string | undefined
  readonly repositoryId?: string | undefined
}

/**
 * Issuer of GitHub's ID tokens by server: github.com, a data-residency host, or GitHub Enterprise Server.
 * Source: github/docs, content/actions/reference/security/oidc.md.
 */
export function expectedIssuer(serverUrl: string): string {
  const url = URL.parse(serverUrl)
  const host = url?.host.toLowerCase() ?? 'github.com'
  if (host === 'github.com') return 'https://token.actions.githubusercontent.com'
  if (host.endsWith('.ghe.com')) return `https://token.actions.${host}`
  return `https://${host}/_services/token`
}

const BY_NAME = /^repo:([^/:@]+)\/([^/:@]+):(.+)$/s
const IMMUTABLE = /^repo:([^/:@]+)@(\d+)\/([^/:@]+)@(\d+):(.+)$/s

/**
 * The two forms of a subject: by name, and with the ids of owner and repository, which is the default for repositories
 * created, renamed or transferred since 2026-07-15. `undefined` for a customised subject.
 */
export function subjectForms(o: Presented): { form: 'name' | 'immutable'; other: string } | undefined {
  const byName = BY_NAME.exec(o.sub ?? '')
  if (byName) {
    const [, owner, repository, rest] = byName
    const [ownerId, repositoryId] = [o.ownerId ?? 'OWNER_ID', o.repositoryId ?? 'REPOSITORY_ID']
    return { form: 'name', other: `repo:${owner}@${ownerId}/${repository}@${repositoryId}:${rest}` }
  }
  const immutable = IMMUTABLE.exec(o.sub ?? '')
  if (!immutable) return undefined
  const [, owner, , repository, , rest] = immutable
  return { form: 'immutable', other: `repo:${owner}/${repository}:${rest}` }
}

/** One sentence with the claims that were presented. */
export function presentedSentence(presented: Presented | undefined): string {
  if (!presented) return 'The ID token that GitHub gave could not be decoded, so what it presented is not known.'
  const { iss, sub, aud } = presented
  return `It presented issuer (iss) ${shown(iss)}, subject (sub) ${shown(sub)}, audience (aud) ${aud.map(shown).join(', ') || 'none'}.`
}

/** The credential to create, in the portal and with the Azure CLI, and how the other form of the subject reads. */
export function federatedHint(o: {
  presented: Presented | undefined
  clientId: string
  /** The audience that was asked for. */
  audience: string
  serverUrl: string
}): string {
  const expected = expectedIssuer(o.serverUrl)
  const issuer = o.presented?.iss ?? expected
  const subject = o.presented?.sub
  const audience = o.presented?.aud[0] ?? o.audience
  const place = `In the Microsoft Entra admin center open App registrations › ${o.clientId} › Certificates & secrets › Federated credentials and add one`
  if (subject === undefined) {
    return (
      `${place} with Issuer "${plain(issuer)}", Subject identifier "repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH" ` +
      `(immutable form: "repo:OWNER@OWNER_ID/REPOSITORY@REPOSITORY_ID:ref:refs/heads/BRANCH"; with an environment: "…:environment:NAME") ` +
      `and Audience "${plain(audience)}". ${CASE}`
    )
  }
  const command = [
    `az ad app federated-credential create --id ${o.clientId} --parameters`,
    shellWord(JSON.stringify({ name: credentialName(subject), issuer, subject, audiences: [audience] })),
  ].join(' ')
  return [
    `${place} (scenario "Other issuer") with Issuer ${shown(issuer)}, Subject identifier ${shown(subject)} and Audience ${shown(audience)}.`,
    CASE,
    formNote(o.presented!),
    issuerNote(issuer, expected),
    `With the Azure CLI: \`${plain(command, 3000)}\``,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

const CASE = 'All three must match exactly; Entra ID tells upper from lower case.'

/** Entra ID allows 600 characters a field. */
const shown = (claim: string | undefined) => (claim === undefined ? 'none' : `"${plain(claim, 600)}"`)

function formNote(presented: Presented): string {
  const forms = subjectForms(presented)
  switch (forms?.form) {
    case 'name':
      return `That is the form by name; should the repository be switched to immutable subjects (the default for those created, renamed or transferred since 2026-07-15), its subject is ${shown(forms.other)}.`
    case 'immutable':
      return `That is the immutable form; a credential for the form by name, ${shown(forms.other)}, does not match it.`
    case undefined:
      return 'The subject is a customised one (neither "repo:owner/repo:…" nor "repo:owner@id/repo@id:…"): the credential must carry it as it is.'
  }
}

function issuerNote(issuer: string, expected: string): string {
  if (issuer === expected) return ''
  return `The usual issuer of this GitHub server is ${listed([shown(expected)])}; an enterprise may have one of its own.`
}

/** A name that Entra ID accepts: 3 to 120 of letters, digits, `-` and `_`. */
function credentialName(subject: string): string {
  const slug = subject.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')
  return `github-${slug}`.slice(0, 120)
}
