import { describe, expect, it } from '@jest/globals'
import { SETTINGS_CODES } from '../../../src/errors/settings.ts'
import { GateErrors } from '../../../src/errors.ts'
import { INPUT_NAMES, INPUTS, specOf } from '../../../src/settings/inputs.ts'
import { readSettings } from '../../../src/settings/settings.ts'
import { CLIENT, complaints, problemsOf, settingsOf, surroundings, TEMP, TENANT } from './helper.ts'

describe('one check by inputs', () => {
  it('incidents with nothing else has the defaults of the contract', async () => {
    expect(await settingsOf({ inputs: { check: 'incidents' } })).toEqual({
      tenants: [{ id: TENANT, label: TENANT }],
      clientId: CLIENT,
      credential: { kind: 'secret', secret: 's3cr3t~value' },
      cloud: 'public',
      api: 'graph',
      authorityUrl: undefined,
      apiUrl: undefined,
      checks: [
        {
          id: 'incidents',
          byInputs: true,
          title: 'Open incidents',
          policy: { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
          question: {
            kind: 'incidents',
            status: ['active', 'inprogress', 'awaitingaction'],
            minSeverity: 'high',
            createdWithinMs: undefined,
            tags: [],
            ignoreClassification: ['falsepositive', 'informationalexpectedactivity'],
          },
        },
      ],
      suppressions: [],
      baseline: undefined,
      wait: undefined,
      details: 'full',
      reportDir: `${TEMP}/defender-gate`,
      issue: false,
      githubToken: undefined,
      notes: [],
    })
  })

  it('alerts and hunting have theirs', async () => {
    const [alerts] = (await settingsOf({ inputs: { check: 'Alerts' } })).checks
    expect(alerts).toMatchObject({
      id: 'alerts',
      title: 'Open alerts',
      question: { kind: 'alerts', status: ['new', 'inprogress'] },
    })
    const [hunting] = (await settingsOf({ inputs: { check: 'HUNTING', query: ' DeviceInfo\n| take 1\n' } })).checks
    expect(hunting).toEqual({
      id: 'hunting',
      byInputs: true,
      title: 'Hunting query',
      policy: { maxFindings: 0, minFindings: 0, mode: 'enforce', onError: 'fail' },
      // The KQL is sent as it stands, space around it included.
      question: {
        kind: 'hunting',
        source: { from: 'text', text: ' DeviceInfo\n| take 1\n' },
        timespan: 'P1D',
        severity: 'medium',
        key: undefined,
      },
    })
  })

  it('every input of a kind reaches the check', async () => {
    const [incidents] = (
      await settingsOf({
        inputs: {
          check: 'incidents',
          status: 'Active\nRESOLVED',
          'min-severity': 'LOW',
          'created-within': '2h',
          tags: 'VIP, Tier 0',
          'ignore-classification': 'TRUEpositive',
          'max-findings': '5',
          'min-findings': '2',
          mode: 'report',
          'on-error': 'warn',
        },
      })
    ).checks
    expect(incidents).toMatchObject({
      policy: { maxFindings: 5, minFindings: 2, mode: 'report', onError: 'warn' },
      question: {
        status: ['active', 'resolved'],
        minSeverity: 'low',
        createdWithinMs: 7_200_000,
        tags: ['vip', 'tier 0'],
        ignoreClassification: ['truepositive'],
      },
    })
    const [hunting] = (
      await settingsOf({
        inputs: {
          check: 'hunting',
          queries: 'a/*.kql\n!a/b.kql',
          timespan: 'pt12h',
          severity: 'High',
          key: 'DeviceId, SHA1',
        },
      })
    ).checks
    expect(hunting).toMatchObject({
      id: 'hunting',
      title: undefined,
      question: {
        source: { from: 'globs', patterns: ['a/*.kql', '!a/b.kql'] },
        timespan: 'PT12H',
        severity: 'high',
        key: ['DeviceId', 'SHA1'],
      },
    })
  })

  it('blank is "not given", for every input', async () => {
    const blank = Object.fromEntries(INPUT_NAMES.map((name) => [name, ' \n ']))
    const given = { 'tenant-id': TENANT, 'client-id': CLIENT, 'client-secret': 's3cr3t~value', check: 'incidents' }
    expect(await settingsOf({ inputs: { ...blank, ...given } })).toEqual(
      await settingsOf({ inputs: { check: 'incidents' } }),
    )
  })

  it('takes space around a value', async () => {
    const settings = await settingsOf({
      inputs: {
        check: ' incidents\n',
        'client-id': ` ${CLIENT} `,
        'client-secret': ' s \n',
        issue: ' TRUE ',
        'github-token': ' t ',
      },
    })
    expect(settings).toMatchObject({ clientId: CLIENT, credential: { secret: 's' }, issue: true, githubToken: 't' })
  })
})

describe('run-wide settings', () => {
  it('several tenants, by commas and lines, in lower case', async () => {
    const { tenants } = await settingsOf({
      inputs: { check: 'alerts', 'tenant-id': `${TENANT.toUpperCase()},\nContoso.com\n` },
    })
    expect(tenants).toEqual([
      { id: TENANT, label: TENANT },
      { id: 'contoso.com', label: 'contoso.com' },
    ])
  })

  it('the credential is secret, certificate, or OIDC with its audience', async () => {
    const of = async (inputs: Record<string, string>) =>
      (await settingsOf({ inputs: { check: 'alerts', 'client-secret': '', ...inputs } })).credential
    expect(await of({ 'client-certificate': '-----BEGIN X-----' })).toEqual({
      kind: 'certificate',
      pem: '-----BEGIN X-----',
    })
    expect(await of({})).toEqual({ kind: 'oidc', audience: undefined })
    expect(await of({ audience: 'api://Other' })).toEqual({ kind: 'oidc', audience: 'api://Other' })
    expect(await of({ audience: 'api://Other', 'client-secret': 'x' })).toEqual({ kind: 'secret', secret: 'x' })
  })

  it('cloud, api and origins', async () => {
    const inputs = {
      check: 'alerts',
      cloud: 'GCC-High',
      api: 'Defender-XDR',
      'authority-url': 'https://login.example/',
      'api-url': 'https://api.example:8443',
    }
    expect(await settingsOf({ inputs })).toMatchObject({
      cloud: 'gcc-high',
      api: 'defender-xdr',
      authorityUrl: 'https://login.example',
      apiUrl: 'https://api.example:8443',
    })
  })

  it.each([
    [{ 'wait-timeout': '30m' }, { timeoutMs: 1_800_000, pollMs: 60_000, clearForMs: 0 }],
    [
      { 'wait-timeout': '30m', 'poll-interval': '1s', 'clear-for': '29m' },
      { timeoutMs: 1_800_000, pollMs: 1000, clearForMs: 1_740_000 },
    ],
    [{ 'wait-timeout': '0s' }, undefined],
    [{ 'poll-interval': '5m' }, undefined],
    [{ 'clear-for': '0s' }, undefined],
  ])('waiting: %j', async (inputs, wait) => {
    expect((await settingsOf({ inputs: { check: 'alerts', ...inputs } })).wait).toEqual(wait)
  })

  it.each([
    ['auto', 'private', 'full', false],
    ['auto', 'internal', 'full', false],
    ['auto', 'public', 'counts', false],
    ['auto', undefined, 'counts', false],
    ['', undefined, 'counts', false],
    ['Full', 'private', 'full', false],
    ['full', 'internal', 'full', false],
    ['full', 'public', 'full', true],
    ['full', undefined, 'full', true],
    ['counts', 'private', 'counts', false],
    ['counts', 'public', 'counts', false],
  ] as const)('details %j in a repository that is %s: %s', async (given, visibility, details, warned) => {
    const settings = await settingsOf({ inputs: { check: 'alerts', details: given }, more: { visibility } })
    expect(settings.details).toBe(details)
    expect(settings.notes.some((note) => note.includes('details: full'))).toBe(warned)
  })

  it('an unknown input that is like none is only told', async () => {
    const { notes } = await settingsOf({
      inputs: { check: 'alerts' },
      more: { unknownInputs: ['some-wrapper-thing\n::error::'] },
    })
    expect(notes).toEqual(['The input `some-wrapper-thing\\n::error::` is not known to this action and was not used.'])
  })
})

describe('what is refused', () => {
  it.each<[string, Record<string, string>, string]>([
    ['neither check nor config', { check: '' }, 'exactly one of `check` and `config`'],
    ['no tenant', { check: 'alerts', 'tenant-id': '' }, '`tenant-id` is missing'],
    ['a list of no tenant', { check: 'alerts', 'tenant-id': ' , ' }, 'The input `tenant-id` is ","'],
    [
      'a tenant twice',
      { check: 'alerts', 'tenant-id': `${TENANT}, ${TENANT.toUpperCase()}` },
      `The input \`tenant-id\` has "${TENANT.toUpperCase()}", which stands twice in the list. Remove one of the two.`,
    ],
    ['no client', { check: 'alerts', 'client-id': '' }, '`client-id` is missing'],
    [
      'a client that is no GUID',
      { check: 'alerts', 'client-id': 'my-app' },
      'The input `client-id` is "my-app", but must be a GUID',
    ],
    [
      'secret and certificate',
      { check: 'alerts', 'client-certificate': 'PEM' },
      '`client-secret` does not go together with `client-certificate`',
    ],
    ['hunting without a query', { check: 'hunting' }, 'exactly one of `query` and `queries`'],
    [
      'hunting with both',
      { check: 'hunting', query: 'x', queries: 'a' },
      '`query` does not go together with `queries`',
    ],
    ['an unknown check', { check: 'incident' }, 'Did you mean `incidents`?'],
    ['an unknown cloud', { check: 'alerts', cloud: 'usgov' }, 'Did you mean `gcc-high`?'],
    [
      'a cloud without the API',
      { check: 'alerts', cloud: 'China' },
      'is "China", a cloud that is not supported: Microsoft Graph in the cloud operated by 21Vianet in China',
    ],
    ['the same by another name', { check: 'alerts', cloud: '21vianet' }, 'not supported'],
    ['an http origin', { check: 'alerts', 'api-url': 'http://a.example' }, '`api-url` is "http://a.example"'],
    [
      'a redirected state',
      { check: 'incidents', status: 'redirected' },
      'A redirected incident was merged into another and never counts',
    ],
    [
      'a state of the other kind',
      { check: 'alerts', status: 'active' },
      '`status` is "active", but must be one of `new`',
    ],
    ['a state of the other kind, again', { check: 'incidents', status: 'new' }, '`status` is "new"'],
    ['an unknown severity', { check: 'alerts', 'min-severity': 'critical' }, 'the highest is `high`'],
    ['unknown as the lowest severity', { check: 'alerts', 'min-severity': 'unknown' }, 'unknown severity always count'],
    [
      'a mistyped boolean',
      { check: 'alerts', issue: 'yes' },
      '`issue` is "yes", but must be `true` or `false`. Did you mean `true`?',
    ],
    [
      'a mistyped number',
      { check: 'alerts', 'max-findings': '10x' },
      '`max-findings` is "10x", but must be a whole number, 0 or greater. Did you mean `10`?',
    ],
    ['a negative number', { check: 'alerts', 'max-findings': '-1' }, '`max-findings` is "-1"'],
    ['a key in brackets', { check: 'hunting', query: 'x', key: '[A, B]' }, 'without brackets'],
    ['a government, which is three clouds', { check: 'alerts', cloud: 'gov' }, '`gcc`, `gcc-high` and `dod`.'],
    ['the beginning of a word', { check: 'alerts', 'min-severity': 'med' }, 'Did you mean `medium`?'],
    ['a look-back of zero', { check: 'alerts', 'created-within': '0d' }, 'more than zero'],
    ['a time span of zero', { check: 'hunting', query: 'x', timespan: 'PT0S' }, 'more than zero'],
    ['polling too fast', { check: 'alerts', 'poll-interval': '0s' }, 'at least 1s'],
    ['clear-for without wait-timeout', { check: 'alerts', 'clear-for': '5m' }, '`clear-for` needs a `wait-timeout`'],
    [
      'clear-for as long as wait-timeout',
      { check: 'alerts', 'clear-for': '5m', 'wait-timeout': '300s' },
      '`clear-for` is not shorter than `wait-timeout`',
    ],
    [
      'clear-for without waiting',
      { check: 'alerts', 'clear-for': '5m', 'wait-timeout': '0s' },
      '`clear-for` is not shorter than',
    ],
    [
      'limits that exclude each other',
      { check: 'alerts', 'min-findings': '3', 'max-findings': '2' },
      '`min-findings` is 3 and `max-findings` is 2',
    ],
    ['an issue without a token', { check: 'alerts', issue: 'true' }, '`github-token` is missing'],
    ['a column that is none', { check: 'hunting', query: 'x', key: 'A;B' }, '`key` is "A;B"'],
    ['globs that lead out', { check: 'hunting', queries: '../*.kql' }, '`queries` is "../*.kql"'],
    [
      'a mode in the wrong input',
      { check: 'alerts', mode: 'warn' },
      '`mode` is "warn", but must be one of `enforce`, `report`',
    ],
  ])('%s', async (_name, inputs, says) => {
    const all = await complaints({ inputs })
    expect(all).toContain(says)
    expect(all.split('\n')).toHaveLength(1)
  })

  it.each<[string, Record<string, string>]>([
    ['a number', { 'max-findings': '-1' }],
    ['a word that is like none', { details: 'all' }],
    ['a look-back of zero', { 'created-within': '0d' }],
  ])('%s, without advice that only repeats the message', async (_name, inputs) => {
    expect(await problemsOf({ inputs: { check: 'alerts', ...inputs } })).toMatchObject([{ hint: '' }])
  })

  it('both check and config', async () => {
    expect(await complaints({ inputs: { check: 'alerts' }, config: 'checks: [{ id: a, alerts: {} }]' })).toBe(
      'The input `check` does not go together with `config`. Keep `check` for one check by inputs, or `config` for a file of checks.',
    )
  })

  const FOREIGN = INPUT_NAMES.flatMap((name) => (specOf(name).kinds === undefined ? [] : [name]))
  const SAMPLE: Record<string, string> = {
    query: 'x',
    queries: 'a.kql',
    timespan: '1d',
    severity: 'high',
    key: 'A',
    status: 'inProgress',
    'min-severity': 'low',
    'created-within': '1d',
    tags: 'a',
    'ignore-classification': 'unknown',
  }

  it.each(FOREIGN)('%s goes only with its checks, and never with a config file', async (name) => {
    for (const check of ['incidents', 'alerts', 'hunting'] as const) {
      const source = check === 'hunting' && !name.startsWith('quer') ? { query: 'x' } : {}
      const given = { inputs: { check, ...source, [name]: SAMPLE[name]! } }
      if (specOf(name).kinds!.includes(check)) await expect(settingsOf(given)).resolves.toBeDefined()
      else expect(await complaints(given)).toContain(`The input \`${name}\` does not go with \`check: ${check}\``)
    }
    const config = 'checks: [{ id: a, incidents: {} }]'
    expect(await complaints({ config, inputs: { [name]: SAMPLE[name]! } })).toContain(
      `The input \`${name}\` asks a question, and with \`config\``,
    )
    // Blank is not given.
    await expect(settingsOf({ config, inputs: { [name]: ' ' } })).resolves.toBeDefined()
  })

  it.each(['tenant_id', 'client-ids', 'tenant-idd', 'min_findings', 'modes', 'ap'])(
    'the misspelled input %s is an error',
    async (name) => {
      const [problem] = await problemsOf({ inputs: { check: 'alerts' }, more: { unknownInputs: [name] } })
      expect(problem).toMatchObject({
        code: 'input-unknown',
        message: `The input \`${name}\` does not exist.`,
        hint: expect.stringContaining('Did you mean'),
      })
    },
  )

  it('tells everything at once', async () => {
    const all = await complaints({
      inputs: {
        check: 'alerts',
        'tenant-id': 'x',
        'client-id': 'y',
        'client-certificate': 'z',
        cloud: 'no',
        api: 'no',
        'max-findings': 'no',
        mode: 'no',
        'wait-timeout': 'no',
        details: 'no',
        tags: 'a',
        baseline: '../b',
        'report-dir': '/etc',
      },
      more: { unknownInputs: ['chek'] },
    })
    for (const name of [
      'tenant-id',
      'client-id',
      'client-secret',
      'cloud',
      'api',
      'max-findings',
      'mode',
      'wait-timeout',
      'details',
      'tags',
      'baseline',
      'report-dir',
      'chek',
    ]) {
      expect(all).toContain(`The input \`${name}\``)
    }
    expect(all.split('\n')).toHaveLength(13)
  })

  it('throws one GateErrors whose codes are all in the catalogue', async () => {
    const error = await readSettings(
      surroundings({ inputs: { check: 'no', issue: 'no', 'api-url': 'no', cloud: 'china' } }),
    ).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(GateErrors)
    expect(error.code).toBe('settings-invalid')
    expect(error.message).toContain('4 problems')
    for (const problem of error.problems) {
      expect(Object.keys(SETTINGS_CODES)).toContain(problem.code)
    }
  })
})

describe('secrets', () => {
  const SECRET = 'Xy8Q~hunter2-hunter2.hunter2'
  const PEM = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----'

  it('never show in a problem, wherever they were pasted', async () => {
    for (const name of INPUT_NAMES.filter((each) => each !== 'query' && specOf(each).secret !== true)) {
      const inputs = {
        check: 'hunting',
        query: 'x',
        'client-secret': SECRET,
        'client-certificate': PEM,
        'github-token': 'ghs_0123456789',
        [name]: `${SECRET} ghs_0123456789 ${PEM}`,
      }
      const all = await complaints({ inputs })
      for (const part of [SECRET, 'hunter2', 'ghs_0123456789', 'MIIEvQ']) expect(all).not.toContain(part)
    }
  })

  it('nor does a secret in a config file or an unknown input', async () => {
    const config = `${SECRET}: 1\nchecks: [{ id: "${SECRET}", hunting: { query: x, severity: "${SECRET}" } }]`
    const all = await complaints({
      config,
      inputs: { 'client-secret': SECRET },
      more: { unknownInputs: ['tenant-ids'] },
    })
    expect(all).toContain('***')
    expect(all).not.toContain('hunter2-hunter2')
  })

  it('nor do the credentials of a URL', async () => {
    const all = await complaints({ inputs: { check: 'alerts', 'api-url': 'https://user:pass-word@a.example/' } })
    expect(all).toContain('https://***@a.example/')
    expect(all).not.toContain('pass-word')
  })
})

describe('the older API', () => {
  const hunting = { check: 'hunting', query: 'x', api: 'defender-xdr' }

  it('hunts without a time span, with a note, until it stops', async () => {
    const settings = await settingsOf({ inputs: hunting, more: { now: new Date('2027-01-31T23:59:59.999Z') } })
    expect(settings.checks[0]!.question).toMatchObject({ timespan: undefined })
    expect(settings.notes).toEqual([expect.stringContaining('2027-02-01')])
    expect(settings.notes[0]).toContain('`api: graph`')
  })

  it('is refused for hunting from 2027-02-01 on', async () => {
    const more = { now: new Date('2027-02-01T00:00:00Z') }
    expect(await complaints({ inputs: hunting, more })).toMatch(
      /`api` is `defender-xdr`, whose hunting API stopped on 2027-02-01.*`api: graph`/,
    )
    const config = 'checks: [{ id: a, hunting: { query: x } }]'
    expect(await complaints({ config, inputs: { api: 'defender-xdr' }, more })).toContain('`api: graph`')
    await expect(settingsOf({ inputs: { check: 'alerts', api: 'defender-xdr' }, more })).resolves.toMatchObject({
      notes: [],
    })
    await expect(
      settingsOf({ config: 'checks: [{ id: a, alerts: }]', inputs: { api: 'defender-xdr' }, more }),
    ).resolves.toMatchObject({ notes: [] })
    await expect(settingsOf({ inputs: { ...hunting, api: 'graph' }, more })).resolves.toMatchObject({ notes: [] })
  })

  it('takes no time span, from an input or from the file', async () => {
    expect(await complaints({ inputs: { ...hunting, timespan: '1d' } })).toContain(
      'The input `timespan` does not go with `api: defender-xdr`',
    )
    const config = `defaults:
  timespan: 1d
checks:
  - id: a
    hunting: { query: x, timespan: 2d }
  - id: b
    alerts: {}`
    const all = await complaints({ config, inputs: { api: 'defender-xdr' } })
    expect(all).toContain('gate.yml:2:3: `defaults.timespan` does not go with `api: defender-xdr`')
    expect(all).toContain('gate.yml:5:26: `checks[0].hunting.timespan` does not go with `api: defender-xdr`')
    expect(all.split('\n')).toHaveLength(2)
  })

  it('does not mind a shared time span that no check uses', async () => {
    const config = 'defaults: { timespan: 1d }\nchecks: [{ id: b, alerts: {} }]'
    await expect(settingsOf({ config, inputs: { api: 'defender-xdr' } })).resolves.toBeDefined()
  })
})

describe('the table of inputs', () => {
  it('every plain default is a value that its form takes, and stands in the description', () => {
    for (const name of INPUT_NAMES) {
      const { default: fallback, description, form } = specOf(name)
      if (fallback === undefined) continue
      expect(form.read(fallback).ok).toBe(true)
      expect(description).toContain(`Default: \`${fallback}\``)
    }
  })

  it('what asks a question goes with some checks, and only that', () => {
    for (const name of INPUT_NAMES) expect(specOf(name).question === true).toBe(specOf(name).kinds !== undefined)
    expect(INPUTS.tags.kinds).toEqual(['incidents'])
  })
})
