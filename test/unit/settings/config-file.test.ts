import { describe, expect, it } from '@jest/globals'
import { configJsonSchema } from '../../../src/settings/config-schema.ts'
import { complaints, memoryFiles, problemsOf, settingsOf, TENANT, WORKSPACE } from './helper.ts'

/** The example of the documentation, with every key of the page in it. */
const FULL = `tenants:                       # instead of tenant-id
  - id: ${TENANT}
    name: contoso
defaults:
  max-findings: 0
checks:
  - id: open-incidents
    incidents:
      min-severity: high
      status: [active, inProgress]
      created-within: P30D
      tags: [vip]
      ignore-classification: [falsePositive]
  - id: recent-alerts
    alerts: { min-severity: medium, created-within: 7d }
  - id: lsass-access
    title: LSASS memory read
    hunting:
      query-file: hunting/lsass.kql
      timespan: P1D
      severity: high
      key: [DeviceId, InitiatingProcessSHA256]
    max-findings: 0
    mode: report
    on-error: warn
  - id: canary
    hunting:
      query: |
        DeviceInfo
        | take 1
    min-findings: 1
    max-findings: 100
  - id: folder
    hunting:
      queries: |
        hunting/**/*.kql
        !hunting/old/**
suppressions:
  - check: lsass-access
    where: { DeviceName: build-01 }
    reason: EDR test host
    owner: secops
    expires: 2027-01-31
  - check: open-incidents
    where: { id: 924565, title: 'a' }
    reason: known
    expires: '2020-01-01'
  - check: folder/hunting/a.kql
    where: { X: y }
    reason: r
    expires: 2027-01-31
`

