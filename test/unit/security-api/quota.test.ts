import { describe, expect, it } from '@jest/globals'
import { parseDuration, quotaWait } from '../../../src/security-api/quota.ts'

describe('durations in words', () => {
  it.each([
    ['8 seconds.', 8_000],
    ['1 second', 1_000],
    ['12 minutes.', 720_000],
    ['a minute', 60_000],
    ['an hour', 3_600_000],
    ['about 5 minutes', 300_000],
    ['1 minute and 30 seconds', 90_000],
    ['1 hour, 2 minutes', 3_720_000],
    ['2.5 s', 2_500],
    ['1500ms', 1_500],
    ['00:14:30', 870_000],
    ['00:14:30.', 870_000],
    ['00:00:01.5000001', 1_501],
    ['1.00:00:00', 86_400_000],
    ['14:30', 870_000],
    ['PT14M30S.', 870_000],
    ['pt1h', 3_600_000],
    ['P1D', 86_400_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', 'a while', 'some minutes', 'P', 'PT', '5 bananas', 'tomorrow'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('quota answers', () => {
  it.each([
    [
      'You have exceeded processing resources allocated to this tenant. You can run queries again in 12 minutes.',
      720_000,
    ],
    [
      'You have exceeded processing resources allocated to this tenant. You can run queries again in 00:14:30.',
      870_000,
    ],
    [
      'API calls quota exceeded! maximum allowed 45 per 00:01:00 for the key Destination+TenantID+AppID. You can send requests again in 8 seconds.',
      8_000,
    ],
    ['You have exceeded processing resources allocated to this tenant.', 900_000],
    ['You have exceeded processing resources. You can run queries again in 999999999 days.', 31_536_000_000],
    [`Quota exceeded! You can send requests again in P${'9'.repeat(400)}D.`, 31_536_000_000],
    ['You have exceeded the processing resources. You can run queries again in a while.', 900_000],
  ])('%s', (text, ms) => {
    expect(quotaWait(text)).toBe(ms)
  })

  it.each([
    'API calls quota exceeded! maximum allowed 45 per 00:01:00',
    'Please try again in 5 seconds',
    "'where' operator: Failed to resolve table or column expression named 'X'. Fix semantic errors in your query.",
    '',
  ])('%j is none', (text) => {
    expect(quotaWait(text)).toBeUndefined()
  })
})
