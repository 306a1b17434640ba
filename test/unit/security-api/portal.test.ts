import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { huntingLink } from '../../../src/security-api/portal.ts'
import { TENANT } from './fakes.ts'

const link = (query: string, timespan?: string, tenantId = TENANT): string | undefined =>
  huntingLink({ portal: 'https://security.microsoft.com', query, timespan, tenantId })

describe('hunting link', () => {
  it('carries the query as base64url of gzip of UTF-16LE', () => {
    const query = "DeviceEvents\n| where Name == 'ü→𝕏' // & # ?"
    const url = new URL(link(query, 'P1D')!)
    expect(url.origin + url.pathname).toBe('https://security.microsoft.com/v2/advanced-hunting')
    const packed = url.searchParams.get('query')!
    expect(packed).toMatch(/^[\w-]+$/)
    expect(gunzipSync(Buffer.from(packed, 'base64url')).toString('utf16le')).toBe(query)
    expect(url.searchParams.get('tid')).toBe(TENANT)
  })

  it.each([
    ['PT12H', 'day'],
    ['P1D', 'day'],
    ['PT24H', 'day'],
    ['PT25H', 'week'],
    ['P7D', 'week'],
    ['P1W', 'week'],
    ['P1DT1S', 'week'],
    ['P7DT1S', 'month'],
    ['P30D', 'month'],
    ['P1M', 'month'],
    [undefined, 'month'],
    ['2026-01-01/2026-01-02', 'month'],
    ['P', 'month'],
  ])('%s shows the last %s', (timespan, range) => {
    expect(new URL(link('T', timespan)!).searchParams.get('timeRangeId')).toBe(range)
  })

  it('names a tenant only by its id', () => {
    expect(new URL(link('T', 'P1D', 'contoso.example')!).searchParams.has('tid')).toBe(false)
  })

  it('is left out when it would be too long', () => {
    const noise = Array.from({ length: 400 }, (_, i) => ((i * 2654435761) % 2 ** 32).toString(36)).join(' ')
    expect(link(noise)).toBeUndefined()
    expect(link('x'.repeat(30_000))).toBeUndefined()
    expect(link('x'.repeat(5_000))!.length).toBeLessThanOrEqual(2_000)
  })
})
