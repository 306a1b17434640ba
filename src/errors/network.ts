/** What can go wrong between the runner and a server, and what to do about it. */
import { type CodeEntry, GateError } from '../errors.ts'

export const NETWORK_CODES = {
  'connection-failed': {
    title: 'A server could not be reached, or the connection broke',
    cause: 'The connection was refused, reset or cut off each time that it was tried.',
    cure: 'Check that the runner may reach the host that the message names (firewall, outbound rules), and that `HTTPS_PROXY` is set where the network needs a proxy. Then re-run.',
  },
  'connection-timeout': {
    title: 'A server did not accept the connection in time',
    cause:
      'Nothing answered on that host and port. Most often a firewall drops the traffic, or the network needs a proxy.',
    cure: 'Allow the runner to reach the host that the message names, or set `HTTPS_PROXY`.',
  },
  'host-not-found': {
    title: 'The name of a server could not be looked up',
    cause:
      'The name is mistyped (`authority-url`, `api-url`), or the DNS server of the runner does not know or answer it.',
    cure: 'Check the spelling of the host and the DNS settings of the runner.',
  },
  'server-certificate-untrusted': {
    title: 'The certificate of a server is not trusted',
    cause:
      'A proxy or firewall that inspects TLS, or a server with a private certificate authority, shows a certificate that Node does not know.',
    cure: 'Set the environment variable `NODE_EXTRA_CA_CERTS` of the step to a PEM file with the certificate of that authority.',
  },
  'server-certificate-expired': {
    title: 'The certificate of a server is not valid now',
    cause: 'The certificate has expired or is not valid yet, or the clock of the runner is wrong.',
    cure: 'Check the clock of the runner first. If it is right, the certificate has to be renewed by whoever runs that server or proxy.',
  },
  'server-certificate-wrong-host': {
    title: 'The certificate belongs to another host',
    cause:
      'The server that answered is not the one that was asked: a wrong address, or something on the way answers in its place.',
    cure: 'Check `authority-url` and `api-url`, and proxies and DNS entries on the way.',
  },
  'tls-failed': {
    title: 'No secure connection could be agreed on',
    cause: 'The other side does not speak TLS on that port, or no version or cipher of it that Node accepts.',
    cure: 'Check host and port, and any proxy or firewall that inspects TLS on the way.',
  },
  'answer-timeout': {
    title: 'A server took too long to answer',
    cause: 'The connection stood, but the answer did not start, stopped in the middle, or was not complete in time.',
    cure: 'Re-run. For a hunting query, make it cheaper: filter early, on time and on indexed columns.',
  },
  'answer-damaged': {
    title: 'An answer was not valid HTTP, or its compressed content was damaged',
    cause: 'Something on the way cuts or changes answers, or the host is not the API that it should be.',
    cure: 'Check the host and any proxy on the way, then re-run.',
  },
  'answer-too-large': {
    title: 'An answer is larger than the gate accepts',
    cause: 'The answer is over 64 MB. The APIs end at about 50 MB, so this is a faulty server or a proxy.',
    cure: 'Return fewer rows or columns from the query (`project`, `summarize`), and check the host.',
  },
  'proxy-unreachable': {
    title: 'The proxy could not be reached',
    cause: 'The proxy that `HTTPS_PROXY` or `HTTP_PROXY` names does not answer.',
    cure: 'Check the variable that the message names, and that the proxy runs. For hosts that need no proxy, list them in `NO_PROXY`.',
  },
  'proxy-login': {
    title: 'The proxy wants a user name and password',
    cause: 'The proxy answered 407: the credentials in the proxy URL are missing or wrong.',
    cure: 'Set the variable to `http://user:password@host:port`, from a secret, with special characters percent-encoded.',
  },
  'proxy-refused': {
    title: 'The proxy refused to connect',
    cause: 'The proxy was reached, but did not open a tunnel to the host.',
    cure: 'Have the host allowed on the proxy, or list it in `NO_PROXY` if it can be reached directly.',
  },
  'proxy-setting': {
    title: 'The proxy setting is not a proxy address',
    cause: '`HTTPS_PROXY` or `HTTP_PROXY` is not a URL of the form `http://host:port`.',
    cure: 'Correct the variable, or remove it.',
  },
  'come-back-later': {
    title: 'The service asked to come back much later',
    cause: 'The service throttles this app in this tenant, and asked to wait for more than five minutes.',
    cure: 'Run again after the time that the message names. Fewer or cheaper queries make it rarer; analysts in the portal share the same quota.',
  },
} as const satisfies Record<string, CodeEntry>

export type NetworkCode = keyof typeof NETWORK_CODES

/** Where it happened. */
export interface Place {
  /** Host, with the port where it is not the default one. */
  readonly host: string
  readonly tries: number
  readonly cause: unknown
}

/** A proxy as messages show it: its address without credentials, and the environment variable that set it. */
export interface ProxyName {
  readonly variable: string
  readonly shown: string
}

const CA_HINT =
  'If a proxy or firewall of your network inspects TLS, or the server has a private certificate authority, set NODE_EXTRA_CA_CERTS to a PEM file with the certificate of that authority.'

function networkError(code: NetworkCode, place: Place, message: string, hint: string): GateError {
  const tries = place.tries === 1 ? 'tried once' : `tried ${place.tries} times`
  return new GateError(code, `${message} (${tries}).`, hint, { cause: place.cause })
}

