/** The diagnostics as SARIF 2.1.0, for `github/codeql-action/upload-sarif`: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
import { createHash } from 'node:crypto'
import type { CodeEntry } from '../errors.ts'
import type { Diagnostic, Validation } from './validate-files.ts'

export interface SarifOptions {
  /** What each code means. */
  readonly codes: Readonly<Record<string, CodeEntry>>
  /** Makes text of a query file harmless. */
  readonly escape: (text: string) => string
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json'
/** Code scanning shows no more than 5,000 results of a run and refuses more than 25,000. */
const MOST_RESULTS = 5000

/** One run; a run without results closes what earlier ones told. */
export function toSarif(validation: Validation, options: SarifOptions): object {
  const shown = validation.diagnostics.slice(0, MOST_RESULTS)
  const rules = [...new Set(shown.map((diagnostic) => diagnostic.code))].sort()
  const seen = new Map<string, number>()
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Defender Gate validate', rules: rules.map((code) => toRule(code, options.codes)) } },
        automationDetails: { id: 'defender-gate/validate/' },
        columnKind: 'utf16CodeUnits',
        results: shown.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: rules.indexOf(diagnostic.code),
          level: diagnostic.severity,
          message: { text: options.escape(diagnostic.message) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: toUri(diagnostic.file), uriBaseId: '%SRCROOT%' },
                region: toRegion(diagnostic),
              },
            },
          ],
          partialFingerprints: { 'defenderGate/v1': fingerprint(diagnostic, seen) },
        })),
      },
    ],
  }
}

function toRule(code: string, codes: SarifOptions['codes']): object {
  const entry = Object.hasOwn(codes, code) ? codes[code] : undefined
  if (entry === undefined) return { id: code }
  return {
    id: code,
    shortDescription: { text: entry.title },
    fullDescription: { text: entry.cause },
    help: { text: entry.cure, markdown: entry.cure },
  }
}

function toRegion({ line, column, endLine, endColumn }: Diagnostic): object {
  const start = { startLine: line, startColumn: column }
  return endLine === undefined || endColumn === undefined ? start : { ...start, endLine, endColumn }
}

/** The path as a relative URI reference; without the `./`, a colon in the first part would read as a scheme. */
function toUri(path: string): string {
  const uri = path.split('/').map(encodeURIComponent).join('/')
  return uri.replaceAll('%3A', ':').replace(/^([^/]*:)/, './$1')
}

/** The same fault keeps its fingerprint when lines move: file, code and message, and which of several alike it is. */
function fingerprint(diagnostic: Diagnostic, seen: Map<string, number>): string {
  const identity = JSON.stringify([diagnostic.file, diagnostic.code, diagnostic.message])
  const count = (seen.get(identity) ?? 0) + 1
  seen.set(identity, count)
  return createHash('sha256').update(`${identity} ${count}`).digest('hex')
}
