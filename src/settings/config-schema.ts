/**
 * The shape of the config file: the one source for its parser, its types and the published JSON Schema. The forms of
 * single values, with their descriptions, are those of the inputs.
 */
import * as z from 'zod/mini'
import { INPUTS, type InputName } from './inputs.ts'
import { globs } from './lists.ts'
import {
  bad,
  checkId,
  date,
  type Fault,
  type Form,
  good,
  type JsonSchema,
  line,
  path,
  tenantId,
  text,
} from './parse.ts'
import { alertStates, incidentStates } from './words.ts'

// The parser is used once: to compile it takes longer than to run it as it is.
// Stryker disable next-line all: for speed alone
z.config({ jitless: true })

interface Meta {
  readonly title?: string
  readonly description?: string
  readonly [keyword: string]: unknown
}

/** JSON Schema keywords by schema node. */
const keywords = z.registry<Meta>()

/** What an issue of ours carries in its `params`. */
export interface IssueParams {
  readonly fault?: Fault
  /** Keys that exclude each other, or none of which is there. */
  readonly exactlyOne?: { readonly of: readonly string[]; readonly given: readonly string[] }
}

/** A single value, read by its form. */
function leaf<T>(form: Form<T>, description: string): z.ZodMiniType<T, unknown> {
  return z.pipe(
    z.unknown().register(keywords, { ...form.schema, description }),
    z.transform((value, context): T => {
      const parsed = form.read(value)
      if (parsed.ok) return parsed.value
      for (const fault of parsed.faults) {
        const params: IssueParams = { fault }
        context.issues.push({ code: 'custom', input: value, path: [...fault.at], params })
      }
      return z.NEVER
    }),
  )
}

/** A key with the form and description of the input of the same name. */
function asInput<K extends InputName>(name: K) {
  type Value = (typeof INPUTS)[K] extends { readonly form: Form<infer T> } ? T : never
  return z.optional(leaf(INPUTS[name].form as unknown as Form<Value>, INPUTS[name].description))
}

/** Exactly one of `keys` must be there. It is told also where other keys are wrong. */
function exactlyOneOf<T extends object>(of: readonly string[]) {
  return z.superRefine<T>(
    (value, context) => {
      if (typeof value !== 'object' || value === null) return
      const given = of.filter((key) => Object.hasOwn(value, key))
      if (given.length === 1) return
      const params: IssueParams = { exactlyOne: { of, given } }
      context.addIssue({ code: 'custom', params })
    },
    { when: () => true },
  )
}

const oneOfRequired = (keys: readonly string[]): JsonSchema => ({ oneOf: keys.map((key) => ({ required: [key] })) })

/** A value of a column: compared as text. Numbers and booleans come as the text that is written in the file (see yaml-text.ts). */
const cell: Form<string> = {
  needs: 'text, a number, `true` or `false`',
  schema: { type: ['string', 'number', 'boolean'] },
  read: (value) => (typeof value === 'string' ? good(value) : bad(value, cell.needs)),
}

const POLICY = {
  'max-findings': asInput('max-findings'),
  'min-findings': asInput('min-findings'),
  mode: asInput('mode'),
  'on-error': asInput('on-error'),
}
const LIST_KEYS = {
  'min-severity': asInput('min-severity'),
  'created-within': asInput('created-within'),
  'ignore-classification': asInput('ignore-classification'),
}
const HUNTING_KEYS = { timespan: asInput('timespan'), severity: asInput('severity'), key: asInput('key') }

const STATUS = 'The states that count as open; an unknown state is open.'
const INCIDENTS = {
  status: z.optional(leaf(incidentStates, `${STATUS} Default: \`active, inProgress, awaitingAction\`.`)),
  ...LIST_KEYS,
  tags: asInput('tags'),
}
const ALERTS = { status: z.optional(leaf(alertStates, `${STATUS} Default: \`new, inProgress\`.`)), ...LIST_KEYS }
const SOURCES = ['query', 'query-file', 'queries'] as const
const HUNTING = {
  query: z.optional(leaf(text, 'The KQL text of the query.')),
  'query-file': z.optional(leaf(path, 'Path of one query file, relative to the workspace.')),
  queries: z.optional(
    leaf(globs, 'Globs of query files, relative to the workspace; `!` excludes. Each file is a check of its own.'),
  ),
  ...HUNTING_KEYS,
}
const DEFAULTS = { ...POLICY, status: asInput('status'), ...LIST_KEYS, tags: asInput('tags'), ...HUNTING_KEYS }

