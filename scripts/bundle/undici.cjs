// Stands for `undici` in the bundle: what the gate uses of it, without fetch, WebSockets, caches and mocks (0.8 MB less to
// download, and half of the time to load). The same modules, so all else that asks for undici shares this one copy.
'use strict'
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')

// As undici's own index does.
Object.assign(Dispatcher.prototype, {
  request: require('undici/lib/api/api-request.js'),
  connect: require('undici/lib/api/api-connect.js'),
})

exports.Dispatcher = Dispatcher
exports.Agent = require('undici/lib/dispatcher/agent.js')
exports.Pool = require('undici/lib/dispatcher/pool.js')
exports.EnvHttpProxyAgent = require('undici/lib/dispatcher/env-http-proxy-agent.js')
exports.buildConnector = require('undici/lib/core/connect.js')
// `@actions/github` names it as its default, which the gate replaces by its own transport.
exports.fetch = () => Promise.reject(new Error('not part of this bundle'))
