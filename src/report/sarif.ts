/**
 * `results.sarif`: SARIF 2.1.0 for GitHub code scanning. Standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/. What GitHub
 * reads of it and its limits: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
import { type CheckResult, type Finding, type Run, SEVERITIES } from '../model.ts'
import { plain, tellingColumns } from './columns.ts'
import { brief, forJson, forSarifText, forUrl } from './escape.ts'
import { LEVELS, ruleOf } from './sarif-rule.ts'
import { many, rank } from './words.ts'

/** GitHub refuses a file beyond these. */
export const RUNS_A_FILE = 20
export const RESULTS_A_RUN = 25_000

const STATUS_ORDER: readonly Finding['status'][] = ['new', 'known', 'suppressed']

export interface SarifOptions {
  /**
   * The file that a result is shown on when its check has no query file: code scanning needs one. The config file or the
   * workflow, relative to the workspace; it must stay the same from run to run.
   */
  readonly place: string
}

export interface Sarif<File = string> {
  /** One file for every twenty tenants: `results.sarif`, then `results-2.sarif`, … */
  readonly files: readonly File[]
  /** Findings that a run has no room for. */
  readonly leftOut: number
}

/** The files in one piece each. */
export function renderSarif(run: Run, options: SarifOptions): Sarif {
  const { files, leftOut } = sarifChunks(run, options)
  return { files: files.map((file) => [...file].join('')), leftOut }
}

/**
 * One run a tenant, also for a tenant without findings. The run must be free of secrets, and no check may be in error. The
 * files come in pieces, one result at a time.
 */
export function sarifChunks(run: Run, options: SarifOptions): Sarif<Iterable<string>> {
  const tenants = [...Map.groupBy(run.checks, (result) => result.tenant.id).values()]
  const files: Iterable<string>[] = []
  for (let at = 0; at === 0 || at < tenants.length; at += RUNS_A_FILE) {
    files.push(fileChunks(tenants.slice(at, at + RUNS_A_FILE), run, options))
  }
  return { files, leftOut: tenants.reduce((sum, results) => sum + leftOutOf(results), 0) }
}

type Results = readonly CheckResult[]

