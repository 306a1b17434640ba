/** `defender-gate validate`: the offline checks of query files, told on a terminal. Loaded only for this command. */
import type { Command } from './cli/index.ts'
import { badFailOn, queriesMissing } from './errors/kql.ts'
import { createFiles } from './files.ts'
import type { Diagnostic } from './kql/validate-files.ts'
import { brief, forLog } from './report/escape.ts'
import { validateQueries } from './validate-queries.ts'

const LONGEST_LINE = 2000

/** Resolves with the exit status. Throws a `GateError` where nothing could be checked. */
export async function validateCommand(
  command: Extract<Command, { kind: 'validate' }>,
  output: { readonly print: (line: string) => void; readonly colour: boolean },
): Promise<number> {
  const failOn = (command.failOn ?? 'error').toLowerCase()
  if (command.queries.length === 0) throw queriesMissing()
  if (failOn !== 'error' && failOn !== 'warning') throw badFailOn(command.failOn!)
  const files = createFiles(process.cwd())
  const validation = await validateQueries({ queries: command.queries, schema: command.schema, failOn, files })
  for (const diagnostic of validation.diagnostics) output.print(line(diagnostic, output.colour))
  const { verdict, errors, warnings } = validation
  const mark = verdict === 'passed' ? '✓' : '✗'
  const text = `${mark} ${verdict}: ${many(errors, 'error')} and ${many(warnings, 'warning')} in ${many(validation.files.length, 'file')}`
  output.print(output.colour ? `\u001b[${verdict === 'passed' ? 32 : 31}m${text}\u001b[39m` : text)
  return verdict === 'passed' ? 0 : 1
}

/** `hunting/a.kql:3:7: error: … (kql-syntax)`: the form that editors turn into links. */
function line({ file, line: row, column, severity, message, code }: Diagnostic, colour: boolean): string {
  const word = colour ? `\u001b[${severity === 'error' ? 31 : 33}m${severity}\u001b[39m` : severity
  const safe = (text: string): string => forLog(brief(text, LONGEST_LINE))
  return `${safe(file)}:${row}:${column}: ${word}: ${safe(message)} (${safe(code)})`
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
