/**
 * Setting up an application as the Azure CLI does it: the directory part of Graph, and the little that `az login` asks for.
 * Plugged in where it is needed: `startEmulator({ scenario, routes: directoryRoutes })`; then
 * `az cloud register --name Emulator --endpoint-resource-manager <apiUrl>` makes it a cloud of the CLI's.
 */
import { type Call, jsonReply, type Reply, type Route, type World } from '../core/world.ts'
import { token } from '../entra/token.ts'
import { applicationRoutes } from './applications.ts'
import { principalRoutes } from './principals.ts'

export const directoryRoutes: readonly Route[] = [
  {
    // A cloud that was registered with `az cloud register` has the emulator's own origin as its Graph: so tokens are for that.
    origin: 'login',
    method: 'POST',
    path: /^\/(?<tenant>[^/]+)\/oauth2\/v2\.0\/token$/i,
    name: 'token',
    handle(call, world) {
      const form = new URLSearchParams(call.body)
      const own = `${world.urls.api}/`
      const scopes = (form.get('scope') ?? '').split(' ')
      const renamed = scopes.map((scope) =>
        scope.startsWith(own) ? `https://graph.microsoft.com/${scope.slice(own.length).replace(/^\//, '')}` : scope,
      )
      if (renamed.join() === scopes.join()) return token(call, world)
      form.set('scope', renamed.join(' '))
      return token({ ...call, body: form.toString() }, world)
    },
  },
  { origin: 'api', method: 'GET', path: /^\/+metadata\/endpoints$/, name: 'cloud-metadata', handle: endpoints },
  { origin: 'api', method: 'GET', path: /^\/subscriptions$/, name: 'arm', handle: nothing },
  { origin: 'api', method: 'GET', path: /^\/tenants$/, name: 'arm', handle: nothing },
  ...applicationRoutes,
  ...principalRoutes,
]

/** Azure Resource Manager of somebody who has no subscription. */
function nothing(): Reply {
  return jsonReply(200, { value: [] })
}

/** What `az cloud register` and Terraform's `metadata_host` ask a cloud for: where everything is. */
function endpoints(_call: Call, world: World): Reply {
  const own = `${world.urls.api}/`
  return jsonReply(200, {
    name: 'Emulator',
    portal: 'https://portal.azure.com',
    authentication: {
      loginEndpoint: world.urls.login,
      audiences: [own],
      tenant: 'common',
      identityProvider: 'AAD',
    },
    resourceManager: own,
    microsoftGraphResourceId: own,
    graphAudience: own,
    graph: own,
    suffixes: {},
  })
}
