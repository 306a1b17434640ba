import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { parse } from 'yaml'
import { configJsonSchema } from '../../../src/settings/config-schema.ts'
import { lookBack } from '../../../src/settings/duration.ts'
import { columns, globs, tags } from '../../../src/settings/lists.ts'
import {
  boolean,
  checkId,
  date,
  type Form,
  guid,
  integer,
  line,
  oneOf,
  origin,
  path,
  tenantId,
  text,
} from '../../../src/settings/parse.ts'
import { alertStates } from '../../../src/settings/words.ts'
import { problemsOf, settingsOf } from './helper.ts'

const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true })
const accepts = ajv.compile(configJsonSchema() as object)
/** What the parser says of the same text. */
const parses = (config: string): Promise<boolean> =>
  settingsOf({ config }).then(
    () => true,
    () => false,
  )

const check = (keys: string): string => `checks: [{ id: a, ${keys} }]`
const WITH = 'checks: [{ id: a, hunting: { query: x } }]\n'
const suppression = (keys: string): string => `${WITH}suppressions: [{ ${keys} }]`

const GOOD = [
  WITH,
  check('incidents: {}'),
  check('incidents:'),
  check('alerts: { status: [NEW, inprogress] }'),
  check('alerts: { status: "new, inProgress" }'),
  check('alerts: { status: ",new ,\\n resolved," }'),
  check('incidents: { tags: [], ignore-classification: [] }'),
  check('incidents: { tags: vip, ignore-classification: unknown, created-within: 30d, min-severity: LOW }'),
  check('hunting: { query-file: a.kql, timespan: pt1h, severity: High, key: [A, "b c"] }'),
  check('hunting: { queries: [a/*.kql, "!a/b.kql"], key: "A, B" }'),
  check('hunting: { queries: "a.kql\\n!b.kql" }'),
  check('alerts: {}, max-findings: 3, min-findings: "1", mode: Report, on-error: WARN, title: T'),
  check('alerts: {}, max-findings: 3.0'),
  `${WITH}tenants: [{ id: contoso.com, name: C }, { id: 11111111-2222-3333-4444-555555555555 }]`,
  `${WITH}defaults:\nsuppressions:`,
  `${WITH}defaults: { max-findings: 1, min-findings: 0, mode: report, on-error: warn, status: [active], min-severity: low, created-within: 1d, tags: a, ignore-classification: [], timespan: 1d, severity: low, key: A }`,
  `${WITH}suppressions: []`,
  suppression('check: a, where: { A: x, B: 1, C: true }, reason: r, owner: o, expires: 2027-01-31'),
  suppression('check: a, where: { A: "" }, reason: "r\\ns", expires: "2028-02-29"'),
]

const BAD = [
  '{}',
  'checks: []',
  'checks:',
  'checks: {}',
  'checks: [a]',
  check('title: x'),
  check('incidents: {}, alerts: {}'),
  check('incidents: [], mode: report'),
  check('hunting:'),
  check('hunting: {}'),
  check('hunting: { query: x, query-file: y }'),
  check('hunting: { query: " " }'),
  check('hunting: { query: 1 }'),
  check('hunting: { query: x, timespan: 0d }'),
  check('hunting: { query: x, timespan: P1M }'),
  check('hunting: { query: x, timespan: 7 }'),
  check('hunting: { query: x, timespan: " 7d" }'),
  check('hunting: { query: x, severity: unknown }'),
  check('hunting: { query: x, key: [] }'),
  check('hunting: { query: x, key: "A;B" }'),
  check('hunting: { queries: [] }'),
  check('hunting: { queries: ["!a"] }'),
  check('hunting: { queries: [../a] }'),
  check('hunting: { queries: " " }'),
  check('hunting: { query-file: "" }'),
  check('alerts: { status: active }'),
  check('alerts: { status: [] }'),
  check('alerts: { tags: [a] }'),
  check('incidents: { status: redirected }'),
  check('incidents: { status: new }'),
  check('incidents: { tags: [1] }'),
  check('incidents: { tags: " , " }'),
  check('incidents: { min-severity: unknown }'),
  check('incidents: { min-severity: }'),
  check('incidents: {}, max-findings: -1'),
  check('incidents: {}, max-findings: 1.5'),
  check('incidents: {}, max-findings: "1 "'),
  check('incidents: {}, max-findings: true'),
  check('incidents: {}, mode: warn'),
  check('incidents: {}, on-error: false'),
  check('incidents: {}, foo: 1'),
  check('incidents: {}, title: 5'),
  check('incidents: {}, title: "a\\nb"'),
  'checks: [{ incidents: {} }]',
  'checks: [{ id: A, incidents: {} }]',
  'checks: [{ id: 5, incidents: {} }]',
  `${WITH}foo: 1`,
  `${WITH}tenants: []`,
  `${WITH}tenants:`,
  `${WITH}tenants: [{ id: common }]`,
  `${WITH}tenants: [{ name: x }]`,
  `${WITH}defaults: { title: x }`,
  `${WITH}defaults: { query: x }`,
  `${WITH}defaults: { status: redirected }`,
  suppression('check: a, where: {}, reason: r, expires: 2027-01-31'),
  suppression('check: a, where: { A: null }, reason: r, expires: 2027-01-31'),
  suppression('check: a, where: { A: [x] }, reason: r, expires: 2027-01-31'),
  suppression('check: a, where: { A: x }, reason: "", expires: 2027-01-31'),
  suppression('check: a, where: { A: x }, reason: r'),
  suppression('check: a, where: { A: x }, reason: r, expires: 2027-02-30'),
  suppression('check: a, where: { A: x }, reason: r, expires: 20270131'),
  suppression('where: { A: x }, reason: r, expires: 2027-01-31'),
]