/** @param what plain words such as `the connection was refused` */
export function connectionFailed(place: Place, what: string): GateError {
  return networkError(
    'connection-failed',
    place,
    `${place.host} could not be asked: ${what}`,
    `Check that the runner may reach ${place.host} (firewall, outbound rules), and set HTTPS_PROXY if your network needs a proxy. Then run again.`,
  )
}

export function connectionTimeout(place: Place, what: string): GateError {
  return networkError(
    'connection-timeout',
    place,
    `${place.host} could not be reached: ${what}`,
    `Allow the runner to reach ${place.host} (a firewall may drop the traffic), or set HTTPS_PROXY if your network needs a proxy.`,
  )
}

export function hostNotFound(place: Place, what: string): GateError {
  return networkError(
    'host-not-found',
    place,
    `${place.host} could not be found: ${what}`,
    'Check the spelling of the host (authority-url, api-url) and the DNS settings of the runner. If only your proxy can look up names, set HTTPS_PROXY.',
  )
}

export function certificateUntrusted(place: Place, whose: string): GateError {
  return networkError(
    'server-certificate-untrusted',
    place,
    `The certificate of ${whose} is not trusted by this runner`,
    CA_HINT,
  )
}

/** @param now what the runner's clock says, ISO 8601 */
export function certificateExpired(place: Place, whose: string, what: string, now: string): GateError {
  return networkError(
    'server-certificate-expired',
    place,
    `The certificate of ${whose} ${what}`,
    `Check the runner's clock: it says ${now}. If that is right, the certificate has to be renewed by whoever runs that server; if a proxy inspects TLS, by whoever runs the proxy.`,
  )
}

export function certificateWrongHost(place: Place, whose: string): GateError {
  return networkError(
    'server-certificate-wrong-host',
    place,
    `The certificate that ${whose} showed belongs to another host`,
    'Check authority-url and api-url, and whether a proxy or DNS entry answers in its place.',
  )
}

export function tlsFailed(place: Place, whose: string): GateError {
  return networkError(
    'tls-failed',
    place,
    `No secure connection to ${whose} could be agreed on`,
    'Check host and port (does it speak TLS there?), and any proxy or firewall that inspects TLS on the way.',
  )
}

export function answerTimeout(place: Place, what: string): GateError {
  return networkError(
    'answer-timeout',
    place,
    `${place.host} took too long: ${what}`,
    'Run again. If it was a hunting query, make it cheaper: filter early and on time, and look back less far.',
  )
}

export function answerDamaged(place: Place): GateError {
  return networkError(
    'answer-damaged',
    place,
    `${place.host} sent an answer that could not be read`,
    'Check that the host is the right one, and any proxy or firewall that changes answers on the way. Then run again.',
  )
}

export function answerTooLarge(place: Place, maxBytes: number): GateError {
  const size = maxBytes >= 1024 * 1024 ? `${Math.floor(maxBytes / 1024 / 1024)} MB` : `${maxBytes} bytes`
  return networkError(
    'answer-too-large',
    place,
    `${place.host} sent an answer of more than ${size}`,
    'If it was a hunting query, return fewer rows or columns (project, summarize). Otherwise check the host.',
  )
}

export function proxyUnreachable(place: Place, proxy: ProxyName, what: string): GateError {
  return networkError(
    'proxy-unreachable',
    place,
    `The proxy ${proxy.shown} could not be reached, so ${place.host} was not asked: ${what}`,
    `Check the environment variable ${proxy.variable} and that the proxy runs. If ${place.host} needs no proxy, list it in NO_PROXY.`,
  )
}

export function proxyLogin(place: Place, proxy: ProxyName): GateError {
  return networkError(
    'proxy-login',
    place,
    `The proxy ${proxy.shown} wants a user name and password, or refused the given ones (status 407), so ${place.host} was not asked`,
    `Set ${proxy.variable} to http://user:password@host:port, from a secret, with special characters percent-encoded.`,
  )
}

export function proxyRefused(place: Place, proxy: ProxyName, status: number): GateError {
  return networkError(
    'proxy-refused',
    place,
    `The proxy ${proxy.shown} refused to connect to ${place.host} (status ${status})`,
    `Have ${place.host} allowed on the proxy (${proxy.variable}), or list it in NO_PROXY if it can be reached directly.`,
  )
}

/** The value is not shown: it may hold a password. */
export function proxySetting(variable: string): GateError {
  return new GateError(
    'proxy-setting',
    `The environment variable ${variable} is not the address of an HTTP proxy.`,
    `Set ${variable} to http://host:port or http://user:password@host:port (special characters percent-encoded), or remove it.`,
  )
}

/** @param until when the service takes requests again */
export function comeBackLater(until: Date): GateError {
  const time = `${until.toISOString().slice(0, 19)}Z`
  return new GateError(
    'come-back-later',
    `The service throttles this app in this tenant, and asked to come back after ${time}.`,
    `Run again after ${time}. Fewer or cheaper queries make this rarer; analysts in the portal share the quota.`,
  )
}

/** The run was stopped while a request was under way or waiting. */
export function requestCancelled(host: string, cause: unknown): GateError {
  return new GateError('cancelled', `The run was cancelled before ${host} had answered.`, 'Run the workflow again.', {
    cause,
  })
}