export const KINDS = ['incidents', 'alerts', 'hunting'] as const
const CHECK = {
  id: leaf(checkId, 'Id of the check, unique in this file: lower-case letters, digits and `-`.'),
  title: z.optional(leaf(line, 'What reports call the check.')),
  incidents: z.optional(
    z.nullable(z.strictObject(INCIDENTS).register(keywords, { description: 'Ask for open incidents.' })),
  ),
  alerts: z.optional(z.nullable(z.strictObject(ALERTS).register(keywords, { description: 'Ask for open alerts.' }))),
  hunting: z.optional(
    z
      .strictObject(HUNTING)
      .check(exactlyOneOf(SOURCES))
      .register(keywords, {
        description: 'Ask an advanced hunting query (KQL); every row is a finding.',
        ...oneOfRequired(SOURCES),
      }),
  ),
  ...POLICY,
}
const TENANT = {
  id: leaf(tenantId, 'Directory (tenant) id, a GUID, or a verified domain.'),
  name: z.optional(leaf(line, 'Shown in place of the id. No two tenants may have the same, nor the id of another.')),
}
const SUPPRESSION = {
  check: leaf(text, 'Id of the check that it belongs to; for a check over `queries` it covers all its files.'),
  where: z
    .record(z.string(), leaf(cell, 'The value, compared without regard to case.'))
    .check(
      z.superRefine((columns, context) => {
        if (Object.keys(columns).length > 0) return
        const [fault] = bad({}, 'a mapping with at least one column').faults
        context.addIssue({ code: 'custom', params: { fault } })
      }),
    )
    .register(keywords, {
      description: 'Columns that must all have these values; for incidents and alerts `id` and `title`.',
      minProperties: 1,
    }),
  reason: leaf(text, 'Why it is accepted.'),
  owner: z.optional(leaf(line, 'Who answers for it.')),
  expires: leaf(date, 'Last day on which it holds, as YYYY-MM-DD, UTC.'),
}
const ROOT = {
  tenants: z.optional(
    z
      .array(z.strictObject(TENANT))
      .check(z.minLength(1))
      .register(keywords, { description: 'The tenants to check. The input `tenant-id` replaces them.' }),
  ),
  defaults: z.optional(
    z.nullable(
      z.strictObject(DEFAULTS).register(keywords, { description: 'Values for every check that does not set its own.' }),
    ),
  ),
  checks: z
    .array(z.strictObject(CHECK).check(exactlyOneOf(KINDS)).register(keywords, oneOfRequired(KINDS)))
    .check(z.minLength(1))
    .register(keywords, { description: 'What to ask. Every check is evaluated and reported.' }),
  suppressions: z.optional(
    z.nullable(
      z
        .array(z.strictObject(SUPPRESSION))
        .register(keywords, { description: 'Findings that are accepted until a day, with a reason.' }),
    ),
  ),
}

export const configSchema = z.strictObject(ROOT).register(keywords, {
  title: 'Defender Gate',
  description: 'Config file of the Defender Gate action.',
})
export type Issue = z.core.$ZodIssue
export type ConfigFile = z.output<typeof configSchema>

/** The keys that are allowed at a place of the file. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const [section, , kind] = path
  if (section === undefined) return Object.keys(ROOT)
  if (section === 'tenants') return Object.keys(TENANT)
  if (section === 'defaults') return Object.keys(DEFAULTS)
  if (section === 'suppressions') return Object.keys(SUPPRESSION)
  if (kind === 'incidents') return Object.keys(INCIDENTS)
  if (kind === 'alerts') return Object.keys(ALERTS)
  return Object.keys(kind === 'hunting' ? HUNTING : CHECK)
}

/** The published JSON Schema: draft 7, which the YAML servers of editors know best. */
export function configJsonSchema(): JsonSchema {
  const { '~standard': _, ...schema } = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-07',
    metadata: keywords,
    reused: 'inline',
  })
  return schema
}
