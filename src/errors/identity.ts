/** Every sentence that a user can see when signing in fails. Values that came from outside are plain text, cut to size. */
import { type CodeEntry, GateError } from '../errors.ts'

export const IDENTITY_CODES = {
  'certificate-invalid': {
    title: 'The certificate input can’t be read',
    cause: '`client-certificate` is no PEM text, is damaged, or holds something that the gate can’t use.',
    cure: 'Store the whole PEM file, certificate and RSA private key, as the secret. From a PFX: `openssl pkcs12 -in app.pfx -nodes -out app.pem`.',
  },
  'certificate-key-missing': {
    title: 'The PEM has no private key',
    cause: '`client-certificate` holds a certificate only.',
    cure: 'Put the private key (unencrypted PKCS#8 or PKCS#1) and the certificate into the same secret.',
  },
  'certificate-missing': {
    title: 'The PEM has no certificate',
    cause: '`client-certificate` holds a private key only.',
    cure: 'Put the certificate and its private key into the same secret.',
  },
  'certificate-expired': {
    title: 'The certificate has expired',
    cause: 'Entra ID refuses assertions that are signed with an expired certificate.',
    cure: 'Make a new certificate, upload it to the app registration and replace the secret.',
  },
  'certificate-not-yet-valid': {
    title: 'The certificate is not valid yet',
    cause: 'The certificate starts later than the clock of the runner says, or that clock is slow.',
    cure: 'Wait until the certificate is valid, or set the clock of the runner.',
  },
  'certificate-key-mismatch': {
    title: 'The private key does not belong to the certificate',
    cause: 'Key and certificate in `client-certificate` come from different pairs.',
    cure: 'Put the key that the certificate was made with into the secret.',
  },
  'certificate-key-type': {
    title: 'The private key can’t be used',
    cause: 'Entra ID takes RSA keys of at least 2048 bits; this one is of another kind or shorter.',
    cure: 'Make an RSA key of 2048 bits or more with a certificate for it, and upload that certificate.',
  },
  'certificate-key-encrypted': {
    title: 'The private key is encrypted',
    cause: 'The key in `client-certificate` is protected by a passphrase, and the gate takes none.',
    cure: 'Decrypt it (`openssl pkey -in app.pem -out key.pem`) and let the GitHub secret protect it.',
  },
  'id-token-permission': {
    title: 'The job may not ask for an OIDC token',
    cause: 'Neither a client secret nor a certificate is given, and GitHub gave the job no way to ask for an ID token.',
    cure: 'Grant `permissions: id-token: write` to the job. Pull requests from forks never get it.',
  },
  'id-token-unavailable': {
    title: 'GitHub gave no OIDC token',
    cause: 'The request for an ID token was refused, failed, or was answered with something unreadable.',
    cure: 'Run the job again; look at githubstatus.com when it stays.',
  },
  'secret-wrong': {
    title: 'The client secret is wrong',
    cause:
      '`client-secret` is no secret of this app: often its Secret ID, a secret of another app, or a truncated value.',
    cure: 'Store the secret’s *Value*, or make a new secret.',
  },
  'secret-expired': {
    title: 'The client secret has expired',
    cause: 'Secrets of an app registration have an end date.',
    cure: 'Make a new secret, or sign in with GitHub OIDC, where nothing expires.',
  },
  'credential-missing': {
    title: 'The request carried no credential',
    cause: 'The credential was empty when it reached Entra ID.',
    cure: 'Check the name of the GitHub secret and the trigger: forks get no secrets.',
  },
  'app-not-in-tenant': {
    title: 'The app does not exist in the tenant',
    cause: '`client-id` or `tenant-id` is wrong, or an administrator of that tenant has not consented to the app yet.',
    cure: 'Check both inputs; for a customer’s tenant send its administrator the admin-consent link of the message.',
  },
  'app-disabled': {
    title: 'The app is disabled',
    cause: 'The application, or its enterprise application in the tenant, is disabled.',
    cure: 'Enable sign-in for it.',
  },
  'tenant-not-found': {
    title: 'Entra ID does not know the tenant',
    cause: '`tenant-id` is mistyped, or the tenant lives in another cloud.',
    cure: 'Check `tenant-id` and `cloud`.',
  },
  'wrong-cloud': {
    title: 'The tenant lives in another cloud',
    cause: 'The sign-in host belongs to another national cloud than the tenant or the app.',
    cure: 'Set `cloud` to the tenant’s cloud.',
  },
  'api-not-enabled': {
    title: 'The API is not enabled in the tenant',
    cause: 'The tenant has no service behind the API that the token is for.',
    cure: 'Check `cloud` and `api`; license or enable Defender XDR in the tenant.',
  },
  'consent-missing': {
    title: 'Nobody has consented to the app',
    cause: 'An administrator of the tenant has not granted the app its permissions.',
    cure: 'Open the admin-consent link of the message as an administrator of that tenant.',
  },
  'assertion-refused': {
    title: 'Entra ID refuses the signed assertion',
    cause: 'The certificate is not uploaded to this app, or is not the one that the key belongs to.',
    cure: 'Upload the public certificate to the app registration that `client-id` names.',
  },
  'assertion-expired': {
    title: 'The assertion came too early or too late',
    cause: 'The clock of the runner is off, or the way to Entra ID takes minutes.',
    cure: 'Set the clock of the runner.',
  },
  'federated-credential-mismatch': {
    title: 'No federated credential matches the workflow',
    cause: 'Issuer, subject or audience of GitHub’s token differ from each federated credential of the app.',
    cure: 'Create the federated credential that the message shows. Letter case counts.',
  },
  'blocked-by-policy': {
    title: 'A policy of the tenant blocks the sign-in',
    cause: 'Conditional Access for workload identities, or a tenant restriction, blocks this network or app.',
    cure: 'Run from an allowed network, or have the policy exclude the app.',
  },
  'sign-in-unavailable': {
    title: 'Entra ID is not available',
    cause: 'The sign-in service answered with a passing fault at each try.',
    cure: 'Run the step again in some minutes.',
  },
  'sign-in-throttled': {
    title: 'Entra ID throttles the sign-in',
    cause: 'Too many token requests for this app or tenant.',
    cure: 'Run the step again later, and run fewer gates at the same time.',
  },
  'sign-in-failed': {
    title: 'Entra ID refuses the sign-in',
    cause: 'The refusal has a reason that the gate has no advice of its own for.',
    cure: 'Look its number up at https://login.microsoftonline.com/error, and give support the line in the message.',
  },
  'sign-in-unreadable': {
    title: 'The sign-in host gave no readable answer',
    cause: 'The answer is not Entra ID’s: a proxy, a firewall or a wrong `authority-url`.',
    cure: 'Check `authority-url`, and what lies between the runner and the sign-in host.',
  },
  'sign-in-blocked': {
    title: 'Something between the runner and Entra ID blocks the sign-in',
    cause: 'A proxy or firewall answered in place of Entra ID.',
    cure: 'Allow the sign-in host on the proxy or firewall.',
  },
  'wrong-tenant': {
    title: 'The token is for another tenant',
    cause: 'The `tid` of the token is not the tenant that was asked for. The answers would be another organisation’s.',
    cure: 'Check `tenant-id` and `authority-url`.',
  },
  'wrong-audience': {
    title: 'The token is for another API',
    cause: 'The `aud` of the token is not the API that the gate asks.',
    cure: 'Check `cloud`, `api` and `authority-url`.',
  },
  'token-expired': {
    title: 'The new token has expired already',
    cause: 'Entra ID’s answer was old, or the clocks are off.',
    cure: 'Look for a cache between the runner and the sign-in host.',
  },
  'clock-off': {
    title: 'The clock of the runner is off',
    cause:
      'The clock of the runner and that of the sign-in host are more than five minutes apart, so a check that looks back in time could miss what it is there to see.',
    cure: 'Set the clock of the runner (NTP).',
  },
  'permission-missing': {
    title: 'The app lacks application permissions',
    cause: 'The token has no role that the planned checks need.',
    cure: 'Add the permissions that the message names as *application* permissions and grant admin consent.',
  },
} as const satisfies Record<string, CodeEntry>

