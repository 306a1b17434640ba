/** Rules between settings. They look at what was given, so that they are told also where another value is wrong. */
import {
  configConflict,
  inputConflict,
  inputMissing,
  olderApiEnded,
  olderApiTimespan,
  type Subject,
} from '../errors/settings.ts'
import type { ApiName, CheckKind } from '../model.ts'
import type { LoadedConfig } from './config-file.ts'
import { INPUTS } from './inputs.ts'
import { integer, wordList } from './parse.ts'
import type { Problems } from './problems.ts'
import type { GivenInputs } from './read-inputs.ts'
import { nearest } from './show.ts'
import { ALERT_STATES, INCIDENT_STATES } from './words.ts'
import type { KeyPath } from './yaml-text.ts'

/** Past this moment the older API's hunting has stopped. Source: Microsoft notice MC1220762. */
const OLDER_HUNTING_ENDS = Date.parse('2027-02-01T00:00:00Z')

/** What is needed and what excludes what, among the inputs alone. */
export function inputRules({ values, given }: GivenInputs, problems: Problems): void {
  const conflict = (name: string, says: string, mend: string): void =>
    problems.add(inputConflict(problems.input(name), says, mend))
  const missing = (name: string, why: string, mend: string): void =>
    problems.add(inputMissing(problems.input(name), why, mend))

  if (!given.has('client-id')) {
    missing(
      'client-id',
      'the app registration to sign in as',
      'Set `client-id` to the application (client) id of the app registration.',
    )
  }
  if (given.has('client-secret') && given.has('client-certificate')) {
    conflict(
      'client-secret',
      'does not go together with `client-certificate`.',
      'Keep one of the two; a certificate is the safer one.',
    )
  }
  if (given.has('check') && given.has('config')) {
    conflict(
      'check',
      'does not go together with `config`.',
      'Keep `check` for one check by inputs, or `config` for a file of checks.',
    )
  }
  if (!given.has('check') && !given.has('config')) {
    missing(
      'check',
      'exactly one of `check` and `config` is needed',
      'Set `check` to `incidents`, `alerts` or `hunting`, or `config` to the path of a config file.',
    )
  }
  if (values.check === 'hunting') {
    if (given.has('query') && given.has('queries')) {
      conflict('query', 'does not go together with `queries`.', 'Keep one of the two.')
    }
    if (!given.has('query') && !given.has('queries')) {
      missing(
        'query',
        '`check: hunting` needs exactly one of `query` and `queries`',
        'Set `query` to KQL text, or `queries` to globs of query files.',
      )
    }
  }
  if (values.issue === true && !given.has('github-token')) {
    missing(
      'github-token',
      '`issue: true` needs it',
      'Leave `github-token` out to use the token of the job, and grant the job `issues: write`.',
    )
  }
  const max = values['max-findings']
  const min = values['min-findings']
  if ((min ?? 0) > (max ?? Number.POSITIVE_INFINITY)) {
    conflict(
      'min-findings',
      `is ${min} and \`max-findings\` is ${max}: no number of findings fits both.`,
      'Raise `max-findings`, or remove one of the two.',
    )
  }
  waitRules(values, conflict)
}

function waitRules(values: GivenInputs['values'], conflict: (name: string, says: string, mend: string) => void): void {
  const clearFor = values['clear-for']
  const timeout = values['wait-timeout']
  if (clearFor === undefined || clearFor.ms === 0) return
  if (timeout === undefined || timeout.ms <= clearFor.ms) {
    conflict(
      'clear-for',
      timeout === undefined
        ? 'needs a `wait-timeout`, and none is given.'
        : 'is not shorter than `wait-timeout`, so the gate could never open.',
      'Set `wait-timeout` to more than `clear-for`, such as `30m`.',
    )
  }
}

/**
 * What the older API can't do. Returns notes. `hunting` says whether any check hunts, `timespans` where time spans are
 * given for them.
 */
export function olderApiRules(
  facts: {
    readonly api: ApiName
    readonly hunting: boolean
    readonly timespans: readonly Subject[]
    readonly now: Date
  },
  problems: Problems,
): readonly string[] {
  if (facts.api === 'graph' || !facts.hunting) return []
  for (const subject of facts.timespans) problems.add(olderApiTimespan(subject))
  if (facts.now.getTime() >= OLDER_HUNTING_ENDS) problems.add(olderApiEnded(problems.input('api')))
  return [
    'Hunting with `api: defender-xdr` stops working on 2027-02-01, when Microsoft ends the older API: set `api: graph`.',
  ]
}

