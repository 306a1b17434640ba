/** The checks, from inputs or from the file: for every key the first that gives it wins, else its default. */
import type { ApiName, CheckSettings, HuntingQuestion, ListQuestion, Policy, QuerySource } from '../model.ts'
import type { ConfigFile } from './config-file.ts'
import { defaultOf, type InputValues } from './inputs.ts'
import { relativePath } from './paths.ts'
import { ALERT_STATES, INCIDENT_STATES, OPEN_STATES } from './words.ts'

/** Values by name, the first layer wins. */
type Layers = readonly InputValues[]

function first<K extends keyof InputValues>(layers: Layers, name: K): InputValues[K] {
  return layers.find((layer) => layer[name] !== undefined)?.[name]
}

function policyOf(layers: Layers): Policy {
  const minFindings = first(layers, 'min-findings') ?? defaultOf('min-findings')
  return {
    maxFindings: limitOf(layers, minFindings),
    minFindings,
    mode: first(layers, 'mode') ?? defaultOf('mode'),
    onError: first(layers, 'on-error') ?? defaultOf('on-error'),
  }
}

/**
 * No limit for a canary, unless one is given. A limit from `defaults` that no number of findings could meet together with
 * the canary (`max-findings: 0`) is not meant for it. A canary that asks for no finding asks nothing, so it lifts no limit.
 */
function limitOf(layers: Layers, minFindings: number): number | undefined {
  const limit = first(layers, 'max-findings')
  if (limit === undefined) return minFindings > 0 ? undefined : 0
  const layerOf = (name: keyof InputValues): number => layers.findIndex((layer) => layer[name] !== undefined)
  const given = layerOf('max-findings')
  const shared = given === layers.length - 1
  return shared && layerOf('min-findings') < given && limit < minFindings ? undefined : limit
}

const KNOWN_STATES = { incidents: INCIDENT_STATES, alerts: ALERT_STATES } as const

function listQuestion(kind: 'incidents' | 'alerts', layers: Layers): ListQuestion {
  // States shared by `defaults` may be those of the other kind.
  const known: readonly string[] = KNOWN_STATES[kind].map((state) => state.toLowerCase())
  return {
    kind,
    status: first(layers, 'status')?.filter((state) => known.includes(state)) ?? OPEN_STATES[kind],
    minSeverity: first(layers, 'min-severity') ?? defaultOf('min-severity'),
    createdWithinMs: first(layers, 'created-within')?.ms,
    tags: kind === 'incidents' ? (first(layers, 'tags') ?? []) : [],
    ignoreClassification: first(layers, 'ignore-classification') ?? defaultOf('ignore-classification'),
  }
}

function huntingQuestion(source: QuerySource, layers: Layers, api: ApiName): HuntingQuestion {
  return {
    kind: 'hunting',
    source,
    timespan: api === 'graph' ? (first(layers, 'timespan') ?? defaultOf('timespan')).iso : undefined,
    severity: first(layers, 'severity') ?? defaultOf('severity'),
    key: first(layers, 'key'),
  }
}

/** The one check that the inputs ask. `undefined` where they are not complete, which is told elsewhere. */
export function checkOfInputs(values: InputValues, api: ApiName): CheckSettings | undefined {
  const layers = [values]
  const policy = policyOf(layers)
  switch (values.check) {
    // Stryker disable next-line ConditionalExpression: without it the end of the function is reached, which gives the same
    case undefined:
      return undefined
    case 'incidents':
      return {
        id: 'incidents',
        byInputs: true,
        title: 'Open incidents',
        policy,
        question: listQuestion('incidents', layers),
      }
    case 'alerts':
      return { id: 'alerts', byInputs: true, title: 'Open alerts', policy, question: listQuestion('alerts', layers) }
    case 'hunting': {
      const { query, queries } = values
      if (query !== undefined) {
        const question = huntingQuestion({ from: 'text', text: query }, layers, api)
        return { id: 'hunting', byInputs: true, title: 'Hunting query', policy, question }
      }
      if (queries === undefined) return undefined
      // Each file has a title of its own.
      const question = huntingQuestion({ from: 'globs', patterns: queries }, layers, api)
      return { id: 'hunting', byInputs: true, title: undefined, policy, question }
    }
  }
}

/** The checks of the file; policy inputs win over every check's own. */
export function checksOfFile(
  file: ConfigFile,
  inputs: InputValues,
  api: ApiName,
  workspace: string,
): readonly CheckSettings[] {
  const defaults = file.defaults ?? {}
  return file.checks.map((check): CheckSettings => {
    const common = { id: check.id, byInputs: false, policy: policyOf([inputs, check, defaults]) }
    if (check.hunting !== undefined) {
      const source = sourceOf(check.hunting, workspace)
      const question = huntingQuestion(source, [check.hunting, defaults], api)
      // A file names itself; the id stands in where it does not.
      return { ...common, title: check.title ?? (source.from === 'text' ? check.id : undefined), question }
    }
    const kind = check.incidents === undefined ? 'alerts' : 'incidents'
    return { ...common, title: check.title ?? check.id, question: listQuestion(kind, [check[kind] ?? {}, defaults]) }
  })
}

function sourceOf(hunting: NonNullable<ConfigFile['checks'][number]['hunting']>, workspace: string): QuerySource {
  if (hunting.query !== undefined) return { from: 'text', text: hunting.query }
  const path = hunting['query-file']
  if (path !== undefined) return { from: 'file', path: relativePath(workspace, path) }
  return { from: 'globs', patterns: hunting.queries ?? [] }
}