export type IdentityCode = keyof typeof IDENTITY_CODES

type More = ConstructorParameters<typeof GateError>[3]
const error = (code: IdentityCode, message: string, hint: string, more?: More) =>
  new GateError(code, message, hint, more)

// --- certificate, before any request ----------------------------------------------------------------------------------

const PEM_FORM = 'client-certificate takes a PEM text with the certificate and its RSA private key'
const FROM_PFX = 'a PFX file is turned into one by: openssl pkcs12 -in app.pfx -nodes -out app.pem'

/** `what` is half a sentence: "holds no PEM block". */
export const certificateInvalid = (what: string, cause?: unknown) =>
  error('certificate-invalid', `The input client-certificate ${what}.`, `${PEM_FORM}; ${FROM_PFX}.`, { cause })

export const certificateKeyMissing = () =>
  error(
    'certificate-key-missing',
    'The input client-certificate has a certificate but no private key.',
    'Add the private key to the same secret, below or above the certificate.',
  )

export const certificateMissing = () =>
  error(
    'certificate-missing',
    'The input client-certificate has a private key but no certificate.',
    'Add the certificate that was uploaded to the app registration to the same secret.',
  )

export const certificateKeyEncrypted = () =>
  error(
    'certificate-key-encrypted',
    'The private key in client-certificate is encrypted with a passphrase.',
    'Decrypt it with "openssl pkey -in app.pem -out key.pem" and store it with the certificate: the GitHub secret protects it.',
  )

export const certificateKeyType = (found: string) =>
  error(
    'certificate-key-type',
    `The private key in client-certificate is ${found}; Entra ID takes RSA keys of at least 2048 bits.`,
    'Make an RSA key with a certificate for it, upload the certificate to the app registration and replace the secret.',
  )

