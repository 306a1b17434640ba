/** The seal: every report is made from a run that holds no secret any more. */
import type { Finding, Findings, PlannedCheck, Run } from '../model.ts'
import { MASK } from './redact.ts'

type Redact = (text: string) => string

/**
 * The run without any secret in it, which is what every report is made from: redacting values before they are escaped, cut
 * and joined finds what a redaction of finished files would miss, and leaves JSON, SARIF and CSV valid. Fingerprints, times,
 * states and tenant ids are ours or public, and stay. What holds no secret is not copied.
 */
export function redactRun(run: Run, redact: Redact): Run {
  return {
    ...run,
    notes: clean(run.notes, redact),
    inputErrors: clean(run.inputErrors, redact),
    checks: run.checks.map((result) => ({
      ...result,
      check: {
        ...result.check,
        id: redact(result.check.id),
        parentId: redact(result.check.parentId),
        title: redact(result.check.title),
        ask: cleanAsk(result.check.ask, redact),
      },
      tenant: { ...result.tenant, label: redact(result.tenant.label) },
      error: clean(result.error, redact),
      reason: redact(result.reason),
      columns: clean(result.columns, redact),
      notes: clean(result.notes, redact),
      portalUrl: linkOf(result, redact),
      findings:
        run.details === 'full'
          ? Array.from(result.findings, (finding) => shown(finding, redact))
          : withheld(result.findings),
    })),
  }
}

const NO_DATA = {}

/** With `details: counts` no report may tell what others wrote in a finding, nor why it is held, and so none gets to see it. */
class Withheld implements Finding {
  readonly title = ''
  readonly url = undefined
  readonly at = undefined
  readonly data = NO_DATA
  readonly severity: Finding['severity']
  readonly status: Finding['status']
  readonly #finding: Finding

  constructor(finding: Finding) {
    this.severity = finding.severity
    this.status = finding.status
    this.#finding = finding
  }

  get fingerprint(): string {
    return this.#finding.fingerprint
  }
}

/** Made while they are gone through, so that no second copy of them is held. */
function withheld(findings: Findings): Findings {
  return {
    length: findings.length,
    *[Symbol.iterator]() {
      for (const finding of findings) yield new Withheld(finding)
    },
  }
}

/** The very same finding where it holds no secret. */
function shown(finding: Finding, redact: Redact): Finding {
  const title = redact(finding.title)
  const url = finding.url === undefined ? undefined : redact(finding.url)
  const data = clean(finding.data, redact)
  const suppression = clean(finding.suppression, redact)
  const same = title === finding.title && url === finding.url && data === finding.data
  if (same && suppression === finding.suppression) return finding
  return { ...finding, title, url, data, suppression }
}

function cleanAsk(ask: PlannedCheck['ask'], redact: Redact): PlannedCheck['ask'] {
  if (!('query' in ask)) return ask
  return { ...ask, query: { ...clean(ask.query, redact), severity: ask.query.severity } }
}

/** The portal link carries the query packed, where no redactor can see it: a query with a secret in it gets no link. */
function linkOf(result: Run['checks'][number], redact: Redact): string | undefined {
  const { ask } = result.check
  if (result.portalUrl === undefined || !('query' in ask) || redact(ask.query.text) !== ask.query.text) return undefined
  return redact(result.portalUrl)
}

/** The same value with every text in it redacted, keys included; the very same object where nothing had to change. */
function clean<T>(value: T, redact: Redact): T {
  return cleaned(value, redact) as T
}

function cleaned(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value)
    return redact(text) === text ? value : MASK
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => cleaned(item, redact))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value)
  const before = value as Readonly<Record<string, unknown>>
  const items = names.map((name) => cleaned(before[name], redact))
  if (names.every((name, index) => items[index] === before[name] && redact(name) === name)) return value
  const taken = new Set<string>()
  const entries = names.map((key, index) => {
    let name = redact(key)
    while (taken.has(name)) name += '*'
    taken.add(name)
    return [name, items[index]] as const
  })
  return Object.fromEntries(entries)
}
