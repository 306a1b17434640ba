/** Answers in the form of Microsoft Graph, made up. */

export const TENANT_ID = '11111111-2222-3333-4444-555555555555'
export const CLIENT_ID = '66666666-7777-8888-9999-000000000000'
/** Pages of the long list of incidents. */
export const PAGES = 200
const A_PAGE = 50

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that is good for an hour; nobody here checks its signature. */
export function token(): Buffer {
  const exp = Math.floor(Date.now() / 1000) + 3600
  const roles = ['SecurityIncident.Read.All', 'ThreatHunting.Read.All']
  const claims = { aud: 'https://graph.microsoft.com', tid: TENANT_ID, appid: CLIENT_ID, roles, exp }
  const value = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${'s'.repeat(342)}`
  return Buffer.from(JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: value }))
}

const SCHEMA = [
  ['Timestamp', 'DateTime'],
  ['DeviceId', 'String'],
  ['DeviceName', 'String'],
  ['AccountName', 'String'],
  ['FileName', 'String'],
  ['ProcessCommandLine', 'String'],
  ['SHA256', 'String'],
  ['ProcessId', 'Int64'],
  ['IsSigned', 'SByte'],
  ['ReportId', 'Int64'],
] as const

const START = Date.UTC(2026, 10, 19)
const hex = (n: number, length: number): string => (n * 2_654_435_761).toString(16).padStart(length, '0').slice(-length)

/** One row of about 500 bytes, different from every other. */
function row(n: number): object {
  return {
    'Timestamp@odata.type': '#DateTimeOffset',
    Timestamp: new Date(START + n * 800).toISOString(),
    DeviceId: hex(n % 500, 16).repeat(2) + hex(n % 500, 8),
    DeviceName: `desktop-${n % 500}.contoso.example`,
    AccountName: `user${n % 2000}`,
    FileName: 'rundll32.exe',
    ProcessCommandLine: `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump ${n} C:\\Users\\user${n % 2000}\\AppData\\Local\\Temp\\${hex(n, 8)}.dmp full`,
    SHA256: hex(n, 16).repeat(4),
    ProcessId: 1000 + (n % 60000),
    IsSigned: n % 2,
    ReportId: n,
  }
}

export function huntingAnswer(rows: number): Buffer {
  const schema = SCHEMA.map(([name, type]) => ({ name, type }))
  const pieces: string[] = []
  for (let n = 0; n < rows; n += 1) pieces.push(JSON.stringify(row(n)))
  return Buffer.from(`{"schema":${JSON.stringify(schema)},"results":[${pieces.join(',')}]}`)
}

export function incidentsPage(page: number, next: string): Buffer {
  const value = Array.from({ length: A_PAGE }, (_, n) => {
    const id = String(page * A_PAGE + n + 1)
    return {
      id,
      tenantId: TENANT_ID,
      displayName: `Multi-stage incident involving Credential access on one endpoint (${id})`,
      severity: n % 5 === 0 ? 'high' : 'medium',
      status: 'active',
      classification: 'unknown',
      determination: 'unknown',
      assignedTo: null,
      createdDateTime: new Date(Date.now() - 3_600_000 * (n + 1)).toISOString(),
      lastUpdateDateTime: new Date(Date.now() - 1_800_000 * (n + 1)).toISOString(),
      incidentWebUrl: `https://security.microsoft.com/incident2/${id}/overview?tid=${TENANT_ID}`,
      customTags: ['bench'],
      systemTags: [],
      summary: 'Made up. '.repeat(40),
    }
  })
  const link = next === '' ? {} : { '@odata.nextLink': `${next}?%24top=50&page=${page + 1}` }
  return Buffer.from(JSON.stringify({ '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata', value, ...link }))
}
