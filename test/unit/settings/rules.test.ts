/** Rules between settings, where they nearly apply, and what they say where others are told too. */
import { describe, expect, it } from '@jest/globals'
import { begun, nearest, secretParts, shortName, show } from '../../../src/settings/show.ts'
import { complaints, problemsOf, settingsOf } from './helper.ts'

const CHECKS = 'checks: [{ id: a, alerts: {} }]\n'
const suppression = (check: string, where = '{ id: 1 }'): string =>
  `suppressions: [{ check: ${check}, where: ${where}, reason: r, expires: 2099-01-01 }]`

describe('limits', () => {
  it('may be the same', async () => {
    const { checks } = await settingsOf({ inputs: { check: 'alerts', 'max-findings': '1', 'min-findings': '1' } })
    expect(checks[0]?.policy).toMatchObject({ maxFindings: 1, minFindings: 1 })
  })

  it('that exclude each other by input are told once', async () => {
    const told = await complaints({ config: CHECKS, inputs: { 'max-findings': '1', 'min-findings': '2' } })
    expect(told.match(/no number of findings fits both/g)).toHaveLength(1)
  })

  it('say where the other comes from', async () => {
    const config = 'defaults: { min-findings: 2, max-findings: 1 }\nchecks: [{ id: a, alerts: {} }]'
    expect(await complaints({ config })).toContain(
      '`defaults.min-findings` is 2, but `max-findings` is 1, from `defaults`: no number',
    )
  })
})

describe('the older API', () => {
  const inputs = { api: 'defender-xdr' }
  const spans = async (config: string) =>
    (await problemsOf({ config, inputs })).filter(({ code }) => code === 'older-api').map(({ place }) => place?.line)

  it('has no time span, which is told where hunting gives one', async () => {
    expect(
      await spans(`checks:
  - { id: a, incidents: {} }
  - { id: b, hunting: { query: x, timespan: 1d } }
  - { id: c, hunting: { query: y } }
  - { id: d, alerts: { timespan: 1d } }`),
    ).toEqual([3])
    expect(await spans('defaults: { timespan: 1d }\nchecks: [{ id: a, hunting: { query: x } }]')).toEqual([1])
  })

  it('takes a file whose defaults are empty, or are not for hunting', async () => {
    for (const config of [
      'defaults:\nchecks: [{ id: a, hunting: { query: x } }]',
      'defaults: { timespan: 1d }\nchecks: [{ id: a, incidents: {} }]',
    ])
      expect((await settingsOf({ config, inputs })).checks).toHaveLength(1)
  })

  it('is told of once where its hunting has ended', async () => {
    const config = 'checks: [{ id: a, hunting: { query: x } }]'
    const problems = await problemsOf({ config, inputs, more: { now: new Date('2027-02-01T00:00:00Z') } })
    expect(problems.map(({ code }) => code)).toEqual(['older-api'])
  })
})

describe('a file of the wrong shape', () => {
  it('is told of, whatever its items are', async () => {
    expect(
      await complaints({ config: `checks: [~, text, [x]]\nsuppressions: [~, text]\ntenants: [~, text]` }),
    ).toContain('`checks[0]` is nothing')
  })

  it.each([
    ['checks without an id', 'checks: [{ alerts: {} }, { alerts: {} }]', 'another check has too'],
    [
      'tenants with a blank name',
      `${CHECKS}tenants: [{ id: a.com, name: "" }, { id: b.com, name: "" }]`,
      'another tenant',
    ],
    [
      'a check with two kinds',
      `checks: [{ id: a, incidents: {}, hunting: { query: x } }]\n${suppression('a', '{ DeviceName: x }')}`,
      'does not go with',
    ],
    ['a suppression of nothing', `${CHECKS}${suppression('""')}`, 'no check has this id'],
  ])('%s', async (_what, config, unsaid) => expect(await complaints({ config })).not.toContain(unsaid))
})

describe('names of tenants', () => {
  it.each([
    '[{ id: a.com }, { id: b.com }]',
    '[{ id: a.com, name: A }, { id: b.com, name: B }]',
    '[{ id: a.com, name: A.com }]',
  ])('%s', async (tenants) => {
    const config = `${CHECKS}tenants: ${tenants}`
    expect((await settingsOf({ config, inputs: { 'tenant-id': '' } })).tenants.length).toBeGreaterThan(0)
  })

  it('are the same with space around', async () => {
    const config = `${CHECKS}tenants: [{ id: a.com, name: A }, { id: b.com, name: " a " }]`
    expect(await complaints({ config })).toContain('which another tenant has too')
  })
})