type Mapping = Readonly<Record<string, unknown>>
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
// Stryker disable next-line ArrayDeclaration: an item that is no mapping is passed over
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** A check of the file as far as it can be told. */
export interface RawCheck {
  readonly index: number
  readonly id: unknown
  readonly kind: CheckKind | undefined
  readonly entry: Mapping
  /** What stands under the kind. */
  readonly question: Mapping
}

export function rawChecks(config: LoadedConfig): readonly RawCheck[] {
  return list(config.root['checks']).flatMap((entry, index) => {
    if (!isMapping(entry)) return []
    const kinds = (['incidents', 'alerts', 'hunting'] as const).filter((kind) => Object.hasOwn(entry, kind))
    const kind = kinds.length === 1 ? kinds[0] : undefined
    const question = kind && entry[kind]
    return [{ index, id: entry['id'], kind, entry, question: isMapping(question) ? question : {} }]
  })
}

/** Where the file gives time spans to hunting checks. */
export function fileTimespans(config: LoadedConfig): readonly Subject[] {
  const hunting = rawChecks(config).filter(({ kind }) => kind === 'hunting')
  const own = hunting.filter(({ question }) => Object.hasOwn(question, 'timespan'))
  const subjects = own.map(({ index }) => config.subject(['checks', index, 'hunting', 'timespan'], 'key'))
  const defaults = config.root['defaults']
  const shared = isMapping(defaults) && Object.hasOwn(defaults, 'timespan')
  return shared ? [config.subject(['defaults', 'timespan'], 'key'), ...subjects] : subjects
}

/** Rules between the keys of the file, and between the file and the inputs. */
export function fileRules(config: LoadedConfig, inputs: GivenInputs, problems: Problems): void {
  const checks = rawChecks(config)
  const defaults = isMapping(config.root['defaults']) ? config.root['defaults'] : {}
  twiceRules(config, checks, problems)
  for (const check of checks) limitRule(config, check, defaults, inputs, problems)
  sharedStatusRule(config, checks, defaults, problems)
  for (const [index, suppression] of list(config.root['suppressions']).entries()) {
    if (isMapping(suppression)) suppressionRules(config, checks, suppression, ['suppressions', index], problems)
  }
}

function twiceRules(config: LoadedConfig, checks: readonly RawCheck[], problems: Problems): void {
  const ids = new Set<unknown>()
  for (const { id, index } of checks) {
    if (typeof id !== 'string') continue
    if (ids.has(id)) {
      problems.add(
        configConflict(
          config.subject(['checks', index, 'id']),
          `is ${problems.show(id)}, which another check has too.`,
          'Give every check an id of its own.',
        ),
      )
    }
    ids.add(id)
  }
  const tenants = new Set<string>()
  for (const [index, tenant] of list(config.root['tenants']).entries()) {
    if (!isMapping(tenant) || typeof tenant['id'] !== 'string') continue
    const id = tenant['id'].toLowerCase()
    if (tenants.has(id)) {
      problems.add(
        configConflict(
          config.subject(['tenants', index, 'id']),
          `is ${problems.show(id)}, which stands in the list before.`,
          'Name every tenant once.',
        ),
      )
    }
    tenants.add(id)
  }
  tenantNameRule(config, problems)
}

/** Reports tell tenants apart by their names alone, and by the ids of those without one. */
function tenantNameRule(config: LoadedConfig, problems: Problems): void {
  const tenants = list(config.root['tenants']).map((tenant) => (isMapping(tenant) ? tenant : {}))
  // Stryker disable next-line MethodExpression: capital letters compare as well
  const same = (text: unknown): string | undefined => (typeof text === 'string' ? text.trim().toLowerCase() : undefined)
  for (const [index, tenant] of tenants.entries()) {
    const name = same(tenant['name'])
    if (name === undefined || name === '') continue
    const before = tenants.slice(0, index).some((other) => same(other['name']) === name)
    const isId = tenants.some((other) => other !== tenant && same(other['id']) === name)
    if (!before && !isId) continue
    const says = before ? 'which another tenant has too.' : 'which is the id of another tenant.'
    problems.add(
      configConflict(
        config.subject(['tenants', index, 'name']),
        `is ${problems.show(tenant['name'])}, ${says}`,
        'Give every tenant a name of its own: reports tell tenants apart by it.',
      ),
    )
  }
}