function* fileChunks(tenants: readonly Results[], run: Run, options: SarifOptions): Generator<string> {
  const head = forJson({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0' }, 1)
  yield `${head.slice(0, -2)},\n "runs": [`
  for (const [index, results] of tenants.entries()) {
    yield index === 0 ? '\n' : ',\n'
    yield* runChunks(results, run, options)
  }
  yield '\n ]\n}\n'
}

function* runChunks(results: Results, run: Run, options: SarifOptions): Generator<string> {
  yield `${forJson(headOf(results, run)).slice(0, -1)},"results":[`
  const write = run.details === 'full' ? (found: Found) => forJson(resultOf(found, run, options)) : alike(run, options)
  let comma = '\n'
  for (const found of keptOf(results, run)) {
    yield comma + write(found)
    comma = ',\n'
  }
  yield ']}'
}

function headOf(results: Results, run: Run) {
  const { tenant } = results[0]!
  const leftOut = leftOutOf(results)
  return {
    tool: {
      driver: {
        name: 'Defender Gate',
        rules: results.map((result) => ruleOf(result)),
      },
    },
    automationDetails: {
      id: `defender-gate/${encodeURIComponent(tenant.id)}/`,
      description: { text: forSarifText(`Defender Gate on tenant ${brief(tenant.label, 200)}`) },
    },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
    invocations: [
      {
        executionSuccessful: true,
        startTimeUtc: run.startedAt,
        endTimeUtc: run.finishedAt,
        ...(leftOut === 0 ? {} : { toolExecutionNotifications: [leftOutNotice(leftOut)] }),
      },
    ],
  }
}

// --- results --------------------------------------------------------------------------------------------------------

interface Found {
  readonly result: CheckResult
  readonly finding: Finding
  readonly ruleIndex: number
  /** The columns that its message tells. */
  readonly columns: readonly string[]
}

function leftOutOf(results: Results): number {
  const all = results.reduce((sum, { findings }) => sum + findings.length, 0)
  return Math.max(0, all - RESULTS_A_RUN)
}

/** With `details: counts` results of one kind differ by their fingerprint alone: each kind is written once. */
function alike(run: Run, options: SarifOptions): (found: Found) => string {
  const texts = new Map<string, readonly string[]>()
  return (found) => {
    const { ruleIndex, finding } = found
    const kind = `${ruleIndex} ${finding.severity} ${finding.status}`
    const text = texts.get(kind) ?? forJson(resultOf(found, run, options)).split(finding.fingerprint)
    texts.set(kind, text)
    return text.join(finding.fingerprint)
  }
}

/** All findings in order; of too many the new ones first, and of these the worst. */
function* keptOf(results: Results, run: Run): Generator<Found> {
  if (leftOutOf(results) === 0) return yield* foundIn(results, run)
  let room = RESULTS_A_RUN
  for (const wanted of ranksIn(results)) {
    for (const found of foundIn(results, run)) {
      if (rankOf(found.finding) !== wanted) continue
      yield found
      room -= 1
      if (room === 0) return
    }
  }
}

function* foundIn(results: Results, run: Run): Generator<Found> {
  for (const [ruleIndex, result] of results.entries()) {
    const columns = run.details === 'full' ? tellingColumns(result, result.findings, 3) : []
    for (const finding of result.findings) yield { result, finding, ruleIndex, columns }
  }
}

/** The ranks that there are, the highest first. */
function ranksIn(results: Results): readonly number[] {
  const ranks = new Set<number>()
  for (const { findings } of results) for (const finding of findings) ranks.add(rankOf(finding))
  return [...ranks].sort((a, b) => b - a)
}

function rankOf({ status, severity }: Finding): number {
  return rank(severity) - STATUS_ORDER.indexOf(status) * SEVERITIES.length
}

function resultOf({ result, finding, ruleIndex, columns }: Found, run: Run, options: SarifOptions) {
  return {
    ruleId: result.check.id,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: run.details === 'full' ? messageOf(finding, columns) : withheld(result, finding) },
    locations: [{ physicalLocation: placeOf(result, options) }],
    // GitHub follows an alert by the first only; without it every finding of a file would look like the same one.
    partialFingerprints: {
      primaryLocationLineHash: `${finding.fingerprint}:1`,
      'defenderGate/v1': finding.fingerprint,
    },
    baselineState: finding.status === 'known' ? 'unchanged' : 'new',
    suppressions: finding.status === 'suppressed' ? [suppressionOf(finding, run)] : [],
    ...linkOf(finding, run),
    properties: { severity: finding.severity, status: finding.status },
  }
}

function leftOutNotice(leftOut: number) {
  const text = `${many(leftOut, 'finding')} of lower rank left out: GitHub takes ${RESULTS_A_RUN} results a run.`
  return { level: 'warning', message: { text }, descriptor: { id: 'results-left-out' } }
}

function messageOf(finding: Finding, columns: readonly string[]): string {
  const facts = columns
    .map((name) => [name, plain(finding.data[name])] as const)
    .filter(([, value]) => value !== '' && value !== finding.title)
    .map(([name, value]) => `${brief(name, 60)}: ${brief(value, 120)}`)
  const title = brief(finding.title, 300) || 'Finding without a title'
  return forSarifText(facts.length === 0 ? title : `${title} (${facts.join('; ')})`)
}

/** With `details: counts` a result tells that there is a finding, and how severe, and nothing else of it. */
function withheld(result: CheckResult, finding: Finding): string {
  return forSarifText(
    `A finding of the check ${brief(result.check.id, 200)}, severity ${finding.severity}. Its details are withheld.`,
  )
}

/** Code scanning links a result to a line; a query file has one, everything else stands on line 1 of one steady file. */
function placeOf(result: CheckResult, options: SarifOptions) {
  const { ask } = result.check
  const file = 'query' in ask ? ask.query.file : undefined
  const path = file?.path ?? options.place
  const uri = path
    .split('/')
    .map((part) => encodeURIComponent(part.toWellFormed()))
    .join('/')
  return { artifactLocation: { uri, uriBaseId: '%SRCROOT%' }, region: { startLine: Math.max(1, file?.line ?? 1) } }
}

function suppressionOf(finding: Finding, run: Run) {
  const { suppression } = finding
  if (suppression === undefined || run.details === 'counts') {
    return {
      kind: 'external',
      status: 'accepted',
      justification: 'Held by a suppression in the configuration of Defender Gate.',
    }
  }
  const owner = suppression.owner === undefined ? '' : `, owner ${brief(suppression.owner, 100)}`
  const justification = `${brief(suppression.reason, 500)} (until ${brief(suppression.expires, 20)}${owner})`
  return { kind: 'external', status: 'accepted', justification }
}

function linkOf(finding: Finding, run: Run): { hostedViewerUri?: string } {
  const url = finding.url === undefined || run.details === 'counts' ? undefined : forUrl(finding.url)
  return url === undefined ? {} : { hostedViewerUri: url }
}