it('states of `defaults` that fit no check of a kind are told, also where they fit another', async () => {
  const config = 'defaults: { status: active }\nchecks: [{ id: a, incidents: {} }, { id: b, alerts: {} }]'
  expect(await complaints({ config })).toContain('names no state of alerts')
})

describe('a suppression of a file', () => {
  const queries = (id: string): string => `checks: [{ id: ${id}, hunting: { queries: "*.kql" } }]\n`

  it('goes with a check over `queries`', async () => {
    const { suppressions } = await settingsOf({ config: `${queries('a')}${suppression('a/x.kql')}` })
    expect(suppressions.map(({ check }) => check)).toEqual(['a/x.kql'])
  })

  it.each([
    ['b', queries('a')],
    ['ab/x.kql', queries('a')],
    ['a/x.kql', 'checks: [{ id: a, hunting: { query: x } }]\n'],
    ['5/x.kql', queries('5')],
  ])('%s is of no check', async (check, checks) => {
    expect(await complaints({ config: `${checks}${suppression(check)}` })).toContain('no check has this id')
  })
})

describe('what settings hold', () => {
  it('the path of the config file', async () => {
    expect((await settingsOf({ config: CHECKS })).configPath).toBe('gate.yml')
    expect((await settingsOf({ inputs: { check: 'alerts' } })).configPath).toBeUndefined()
  })

  it.each([
    ['auto', 'public', []],
    ['counts', 'public', []],
    ['full', 'private', []],
    ['full', 'internal', []],
    [
      'full',
      'public',
      ['`details: full` in a public repository: everybody who can read the run can read the findings.'],
    ],
    [
      'full',
      undefined,
      [
        '`details: full` in a repository whose visibility the event does not say: everybody who can read the run can read the findings.',
      ],
    ],
  ] as const)('a note on details: %s in a repository that is %s', async (details, visibility, notes) => {
    const settings = await settingsOf({ inputs: { check: 'alerts', details }, more: { visibility } })
    expect(settings.notes).toEqual(notes)
  })
})

describe('what is shown', () => {
  it('is cut behind sixty characters', () => {
    expect(shortName('a'.repeat(60))).toBe('a'.repeat(60))
    expect(shortName('a'.repeat(61))).toBe(`${'a'.repeat(60)}…`)
    expect(shortName('🚀'.repeat(60))).toBe('🚀'.repeat(60))
  })

  it.each([
    ['https://@host', 'https://***@host'],
    ['https://u:p@host', 'https://***@host'],
    ['a@b:c', 'a@b:c'],
    ['a@b', 'a@b'],
    [':p@h', ':***@h'],
    ['u:p@h', 'u:***@h'],
    ['/u@h', '/u@h'],
  ])('%s as %s', (value, shown) => expect(show(value)).toBe(`"${shown}"`))

  it('no secret is none', () =>
    expect(secretParts([undefined, 'abc', 'abcd\r\n\r\nefgh'])).toEqual(['abcd\r\n\r\nefgh', 'abcd', 'efgh']))
})

it('words are found with space around and in any case', () => {
  expect(begun(' MED ', ['low', 'medium'])).toBe('medium')
  expect(nearest(' xtatus ', ['status'])).toBe('status')
  expect(nearest('ab', ['ba'])).toBeUndefined()
  expect(secretParts(['  abcd  '])).toEqual(['abcd'])
})

describe('aliases', () => {
  const key = (aliases: number): string =>
    `checks: [{ id: &name a, title: *name, hunting: { query: x, key: [&k A${', *k'.repeat(aliases)}] } }]`

  it('are a hundred at most', async () => {
    expect((await settingsOf({ config: key(99) })).checks[0]).toMatchObject({ title: 'a', question: { key: ['A'] } })
    expect(await complaints({ config: key(100) })).toContain('uses more than 100 aliases')
  })
})

describe('places', () => {
  it.each([
    [
      'the key, where the value is a block',
      'checks:\n  - id: a\n    hunting:\n      timespan: 1d',
      'gate.yml:3:5: `checks[0].hunting`',
    ],
    ['the key, where there is no value', 'checks:\n  - id: a\n    alerts:\n      created-within:', 'gate.yml:4:7: '],
    ['the value', 'checks:\n  - id: a\n    alerts:\n      created-within: x', 'gate.yml:4:23: '],
    ['the first character of an empty file', '', 'gate.yml:1:1: The config file is empty.'],
  ])('are those of %s', async (_what, config, place) => expect(await complaints({ config })).toContain(place))
})
