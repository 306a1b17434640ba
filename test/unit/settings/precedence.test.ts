import { describe, expect, it } from '@jest/globals'
import type { CheckSettings } from '../../../src/model.ts'
import { settingsOf } from './helper.ts'

type Read = (check: CheckSettings) => unknown
interface Key {
  readonly name: string
  readonly kind: 'incidents' | 'alerts' | 'hunting'
  readonly read: Read
  readonly fallback: unknown
  /** Text in the file and what it becomes: one for `defaults`, one for the check, one for the input. */
  readonly values: readonly [readonly [string, unknown], readonly [string, unknown], readonly [string, unknown]]
}

const question =
  (key: string): Read =>
  (check) =>
    (check.question as unknown as Record<string, unknown>)[key]

const POLICY: readonly Key[] = [
  {
    name: 'max-findings',
    kind: 'alerts',
    read: (c) => c.policy.maxFindings,
    fallback: 0,
    values: [
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ],
  },
  {
    name: 'min-findings',
    kind: 'alerts',
    read: (c) => c.policy.minFindings,
    fallback: 0,
    values: [
      ['1', 1],
      ['2', 2],
      ['3', 3],
    ],
  },
  {
    name: 'mode',
    kind: 'alerts',
    read: (c) => c.policy.mode,
    fallback: 'enforce',
    values: [
      ['report', 'report'],
      ['enforce', 'enforce'],
      ['Report', 'report'],
    ],
  },
  {
    name: 'on-error',
    kind: 'alerts',
    read: (c) => c.policy.onError,
    fallback: 'fail',
    values: [
      ['warn', 'warn'],
      ['fail', 'fail'],
      ['WARN', 'warn'],
    ],
  },
]
const QUESTIONS: readonly Key[] = [
  {
    name: 'status',
    kind: 'incidents',
    read: question('status'),
    fallback: ['active', 'inprogress', 'awaitingaction'],
    values: [
      ['[Active]', ['active']],
      ['resolved', ['resolved']],
      ['inProgress', ['inprogress']],
    ],
  },
  {
    name: 'status',
    kind: 'alerts',
    read: question('status'),
    fallback: ['new', 'inprogress'],
    values: [
      ['[new]', ['new']],
      ['unknown', ['unknown']],
      ['resolved', ['resolved']],
    ],
  },
  {
    name: 'min-severity',
    kind: 'incidents',
    read: question('minSeverity'),
    fallback: 'high',
    values: [
      ['low', 'low'],
      ['medium', 'medium'],
      ['informational', 'informational'],
    ],
  },
  {
    name: 'created-within',
    kind: 'alerts',
    read: question('createdWithinMs'),
    fallback: undefined,
    values: [
      ['1s', 1000],
      ['2s', 2000],
      ['3s', 3000],
    ],
  },
  {
    name: 'tags',
    kind: 'incidents',
    read: question('tags'),
    fallback: [],
    values: [
      ['[a]', ['a']],
      ['[]', []],
      ['c', ['c']],
    ],
  },
  {
    name: 'ignore-classification',
    kind: 'alerts',
    read: question('ignoreClassification'),
    fallback: ['falsepositive', 'informationalexpectedactivity'],
    values: [
      ['truePositive', ['truepositive']],
      ['[]', []],
      ['unknown', ['unknown']],
    ],
  },
  {
    name: 'timespan',
    kind: 'hunting',
    read: question('timespan'),
    fallback: 'P1D',
    values: [
      ['2d', 'P2D'],
      ['3h', 'PT3H'],
      ['P4D', 'P4D'],
    ],
  },
  {
    name: 'severity',
    kind: 'hunting',
    read: question('severity'),
    fallback: 'medium',
    values: [
      ['low', 'low'],
      ['high', 'high'],
      ['informational', 'informational'],
    ],
  },
  {
    name: 'key',
    kind: 'hunting',
    read: question('key'),
    fallback: undefined,
    values: [
      ['[A]', ['A']],
      ['B', ['B']],
      ['C', ['C']],
    ],
  },
]

/** A file with the key in `defaults`, at the check, both or neither. */
function fileWith({ name, kind, values }: Key, inDefaults: boolean, atCheck: boolean): string {
  const isPolicy = POLICY.some((key) => key.name === name)
  const own = atCheck ? `${name}: ${values[1][0]}` : ''
  const question = [kind === 'hunting' ? 'query: x' : '', isPolicy ? '' : own].filter((each) => each !== '').join(', ')
  return `${inDefaults ? `defaults: { ${name}: ${values[0][0]} }\n` : ''}checks:\n  - id: a\n    ${kind}: { ${question} }\n${isPolicy && own !== '' ? `    ${own}\n` : ''}`
}

