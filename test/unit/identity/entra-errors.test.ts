import { describe, expect, it } from '@jest/globals'
import { IDENTITY_CODES } from '../../../src/errors/identity.ts'
import { ENTRA_ERRORS, RETRIED } from '../../../src/identity/entra-error-table.ts'
import { type EntraErrorInput, entraError, retriedNumber } from '../../../src/identity/entra-errors.ts'
import { AUTHORITY, aadsts, CLIENT, TENANT } from './fakes.ts'

const body = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

function error(status: number, answer: unknown, more: Partial<EntraErrorInput> = {}) {
  return entraError({
    status,
    headers: {},
    body: body(answer),
    attempts: 1,
    retryAfterMs: undefined,
    credential: 'secret',
    presented: undefined,
    tenant: { id: TENANT, label: 'contoso' },
    clientId: CLIENT,
    authority: AUTHORITY,
    scope: 'https://graph.microsoft.com/.default',
    audience: '',
    serverUrl: 'https://github.com',
    redact: (text) => text,
    ...more,
  })
}

describe('the table', () => {
  it('has a code of the catalogue and whole sentences for each number', () => {
    expect(ENTRA_ERRORS.size).toBe(68)
    for (const [number, { code, meaning, remedy }] of ENTRA_ERRORS) {
      expect(number).toBeGreaterThan(10_000)
      expect(Object.keys(IDENTITY_CODES)).toContain(code)
      expect(meaning).not.toMatch(/\.$/)
      expect(remedy).toMatch(/[.)]$/)
      expect(remedy).not.toMatch(/^(As|Treat as|Same) /)
    }
    for (const number of RETRIED) expect(ENTRA_ERRORS.has(number)).toBe(true)
  })
})

describe('a refusal by Entra ID', () => {
  it('says what it means, what to do, and keeps the line with its ids for support', () => {
    const refused = error(401, aadsts(7000215, 'Invalid client secret provided.'))
    expect(refused.code).toBe('secret-wrong')
    expect(refused.message).toBe(
      'Microsoft Entra ID refused the sign-in to tenant contoso (AADSTS7000215): the client secret sent does not belong to this app registration.',
    )
    expect(refused.hint).toContain("Store the secret's Value")
    expect(refused.hint).toContain(
      'For support: AADSTS7000215: Invalid client secret provided. | Trace ID: 0e1f2a3b-0000-4000-8000-000000000001 | Correlation ID: 0e1f2a3b-0000-4000-8000-000000000002 | Timestamp: 2026-11-20 12:00:00Z',
    )
    expect(refused.requestId).toBe('0e1f2a3b-0000-4000-8000-000000000001')
  })

  it('shows ids and times for support only where they look like such', () => {
    const middle = 'IiwiaXNzIjoiaHR0cHM6Ly9zdHMud2luZG93cy5uZXQv'
    const refused = error(401, {
      ...{ error: 'invalid_client', error_description: `AADSTS7000215: Wrong.\r\nCorrelation ID: ${middle}` },
      ...{ trace_id: middle, timestamp: middle },
    })
    expect(refused.hint).toContain('For support: AADSTS7000215: Wrong.')
    expect(`${refused.message}${refused.hint}${refused.requestId}`).not.toContain(middle)
  })

  it.each([...ENTRA_ERRORS].map(([number, entry]) => [number, entry.code] as const))(
    'AADSTS%d is %s',
    (number, code) => {
      const refused = error(400, aadsts(number, 'Something.'))
      expect(refused.code).toBe(code)
      expect(refused.message).toContain(`AADSTS${number}`)
      expect(refused.hint).toContain('Trace ID: ')
    },
  )

  it.each([700016, 7000229, 65001, 650057, 90094])('AADSTS%d carries the consent link of tenant and app', (number) => {
    const { hint } = error(400, aadsts(number, 'x'))
    expect(hint).toContain(
      `${AUTHORITY}/${TENANT}/v2.0/adminconsent?client_id=${CLIENT}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default `,
    )
    expect(hint).toContain('An administrator of tenant contoso')
    expect(hint).toContain('multi-tenant')
  })

  it('takes the ids from the text where the body has them nowhere else', () => {
    const { error_description, error: name } = aadsts(53003, 'Blocked.')
    const refused = error(400, { error: name, error_description })
    expect(refused.code).toBe('blocked-by-policy')
    expect(refused.requestId).toBe('0e1f2a3b-0000-4000-8000-000000000001')
    expect(refused.hint).toContain('Timestamp: 2026-11-20 12:00:00Z')
  })

  it('takes the number from error_codes where the text has none', () => {
    expect(error(400, { error: 'invalid_client', error_codes: [7000222] }).code).toBe('secret-expired')
  })

  it('keeps a number that the table does not have, with the page to look it up', () => {
    const refused = error(400, aadsts(123456, 'New thing.'))
    expect(refused.code).toBe('sign-in-failed')
    expect(refused.message).toContain('(AADSTS123456): the credential was not accepted')
    expect(refused.hint).toContain('https://login.microsoftonline.com/error?code=123456')
    expect(error(400, { ...aadsts(123456, 'x'), error: 'brand_new' }).message).toContain('not in the table')
  })

  it.each([
    [{ error: 'invalid_client', error_description: 'client authentication failed' }, 'sign-in-failed'],
    [{ error: 'temporarily_unavailable' }, 'sign-in-unavailable'],
    [{ error: 'invalid_resource', error_codes: 'x' }, 'api-not-enabled'],
    [{ error: 'constructor', error_codes: [-1] }, 'sign-in-failed'],
  ])('understands the OAuth error of %j', (answer, code) => {
    const refused = error(400, answer)
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(`OAuth error ${answer.error}`)
  })

  it('redacts whatever the answer echoes', () => {
    const answer = aadsts(7000215, 'Secret "hunter22" is wrong; hunter22', {
      trace_id: 'hunter22',
      correlation_id: 'hunter22',
    })
    const refused = error(401, answer, { redact: (text) => text.replaceAll('hunter22', '***') })
    expect(JSON.stringify({ ...refused, message: refused.message, stack: refused.stack })).not.toContain('hunter22')
    expect(refused.hint).toContain('Secret "***" is wrong; ***')
  })

  it('keeps hostile text to one bounded line', () => {
    const refused = error(400, {
      error: 'x\n::error::',
      error_description: `AADSTS1: \u001b[31m\n${'y'.repeat(10_000)}\u202e`,
    })
    expect(refused.hint + refused.message).not.toMatch(/[\n\u001b\u202e]/)
    expect(refused.hint.length).toBeLessThan(2000)
  })
})

