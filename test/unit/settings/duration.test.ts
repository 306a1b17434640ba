import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { lookBack, parseDuration, pause, waitTime } from '../../../src/settings/duration.ts'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const

describe('parseDuration', () => {
  it.each([
    ['7d', 604_800_000, 'P7D'],
    ['24h', 86_400_000, 'PT24H'],
    ['90m', 5_400_000, 'PT90M'],
    ['60s', 60_000, 'PT60S'],
    ['2w', 1_209_600_000, 'P14D'],
    ['0s', 0, 'PT0S'],
    ['007d', 604_800_000, 'P7D'],
    ['P7D', 604_800_000, 'P7D'],
    ['p7d', 604_800_000, 'P7D'],
    ['PT12H', 43_200_000, 'PT12H'],
    ['P1DT12H30M5S', 131_405_000, 'P1DT12H30M5S'],
    ['pt5m', 300_000, 'PT5M'],
    ['P2W', 1_209_600_000, 'P2W'],
  ])('%s is %d ms and %s', (text, ms, iso) => {
    expect(parseDuration(text)).toEqual({ ms, iso })
  })

  it.each([
    '',
    '7',
    'd',
    '7 d',
    ' 7d',
    '7d ',
    '7D',
    '1.5h',
    '-1d',
    '+1d',
    '7days',
    '1h30m',
    'P',
    'PT',
    'P1DT',
    'P1Y',
    'P1M',
    'P1Y2M',
    'P1W2D',
    'PT1D',
    'P1H',
    'PT1S1M',
    'P-1D',
    '-P1D',
    'P0.5D',
    'PT1,5S',
    'P1DT1W',
    '٧d',
    '7d\n',
    'T1H',
    'P1D1D',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('reckons every unit', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom('s', 'm', 'h', 'd', 'w'), (amount, unit) => {
        const parsed = parseDuration(`${amount}${unit}`)
        expect(parsed?.ms).toBe(amount * SECONDS[unit] * 1000)
        // The ISO form says the same.
        expect(parseDuration(parsed!.iso)).toEqual(parsed)
      }),
    )
  })

  it('adds the parts of an ISO duration', () => {
    const part = (unit: string) =>
      fc.option(fc.nat(9999), { nil: undefined }).map((n) => (n === undefined ? '' : `${n}${unit}`))
    fc.assert(
      fc.property(part('D'), part('H'), part('M'), part('S'), (d, h, m, s) => {
        const time = h + m + s
        const text = `P${d}${time === '' ? '' : `T${time}`}`
        const sum = [d, h, m, s].map((each) => Number.parseInt(each || '0', 10))
        const expected = sum[0]! * 86_400_000 + sum[1]! * 3_600_000 + sum[2]! * 60_000 + sum[3]! * 1000
        expect(parseDuration(text)).toEqual(d + time === '' ? undefined : { ms: expected, iso: text })
      }),
    )
  })

  it('never throws and never makes a number that is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[PT0-9smhdwDHMSWY.]{0,12}$/)), (text) => {
        const parsed = parseDuration(text)
        expect(parsed === undefined || (Number.isFinite(parsed.ms) && parsed.ms >= 0)).toBe(true)
      }),
    )
  })
})

describe('the forms', () => {
  const mend = (form: typeof lookBack, value: unknown): string | undefined => {
    const parsed = form.read(value)
    if (parsed.ok) throw new Error('taken')
    return parsed.faults[0]!.mend
  }

  it('a look-back is more than zero and at most a hundred years', () => {
    expect(lookBack.read('1s').ok).toBe(true)
    expect(lookBack.read('36500d').ok).toBe(true)
    for (const text of ['0s', '0d', 'P0D', 'PT0H0M0S', '36501d', '9999999999999999999999d'])
      expect(lookBack.read(text).ok).toBe(false)
  })

  it('a wait may be zero and fits the timers of Node.js', () => {
    expect(waitTime.read('0s')).toEqual({ ok: true, value: { ms: 0, iso: 'PT0S' } })
    expect(waitTime.read('24d').ok).toBe(true)
    expect(waitTime.read('25d').ok).toBe(false)
  })

  it('a pause is at least one second', () => {
    expect(pause.read('1s').ok).toBe(true)
    expect(pause.read('0s').ok).toBe(false)
    expect(pause.read('25d').ok).toBe(false)
  })

  it('only a wait may be zero, by the JSON Schema too', () => {
    const takesZero = [lookBack, waitTime, pause].map(({ schema }) => new RegExp(String(schema['pattern'])).test('0s'))
    expect(takesZero).toEqual([false, true, false])
  })

  it.each([
    ['7 days', 'Did you mean `7d`?'],
    ['24H', 'Did you mean `24h`?'],
    [' 10min ', 'Did you mean `10m`?'],
    ['P1M', 'Years and months have no fixed length: give days, such as `P30D`.'],
    ['p2y', 'Years and months have no fixed length: give days, such as `P30D`.'],
    [60, 'Give it a unit: `60s`, `60m`, `60h` or `60d`.'],
    ['60', 'Give it a unit: `60s`, `60m`, `60h` or `60d`.'],
    ['soon', undefined],
    [null, undefined],
    [['1d'], undefined],
  ])('%j gets the hint %j', (value, hint) => {
    expect(mend(lookBack, value)).toBe(hint)
  })
})
