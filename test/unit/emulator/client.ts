/** A small client for the emulator: no retries, no opinions. */
import https from 'node:https'
import { CLIENT_ID, CLIENT_SECRET, type Emulator, TENANT_ID } from '../../../emulator/emulator.ts'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely in tests
  readonly json: any
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

export function ask(cloud: Emulator, url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, { method, headers, ca: cloud.caPem, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        let json: unknown
        try {
          json = JSON.parse(text)
        } catch {
          json = undefined
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, text, json })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
export const GRAPH_SCOPE = 'https://graph.microsoft.com/.default'
export const XDR_SCOPE = 'https://api.security.microsoft.com/.default'

/** A token request; a parameter that is `undefined` is left out. */
export function askToken(
  cloud: Emulator,
  over: Record<string, string | undefined> = {},
  tenant: string = TENANT_ID,
): Promise<Answer> {
  const fields = {
    grant_type: 'client_credentials',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    scope: GRAPH_SCOPE,
    ...over,
  }
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const body = new URLSearchParams(given).toString()
  return ask(cloud, `${cloud.loginUrl}/${tenant}/oauth2/v2.0/token`, { method: 'POST', headers: FORM, body })
}

export async function token(cloud: Emulator, scope = GRAPH_SCOPE, tenant: string = TENANT_ID): Promise<string> {
  const answer = await askToken(cloud, { scope }, tenant)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json.access_token as string
}

/** A call of the API with a bearer token. */
export async function get(cloud: Emulator, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const scope = path.startsWith('/api/') ? XDR_SCOPE : GRAPH_SCOPE
  const authorization = headers['authorization'] ?? `Bearer ${await token(cloud, scope)}`
  return ask(cloud, cloud.apiUrl + path, { headers: { ...headers, authorization } })
}

export async function hunt(cloud: Emulator, body: unknown, path = '/v1.0/security/runHuntingQuery'): Promise<Answer> {
  const scope = path.startsWith('/api/') ? XDR_SCOPE : GRAPH_SCOPE
  const authorization = `Bearer ${await token(cloud, scope)}`
  return ask(cloud, cloud.apiUrl + path, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
