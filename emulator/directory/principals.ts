/** `/v1.0/servicePrincipals`: applications in the tenant, and the permissions that were granted to them. */
import { randomUUID } from 'node:crypto'
import type { Reply, Route } from '../core/world.ts'
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
import { READERS } from './applications.ts'
import type { Assignment, ServicePrincipal } from './directory.ts'

const WRITERS = ['Application.ReadWrite.All']
/** Granting is a right of its own: whoever may write applications may not give them permissions. */
const GRANTERS = ['AppRoleAssignment.ReadWrite.All']
const ONE = oneOf('servicePrincipals')

export const principalRoutes: readonly Route[] = [
  route('GET', String.raw`\/v1\.0\/servicePrincipals`, 'service-principals', READERS, (request) =>
    listReply(request.directory.servicePrincipals.map(shown), request),
  ),
  route('POST', String.raw`\/v1\.0\/servicePrincipals`, 'service-principal-create', WRITERS, create),
  route('GET', ONE, 'service-principal', READERS, (request) => entityReply(200, shown(find(request)), request)),
  route('GET', String.raw`${ONE}\/appRoleAssignments`, 'app-role-assignments', READERS, (request) => {
    const { id } = find(request)
    const mine = request.directory.assignments.filter(({ principalId }) => principalId === id)
    return listReply(
      mine.map((one) => shownAssignment(one, request)),
      request,
    )
  }),
  route('GET', String.raw`${ONE}\/appRoleAssignedTo`, 'app-role-assigned-to', READERS, (request) => {
    const { id } = find(request)
    const mine = request.directory.assignments.filter(({ resourceId }) => resourceId === id)
    return listReply(
      mine.map((one) => shownAssignment(one, request)),
      request,
    )
  }),
  route('GET', String.raw`${ONE}\/appRoleAssignedTo\/(?<key>[^/]+)`, 'app-role-assigned', READERS, (request) => {
    const { key = '' } = request.call.params
    const one = request.directory.assignments.find(({ id }) => id === key) ?? notThere(key, request)
    return entityReply(200, shownAssignment(one, request), request)
  }),
  route('POST', String.raw`${ONE}\/appRoleAssignments`, 'app-role-assign', GRANTERS, assign),
  route('POST', String.raw`${ONE}\/appRoleAssignedTo`, 'app-role-assign', GRANTERS, assign),
  route(
    'DELETE',
    String.raw`${ONE}\/(?:appRoleAssignments|appRoleAssignedTo)\/(?<key>[^/]+)`,
    'app-role-withdraw',
    GRANTERS,
    withdraw,
  ),
]

function find(request: Request): ServicePrincipal {
  const { id, appId } = request.call.params
  const { servicePrincipals } = request.directory
  return servicePrincipals.find((one) => one.id === id || one.appId === appId) ?? notThere(id || appId || '', request)
}

function shown(principal: ServicePrincipal): Record<string, unknown> {
  return {
    ...principal,
    accountEnabled: true,
    appDisplayName: principal.displayName,
    servicePrincipalType: 'Application',
    servicePrincipalNames: [principal.appId],
    appRoleAssignmentRequired: false,
  }
}

function shownAssignment(assignment: Assignment, { directory }: Request): Record<string, unknown> {
  const name = (id: string) => directory.servicePrincipals.find((one) => one.id === id)?.displayName ?? null
  return {
    ...assignment,
    deletedDateTime: null,
    principalType: 'ServicePrincipal',
    principalDisplayName: name(assignment.principalId),
    resourceDisplayName: name(assignment.resourceId),
  }
}

function create(request: Request): Reply {
  const { directory } = request
  const appId = textOf(bodyOf(request), 'appId', request)
  const application = directory.applications.find((one) => one.appId === appId)
  if (!application) {
    const text = `The appId '${appId}' of the service principal does not reference a valid application object.`
    return badRequest(text, request)
  }
  if (directory.servicePrincipals.some((one) => one.appId === appId)) {
    const text = `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`
    refuseDirectory(409, 'Request_MultipleObjectsWithSameKeyValue', text, request)
  }
  const principal = { id: randomUUID(), appId, displayName: application.displayName, appRoles: [] }
  directory.servicePrincipals.push(principal)
  directory.publish(appId)
  return entityReply(201, shown(principal), request)
}

function assign(request: Request): Reply {
  const { directory } = request
  const body = bodyOf(request)
  const [principalId, resourceId, appRoleId] = ['principalId', 'resourceId', 'appRoleId'].map((name) =>
    textOf(body, name, request),
  ) as [string, string, string]
  const byId = (id: string) => directory.servicePrincipals.find((one) => one.id === id) ?? notThere(id, request)
  const principal = byId(principalId)
  const resource = byId(resourceId)
  const role = resource.appRoles.find(({ id }) => id === appRoleId)
  if (!role?.allowedMemberTypes.includes('Application')) {
    badRequest(`Permission being assigned was not found on application '${resource.appId}'.`, request)
  }
  const { assignments } = directory
  if (assignments.some((one) => one.principalId === principalId && one.appRoleId === appRoleId)) {
    badRequest('Permission being assigned already exists on the object', request)
  }
  const assignment = directory.assign(principalId, resourceId, appRoleId)
  directory.publish(principal.appId)
  return entityReply(201, shownAssignment(assignment, request), request)
}

function withdraw(request: Request): Reply {
  const { directory } = request
  const { key = '' } = request.call.params
  const at = directory.assignments.findIndex(({ id }) => id === key)
  const [gone] = at < 0 ? [notThere(key, request)] : directory.assignments.splice(at, 1)
  const principal = directory.servicePrincipals.find(({ id }) => id === gone?.principalId)
  if (principal) directory.publish(principal.appId)
  return NO_CONTENT
}
