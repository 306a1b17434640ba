/** `defender-gate validate`: the offline checks of query files, told on a terminal. Loaded only for this command. */
import { realpathSync } from 'node:fs'
import { atDesk, type Command } from './cli/index.ts'
import { globsMissing } from './errors/cli.ts'
import { badFailOn } from './errors/kql.ts'
import { GateError } from './errors.ts'
import { createFiles } from './files.ts'
import type { Diagnostic } from './kql/validate-files.ts'
import { brief, forLog } from './report/escape.ts'
import { secondThread } from './second-thread.ts'
import { validateQueries } from './validate-queries.ts'

const LONGEST_LINE = 2000

/** Resolves with the exit status. Throws a `GateError` where nothing could be checked. */
export async function validateCommand(
  command: Extract<Command, { kind: 'validate' }>,
  output: { readonly print: (line: string) => void; readonly colour: boolean },
): Promise<number> {
  const validation = await validate(command).catch((thrown: unknown) => {
    throw thrown instanceof GateError ? inDeskWords(thrown) : thrown
  })
  for (const diagnostic of validation.diagnostics) output.print(line(diagnostic, output.colour))
  for (const note of validation.notes) output.print(forLog(note))
  const { verdict, errors, warnings } = validation
  const mark = verdict === 'passed' ? '✓' : '✗'
  const text = `${mark} ${verdict}: ${many(errors, 'error')} and ${many(warnings, 'warning')} in ${many(validation.files.length, 'file')}`
  output.print(output.colour ? `\u001b[${verdict === 'passed' ? 32 : 31}m${text}\u001b[39m` : text)
  return verdict === 'passed' ? 0 : 1
}

async function validate({ queries, schema, failOn: given = 'error' }: Extract<Command, { kind: 'validate' }>) {
  const failOn = given.toLowerCase()
  if (queries.length === 0) throw globsMissing()
  if (failOn !== 'error' && failOn !== 'warning') throw badFailOn(given)
  const workspace = process.cwd()
  // The command may be a link of npm's without an ending, which a thread can't be started from.
  const beside = secondThread(realpathSync(process.argv[1]!), workspace)
  return validateQueries({ queries, schema, failOn, files: createFiles(workspace), beside })
}

/** The globs stand alone here: there is no option for them. */
function inDeskWords(error: GateError): GateError {
  const words = { options: ['schema', 'fail-on'], variables: {} }
  const { code, message, hint } = atDesk({ code: error.code, message: error.message, hint: error.hint }, words)
  const bare = (text: string): string =>
    text
      .replace('matches queries:', 'matches')
      .replace('globs in queries', 'globs')
      .replace('Set fail-on', 'Set --fail-on')
  return new GateError(code, bare(message), bare(hint), { cause: error.cause })
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
