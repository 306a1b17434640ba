/**
 * The table of inputs: the one source for their names, forms, defaults and descriptions. `action.yml`, the keys of the
 * config file, the JSON Schema and the tables of the README follow it.
 */
import type { CheckKind } from '../model.ts'
import { lookBack, pause, waitTime } from './duration.ts'
import { columns, globs, listOf, tags } from './lists.ts'
import { boolean, type Form, guid, integer, oneOf, origin, path, tenantId, text } from './parse.ts'
import {
  ALERT_STATES,
  alertStates,
  classifications,
  cloud,
  INCIDENT_STATES,
  incidentStates,
  severity,
  states,
} from './words.ts'

export interface InputSpec<T> {
  /** One or two plain sentences, the default in words included. Markdown. */
  readonly description: string
  readonly form: Form<T>
  /** The form where it differs by check. */
  readonly formOf?: Readonly<Partial<Record<CheckKind, Form<T>>>>
  /** The default as it would be given, where it is one plain value. */
  readonly default?: string
  /** The checks that it goes with; left out, it goes with all. */
  readonly kinds?: readonly CheckKind[]
  /** It asks a question, so it belongs in the config file where there is one. */
  readonly question?: boolean
  /** Never shown. */
  readonly secret?: boolean
}

const LISTS: readonly CheckKind[] = ['incidents', 'alerts']
const spec = <T>(input: InputSpec<T>): InputSpec<T> => input

