// Stands for `@actions/http-client` in the bundle. `@actions/core` would ask for ID tokens with it, and `@actions/github`
// for everything; the gate makes every request over its own transport, so that nothing else can reach the network.
'use strict'

exports.HttpClient = class HttpClient {
  // Asked by `@actions/github` when it is loaded; "none" is what it says without a proxy.
  getAgent() {}
  getAgentDispatcher() {}
  getJson() {
    return Promise.reject(new Error('not part of this bundle'))
  }
}
exports.BearerCredentialHandler = class BearerCredentialHandler {}