export const certificateKeyMismatch = () =>
  error(
    'certificate-key-mismatch',
    'The private key in client-certificate does not belong to the certificate beside it.',
    'Store the key that this certificate was made with, or the certificate that was made with this key.',
  )

export const certificateExpired = (since: string) =>
  error(
    'certificate-expired',
    `The certificate in client-certificate expired on ${since}.`,
    'Make a new certificate, upload it to the app registration (Certificates & secrets) and replace the secret.',
  )

export const certificateNotYetValid = (from: string, now: string) =>
  error(
    'certificate-not-yet-valid',
    `The certificate in client-certificate is valid only from ${from}; the clock of the runner says ${now}.`,
    'Wait until then, or set the clock of the runner.',
  )

// --- GitHub's ID token ------------------------------------------------------------------------------------------------

export const idTokenPermission = () =>
  error(
    'id-token-permission',
    'Neither client-secret nor client-certificate is given, and this job may not ask GitHub for an OIDC token.',
    'Add "permissions: id-token: write" to the job (or to the workflow). Workflows of pull requests from forks don’t get it: run those without the gate, or on another trigger. Or give client-secret or client-certificate.',
  )

export const idTokenUnavailable = (what: string, hint: string, cause?: unknown) =>
  error('id-token-unavailable', `GitHub gave no OIDC token for the sign-in: ${what}.`, hint, { cause })

// --- Entra ID's answers -----------------------------------------------------------------------------------------------

/** A refusal that Entra ID explains. `meaning` is half a sentence; `line` is Entra's own, redacted, for support. */
export const signInRefused = (
  code: IdentityCode,
  o: { tenant: string; number: string; meaning: string; hint: string; line: string; requestId: string | undefined },
) =>
  error(
    code,
    `Microsoft Entra ID refused the sign-in to tenant ${o.tenant} (${o.number}): ${o.meaning}.`,
    o.line === '' ? o.hint : `${o.hint} For support: ${o.line}`,
    { requestId: o.requestId },
  )

export const federatedMismatch = (o: {
  clientId: string
  number: string
  presented: string
  hint: string
  line: string
  requestId: string | undefined
}) =>
  error(
    'federated-credential-mismatch',
    `No federated credential of app ${o.clientId} matches this workflow (${o.number}). ${o.presented}`,
    `${o.hint} For support: ${o.line}`,
    { requestId: o.requestId },
  )

/** An answer to the token request that is not Entra ID's own. `what` names it: "an HTML page with status 403". */
export const signInAnswer = (
  code: 'sign-in-unreadable' | 'sign-in-blocked' | 'sign-in-unavailable' | 'sign-in-throttled',
  o: { host: string; tenant: string; what: string; hint: string },
) => error(code, `The sign-in host ${o.host} answered the token request for tenant ${o.tenant} with ${o.what}.`, o.hint)

export const signInThrottledUntil = (host: string, tenant: string, when: string) =>
  error(
    'sign-in-throttled',
    `The sign-in host ${host} throttles the token request for tenant ${tenant} and says to come back in ${when}.`,
    'Run the step again after that time, and run fewer gates at the same time against this tenant.',
  )

export const signInFault = (tenant: string, what: string, cause: unknown) =>
  error(
    'sign-in-failed',
    `The sign-in to tenant ${tenant} failed in the Microsoft authentication library: ${what}.`,
    'Check tenant-id, client-id and authority-url. If they are right, please report this message.',
    { cause },
  )

// --- the token itself -------------------------------------------------------------------------------------------------

export const wrongTenant = (asked: string, got: string) =>
  error(
    'wrong-tenant',
    `The token for tenant ${asked} is for another tenant (tid ${got}).`,
    'Check tenant-id and authority-url. The check is an error: the answers would be another organisation’s.',
  )

export const wrongAudience = (got: string, accepted: string) =>
  error(
    'wrong-audience',
    `The token is for another API (aud ${got}) than the one that the gate asks (${accepted}).`,
    'Check the inputs cloud, api, api-url and authority-url.',
  )

export const tokenExpired = (tenant: string, at: string) =>
  error(
    'token-expired',
    `The token that was just issued for tenant ${tenant} expired at ${at} already.`,
    'A proxy or cache between the runner and the sign-in host may have given an old answer: token requests must not be cached.',
  )

const SET_CLOCK = 'Set the clock of the runner (NTP). Checks that look back in time would give wrong results.'

/** @param skew milliseconds that the runner is ahead of the sign-in host */
export const clockOff = (skew: number, now: string, serverNow: string) =>
  error(
    'clock-off',
    `The clock of the runner is about ${Math.round(Math.abs(skew) / 60_000)} minutes ${skew > 0 ? 'fast' : 'slow'}: it says ${now}, the sign-in host says ${serverNow}.`,
    SET_CLOCK,
  )

export const clockOffByToken = (now: string, expires: string) =>
  error(
    'clock-off',
    `The clock of the runner is off: it says ${now}, but a token that was issued this moment ends at ${expires}.`,
    SET_CLOCK,
  )

export const permissionMissing = (message: string, hint: string, requestId: string | undefined) =>
  error('permission-missing', message, hint, { requestId })
