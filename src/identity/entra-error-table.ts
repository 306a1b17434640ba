/**
 * What Entra ID's error numbers mean for a gate that signs in as an application. Microsoft says that numbers and texts may
 * change, so this is for hints: the original line is always kept beside it.
 *
 * Source: the reference of AADSTS codes in MicrosoftDocs/entra-docs (docs/identity-platform/reference-error-codes.md), and
 * for 900023, 1002012, 700024, 700211 to 700213, 7002131, 7002121 and 7000229 messages seen in public logs (as of 2026-08).
 */
import type { IdentityCode } from '../errors/identity.ts'

export interface EntraEntry {
  /** Code of the gate's own error. */
  readonly code: IdentityCode
  /** What it means here: half a sentence, lower case, no full stop. */
  readonly meaning: string
  readonly remedy: string
}

/** Code of the gate, what to do, and the meaning of each AADSTS number that this mends. */
const ROWS: readonly (readonly [IdentityCode, string, Readonly<Record<number, string>>])[] = [
  [
    'secret-wrong',
    "Store the secret's Value (shown once, when it is made), not its Secret ID; check that it was not truncated, wrapped in quotes or followed by a newline, and that client-id and client-secret come from the same app. Make a new secret if in doubt.",
    {
      7000215: 'the client secret sent does not belong to this app registration',
      70002: 'the client credentials failed validation (an older wording for a wrong secret)',
    },
  ],
  [
    'secret-expired',
    'Make a new secret and update the repository or environment secret, or move to GitHub OIDC (neither client-secret nor client-certificate), where nothing expires.',
    { 7000222: 'the client secret has expired' },
  ],
  [
    'credential-missing',
    'The credential input is empty. Secrets are not passed to workflows triggered from forks, and an unset secret expands to an empty string: check the secret name and the trigger.',
    { 7000218: 'the request carried neither client_secret nor client_assertion' },
  ],
  [
    'app-not-in-tenant',
    "Check client-id is the Application (client) ID (not the object id or secret id) and tenant-id is the tenant where the app is registered or has been consented. In a customer tenant, have an admin consent first. Also seen when the wrong cloud's login host is used.",
    {
      700016: 'no application with this client id exists in the tenant that was asked',
      700011: 'the app identifier was not found in the directory',
    },
  ],
  [
    'app-not-in-tenant',
    'Have an administrator of that tenant open the admin-consent link, or create the enterprise application (az ad sp create --id <client-id>).',
    { 7000229: 'the app exists but has no service principal in the target tenant' },
  ],
  [
    'app-disabled',
    'Enable sign-in for the enterprise application, or use another app.',
    { 7000112: 'the application or its service principal is disabled' },
  ],
  ['app-disabled', 'Re-enable the application.', { 70001: 'the application is disabled' }],
  [
    'sign-in-failed',
    'Use a confidential-client registration (turn off public client flows for this app).',
    { 700025: 'the app is configured as a public client, so it may not present a secret or assertion' },
  ],
  [
    'tenant-not-found',
    'Check tenant-id. A tenant of a US government cloud needs the input cloud (gcc-high or dod); other national clouds are not supported.',
    { 90002: 'the tenant was not found in this cloud' },
  ],
  [
    'tenant-not-found',
    'tenant-id is malformed (often an expression that was not expanded, an empty string, or a client id). Use the Directory (tenant) ID.',
    { 900023: 'the tenant identifier is neither a GUID nor a valid domain name' },
  ],
  [
    'wrong-cloud',
    "Set the input cloud to the tenant's cloud.",
    { 90038: 'the tenant belongs to a different national cloud than the login host used' },
  ],
  [
    'wrong-cloud',
    "Register the app in the tenant's own cloud and set the cloud input.",
    {
      900382: 'confidential clients cannot sign in across clouds',
      900432: 'confidential clients cannot sign in across clouds',
    },
  ],
  [
    'wrong-cloud',
    "Check the inputs cloud and authority-url: use one of Microsoft's sign-in hosts.",
    { 50049: 'the login host is unknown' },
  ],
  [
    'tenant-not-found',
    'Set tenant-id to the Directory (tenant) ID, a GUID, or to a verified domain.',
    {
      50059: 'no tenant could be derived from the request',
      90019: 'the tenant could not be determined',
      9001023: 'this grant cannot use /common or /consumers',
    },
  ],
  [
    'tenant-not-found',
    'Set tenant-id to the tenant of the app, or make the app multi-tenant.',
    { 50194: 'a single-tenant app was used against a tenant-independent endpoint' },
  ],
  [
    'api-not-enabled',
    'The API is not enabled in this tenant, or the input cloud or api is wrong. For api: defender-xdr the tenant needs Defender XDR; api: graph is the better choice.',
    { 500011: 'the API named in the scope has no service principal in the tenant' },
  ],
  [
    'api-not-enabled',
    'Check the inputs cloud, api and api-url.',
    { 50001: 'the requested resource is disabled or does not exist' },
  ],
  [
    'api-not-enabled',
    'Enable or license the service in the tenant.',
    { 650052: 'the organisation has not subscribed to or enabled the requested service' },
  ],
  [
    'api-not-enabled',
    'Remove the stale API permission from the app registration.',
    { 650054: 'a requested permission belongs to a resource that is gone or unavailable in the tenant' },
  ],
  [
    'consent-missing',
    'Add the application permission and grant admin consent.',
    { 650056: 'the app lists no permission for the resource, or an admin has not consented' },
  ],
  [
    'consent-missing',
    "Add the API's application permissions to the registration and consent.",
    { 650057: "the resource in the request is not among the app registration's API permissions" },
  ],
  [
    'consent-missing',
    'Have an administrator grant consent in the tenant being queried.',
    { 65001: 'neither a user nor an administrator has consented to the app' },
  ],
  [
    'consent-missing',
    'Add the permission and consent.',
    { 65005: 'the required-permissions list does not include the resource requested' },
  ],
  [
    'consent-missing',
    'Assign an application permission (app role) to the app and consent.',
    { 501051: 'the API requires assignment and this app holds no role on it' },
  ],
  ['consent-missing', 'Grant admin consent.', { 90094: 'an administrator must consent' }],
  [
    'sign-in-failed',
    'Check the inputs cloud, api and api-url: the scope is made of them. Else report it with the line for support.',
    {
      70011: 'the scope is not valid',
      1002012: 'client-credentials requests must use a scope ending in /.default',
      28002: 'the scope value is not valid for an access token request',
      700022: 'more than one resource was named in scope',
      901002: 'the resource parameter was sent to the v2.0 endpoint',
    },
  ],
  [
    'sign-in-failed',
    'An input is empty (the line for support names the parameter): check client-id and the credential.',
    { 900144: 'a required body parameter is missing' },
  ],
  ['sign-in-failed', 'Check for empty inputs.', { 90014: 'a required field of the credential is missing' }],
  [
    'sign-in-failed',
    'Check for empty inputs; else report it with the line for support.',
    { 9002313: 'the request is malformed' },
  ],
  [
    'sign-in-failed',
    'Report it with the line for support: the gate asks for client_credentials only.',
    { 70003: 'the grant type is not supported' },
  ],
  [
    'assertion-refused',
    'Upload the public certificate that matches the private key to this app registration; check that it has not expired and that client-id is the app that it was uploaded to. The brackets in the line for support say which: key not found (not uploaded to this app), key expired, or signature mismatch.',
    {
      700027: 'the signed client assertion was rejected',
    },
  ],
  [
    'assertion-expired',
    'A self-hosted runner with a wrong clock is the usual cause: set its clock (NTP). Else the way to the sign-in host takes minutes: look at the proxy.',
    {
      700024: 'the assertion was used before nbf or after exp',
      500133: 'the assertion is outside its validity window',
    },
  ],
  [
    'assertion-refused',
    'Upload the certificate itself, or use one whose subject is allowed.',
    { 700030: "the certificate's subject name is not authorised for this app (subject name + issuer validation)" },
  ],
  [
    'assertion-refused',
    'Upload the public certificate that belongs to client-certificate to this app registration, and check its chain.',
    {
      50012:
        'certificate authentication failed: thumbprint or subject not authorised, chain invalid, or assertion signature invalid',
    },
  ],
  [
    'assertion-refused',
    'Run the step again; if it stays, check the clock of the runner and report it with the line for support.',
    { 50013: 'the assertion is invalid, expired or malformed' },
  ],
  [
    'assertion-refused',
    'Run the step again; if it stays, report it with the line for support.',
    { 50027: 'the JWT is malformed or its issuer, audience or time is wrong' },
  ],
  [
    'assertion-refused',
    'Report it with the line for support.',
    { 50048: 'sub and iss of the self-signed assertion differ' },
  ],
  ['assertion-refused', 'Check the private key matches the certificate.', { 50006: 'signature verification failed' }],
  ['assertion-refused', 'Use an RSA key of at least 2048 bits.', { 50032: 'the RSA key is too weak' }],
  [
    'federated-credential-mismatch',
    'Compare issuer, subject and audience exactly. A credential made in the last minutes may not be active yet.',
    {
      70021: 'no federated credential on the app matches the presented token',
    },
  ],
  [
    'federated-credential-mismatch',
    'Issuer must be https://token.actions.githubusercontent.com without a trailing slash; enterprises can have https://token.actions.githubusercontent.com/<slug>, and data-residency tenants https://token.actions.<subdomain>.ghe.com.',
    { 700211: "no federated credential has the token's issuer" },
  ],
  [
    'federated-credential-mismatch',
    'Use the same audience on both sides: api://AzureADTokenExchange (US government: api://AzureADTokenExchangeUSGov), or set the input audience to what the credential has.',
    {
      700212: "no federated credential has the token's audience",
      7002121: "no federated credential has the token's audience",
    },
  ],
  [
    'federated-credential-mismatch',
    'Copy the subject that was presented. Usual causes: the job names an environment, a pull_request trigger, a tag in place of a branch, a merge queue, a customised subject, or the immutable form with @ids.',
    { 700213: "no federated credential has the token's subject; matching is exact and case-sensitive" },
  ],
  [
    'federated-credential-mismatch',
    "Compare the subject with the one presented; also check the flexible expression (claims['sub'] or claims['job_workflow_ref'], operators eq, matches, and).",
    { 7002131: 'neither a subject nor a flexible claims-matching expression on the app matched' },
  ],
  [
    'blocked-by-policy',
    'Policies for workload identities block by network location or by risk. GitHub-hosted runners have changing addresses: run from a self-hosted or static-address runner inside the allowed location, or have the policy exclude this service principal. Check Sign-in logs > Service principal sign-ins.',
    {
      53003: 'a Conditional Access policy blocked the service principal',
    },
  ],
  ['blocked-by-policy', 'Ask the tenant administrator.', { 530032: 'a tenant security policy blocked the request' }],
  [
    'sign-in-failed',
    'The gate signs in as an application only: check tenant-id and client-id.',
    {
      50034: 'a user account was not found in the directory',
      50076: 'multifactor authentication is required for a user',
    },
  ],
  [
    'blocked-by-policy',
    "The runner's network injects tenant restrictions; use another network or change the restriction.",
    { 500021: 'a tenant-restriction proxy header denies this tenant' },
  ],
  [
    'sign-in-unavailable',
    'Run the step again in some minutes.',
    {
      90033: 'the directory service behind Entra ID is unavailable',
      90024: 'a passing fault',
      90012: 'the request timed out',
      90006: 'the service is temporarily unavailable',
      90090: 'the service is temporarily unavailable',
      50033: 'a passing fault',
    },
  ],
  [
    'sign-in-throttled',
    'Wait some minutes, then run the step again; run fewer gates at the same time against this tenant.',
    { 90055: 'too many requests for this tenant' },
  ],
  [
    'sign-in-throttled',
    'Wait some minutes before the next run: too many runs ask for the same token.',
    { 50196: 'the same request was sent too often in a short time' },
  ],
]

export const ENTRA_ERRORS: ReadonlyMap<number, EntraEntry> = new Map(
  ROWS.flatMap(([code, remedy, meanings]) =>
    Object.entries(meanings).map(([number, meaning]) => [Number(number), { code, meaning, remedy }] as const),
  ),
)

/**
 * Numbers that are worth another try although they come with HTTP 400 or 401, each time with a new assertion: a federated
 * credential that is not active everywhere yet, an assertion that came too late, a passing fault, throttling.
 */
export const RETRIED: ReadonlySet<number> = new Set([
  70021, 700024, 500133, 90033, 90024, 90012, 90006, 90090, 50033, 90055, 50196,
])
