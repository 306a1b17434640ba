/** Entra's error answers: code, OAuth error, status and text as the service words them. */
import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { type Call, jsonReply, Refusal, type Reply, type World } from '../core/world.ts'

interface EntraText {
  readonly error: string
  readonly status: number
  readonly text: string
}

const SUPPORT =
  'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation'
const INSTALLED =
  'This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.'

/** `{0}`, `{1}` … stand for the parameters. */
const TEXTS: Record<number, EntraText> = {
  50012: { error: 'invalid_client', status: 401, text: 'Authentication failed.' },
  50013: {
    error: 'invalid_client',
    status: 401,
    text: 'Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]',
  },
  50027: { error: 'invalid_request', status: 400, text: 'JWT token is invalid or malformed.' },
  50033: { error: 'temporarily_unavailable', status: 503, text: 'A transient error has occurred. Please try again.' },
  50048: {
    error: 'invalid_client',
    status: 401,
    text: "Subject must match Issuer claim in the client assertion. [Reason - subject '{0}', issuer '{1}']",
  },
  50059: {
    error: 'invalid_request',
    status: 400,
    text: 'No tenant-identifying information found in either the request or implied by any provided credentials.',
  },
  50196: {
    error: 'invalid_grant',
    status: 400,
    text: 'The server terminated an operation because it encountered a client request loop. Please contact your app vendor.',
  },
  53003: {
    error: 'invalid_grant',
    status: 400,
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
  },
  70003: { error: 'unsupported_grant_type', status: 400, text: "The app requested an unsupported grant type '{0}'." },
  70011: {
    error: 'invalid_scope',
    status: 400,
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
  },
  70021: {
    error: 'invalid_client',
    status: 401,
    text: "No matching federated identity record found for presented assertion. Assertion Issuer: '{0}'. Assertion Subject: '{1}'. Assertion Audience: '{2}'. https://docs.microsoft.com/azure/active-directory/develop/workload-identity-federation",
  },
  90002: {
    error: 'invalid_request',
    status: 400,
    text: "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  90006: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'The service is temporarily unavailable. Please retry later.',
  },
  90012: { error: 'temporarily_unavailable', status: 504, text: 'A timeout occurred processing the request.' },
  90024: {
    error: 'temporarily_unavailable',
    status: 503,
    text: 'A transient error has occurred. Please try again. The request budget was exceeded.',
  },
  90033: { error: 'temporarily_unavailable', status: 503, text: 'A transient error has occurred. Please try again.' },
  90055: {
    error: 'temporarily_unavailable',
    status: 429,
    text: 'The server is busy. There are too many requests for this tenant. Please try again later.',
  },
  700011: {
    error: 'unauthorized_client',
    status: 400,
    text: `Application with identifier '{0}' was not found in the directory '{1}'. ${INSTALLED}`,
  },
  700016: {
    error: 'unauthorized_client',
    status: 400,
    text: `Application with identifier '{0}' was not found in the directory '{1}'. ${INSTALLED} You may have sent your authentication request to the wrong tenant.`,
  },
  700023: {
    error: 'invalid_client',
    status: 401,
    text: "Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials . [Reason - audience '{0}']",
  },
  700024: {
    error: 'invalid_client',
    status: 401,
    text: 'Client assertion is not within its valid time range. Current time: {0}, assertion valid from {1}, expiry time of assertion {2}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .',
  },
  700025: {
    error: 'invalid_client',
    status: 401,
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  },
  700027: {
    error: 'invalid_client',
    status: 401,
    text: "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {0}, Thumbprint of key used by client: '{1}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{2}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query request URL, such as 'https://graph.microsoft.com/beta/applications/{2}'].",
  },
  700211: {
    error: 'invalid_client',
    status: 401,
    text: `No matching federated identity record found for presented assertion issuer '{0}'. ${SUPPORT}`,
  },
  700212: {
    error: 'invalid_client',
    status: 401,
    text: `No matching federated identity record found for presented assertion audience '{0}'. ${SUPPORT}`,
  },
  700213: {
    error: 'invalid_client',
    status: 401,
    text: `No matching federated identity record found for presented assertion subject '{0}'. ${SUPPORT}`,
  },
  900023: {
    error: 'invalid_request',
    status: 400,
    text: "Specified tenant identifier '{0}' is neither a valid DNS name, nor a valid external domain.",
  },
  900144: {
    error: 'invalid_request',
    status: 400,
    text: "The request body must contain the following parameter: '{0}'.",
  },
  900561: {
    error: 'invalid_request',
    status: 400,
    text: 'The endpoint only accepts POST requests. Received a {0} request.',
  },
  500011: {
    error: 'invalid_resource',
    status: 400,
    text: `The resource principal named {0} was not found in the tenant named {1}. ${INSTALLED} You might have sent your authentication request to the wrong tenant.`,
  },
  1002012: {
    error: 'invalid_scope',
    status: 400,
    text: 'The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  },
  7000112: { error: 'unauthorized_client', status: 400, text: "Application '{0}'({1}) is disabled." },
  7000215: {
    error: 'invalid_client',
    status: 401,
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
  },
  7000218: {
    error: 'invalid_client',
    status: 401,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  7000222: {
    error: 'invalid_client',
    status: 401,
    text: "The provided client secret keys for app '{0}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
  },
  7000229: {
    error: 'unauthorized_client',
    status: 400,
    text: 'The client application {0} is missing service principal in the tenant {1}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119',
  },
  7002131: {
    error: 'invalid_client',
    status: 401,
    text: `No matching federated identity record found for presented assertion subject '{0}'. The assertion does not match the claims matching expression of any flexible federated identity credential. ${SUPPORT}`,
  },
  9001023: {
    error: 'invalid_request',
    status: 400,
    text: 'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
  },
}

/** Entra's times: `2026-11-20 10:30:48Z`. */
function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`
}

export function entraReply(code: number, call: Call, world: World, ...values: string[]): Reply {
  const known = TEXTS[code] ?? { error: 'invalid_request', status: 400, text: 'The request could not be completed.' }
  const text = known.text.replace(/\{(\d)\}/g, (_all, index) => values[Number(index)] ?? '')
  const rest: Record<string, unknown> = code === 53003 ? { suberror: 'message_only' } : {}
  return entraBody(known.status, known.error, `AADSTS${code}: ${text}`, code, call, world, rest)
}

/** An error that a scenario asks for by its number, about whatever the caller presented. */
export function entraFault(code: number, call: Call, world: World): Reply {
  const form = new URLSearchParams(call.body)
  if (code !== 70021) {
    return entraReply(code, call, world, form.get('client_id') ?? '', call.params['tenant'] ?? '')
  }
  try {
    const { iss = '', sub = '', aud = '' } = decodeJwt(form.get('client_assertion') ?? '')
    return entraReply(code, call, world, iss, sub, String(aud))
  } catch {
    return entraReply(code, call, world)
  }
}

/** An error body of Entra in its exact shape. */
export function entraBody(
  status: number,
  error: string,
  description: string,
  code: number,
  call: Call,
  world: World,
  rest: Record<string, unknown> = {},
): Reply {
  const timestamp = stamp(world.now())
  const trace = call.id
  const correlation = clientRequestId(call) ?? randomUUID()
  return jsonReply(
    status,
    {
      error,
      error_description: [
        description,
        `Trace ID: ${trace}`,
        `Correlation ID: ${correlation}`,
        `Timestamp: ${timestamp}`,
      ].join('\r\n'),
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `${world.urls.login}/error?code=${code}`,
      ...rest,
    },
    { 'x-ms-request-id': trace },
  )
}

/** MSAL sends the id in the form; other clients in a header. */
function clientRequestId(call: Call): string | undefined {
  return new URLSearchParams(call.body).get('client-request-id') ?? call.headers['client-request-id']?.toString()
}

export function refuse(code: number, call: Call, world: World, ...values: string[]): never {
  throw new Refusal(entraReply(code, call, world, ...values))
}