/** Rules that JSON Schema has no words for. */
const ONLY_PARSER = [
  'checks: [{ id: a, alerts: {} }, { id: a, alerts: {} }]',
  check('alerts: {}, min-findings: 2, max-findings: 1'),
  check('alerts: { created-within: 99999d }'),
  check('hunting: { query-file: ../x }'),
  suppression('check: b, where: { A: x }, reason: r, expires: 2027-01-31'),
  suppression('check: a, where: { A: x }, reason: r, expires: 2027-02-29'),
]

describe('schema and parser agree', () => {
  it.each(GOOD)('on taking %s', async (config) => {
    expect(accepts(parse(config))).toBe(true)
    expect(await parses(config)).toBe(true)
  })

  it.each(BAD)('on refusing %s', async (config) => {
    expect(accepts(parse(config))).toBe(false)
    expect(await problemsOf({ config })).not.toHaveLength(0)
  })

  it.each(ONLY_PARSER)('the parser alone refuses %s', async (config) => {
    expect(accepts(parse(config))).toBe(true)
    expect(await parses(config)).toBe(false)
  })

  const FORMS: readonly (readonly [string, Form<unknown>])[] = [
    ['boolean', boolean],
    ['integer', integer],
    ['guid', guid],
    ['tenantId', tenantId],
    ['text', text],
    ['line', line],
    ['path', path],
    ['checkId', checkId],
    ['columns', columns],
    ['tags', tags],
    ['alertStates', alertStates],
    ['oneOf', oneOf(['a-b', 'Cd'])],
    ['globs', globs],
    ['lookBack', lookBack],
    ['date', date],
    ['origin', origin],
  ]
  const GRIT = fc.constantFrom(
    'a',
    'Z',
    '0',
    '1',
    '9',
    '-',
    '.',
    '..',
    '/',
    '\\',
    ',',
    '\n',
    ' ',
    '!',
    '{',
    '}',
    'P',
    'T',
    'D',
    'd',
    'M',
    'new',
    'Resolved',
    'a-b',
    'CD',
    'true',
    '\u0000',
    '\u2028',
    'ä',
    '🛡',
    'a.com',
    '2027-02-28',
  )
  const value = fc.oneof(
    fc.array(GRIT, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.array(
      fc.array(GRIT, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
      { maxLength: 3 },
    ),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant({}),
    fc.string(),
  )
  /**
   * A look-back beyond a hundred years, and the 29th of a February without one, are the parser's own; so are long texts of globs,
   * and origins.
   */
  const inParserOnly = (name: string, given: unknown): boolean =>
    (name === 'lookBack' && /[0-9]{4}/.test(String(given))) ||
    (name === 'date' && String(given).endsWith('02-29')) ||
    ((name === 'globs' || name === 'origin') && typeof given === 'string')

  it.each(FORMS)('on every value of the form %s', (name, form) => {
    const valid = ajv.compile(form.schema as object)
    fc.assert(
      fc.property(value, (given) => {
        if (inParserOnly(name, given)) {
          // The schema is never the stricter of the two.
          if (form.read(given).ok) expect(valid(given)).toBe(true)
        } else expect([given, valid(given)]).toEqual([given, form.read(given).ok])
      }),
      { numRuns: 800 },
    )
  })
})

it('the schema tells an editor what every key is for', () => {
  const bare: string[] = []
  const walk = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return
    const { properties, ...rest } = node as { properties?: Record<string, object> }
    for (const [key, child] of Object.entries(properties ?? {})) {
      const described =
        'description' in child || ('anyOf' in child && (child.anyOf as object[]).some((each) => 'description' in each))
      if (!described) bare.push(`${at}.${key}`)
      walk(child, `${at}.${key}`)
    }
    for (const child of Object.values(rest)) walk(child, at)
  }
  walk(configJsonSchema(), '')
  expect(bare).toEqual([])
})
