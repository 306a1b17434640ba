/** The page of error codes, docs/troubleshooting.md, made from the catalogues in src/errors/ and the table of Entra's errors. */
import { CHECKS_CODES } from '../src/errors/checks.ts'
import { CLI_CODES } from '../src/errors/cli.ts'
import { GATE_CODES } from '../src/errors/gate.ts'
import { IDENTITY_CODES } from '../src/errors/identity.ts'
import { KQL_CODES } from '../src/errors/kql.ts'
import { NETWORK_CODES } from '../src/errors/network.ts'
import { REPORT_CODES } from '../src/errors/report.ts'
import { SECURITY_API_CODES } from '../src/errors/security-api.ts'
import { SETTINGS_CODES } from '../src/errors/settings.ts'
import { VERDICT_CODES } from '../src/errors/verdict.ts'
import { COMMON_CODES, type CodeEntry } from '../src/errors.ts'
import { ENTRA_ERRORS } from '../src/identity/entra-error-table.ts'

interface Section {
  readonly title: string
  readonly about: string
  readonly codes: Readonly<Record<string, CodeEntry>>
}

/** In the order of a run. */
export const SECTIONS: readonly Section[] = [
  { title: 'Settings', about: 'Inputs and the config file. Nothing was asked.', codes: SETTINGS_CODES },
  { title: 'Signing in', about: 'Credential, token and permissions.', codes: IDENTITY_CODES },
  { title: 'Network', about: 'Between the runner and a server.', codes: NETWORK_CODES },
  { title: 'The security API', about: 'What the service answered.', codes: SECURITY_API_CODES },
  { title: 'Checks and query files', about: 'What was to be asked.', codes: CHECKS_CODES },
  { title: 'Verdict', about: 'Baseline, and results that decide nothing.', codes: VERDICT_CODES },
  { title: 'The run', about: 'The run as a whole.', codes: { ...GATE_CODES, ...COMMON_CODES } },
  {
    title: 'Reports and issues',
    about: 'What was to be written. None of these changes the verdict.',
    codes: REPORT_CODES,
  },
  { title: 'Queries checked offline', about: 'What `validate/` says of queries and of its inputs.', codes: KQL_CODES },
  { title: 'Command line', about: '`npx defender-gate`.', codes: CLI_CODES },
]

/** GitHub's anchor of a heading in plain words. */
const anchor = (title: string): string => title.toLowerCase().replaceAll(' ', '-')

export function troubleshootingPage(): string {
  const index = SECTIONS.map(
    ({ title, codes }) =>
      `- **[${title}](#${anchor(title)})**: ${Object.keys(codes)
        .map((code) => `[${code}](#${code})`)
        .join(', ')}`,
  )
  return `<!-- Made by "npm run generate" from src/errors/. Don't edit. -->

# Troubleshooting

Every error has a code. The job summary and the annotations show it, with a link to its place on this page. The message
itself names the input, role or host at fault; here stands what is behind it.

An error is never a pass: a check in error fails the step, unless \`on-error: warn\` says otherwise. For more of what
happened, re-run the job with debug logging. Where a message carries a request id, Microsoft's support can find the
request by it.

${index.join('\n')}
- **[Entra's own numbers](#entras-own-numbers)**: AADSTS…

${SECTIONS.map(section).join('\n\n')}

## Entra's own numbers

When Entra ID refuses a sign-in, its line (\`AADSTS…\`) is in the message. Microsoft may change numbers and texts, so the
line itself is always shown.

| number | what it means here | what to do | code |
| --- | --- | --- | --- |
${entraRows().join('\n')}
`
}

function section({ title, about, codes }: Section): string {
  const entries = Object.entries(codes).map(
    ([code, { title: name, cause, cure }]) => `### ${code}\n\n**${name}.** ${cause}\n\n*What to do:* ${cure}`,
  )
  return [`## ${title}`, about, ...entries].join('\n\n')
}

function entraRows(): string[] {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
  return [...ENTRA_ERRORS]
    .sort(([a], [b]) => a - b)
    .map(
      ([number, { code, meaning, remedy }]) =>
        `| AADSTS${number} | ${cell(meaning)} | ${cell(remedy)} | [${code}](#${code}) |`,
    )
}
