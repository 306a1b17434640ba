/** The text of `--help`, made from the table of inputs. */
import { deskPhrases } from './desk-words.ts'

export interface OptionHelp {
  readonly name: string
  /** Markdown, with the default in words at its end. */
  readonly description: string
}

/** Where the command differs from the action. */
const HERE: Readonly<Record<string, string>> = {
  details: 'full shows findings, counts only their number. Default: full on a terminal, counts elsewhere.',
  'report-dir': 'Folder to write the report files to. Default: none are written.',
}
const WIDEST = 100
const INDENT = 25

/** `options` in the order of the table; those that a command line refuses are left out by the caller. */
export function helpText(options: readonly OptionHelp[], width: number | undefined): string {
  const columns = Math.max(60, Math.min(width ?? WIDEST, WIDEST))
  const rows = options.map(({ name, description }) =>
    row(`--${name}`, HERE[name] ?? deskPhrases(description).replaceAll('`', ''), columns),
  )
  return `Ask Microsoft Defender XDR, and end with status 1 on findings. An error is never a pass.

Usage
  defender-gate --check incidents [options]
  defender-gate --config .github/defender-gate.yml [options]
  defender-gate validate <globs> [--schema <file>] [--fail-on error|warning]

Sign-in, by the environment
${row('AZURE_TENANT_ID', 'the tenant to check, where neither --tenant-id nor the config file names one', columns)}
${row('AZURE_CLIENT_ID', 'the app registration, where --client-id does not name it', columns)}
${row('AZURE_CLIENT_SECRET', 'its secret', columns)}
${row('AZURE_CLIENT_CERTIFICATE_PATH', 'or a PEM file with certificate and private key', columns)}
${row('AZURE_AUTHORITY_HOST', 'where to sign in, where --authority-url does not name it', columns)}

Options, each as the input of the action of the same name
${rows.join('\n')}

${row('--json', 'print report.json in place of the tables', columns)}
${row('-h, --help', 'print this', columns)}
${row('--version', 'print the version', columns)}

Lists may be given as several options. Paths and globs start from the current folder.
Exit status: 0 or 1, as the action's; 130 when interrupted.
`
}

/** The text of `validate --help`. */
export function validateHelpText(width: number | undefined): string {
  const columns = Math.max(60, Math.min(width ?? WIDEST, WIDEST))
  return `Check query files for advanced hunting, offline and without credentials.

Usage
  defender-gate validate <globs> [options]
  defender-gate validate "hunting/**/*.kql" "!hunting/drafts/**"

${row('<globs>', 'query files, from the current folder; ! excludes. Quote them, so that the shell leaves them alone', columns)}

Options
${row('--fail-on', 'error, or warning for both. Default: error.', columns)}
${row('--schema', 'JSON file with more tables and functions. Default: none.', columns)}
${row('-h, --help', 'print this', columns)}

Each fault is a line: file, line, column, what is wrong and its code.
Exit status: 0 when passed, else 1.
`
}

function row(name: string, text: string, columns: number): string {
  const lines = wrap(text, columns - INDENT)
  const gap = ' '.repeat(INDENT)
  const first = `  ${name}`
  // A long name has a line of its own.
  const head = first.length < INDENT ? first.padEnd(INDENT) + (lines.shift() ?? '') : first
  return [head, ...lines.map((line) => gap + line)].join('\n')
}

/** Lines of at most `columns` characters, broken between words. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return line === '' ? lines : [...lines, line]
}
