/**
 * `results.sarif`: SARIF 2.1.0 for GitHub code scanning. Standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/. What GitHub
 * reads of it and its limits: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
import type { CheckResult, Finding, Run } from '../model.ts'
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

export interface Sarif {
  /** One file for every twenty tenants: `results.sarif`, then `results-2.sarif`, … */
  readonly files: readonly string[]
  /** Findings that a run has no room for. */
  readonly leftOut: number
}

/** One run a tenant, also for a tenant without findings. The run must be free of secrets, and no check may be in error. */
export function renderSarif(run: Run, options: SarifOptions): Sarif {
  const tenants = Map.groupBy(run.checks, (result) => result.tenant.id)
  const runs = [...tenants.values()].map((results) => sarifRun(results, run, options))
  const files: string[] = []
  for (let at = 0; at === 0 || at < runs.length; at += RUNS_A_FILE) {
    const content = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: runs.slice(at, at + RUNS_A_FILE).map((one) => one.sarif),
    }
    files.push(`${forJson(content, 1)}\n`)
  }
  return { files, leftOut: runs.reduce((sum, one) => sum + one.leftOut, 0) }
}

function sarifRun(results: readonly CheckResult[], run: Run, options: SarifOptions) {
  const tenant = results[0]!.tenant
  const all = results.flatMap((result, ruleIndex) => {
    const columns = run.details === 'full' ? tellingColumns(result, result.findings, 3) : []
    return result.findings.map((finding) => ({ result, finding, ruleIndex, columns }))
  })
  const kept =
    all.length <= RESULTS_A_RUN
      ? all
      : all
          .toSorted(
            (a, b) =>
              STATUS_ORDER.indexOf(a.finding.status) - STATUS_ORDER.indexOf(b.finding.status) ||
              rank(b.finding.severity) - rank(a.finding.severity),
          )
          .slice(0, RESULTS_A_RUN)
  const leftOut = all.length - kept.length
  const sarif = {
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
    results: kept.map(({ result, finding, ruleIndex, columns }) => ({
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
    })),
  }
  return { sarif, leftOut }
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