/** In the order of the README. */
export const INPUTS = {
  'tenant-id': spec({
    description:
      'The tenants to check: GUIDs (best) or verified domains, one per line or separated by commas. Needed, unless the config file has `tenants`, which it replaces.',
    form: listOf(tenantId, { empty: false, once: true }),
  }),
  'client-id': spec({
    description: 'Application (client) id of the app registration, a GUID. Always needed.',
    form: guid,
  }),
  'client-secret': spec({
    description:
      'Client secret to sign in with. Not together with `client-certificate`. Default: none, sign in with GitHub OIDC.',
    form: text,
    secret: true,
  }),
  'client-certificate': spec({
    description:
      'Certificate and private key in PEM to sign in with. Not together with `client-secret`. Default: none, sign in with GitHub OIDC.',
    form: text,
    secret: true,
  }),
  audience: spec({
    description:
      'Audience of the GitHub OIDC token, used when neither secret nor certificate is given. Default: by cloud, `api://AzureADTokenExchange` in the public one.',
    form: text,
  }),
  cloud: spec({
    description: 'The Microsoft cloud: `public`, `gcc`, `gcc-high` or `dod`. Default: `public`.',
    form: cloud,
    default: 'public',
  }),
  api: spec({
    description:
      '`graph` is the Microsoft Graph security API, `defender-xdr` the older Defender XDR API, whose hunting stops on 2027-02-01. Default: `graph`.',
    form: oneOf(['graph', 'defender-xdr']),
    default: 'graph',
  }),
  'authority-url': spec({
    description: "Origin to sign in at, `https:` only, in place of the cloud's own. Default: by cloud.",
    form: origin,
  }),
  'api-url': spec({
    description:
      "Origin of the API, `https:` only and without `/v1.0`, in place of the cloud's own. Default: by cloud and api.",
    form: origin,
  }),
  check: spec({
    description:
      'One check, given by inputs: `incidents`, `alerts` or `hunting`. Exactly one of `check` and `config` is needed.',
    form: oneOf(['incidents', 'alerts', 'hunting']),
  }),
  config: spec({
    description:
      'Path of a YAML file with many checks, relative to the workspace. Exactly one of `check` and `config` is needed.',
    form: path,
  }),
  query: spec({
    description: 'Hunting: the KQL text of one query. Exactly one of `query` and `queries` is needed.',
    form: text,
    kinds: ['hunting'],
    question: true,
  }),
  queries: spec({
    description:
      'Hunting: globs of query files, one per line; `!` excludes. Each file is a check of its own. Exactly one of `query` and `queries` is needed.',
    form: globs,
    kinds: ['hunting'],
    question: true,
  }),
  timespan: spec({
    description:
      'Hunting: how far to look back, a duration; the tables of Defender hold 30 days. The KQL is never rewritten. Not for `api: defender-xdr`, which has none. Default: `P1D`, one day.',
    form: lookBack,
    default: 'P1D',
    kinds: ['hunting'],
    question: true,
  }),
  severity: spec({
    description:
      'Hunting: severity of the rows whose query file names none: `informational`, `low`, `medium` or `high`. Default: `medium`.',
    form: severity,
    default: 'medium',
    kinds: ['hunting'],
    question: true,
  }),
  key: spec({
    description:
      'Hunting: columns that identify a finding, so that it is known again. Default: the entity columns of its query file, else every column except time stamps and `ReportId`.',
    form: columns,
    kinds: ['hunting'],
    question: true,
  }),
  status: spec({
    description:
      'Incidents, alerts: the states that count as open; an unknown state is open. Default: `active, inProgress, awaitingAction` for incidents, `new, inProgress` for alerts.',
    form: states([...new Set([...INCIDENT_STATES, ...ALERT_STATES])]),
    formOf: { incidents: incidentStates, alerts: alertStates },
    kinds: LISTS,
    question: true,
  }),
  'min-severity': spec({
    description:
      'Incidents, alerts: lowest severity that counts: `informational`, `low`, `medium` or `high`; `unknown` always counts. Default: `high`.',
    form: severity,
    default: 'high',
    kinds: LISTS,
    question: true,
  }),
  'created-within': spec({
    description: 'Incidents, alerts: only those created within this duration. Default: no limit.',
    form: lookBack,
    kinds: LISTS,
    question: true,
  }),
  tags: spec({
    description: 'Incidents: only those that carry one of these custom or system tags. Default: any.',
    form: tags,
    kinds: ['incidents'],
    question: true,
  }),
  'ignore-classification': spec({
    description:
      'Incidents, alerts: classifications that do not count. Default: `falsePositive, informationalExpectedActivity`.',
    form: classifications,
    default: 'falsePositive, informationalExpectedActivity',
    kinds: LISTS,
    question: true,
  }),
  'max-findings': spec({
    description:
      'More findings than this fail the check. In `defaults` of the config file it gives way to a `min-findings` of a check; as an input it does not. Default: `0`; no limit when `min-findings` is given.',
    form: integer,
  }),
  'min-findings': spec({
    description:
      'Fewer findings than this fail the check: a canary that says "this query must see data". Default: `0`.',
    form: integer,
    default: '0',
  }),
  mode: spec({
    description:
      '`enforce`, or `report`: never fail the step for findings, and show what it would have done. Default: `enforce`.',
    form: oneOf(['enforce', 'report']),
    default: 'enforce',
  }),
  'on-error': spec({
    description: 'What a check that could not be evaluated does to the step: `fail` or `warn`. Default: `fail`.',
    form: oneOf(['fail', 'warn']),
    default: 'fail',
  }),
  baseline: spec({
    description: 'Path of a file of accepted fingerprints: known findings do not count. Default: none.',
    form: path,
  }),
  'wait-timeout': spec({
    description: 'Keep asking until the verdict is passed, at most for this duration. Default: do not wait.',
    form: waitTime,
  }),
  'poll-interval': spec({
    description: 'Duration between two rounds of asking, at least `1s`. Default: `60s`.',
    form: pause,
    default: '60s',
  }),
  'clear-for': spec({
    description:
      'How long the verdict must stay passed before the gate opens; needs a longer `wait-timeout`. A wait that ends before fails the step, whatever `on-error` says. Default: `0s`.',
    form: waitTime,
    default: '0s',
  }),
  details: spec({
    description:
      '`full` shows findings, `counts` only their number. Default: `auto`, which is `full` only in private and internal repositories.',
    form: oneOf(['auto', 'full', 'counts']),
    default: 'auto',
  }),
  'report-dir': spec({
    description:
      'Folder for the report files, in the workspace or in `RUNNER_TEMP`. Default: `$RUNNER_TEMP/defender-gate`.',
    form: path,
  }),
  issue: spec({
    description: '`true` keeps one GitHub issue per check: opened, updated, and closed when clear. Default: `false`.',
    form: boolean,
    default: 'false',
  }),
  'github-token': spec({
    description: 'Token for `issue`, which needs `issues: write`. Default: the token of the job.',
    form: text,
    secret: true,
  }),
} as const

export type InputName = keyof typeof INPUTS
type ValueOf<S> = S extends InputSpec<infer T> ? T : never
export type InputValues = { readonly [K in InputName]?: ValueOf<(typeof INPUTS)[K]> | undefined }

export const INPUT_NAMES = Object.keys(INPUTS) as readonly InputName[]

export const specOf = (name: InputName): InputSpec<unknown> => INPUTS[name] as InputSpec<unknown>

/** The value where nothing is given. Only for inputs with a plain `default`. */
export function defaultOf<K extends InputName>(name: K): ValueOf<(typeof INPUTS)[K]> {
  const { form, default: words } = specOf(name)
  const parsed = form.read(words)
  // Stryker disable next-line CallExpression,ConditionalExpression: for the compiler, every default is one
  if (!parsed.ok) throw new Error(`the default of ${name} is no value`)
  return parsed.value as ValueOf<(typeof INPUTS)[K]>
}
