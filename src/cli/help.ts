/** The text of `--help`, made from the table of inputs. */

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
    row(`--${name}`, HERE[name] ?? description.replaceAll('`', ''), columns),
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

Options, each as the input of the action of the same name
${rows.join('\n')}

${row('--json', 'print report.json in place of the tables', columns)}
${row('-h, --help', 'print this', columns)}
${row('--version', 'print the version', columns)}

Lists may be given as several options. Exit status: 0 or 1, as the action's; 130 when interrupted.
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
