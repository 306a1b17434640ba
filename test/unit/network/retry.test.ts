import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { backoffMs, isRetriedStatus, retryAfterMs, seconds } from '../../../src/network/retry.ts'

const now = new Date('2026-03-01T12:00:00Z')

describe('retryAfterMs', () => {
  it.each([
    ['10', 10_000],
    ['2.128', 2_128],
    [' 3 ', 3_000],
    ['301', 301_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['9'.repeat(400), 31_536_000_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 31_536_000_000],
  ])('%s is %d ms', (text, ms) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBe(ms)
  })

  it.each([
    '',
    '0',
    '-5',
    '1e9',
    '0x10',
    'soon',
    '2, 2',
    'Infinity',
    'Sun, 01 Mar 2026 11:59:30 GMT',
    '2026-03-01T12:00:30Z',
    'Sun, 99 Foo 2026 12:00:30 GMT',
  ])('"%s" asks for nothing', (text) => {
    expect(retryAfterMs({ 'retry-after': text }, now)).toBeUndefined()
  })

  it('has nothing to read without the header', () => {
    expect(retryAfterMs({}, now)).toBeUndefined()
  })

  it('sets a date against the clock of the server, so that a wrong clock here does no harm', () => {
    const headers = { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT', date: 'Sun, 01 Mar 2026 12:00:10 GMT' }
    expect(retryAfterMs(headers, new Date('2019-01-01T00:00:00Z'))).toBe(20_000)
  })

  it('takes the own clock where the Date of the server cannot be read', () => {
    expect(retryAfterMs({ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT', date: 'today' }, now)).toBe(30_000)
  })

  it('gives a positive finite number or nothing for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)), (text) => {
        const ms = retryAfterMs({ 'retry-after': text }, now)
        expect(ms === undefined || ms > 0).toBe(true)
      }),
    )
  })
})

describe('backoffMs', () => {
  it('doubles, with jitter in the upper half', () => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, () => 0))).toEqual([500, 1_000, 2_000, 4_000])
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, () => 0.999_999))).toEqual([1_000, 2_000, 4_000, 8_000])
  })
})

describe('isRetriedStatus', () => {
  it('is true for what may pass by itself, and for nothing else', () => {
    const retried = Array.from({ length: 500 }, (_, index) => index + 100).filter(isRetriedStatus)
    expect(retried).toEqual([408, 429, 500, 502, 503, 504])
  })
})

describe('seconds', () => {
  it.each([
    [400, '0.4 s'],
    [1_250, '1.3 s'],
    [2_000, '2 s'],
    [75_400, '75 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(seconds(ms)).toBe(text)
  })
})