describe('a good file', () => {
  it('becomes settings', async () => {
    const settings = await settingsOf({ config: FULL, inputs: { 'tenant-id': '' } })
    expect(settings.tenants).toEqual([{ id: TENANT, label: 'contoso' }])
    expect(settings.checks.map(({ id, title, byInputs }) => [id, title, byInputs])).toEqual([
      ['open-incidents', 'open-incidents', false],
      ['recent-alerts', 'recent-alerts', false],
      ['lsass-access', 'LSASS memory read', false],
      ['canary', 'canary', false],
      ['folder', undefined, false],
    ])
    expect(settings.checks.map(({ policy }) => policy)).toEqual([
      { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
      { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
      { maxFindings: 0, minFindings: 0, mode: 'report', onError: 'warn' },
      { maxFindings: 100, minFindings: 1, mode: 'enforce', onError: 'fail' },
      { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
    ])
    expect(settings.checks.map(({ question }) => question)).toEqual([
      {
        kind: 'incidents',
        status: ['active', 'inprogress'],
        minSeverity: 'high',
        createdWithinMs: 2_592_000_000,
        tags: ['vip'],
        ignoreClassification: ['falsepositive'],
      },
      {
        kind: 'alerts',
        status: ['new', 'inprogress'],
        minSeverity: 'medium',
        createdWithinMs: 604_800_000,
        tags: [],
        ignoreClassification: ['falsepositive', 'informationalexpectedactivity'],
      },
      {
        kind: 'hunting',
        source: { from: 'file', path: 'hunting/lsass.kql' },
        timespan: 'P1D',
        severity: 'high',
        key: ['DeviceId', 'InitiatingProcessSHA256'],
      },
      {
        kind: 'hunting',
        source: { from: 'text', text: 'DeviceInfo\n| take 1\n' },
        timespan: 'P1D',
        severity: 'medium',
        key: undefined,
      },
      {
        kind: 'hunting',
        source: { from: 'globs', patterns: ['hunting/**/*.kql', '!hunting/old/**'] },
        timespan: 'P1D',
        severity: 'medium',
        key: undefined,
      },
    ])
    expect(settings.suppressions).toEqual([
      {
        check: 'lsass-access',
        where: { DeviceName: 'build-01' },
        reason: 'EDR test host',
        owner: 'secops',
        expires: '2027-01-31',
      },
      {
        check: 'open-incidents',
        where: { id: '924565', title: 'a' },
        reason: 'known',
        owner: undefined,
        expires: '2020-01-01',
      },
      { check: 'folder/hunting/a.kql', where: { X: 'y' }, reason: 'r', owner: undefined, expires: '2027-01-31' },
    ])
  })

  it('may have a byte-order mark, CRLF, quoted forms and keys without a value', async () => {
    const config =
      '\ufeffdefaults:\r\nsuppressions:\r\nchecks:\r\n  - id: a\r\n    incidents:\r\n    max-findings: "3"\r\n    mode: REPORT\r\n'
    expect((await settingsOf({ config })).checks[0]!.policy).toMatchObject({ maxFindings: 3, mode: 'report' })
  })

  it('may use an anchor', async () => {
    const config = 'checks:\n  - id: a\n    incidents: &i { min-severity: low }\n  - id: b\n    incidents: *i'
    expect((await settingsOf({ config })).checks.map(({ question }) => question)).toMatchObject([
      { minSeverity: 'low' },
      { minSeverity: 'low' },
    ])
  })

  it('keeps the values of columns as they are written', async () => {
    const config = `checks: [{ id: a, hunting: { query: x } }]
suppressions:
  - check: a
    where: { A: 007, B: 12345678901234567890, C: True, D: 1.50, E: 0x1F, F: '', G: 1e3, H: "007" }
    reason: r
    expires: 2027-01-01`
    expect((await settingsOf({ config })).suppressions[0]!.where).toEqual({
      A: '007',
      B: '12345678901234567890',
      C: 'True',
      D: '1.50',
      E: '0x1F',
      F: '',
      G: '1e3',
      H: '007',
    })
  })
})

describe('a wrong file', () => {
  const CHECKS = 'checks: [{ id: a, incidents: {} }, { id: b, hunting: { query: x } }]\n'
  const HUNT = 'checks: [{ id: a, hunting: { query: x } }]\n'
  const suppression = (keys: string): string => `${CHECKS}suppressions:\n  - { ${keys} }`

  it.each<[string, string, string]>([
    ['empty', '', 'gate.yml:1:1: The config file is empty.'],
    ['only a comment', '# nothing\n', 'is empty.'],
    ['null', '# nothing\n~', 'gate.yml:2:1: The config file is empty.'],
    ['a list', '- a', 'gate.yml:1:1: The config file is no mapping.'],
    ['a text', '\n  checks', 'gate.yml:2:3: The config file is no mapping.'],
    ['no checks', 'tenants: [{ id: a.com }]', '`checks` is missing: it must be a list.'],
    ['checks of nothing', 'checks:', '`checks` is nothing, but must be a list.'],
    ['an empty list of checks', 'checks: []', '`checks` is an empty list, but must be a list with at least one item.'],
    ['checks as a mapping', 'checks: { a: { incidents: {} } }', '`checks` is a mapping, but must be a list.'],
    [
      'a check that is text',
      'checks:\n  - incidents',
      'gate.yml:2:5: `checks[0]` is "incidents", but must be a mapping.',
    ],
    ['no kind', 'checks: [{ id: a }]', '`checks[0]` has none of `incidents`, `alerts`, `hunting`.'],
    [
      'two kinds',
      'checks: [{ id: a, incidents: {}, alerts: {} }]',
      '`checks[0]` has `incidents` and `alerts`, which exclude each other.',
    ],
    [
      'a kind that is a list',
      'checks: [{ id: a, incidents: [] }]',
      '`checks[0].incidents` is an empty list, but must be a mapping.',
    ],
    [
      'hunting without a query',
      'checks: [{ id: a, hunting: { severity: low } }]',
      '`checks[0].hunting` has none of `query`, `query-file`, `queries`.',
    ],
    [
      'hunting with nothing under it',
      'checks: [{ id: a, hunting: }]',
      '`checks[0].hunting` is nothing, but must be a mapping.',
    ],
    [
      'two sources',
      'checks: [{ id: a, hunting: { query-file: a.kql, queries: b } }]',
      '`checks[0].hunting` has `query-file` and `queries`',
    ],
    ['no id', 'checks: [{ incidents: {} }]', '`checks[0].id` is missing'],
    ['an id that is none', 'checks: [{ id: Open_Incidents, incidents: {} }]', 'Did you mean `open-incidents`?'],
    [
      'an id twice',
      'checks: [{ id: a, incidents: {} }, { id: a, alerts: {} }]',
      '`checks[1].id` is "a", which another check has too.',
    ],
    [
      'a mistyped kind',
      'checks: [{ id: a, incident: {} }]',
      '`checks[0].incident` is not a key that the config file has here. Did you mean `incidents`?',
    ],
    [
      'a mistyped key',
      'checks:\n  - id: a\n    hunting:\n      query: x\n      timspan: 1d',
      'gate.yml:5:7: `checks[0].hunting.timspan` is not a key that the config file has here. Did you mean `timespan`?',
    ],
    ['an unknown key', 'checks: [{ id: a, incidents: { foo: 1 } }]', 'Allowed here: `status`, `min-severity`'],
    [
      'a key that belongs below',
      'checks: [{ id: a, incidents: {}, min-severity: low }]',
      'Move it under `incidents` or `alerts`.',
    ],
    [
      'a key that belongs above',
      'checks: [{ id: a, incidents: { max-findings: 1 } }]',
      'Move it up, beside `incidents`.',
    ],
    ['a key of another kind', 'checks: [{ id: a, alerts: { tags: [x] } }]', 'Move it under `incidents`.'],
    ['an input', `${CHECKS}wait-timeout: 5m`, 'Give it as the input `wait-timeout`'],
    ['a policy at the root', `${CHECKS}max-findings: 5`, 'Move it under `defaults`, or to a check.'],
    ['an id in defaults', `${CHECKS}defaults: { id: x }`, '`id` belongs to one check'],
    ['a title in defaults', `${CHECKS}defaults: { title: x }`, '`title` belongs to one check'],
    ['an unknown key in defaults', `${CHECKS}defaults: { foo: x }`, 'Allowed here: `max-findings`, `min-findings`'],
    [
      'a key of defaults at a tenant',
      `${CHECKS}tenants: [{ id: a.com, mode: report }]`,
      '`tenants[0].mode` is not a key that the config file has here. Allowed here: `id`, `name`.',
    ],
    [
      'an unknown key of a suppression',
      `${CHECKS}suppressions: [{ foo: 1 }]`,
      'Allowed here: `check`, `where`, `reason`, `owner`, `expires`.',
    ],
    [
      'two kinds, and a third that is misspelled',
      'checks: [{ id: a, incidents: {}, alerts: {}, huntin: {} }]',
      '`checks[0]` has `incidents` and `alerts`, which exclude each other.',
    ],
    [
      'a kind that is misspelled at another check',
      'checks: [{ id: a, incident: {} }, { id: b }]',
      '`checks[1]` has none of `incidents`, `alerts`, `hunting`.',
    ],
    [
      'an unknown key in place of a kind',
      'checks: [{ id: a, foo: {} }]',
      '`checks[0]` has none of `incidents`, `alerts`, `hunting`.',
    ],
    ['a query in defaults', `${CHECKS}defaults: { query: x }`, '`query` belongs to one check'],
    ['a mistyped key in defaults', `${CHECKS}defaults: { max-finding: 1 }`, 'Did you mean `max-findings`?'],
    [
      'a boolean for a number',
      'checks: [{ id: a, incidents: {}, max-findings: true }]',
      '`checks[0].max-findings` is true, but must be a whole number',
    ],
    ['a negative number', 'checks: [{ id: a, incidents: {}, max-findings: -1 }]', 'is -1, but'],
    ['a fraction', 'checks: [{ id: a, incidents: {}, max-findings: 1.5 }]', 'is 1.5, but'],
    ['a number for a duration', 'checks: [{ id: a, alerts: { created-within: 7 } }]', 'Give it a unit: `7s`'],
    ['no value', 'checks: [{ id: a, alerts: { created-within: } }]', '`checks[0].alerts.created-within` is nothing'],
    [
      'a redirected state',
      'checks: [{ id: a, incidents: { status: [redirected] } }]',
      'gate.yml:1:41: `checks[0].incidents.status[0]` is "redirected"',
    ],
    [
      'an incident state for alerts',
      'checks: [{ id: a, alerts: { status: active } }]',
      '`checks[0].alerts.status` is "active"',
    ],
    ['no state at all', 'checks: [{ id: a, alerts: { status: [] } }]', 'with at least one'],
    ['no key column', 'checks: [{ id: a, hunting: { query: x, key: [] } }]', 'with at least one'],
    [
      'states that leave alerts with none',
      'defaults: { status: active }\nchecks: [{ id: a, alerts: {} }]',
      '`defaults.status` names no state of alerts, so none of them would count as open.',
    ],
    ['a number for a title', 'checks: [{ id: a, title: 12, alerts: {} }]', "Put it in quotes: '12'."],
    [
      'limits at one check',
      'checks: [{ id: a, alerts: {}, min-findings: 2, max-findings: 1 }]',
      '`checks[0].min-findings` is 2, but `max-findings` is 1: no number of findings fits both.',
    ],
    [
      'a limit below the canary of defaults',
      'defaults: { min-findings: 2 }\nchecks: [{ id: a, alerts: {}, max-findings: 1 }]',
      '`max-findings` is 1: no number of findings fits both.',
    ],
    ['a tenant that is none', `${CHECKS}tenants: [{ id: common }]`, '`tenants[0].id` is "common"'],
    [
      'a tenant twice',
      `${CHECKS}tenants: [{ id: a.com }, { id: A.com }]`,
      '`tenants[1].id` is "a.com", which stands in the list before.',
    ],
    [
      'a name twice, in another case',
      `${CHECKS}tenants: [{ id: a.com, name: Contoso }, { id: b.com }, { id: c.com, name: contoso }]`,
      'gate.yml:2:75: `tenants[2].name` is "contoso", which another tenant has too.',
    ],
    [
      'a name that is the id of another tenant',
      `${CHECKS}tenants: [{ id: a.com, name: B.com }, { id: b.com }]`,
      '`tenants[0].name` is "B.com", which is the id of another tenant.',
    ],
    ['no tenant in the list', `${CHECKS}tenants: []`, '`tenants` is an empty list'],
    [
      'a suppression of no check',
      suppression('check: aa, where: { id: 1 }, reason: r, expires: 2027-01-01'),
      '`suppressions[0].check` is "aa", and no check has this id. Did you mean `a`?',
    ],
    [
      'a suppression of a file of no such check',
      suppression('check: b/x.kql, where: { id: 1 }, reason: r, expires: 2027-01-01'),
      'no check has this id',
    ],
    [
      'a suppression without end',
      suppression('check: a, where: { id: 1 }, reason: r'),
      '`suppressions[0].expires` is missing',
    ],
    [
      'a suppression until no day',
      suppression('check: a, where: { id: 1 }, reason: r, expires: 2027-02-29'),
      'a day that exists',
    ],
    [
      'a suppression without reason',
      suppression('check: a, where: { id: 1 }, reason: " ", expires: 2027-01-01'),
      '`suppressions[0].reason` is " "',
    ],
    [
      'a suppression of everything',
      suppression('check: a, where: {}, reason: r, expires: 2027-01-01'),
      '`suppressions[0].where` is a mapping, but must be a mapping with at least one column',
    ],
    [
      'a suppression without where',
      suppression('check: a, reason: r, expires: 2027-01-01'),
      '`suppressions[0].where` is missing',
    ],
    [
      'a column of nothing',
      suppression('check: b, where: { A: null }, reason: r, expires: 2027-01-01'),
      '`suppressions[0].where.A` is nothing',
    ],
    [
      'a column of an incident',
      suppression('check: a, where: { DeviceName: x }, reason: r, expires: 2027-01-01'),
      '`suppressions[0].where.DeviceName` does not go with `a`, which asks for incidents. Use the keys `id` and `title`.',
    ],
    [
      'suppressions as a mapping',
      `${CHECKS}suppressions: { check: a }`,
      '`suppressions` is a mapping, but must be a list',
    ],
    [
      'a query file outside',
      'checks: [{ id: a, hunting: { query-file: ../x.kql } }]',
      '`checks[0].hunting.query-file` is "../x.kql", which leads out of the workspace.',
    ],
    [
      'globs outside',
      'checks: [{ id: a, hunting: { queries: [/etc/*] } }]',
      '`checks[0].hunting.queries[0]` is "/etc/*"',
    ],
    ['a tab', 'checks:\n\t- id: a', 'gate.yml:2:1: The config file is indented with a tab.'],
    ['two documents', `${HUNT}---\n${HUNT}`, 'The config file holds more than one YAML document.'],
    [
      'a key twice',
      'checks:\n  - id: a\n    alerts: {}\n    id: b',
      'gate.yml:4:5: The config file has the key `id` twice.',
    ],
    ['an alias of nothing', 'checks: *a', 'uses an alias'],
    ['a tag', 'checks: !!js/function x', 'uses a YAML tag'],
    ['a custom tag', 'checks: !foo []', 'uses a YAML tag'],
    ['a key that is no text', '? [a]\n: 1', 'The config file has a key that is no text.'],
    ['a bracket left open', 'checks: [{ id: a', 'is not well-formed YAML'],
    ['two keys in a line', 'a: b: c', 'well-formed YAML: Nested mappings are not allowed in compact mappings. Check'],
    ['a merge key', 'checks:\n  - <<: { id: a }\n    id: b\n    alerts: {}', '`checks[0]["<<"]` is not a key'],
    [
      'YAML 1.1 and its yes',
      `%YAML 1.1\n---\nchecks: [{ id: a, alerts: {}, max-findings: yes }]`,
      'is "yes", but must be a whole number',
    ],
  ])('%s', async (_name, config, says) => {
    expect(await complaints({ config })).toContain(says)
  })

  it('is one problem where it is one', async () => {
    for (const config of [
      'checks: [{ id: a, incident: {} }]',
      'checks: [{ id: a, alerts: {}, min-findings: 2, max-findings: 1 }]',
      suppression('check: a, where: {}, reason: r, expires: 2027-01-01'),
      `${HUNT}tenants: [{ id: *t }]`,
      `${HUNT}defaults: { key: [&a A, ${Array(101).fill('*a').join(', ')}] }`,
      `${HUNT}__proto__: {}`,
    ]) {
      expect(await problemsOf({ config })).toHaveLength(1)
    }
  })

  it('is told whole, in the order of its lines, beside the problems of the inputs', async () => {
    const config = `tenants:
  - id: nope
checks:
  - id: Bad Id
    incidents: { min-severity: huge }
  - id: b
    alerts: {}
    min-findings: 2
    max-findings: 1
  - id: b
    hunting: { query: x, timespan: soon }
suppressions:
  - { check: zzzz, where: {}, reason: r, expires: never }
colour: red
`
    const problems = await problemsOf({ config, inputs: { 'client-id': '', issue: 'yes', query: 'x' } })
    expect(problems.map(({ code, place }) => `${place?.line ?? '-'} ${code}`)).toEqual([
      '- input-not-for-check',
      '- value-invalid',
      '- input-missing',
      '2 value-invalid',
      '4 value-invalid',
      '5 value-invalid',
      '8 config-conflict',
      '10 config-conflict',
      '11 value-invalid',
      '13 config-conflict',
      '13 value-invalid',
      '13 value-invalid',
      '14 config-key',
    ])
    expect(
      problems
        .filter(({ place }) => place !== undefined)
        .every(({ place }) => place!.file === 'gate.yml' && place!.column! >= 1),
    ).toBe(true)
  })

  it('a limit from an input is told at the key that it meets', async () => {
    const config = 'checks: [{ id: a, alerts: {}, min-findings: 2 }, { id: b, alerts: {} }]'
    expect(await complaints({ config, inputs: { 'max-findings': '1' } })).toContain(
      '`checks[0].min-findings` is 2, but `max-findings` is 1, by input',
    )
    expect(
      await complaints({ config: 'checks: [{ id: a, alerts: {}, max-findings: 2 }]', inputs: { 'min-findings': '3' } }),
    ).toContain('`checks[0].max-findings` is 2, but `min-findings` is 3, by input')
  })

  it('tells what is wrong in defaults once', async () => {
    const config =
      'defaults: { min-findings: 2, max-findings: 1 }\nchecks: [{ id: a, alerts: {} }, { id: b, alerts: {} }]'
    expect(await problemsOf({ config })).toHaveLength(1)
  })

  it('needs tenants from somewhere, but does not guess at a file that it can not read', async () => {
    expect(await complaints({ config: HUNT, inputs: { 'tenant-id': '' } })).toContain(
      'the config file has no `tenants` either',
    )
    expect(await complaints({ config: 'checks: [', inputs: { 'tenant-id': '' } })).not.toContain('tenant-id')
    expect(await complaints({ config: `${HUNT}tenants: [{ id: x }]`, inputs: { 'tenant-id': '' } })).not.toContain(
      'tenant-id',
    )
  })
})

describe('a file that can not be read', () => {
  it('does not exist', async () => {
    expect(await complaints({ inputs: { config: '.github/gate.yml' } })).toMatch(
      /`config` names ".github\/gate.yml", which does not exist.*actions\/checkout/,
    )
  })

  it('is too large, and is not read', async () => {
    const files = {
      ...memoryFiles({ 'gate.yml': 'x' }),
      size: async () => 1024 * 1024 + 1,
      readText: () => Promise.reject(new Error('was read')),
    }
    expect(await complaints({ inputs: { config: 'gate.yml' }, more: { files } })).toContain('larger than 1 MiB')
  })

  it('is of the largest size', async () => {
    const text = 'checks: [{ id: a, alerts: {} }]\n'
    const config = `${text}#${'x'.repeat(1024 * 1024 - text.length - 1)}`
    await expect(settingsOf({ config })).resolves.toBeDefined()
  })

  it.each(['a\u0000b', '\ufffd\ufffdc\u0000h'])('is no UTF-8: %j', async (config) =>
    expect(await complaints({ config })).toContain('no text in UTF-8'),
  )

  it('is a folder or must not be read', async () => {
    const files = { ...memoryFiles({ 'gate.yml': 'x' }), readText: () => Promise.reject(new Error('EISDIR')) }
    expect(await complaints({ inputs: { config: `${WORKSPACE}/gate.yml` }, more: { files } })).toContain(
      'can not be read as a file',
    )
  })
})

it('does not say that a kind is missing where it is misspelled, or where there is no check at all', async () => {
  for (const check of ['{ id: a, incident: {}, foo: 1 }', '{ id: a, foo: 1, incident: {} }', 'text', '5'])
    expect(await complaints({ config: `checks: [${check}]` })).not.toContain('none of')
})

it('suggests ids of checks, and passes over what is no id', async () => {
  const suppression = '{ check: alert, where: { id: 1 }, reason: r, expires: 2099-01-01 }'
  const config = `checks: [{ id: 5, alerts: {} }, { id: alerts, alerts: {} }]\nsuppressions: [${suppression}]`
  expect(await complaints({ config })).toContain('Did you mean `alerts`?')
})

it('says that a check asks nothing also where its other keys are wrong', async () => {
  expect(await complaints({ config: 'checks: [{ id: 5 }]' })).toContain('`checks[0]` has none of')
})

it('has a JSON Schema with a name', () => {
  expect(configJsonSchema()).toMatchObject({ title: 'Defender Gate', required: ['checks'] })
})
