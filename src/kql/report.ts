/** What people see of a validation: annotations, the job summary, the final sentence. Escaping comes in as parameters. */
import type { Diagnostic, Validation } from './validate-files.ts'

/** How text of a query file is made harmless for each sink. */
export interface Escaping {
  readonly command: (text: string) => string
  readonly property: (text: string) => string
  readonly markdownCell: (text: string) => string
  readonly markdownCodeCell: (text: string) => string
}

/**
 * A workflow command a diagnostic. GitHub shows ten errors and ten warnings of a step; all of them are in the log, which shows
 * nothing but the message: so the place stands in it as well.
 */
export function annotation(diagnostic: Diagnostic, escaping: Escaping): string {
  const { severity, file, line, column, endLine, endColumn, code, message } = diagnostic
  // The runner takes an end column only on the line of the start.
  const end = endLine === line && endColumn !== undefined ? [`endLine=${endLine}`, `endColumn=${endColumn}`] : []
  const properties = [
    `file=${escaping.property(file)}`,
    `line=${line}`,
    `col=${column}`,
    ...end,
    `title=${escaping.property(code)}`,
  ]
  return `::${severity} ${properties.join(',')}::${escaping.command(`${file}:${line}:${column}: ${message}`)}`
}

/** GitHub drops a summary of more than 1 MiB as a whole. Left over is room for what other steps write. */
const SUMMARY_BYTES = 900 * 1024

/** The job summary in Markdown, errors first, within its budget of bytes. `docs` is the page of all codes. */
export function summary(validation: Validation, escaping: Escaping, docs?: string): string {
  const { verdict, diagnostics } = validation
  const head = [`## Hunting queries: ${verdict}`, '', `${counts(validation)}.`, ''].join('\n')
  if (diagnostics.length === 0) return head
  const ordered = [...diagnostics].sort((a, b) => rank(a) - rank(b))
  const lines = ['| | Place | Message | Code |', '|---|---|---|---|']
  let left = SUMMARY_BYTES - Buffer.byteLength(head)
  let shown = 0
  for (const diagnostic of ordered) {
    const row = summaryRow(diagnostic, escaping, docs)
    left -= Buffer.byteLength(row) + 1
    if (left < 0) break
    lines.push(row)
    shown += 1
  }
  const rest = ordered.length - shown
  return `${head}\n${lines.join('\n')}\n${rest > 0 ? `\n${many(rest, 'more diagnostic')}: see the log.\n` : ''}`
}

function summaryRow(diagnostic: Diagnostic, escaping: Escaping, docs: string | undefined): string {
  const { severity, file, line, column, message, code } = diagnostic
  const place = escaping.markdownCodeCell(`${file}:${line}:${column}`)
  return `| ${severity} | ${place} | ${escaping.markdownCell(message)} | ${docs === undefined ? `\`${code}\`` : `[\`${code}\`](${docs}#${code})`} |`
}

function rank(diagnostic: Diagnostic): number {
  return diagnostic.severity === 'error' ? 0 : 1
}

/** How much was checked, and what was found. */
export function counts({ files, errors, warnings }: Validation): string {
  return `${many(files.length, 'file')}, ${many(errors, 'error')}, ${many(warnings, 'warning')}`
}

/** The sentence with which the step fails. */
export function finalMessage({ errors, warnings, files }: Validation): string {
  return `Defender Gate: ${many(errors, 'error')} and ${many(warnings, 'warning')} in ${many(files.length, 'query file')}. The annotations name file, line and column.`
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
