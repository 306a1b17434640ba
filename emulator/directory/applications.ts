/** `/v1.0/applications`: app registrations and their credentials. */
import { randomBytes, randomUUID } from 'node:crypto'
import { jsonReply, type Reply, type Route } from '../core/world.ts'
import {
  badRequest,
  bodyOf,
  entityReply,
  listReply,
  NO_CONTENT,
  notThere,
  oneOf,
  type Request,
  refuseDirectory,
  route,
  textOf,
} from './answers.ts'
import { type Application, type KeyCredential, keyCredential } from './directory.ts'

export const READERS = ['Application.Read.All', 'Application.ReadWrite.All']
const WRITERS = ['Application.ReadWrite.All']
const AUDIENCES = ['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount']
const ONE = oneOf('applications')

export const applicationRoutes: readonly Route[] = [
  route('GET', String.raw`\/v1\.0\/applications`, 'applications', READERS, (request) =>
    listReply(
      request.directory.applications.map((one) => shown(one, false)),
      request,
    ),
  ),
  route('POST', String.raw`\/v1\.0\/applications`, 'application-create', WRITERS, create),
  route('GET', ONE, 'application', READERS, (request) => {
    const keys = request.call.query.get('$select')?.split(',').includes('keyCredentials') ?? false
    return entityReply(200, shown(find(request), keys), request)
  }),
  route('PATCH', ONE, 'application-update', WRITERS, update),
  route('DELETE', ONE, 'application-delete', WRITERS, remove),
  route('POST', String.raw`${ONE}\/addPassword`, 'add-password', WRITERS, addPassword),
  route('POST', String.raw`${ONE}\/removePassword`, 'remove-password', WRITERS, removePassword),
  route('GET', String.raw`${ONE}\/federatedIdentityCredentials`, 'federated-credentials', READERS, (request) =>
    listReply(
      find(request).federated.map(({ expression: _, ...rest }) => rest),
      request,
    ),
  ),
  route('POST', String.raw`${ONE}\/federatedIdentityCredentials`, 'federated-create', WRITERS, addFederated),
  route('GET', String.raw`${ONE}\/federatedIdentityCredentials\/(?<key>[^/]+)`, 'federated', READERS, (request) => {
    const { expression: _, ...rest } = findFederated(request)
    return entityReply(200, rest, request)
  }),
  route(
    'PATCH',
    String.raw`${ONE}\/federatedIdentityCredentials\/(?<key>[^/]+)`,
    'federated-update',
    WRITERS,
    changeFederated,
  ),
  route(
    'DELETE',
    String.raw`${ONE}\/federatedIdentityCredentials\/(?<key>[^/]+)`,
    'federated-delete',
    WRITERS,
    dropFederated,
  ),
]

function find(request: Request): Application {
  const { id, appId } = request.call.params
  const { applications } = request.directory
  return applications.find((one) => one.id === id || one.appId === appId) ?? notThere(id || appId || '', request)
}

/** The public key is part of the answer only where it is asked for by name, for one application. */
function shown(application: Application, keys: boolean): Record<string, unknown> {
  const { federated: _, secrets: __, ...rest } = application
  return {
    ...rest,
    keyCredentials: rest.keyCredentials.map((credential) => (keys ? credential : { ...credential, key: null })),
    passwordCredentials: rest.passwordCredentials.map((credential) => ({ ...credential, secretText: null })),
  }
}

function create(request: Request): Reply {
  const { directory } = request
  const body = bodyOf(request)
  const application: Application = {
    id: randomUUID(),
    appId: randomUUID(),
    createdDateTime: directory.now(),
    displayName: textOf(body, 'displayName', request),
    signInAudience: 'AzureADandPersonalMicrosoftAccount',
    requiredResourceAccess: [],
    web: { redirectUris: [] },
    passwordCredentials: [],
    keyCredentials: [],
    federated: [],
    secrets: new Map(),
  }
  apply(application, body, request)
  directory.applications.push(application)
  return entityReply(201, shown(application, false), request)
}

function update(request: Request): Reply {
  const application = find(request)
  apply(application, bodyOf(request), request)
  request.directory.publish(application.appId)
  return NO_CONTENT
}

function remove(request: Request): Reply {
  const { directory } = request
  const application = find(request)
  directory.applications.splice(directory.applications.indexOf(application), 1)
  const at = directory.servicePrincipals.findIndex(({ appId }) => appId === application.appId)
  if (at >= 0) directory.servicePrincipals.splice(at, 1)
  directory.publish(application.appId)
  return NO_CONTENT
}