/** `min-findings` above `max-findings`, wherever each of the two comes from. */
function limitRule(
  config: LoadedConfig,
  check: RawCheck,
  defaults: Mapping,
  { values, given }: GivenInputs,
  problems: Problems,
): void {
  const limit = (name: 'min-findings' | 'max-findings'): { value: number | undefined; path: KeyPath | undefined } => {
    if (given.has(name)) return { value: values[name], path: undefined }
    const own = Object.hasOwn(check.entry, name)
    const parsed = integer.read(own ? check.entry[name] : Object.hasOwn(defaults, name) ? defaults[name] : undefined)
    return {
      value: parsed.ok ? parsed.value : undefined,
      path: own ? ['checks', check.index, name] : ['defaults', name],
    }
  }
  const min = limit('min-findings')
  const max = limit('max-findings')
  if (min.value === undefined || max.value === undefined || min.value <= max.value) return
  // Both by inputs is told once, by the rules of the inputs.
  if (min.path === undefined && max.path === undefined) return
  // A limit of `defaults` gives way to the canary of a check (see limitOf).
  if (max.path?.[0] === 'defaults' && min.path?.[0] !== 'defaults') return
  const told = min.path === undefined ? max : min
  const other = told === min ? max : min
  const whence = other.path === undefined ? ', by input' : other.path[0] === 'defaults' ? ', from `defaults`' : ''
  problems.add(
    configConflict(
      config.subject(told.path!),
      `is ${told.value}, but \`${other === max ? 'max' : 'min'}-findings\` is ${other.value}${whence}: no number of findings fits both.`,
      'Raise `max-findings`, or remove one of the two.',
    ),
  )
}

/** States in `defaults` that fit no check of a kind would leave it with nothing that counts as open. */
function sharedStatusRule(
  config: LoadedConfig,
  checks: readonly RawCheck[],
  defaults: Mapping,
  problems: Problems,
): void {
  const parsed = INPUTS.status.form.read(defaults['status'])
  if (!parsed.ok) return
  for (const [kind, states] of [
    ['incidents', INCIDENT_STATES],
    ['alerts', ALERT_STATES],
  ] as const) {
    const needy = checks.some((check) => check.kind === kind && !Object.hasOwn(check.question, 'status'))
    const known = states.map((state) => state.toLowerCase())
    if (!needy || parsed.value.some((state) => known.includes(state))) continue
    problems.add(
      configConflict(
        config.subject(['defaults', 'status']),
        `names no state of ${kind}, so none of them would count as open.`,
        `Add one of ${wordList(states)}, or give each check of ${kind} its own \`status\`.`,
      ),
    )
  }
}

function suppressionRules(
  config: LoadedConfig,
  checks: readonly RawCheck[],
  suppression: Mapping,
  path: KeyPath,
  problems: Problems,
): void {
  const { check: name, where } = suppression
  if (typeof name !== 'string' || name === '') return
  // `<id>/<file path>` is one file of a check over `queries`.
  const file = checks.find(
    ({ id, question }) => typeof id === 'string' && name.startsWith(`${id}/`) && Object.hasOwn(question, 'queries'),
  )
  const check = checks.find(({ id }) => id === name) ?? file
  if (check === undefined) {
    const ids = checks.map(({ id }) => id).filter((id) => typeof id === 'string')
    const meant = nearest(name, ids, 3)
    problems.add(
      configConflict(
        config.subject([...path, 'check']),
        `is ${problems.show(name)}, and no check has this id.`,
        meant === undefined ? 'Give the `id` of a check in this file.' : `Did you mean \`${problems.name(meant)}\`?`,
      ),
    )
    return
  }
  if (!isMapping(where) || check.kind === undefined || check.kind === 'hunting') return
  for (const column of Object.keys(where)) {
    if (column === 'id' || column === 'title') continue
    problems.add(
      configConflict(
        config.subject([...path, 'where', column], 'key'),
        `does not go with \`${problems.name(name)}\`, which asks for ${check.kind}.`,
        'Use the keys `id` and `title`.',
      ),
    )
  }
}