describe('a federated credential that does not match', () => {
  const presented = {
    iss: 'https://token.actions.githubusercontent.com',
    sub: 'repo:o/r:environment:prod',
    aud: ['api://AzureADTokenExchange'],
  }

  it.each([70021, 700211, 700212, 700213, 7002131, 7002121])(
    'AADSTS%d shows what was presented and what to create',
    (number) => {
      const refused = error(401, aadsts(number, 'No match.'), {
        credential: 'oidc',
        presented,
        audience: 'api://AzureADTokenExchange',
      })
      expect(refused.code).toBe('federated-credential-mismatch')
      for (const claim of [presented.iss, presented.sub, presented.aud[0]!]) {
        expect(refused.message).toContain(`"${claim}"`)
        expect(refused.hint).toContain(`"${claim}"`)
      }
      expect(refused.message).toContain(`AADSTS${number}`)
      expect(refused.hint).toContain('repo:o@OWNER_ID/r@REPOSITORY_ID:environment:prod')
      expect(refused.hint).toContain('az ad app federated-credential create')
      expect(refused.hint).toContain('Trace ID')
    },
  )
})

describe('an answer that is not Entra ID’s', () => {
  it.each([
    [403, '<html>Blocked by policy</html>', 'sign-in-blocked', 'an HTML page with status 403'],
    [407, '', 'sign-in-blocked', 'an empty answer with status 407'],
    [302, '', 'sign-in-blocked', 'an empty answer with status 302'],
    [200, '<!doctype html><p>Please sign on', 'sign-in-unreadable', 'an HTML page with status 200'],
    [200, '{}', 'sign-in-unreadable', 'neither a token nor an error'],
    [200, '{"access_token":""}', 'sign-in-unreadable', 'neither a token nor an error'],
    [200, '', 'sign-in-unreadable', 'an empty answer'],
    [200, '{"access_token":', 'sign-in-unreadable', 'no JSON'],
    [404, 'Not found', 'sign-in-unreadable', 'no JSON'],
    [400, '[]', 'sign-in-unreadable', 'neither'],
    [400, '{"error":{"code":"x"}}', 'sign-in-unreadable', 'neither'],
    [503, '', 'sign-in-unavailable', 'status 503 (tried 5 times)'],
    [408, '', 'sign-in-unavailable', 'status 408'],
    [429, 'slow down', 'sign-in-throttled', 'status 429'],
  ])('%d %j is %s', (status, answer, code, words) => {
    const refused = error(status, answer, { attempts: status === 503 ? 5 : 1 })
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(words)
    expect(refused.message).toContain('login.microsoftonline.com')
    expect(refused.message + refused.hint).not.toMatch(/Blocked by policy|slow down|Please/)
  })

  it('says when to come back', () => {
    const refused = error(429, '', { retryAfterMs: 600_001 })
    expect(refused).toMatchObject({
      code: 'sign-in-throttled',
      message: expect.stringContaining('come back in 11 minutes'),
    })
    expect(error(429, '', { retryAfterMs: 1 }).message).toContain('in 1 minute.')
  })
})

describe('what is tried again', () => {
  it.each([70021, 700024, 500133, 90033, 90024, 90012, 90006, 90090, 50033, 90055, 50196])(
    'AADSTS%d with 400 or 401',
    (number) => {
      expect(retriedNumber(400, body(aadsts(number, 'x')))).toBe(number)
      expect(retriedNumber(401, body(aadsts(number, 'x')))).toBe(number)
    },
  )

  it('not what the transport has tried again already, and no success', () => {
    for (const status of [200, 302, 408, 429, 500, 503])
      expect(retriedNumber(status, body(aadsts(90033, 'x')))).toBeUndefined()
  })

  it.each([7000215, 7000222, 700016, 700213, 53003, 123456])('not AADSTS%d', (number) => {
    expect(retriedNumber(401, body(aadsts(number, 'x')))).toBeUndefined()
  })

  it('nothing that can’t be read', () => {
    for (const answer of ['', '<html>', 'null', '5', '{"error":""}'])
      expect(retriedNumber(400, body(answer))).toBeUndefined()
  })
})