/** The members that can be written; each one replaces what was there. */
function apply(application: Application, body: Record<string, unknown>, request: Request): void {
  const { displayName, signInAudience, requiredResourceAccess, web, keyCredentials } = body
  if (typeof displayName === 'string') application.displayName = displayName
  if (signInAudience !== undefined) {
    if (!AUDIENCES.includes(String(signInAudience))) {
      badRequest(`Invalid value specified for property 'signInAudience' of resource 'Application'.`, request)
    }
    application.signInAudience = String(signInAudience)
  }
  if (Array.isArray(requiredResourceAccess)) application.requiredResourceAccess = requiredResourceAccess
  if (typeof web === 'object' && web !== null) application.web = { ...application.web, ...web }
  if (Array.isArray(keyCredentials)) {
    application.keyCredentials = keyCredentials.map((given) => keyOf(given, application, request))
  }
}

/** A credential that is there already may come back without its key; a new one must bring it. */
function keyOf(given: Record<string, unknown>, application: Application, request: Request): KeyCredential {
  const known = application.keyCredentials.find(({ keyId }) => keyId === given['keyId'])
  if (known) return known
  if (given['type'] !== 'AsymmetricX509Cert' || given['usage'] !== 'Verify') {
    return badRequest('Key credential type or usage is invalid.', request)
  }
  try {
    return keyCredential(Buffer.from(String(given['key']), 'base64'), given)
  } catch {
    return refuseDirectory(400, 'KeyCredentialsInvalidValue', 'Key credential value is invalid.', request)
  }
}

function addPassword(request: Request): Reply {
  const { directory } = request
  const application = find(request)
  const given = (bodyOf(request)['passwordCredential'] ?? {}) as Record<string, unknown>
  const secretText = `${randomBytes(30).toString('base64url')}~.`.slice(0, 40)
  const credential = {
    keyId: randomUUID(),
    displayName: typeof given['displayName'] === 'string' ? given['displayName'] : null,
    hint: secretText.slice(0, 3),
    startDateTime: directory.now(),
    endDateTime: typeof given['endDateTime'] === 'string' ? given['endDateTime'] : directory.now('+730d'),
  }
  application.passwordCredentials.push(credential)
  application.secrets.set(credential.keyId, secretText)
  directory.publish(application.appId)
  return jsonReply(200, {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.passwordCredential',
    customKeyIdentifier: null,
    ...credential,
    secretText,
  })
}

function removePassword(request: Request): Reply {
  const application = find(request)
  const keyId = textOf(bodyOf(request), 'keyId', request)
  const at = application.passwordCredentials.findIndex((one) => one.keyId === keyId)
  if (at < 0) badRequest(`No password credential found with keyId ${keyId}.`, request)
  application.passwordCredentials.splice(at, 1)
  application.secrets.delete(keyId)
  request.directory.publish(application.appId)
  return NO_CONTENT
}

function findFederated(request: Request) {
  const { key = '' } = request.call.params
  return find(request).federated.find(({ id, name }) => id === key || name === key) ?? notThere(key, request)
}

/** Entra ID's own limits: twenty for an application, one audience, the name and the pair of issuer and subject unique. */
function addFederated(request: Request): Reply {
  const application = find(request)
  const body = bodyOf(request)
  const name = textOf(body, 'name', request)
  const issuer = textOf(body, 'issuer', request)
  const subject = textOf(body, 'subject', request)
  const audiences = audiencesOf(body, request)
  const conflict = (message: string) =>
    refuseDirectory(409, 'Request_MultipleObjectsWithSameKeyValue', message, request)
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/.test(name)) badRequest('The name of the credential is invalid.', request)
  if ([issuer, subject].some((text) => text.length > 600)) badRequest('A value is longer than 600 characters.', request)
  if (application.federated.length >= 20) badRequest('The maximum of 20 federated credentials is reached.', request)
  if (application.federated.some((one) => one.name === name)) {
    conflict(`FederatedIdentityCredential with name ${name} already exists.`)
  }
  if (application.federated.some((one) => one.issuer === issuer && one.subject === subject)) {
    conflict('FederatedIdentityCredential with the same issuer and subject already exists.')
  }
  const description = typeof body['description'] === 'string' ? body['description'] : null
  const credential = { id: randomUUID(), name, issuer, subject, audiences, description }
  application.federated.push(credential)
  request.directory.publish(application.appId)
  return entityReply(201, credential, request)
}

function changeFederated(request: Request): Reply {
  const credential = findFederated(request)
  const body = bodyOf(request)
  if (body['audiences'] !== undefined) credential.audiences = audiencesOf(body, request)
  if (typeof body['issuer'] === 'string') credential.issuer = body['issuer']
  if (typeof body['subject'] === 'string') credential.subject = body['subject']
  if (typeof body['description'] === 'string') credential.description = body['description']
  request.directory.publish(find(request).appId)
  return NO_CONTENT
}

function dropFederated(request: Request): Reply {
  const application = find(request)
  application.federated.splice(application.federated.indexOf(findFederated(request)), 1)
  request.directory.publish(application.appId)
  return NO_CONTENT
}

function audiencesOf(body: Record<string, unknown>, request: Request): string[] {
  const { audiences } = body
  if (Array.isArray(audiences) && audiences.length === 1 && typeof audiences[0] === 'string') return [audiences[0]]
  return badRequest('Exactly one audience is required.', request)
}