const checkOf = async (config: string, inputs: Record<string, string> = {}): Promise<CheckSettings> =>
  (await settingsOf({ config, inputs })).checks[0]!

describe('input over check over defaults over default', () => {
  it.each([...POLICY, ...QUESTIONS].map((key) => [`${key.name} of ${key.kind}`, key] as const))(
    '%s',
    async (_name, key) => {
      const [shared, own] = key.values
      expect(key.read(await checkOf(fileWith(key, false, false)))).toEqual(key.fallback)
      expect(key.read(await checkOf(fileWith(key, true, false)))).toEqual(shared[1])
      expect(key.read(await checkOf(fileWith(key, false, true)))).toEqual(own[1])
      expect(key.read(await checkOf(fileWith(key, true, true)))).toEqual(own[1])
    },
  )

  it.each(POLICY.map((key) => [key.name, key] as const))('the input %s wins over the file', async (name, key) => {
    for (const [inDefaults, atCheck] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      expect(key.read(await checkOf(fileWith(key, inDefaults, atCheck), { [name]: key.values[2][0] }))).toEqual(
        key.values[2][1],
      )
    }
  })

  it.each(QUESTIONS.map((key) => [`${key.name} of ${key.kind}`, key] as const))(
    'the input %s wins over its default',
    async (_name, key) => {
      const source = key.kind === 'hunting' ? { query: 'x' } : {}
      const { checks } = await settingsOf({ inputs: { check: key.kind, ...source, [key.name]: key.values[2][0] } })
      expect(key.read(checks[0]!)).toEqual(key.values[2][1])
    },
  )
})

describe('max-findings and min-findings', () => {
  const limits = async (config: string, inputs = {}) => {
    const { maxFindings, minFindings } = (await checkOf(config, inputs)).policy
    return [maxFindings, minFindings]
  }
  const file = (keys: string, defaults = ''): string =>
    `${defaults === '' ? '' : `defaults: { ${defaults} }\n`}checks: [{ id: a, alerts: {}${keys === '' ? '' : `, ${keys}`} }]`

  it('a canary lifts the limit, wherever it is given; a canary of zero asks nothing', async () => {
    expect(await limits(file('min-findings: 1'))).toEqual([undefined, 1])
    expect(await limits(file('', 'min-findings: 1'))).toEqual([undefined, 1])
    expect(await limits(file(''), { 'min-findings': '1' })).toEqual([undefined, 1])
    expect(await limits(file('min-findings: 0'))).toEqual([0, 0])
    expect(await limits(file('min-findings: 0', 'min-findings: 1'))).toEqual([0, 0])
    expect(await limits(file('min-findings: 5'), { 'min-findings': '0' })).toEqual([0, 0])
  })

  it('a limit of `defaults` that no canary could meet gives way to it', async () => {
    expect(await limits(file('min-findings: 1', 'max-findings: 0'))).toEqual([undefined, 1])
    expect(await limits(file('', 'max-findings: 0'), { 'min-findings': '1' })).toEqual([undefined, 1])
  })

  it('both given hold both', async () => {
    expect(await limits(file('min-findings: 1, max-findings: 1'))).toEqual([1, 1])
    expect(await limits(file('min-findings: 1', 'max-findings: 3'))).toEqual([3, 1])
  })
})

describe('defaults', () => {
  it('of another kind are not applied', async () => {
    const { checks } = await settingsOf({
      config: `defaults: { tags: [a], timespan: 2d, min-severity: low, severity: high, status: [active, new], mode: report, on-error: warn }
checks:
  - { id: a, incidents: }
  - { id: b, alerts: {} }
  - { id: c, hunting: { query: x } }`,
    })
    expect(checks[0]!.question).toMatchObject({ tags: ['a'], minSeverity: 'low', status: ['active'] })
    expect(checks[1]!.question).toMatchObject({ tags: [], minSeverity: 'low', status: ['new'] })
    expect(checks[2]!.question).toEqual({
      kind: 'hunting',
      source: { from: 'text', text: 'x' },
      timespan: 'P2D',
      severity: 'high',
      key: undefined,
    })
  })
})

it('tenant-id replaces the tenants of the file', async () => {
  const config = 'tenants: [{ id: Contoso.com, name: Contoso }, { id: fabrikam.com }]\nchecks: [{ id: a, alerts: {} }]'
  expect((await settingsOf({ config, inputs: { 'tenant-id': '' } })).tenants).toEqual([
    { id: 'contoso.com', label: 'Contoso' },
    { id: 'fabrikam.com', label: 'fabrikam.com' },
  ])
  expect((await settingsOf({ config, inputs: { 'tenant-id': 'other.com' } })).tenants).toEqual([
    { id: 'other.com', label: 'other.com' },
  ])
})
