/**
 * The directory of the first tenant: applications with their credentials, service principals, granted permissions. It begins
 * with the applications of the scenario, and what is changed here counts at once at the token endpoint.
 */
import { randomUUID, X509Certificate } from 'node:crypto'
import { wireTime } from '../core/times.ts'
import type { World } from '../core/world.ts'
import type { AppScenario, FullScenario, TenantScenario } from '../scenario.ts'
import { type AppRole, guidOf, PUBLISHED } from './published.ts'

export interface PasswordCredential {
  readonly keyId: string
  readonly displayName: string | null
  readonly hint: string
  readonly startDateTime: string
  readonly endDateTime: string
}
export interface KeyCredential {
  readonly keyId: string
  readonly type: string
  readonly usage: string
  readonly displayName: string | null
  readonly startDateTime: string
  readonly endDateTime: string
  /** SHA-1 of the certificate, base64. */
  readonly customKeyIdentifier: string
  /** DER, base64. */
  readonly key: string
}
export interface FederatedCredential {
  readonly id: string
  name: string
  issuer: string
  subject: string | null
  audiences: string[]
  description: string | null
  /** Of a flexible credential; its subject is null then. */
  readonly expression?: string
}
export interface Application {
  readonly id: string
  readonly appId: string
  readonly createdDateTime: string
  displayName: string
  signInAudience: string
  requiredResourceAccess: unknown[]
  web: Record<string, unknown>
  passwordCredentials: PasswordCredential[]
  keyCredentials: KeyCredential[]
  readonly federated: FederatedCredential[]
  /** Values of the client secrets by key id: given out once and never again. */
  readonly secrets: Map<string, string>
}
export interface ServicePrincipal {
  readonly id: string
  readonly appId: string
  readonly displayName: string
  readonly appRoles: readonly AppRole[]
}
export interface Assignment {
  readonly id: string
  readonly appRoleId: string
  readonly principalId: string
  readonly resourceId: string
  readonly createdDateTime: string
}

export class Directory {
  readonly tenant: TenantScenario
  readonly applications: Application[] = []
  readonly servicePrincipals: ServicePrincipal[] = []
  readonly assignments: Assignment[] = []
  readonly #world: World
  readonly #scenario: FullScenario

  constructor(world: World) {
    this.#world = world
    this.#scenario = world.scenario
    this.tenant = world.scenario.tenants[0]!
    for (const api of PUBLISHED) this.servicePrincipals.push({ id: guidOf(`principal of ${api.displayName}`), ...api })
    for (const app of world.scenario.apps) this.#adopt(app)
  }

  /** The moment as Graph writes it. */
  now(ahead = 'now'): string {
    return wireTime(ahead, this.#world.now())
  }

  /** Begins an assignment; the caller has checked both ends. */
  assign(principalId: string, resourceId: string, appRoleId: string): Assignment {
    const id = Buffer.from(randomUUID() + appRoleId)
      .toString('base64url')
      .slice(0, 43)
    const assignment = { id, appRoleId, principalId, resourceId, createdDateTime: this.now() }
    this.assignments.push(assignment)
    return assignment
  }

  /** Makes the token endpoint see the application as it is now. Without a service principal no tenant knows it. */
  publish(appId: string): void {
    const { apps } = this.#scenario
    const at = apps.findIndex(({ clientId }) => clientId === appId)
    const application = this.applications.find((one) => one.appId === appId)
    const principal = this.servicePrincipals.find((one) => one.appId === appId)
    if (!application || !principal) {
      if (at >= 0) apps.splice(at, 1)
      return
    }
    const old = apps[at]
    const app: AppScenario = {
      clientId: appId,
      displayName: application.displayName,
      multiTenant: application.signInAudience !== 'AzureADMyOrg',
      disabled: old?.disabled ?? false,
      publicClient: old?.publicClient ?? false,
      secrets: application.passwordCredentials.map(({ keyId, endDateTime }) => ({
        value: application.secrets.get(keyId) ?? '',
        expires: endDateTime,
      })),
      certificates: application.keyCredentials.map(({ key }) => pemOf(key)),
      federatedCredentials: application.federated.map(({ issuer, subject, audiences, expression }) => ({
        issuer,
        subject: subject ?? '',
        audience: audiences[0] ?? '',
        expression,
      })),
    }
    if (at < 0) apps.push(app)
    else apps[at] = app
    this.tenant.rolesByApp[appId] = this.assignments
      .filter(({ principalId }) => principalId === principal.id)
      .map(({ resourceId, appRoleId }) => this.#role(resourceId, appRoleId)?.value ?? '')
  }

  #role(resourceId: string, appRoleId: string): AppRole | undefined {
    return this.servicePrincipals.find(({ id }) => id === resourceId)?.appRoles.find(({ id }) => id === appRoleId)
  }

  #adopt(app: AppScenario): void {
    const { clientId: appId, displayName } = app
    const secrets = new Map(app.secrets.map(({ value }, index) => [guidOf(`${appId} secret ${index}`), value]))
    const principal = { id: guidOf(`principal ${appId}`), appId, displayName, appRoles: [] }
    this.applications.push({
      id: guidOf(`application ${appId}`),
      appId,
      displayName,
      createdDateTime: this.now('-30d'),
      signInAudience: app.multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg',
      requiredResourceAccess: [],
      web: { redirectUris: [] },
      secrets,
      passwordCredentials: [...secrets].map(([keyId, value], index) => ({
        keyId,
        displayName: null,
        hint: value.slice(0, 3),
        startDateTime: this.now('-30d'),
        endDateTime: this.now(app.secrets[index]?.expires ?? '+335d'),
      })),
      keyCredentials: app.certificates.map((pem) => keyCredential(new X509Certificate(pem).raw, {})),
      federated: app.federatedCredentials.map(({ issuer, subject, audience, expression }, index) => ({
        id: guidOf(`${appId} federated ${index}`),
        name: `scenario-${index + 1}`,
        issuer,
        subject: expression === undefined ? subject : null,
        audiences: [audience],
        description: null,
        ...(expression === undefined ? {} : { expression }),
      })),
    })
    if (!this.tenant.servicePrincipal) return
    this.servicePrincipals.push(principal)
    for (const name of this.tenant.rolesByApp[appId] ?? this.tenant.roles) {
      for (const api of this.servicePrincipals) {
        const role = api.appRoles.find((one) => one.value === name && one.allowedMemberTypes.includes('Application'))
        if (role) this.assign(principal.id, api.id, role.id)
      }
    }
  }
}

/** What Graph makes of a certificate: times and thumbprint come from it where the caller gave none. */
export function keyCredential(der: Buffer, given: Record<string, unknown>): KeyCredential {
  const certificate = new X509Certificate(der)
  const text = (name: string, otherwise: string) => {
    const value = given[name]
    return typeof value === 'string' ? value : otherwise
  }
  return {
    keyId: text('keyId', randomUUID()),
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    displayName: text('displayName', certificate.subject.replaceAll('\n', ', ')),
    startDateTime: text('startDateTime', new Date(certificate.validFrom).toISOString()),
    endDateTime: text('endDateTime', new Date(certificate.validTo).toISOString()),
    customKeyIdentifier: Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64'),
    key: der.toString('base64'),
  }
}

function pemOf(key: string): string {
  const lines = key.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

const directories = new WeakMap<FullScenario, Directory>()

/** The directory of the scenario that the world is in now. */
export function directoryOf(world: World): Directory {
  const known = directories.get(world.scenario)
  if (known) return known
  const made = new Directory(world)
  directories.set(world.scenario, made)
  return made
}
