/** What can be wrong with a command line, and with the environment that it signs in from. */
import { type CodeEntry, GateError, GateErrors, systemCode, systemReason } from '../errors.ts'

export const CLI_CODES = {
  'cli-arguments': {
    title: 'The command line is wrong',
    cause: 'One or more options of `npx defender-gate` are wrong. Nothing was asked.',
    cure: 'Mend every problem in the list. `npx defender-gate --help` shows all options.',
  },
  'cli-option-unknown': {
    title: 'An option is not known',
    cause: '`defender-gate` has no option of this name. Options have the names of the inputs of the action.',
    cure: 'Correct the name. `npx defender-gate --help` shows all options.',
  },
  'cli-option-value': {
    title: 'An option lacks its value, or has one too many',
    cause: 'The option needs a value and got none, takes none and got one, or was given twice.',
    cure: 'Write `--name value`, or `--name=value` where the value starts with a dash.',
  },
  'cli-argument': {
    title: 'A word stands alone on the command line',
    cause: 'Everything that is asked is given by options. The one word that may stand alone is `validate`, in front.',
    cure: 'Put the word behind the option that it belongs to, and quote values with spaces or `*`.',
  },
  'cli-secret': {
    title: 'A secret was given on the command line',
    cause:
      'What stands on a command line can be read by every process of the machine and stays in the history of the shell.',
    cure: 'Set `AZURE_CLIENT_SECRET` or `AZURE_CLIENT_CERTIFICATE_PATH`, and make a new secret in place of the one that was typed.',
  },
  'cli-workflow-only': {
    title: 'An option works in a workflow only',
    cause: 'Issues are kept by the action, with the token and the repository of its workflow.',
    cure: 'Leave the option out at a desk.',
  },
  'cli-credential': {
    title: 'The environment holds no credential',
    cause:
      'None of the variables by which the command signs in is set. `AZURE_FEDERATED_TOKEN_FILE`, `AZURE_CLIENT_CERTIFICATE_PASSWORD` and a sign-in with `az login` are not used.',
    cure: 'Set `AZURE_CLIENT_SECRET`, or `AZURE_CLIENT_CERTIFICATE_PATH` with the path of a PEM file that holds the certificate and its private key.',
  },
  'cli-certificate': {
    title: 'The certificate file can not be read',
    cause: 'The file that `AZURE_CLIENT_CERTIFICATE_PATH` names does not exist, or is no text in PEM.',
    cure: 'Correct the path. A PFX file becomes PEM with `openssl pkcs12 -in app.pfx -nodes -out app.pem`.',
  },
  'cli-globs': {
    title: 'validate was told no files',
    cause: '`defender-gate validate` stands without globs of the files to check.',
    cure: 'Name them: `defender-gate validate "hunting/**/*.kql"`.',
  },
  'cli-report-dir': {
    title: 'The folder for reports can not be used',
    cause: '`--report-dir` names a file, or a folder that can not be made or written to. Nothing was asked.',
    cure: 'Name a folder that you may write to.',
  },
} as const satisfies Record<string, CodeEntry>

/** All problems of one command line. */
export function argumentsWrong(problems: readonly GateError[]): GateErrors {
  const many = problems.length === 1 ? 'is 1 problem' : `are ${problems.length} problems`
  return new GateErrors(
    'cli-arguments',
    `There ${many} on the command line, so nothing was asked.`,
    'See defender-gate --help.',
    problems,
  )
}

/** `allowed` says where the option belongs, when it is one of the other command. */
export function optionUnknown(option: string, near: string | undefined, allowed?: string): GateError {
  const hint = near === undefined ? (allowed ?? 'See defender-gate --help for all options.') : `Did you mean ${near}?`
  return new GateError('cli-option-unknown', `The option ${option} does not exist here.`, hint)
}

export function optionWithoutValue(option: string): GateError {
  return new GateError(
    'cli-option-value',
    `The option ${option} needs a value.`,
    `Write ${option} and the value behind it, or ${option}=… where the value starts with a dash.`,
  )
}

export function optionWithValue(option: string): GateError {
  return new GateError('cli-option-value', `The option ${option} takes no value.`, `Write ${option} alone.`)
}

export function optionTwice(option: string): GateError {
  return new GateError('cli-option-value', `The option ${option} is given twice.`, 'Keep one of the two.')
}

export function strayArgument(word: string, hint: string): GateError {
  return new GateError('cli-argument', `"${word}" stands alone on the command line.`, hint)
}

/** Never with the value. `instead` says how the secret is given. */
export function secretOption(option: string, instead: string): GateError {
  return new GateError(
    'cli-secret',
    `The option ${option} is refused: every process of the machine can read a command line, and the shell keeps it.`,
    `${instead} Treat the value that was typed as known to others.`,
  )
}

export function workflowOnly(option: string): GateError {
  return new GateError(
    'cli-workflow-only',
    `The option ${option} works in a workflow only: issues are kept by the action, with the token of its job.`,
    `Leave ${option} out.`,
  )
}

/** `unread` is a variable that is set and that the command does not read. */
export function noCredential(unread?: string): GateError {
  const besides = unread === undefined ? '' : `; ${unread} is set, but not read here`
  return new GateError(
    'cli-credential',
    `The environment holds no credential to sign in with${besides}.`,
    'Set AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH with the path of a PEM file that holds the certificate and its private key.',
  )
}

export function certificateUnreadable(path: string, cause?: unknown): GateError {
  return new GateError(
    'cli-certificate',
    `The file ${path}, which AZURE_CLIENT_CERTIFICATE_PATH names, can not be read as text in PEM.`,
    'Correct the path. A PFX file becomes PEM with: openssl pkcs12 -in app.pfx -nodes -out app.pem',
    { cause },
  )
}

export function globsMissing(): GateError {
  return new GateError(
    'cli-globs',
    'There is nothing to check: validate needs globs of query files.',
    'Write them behind it, such as defender-gate validate "hunting/**/*.kql".',
  )
}

/** `path` as it was given. */
export function reportDirUnusable(path: string, cause: unknown): GateError {
  const reason = REFUSALS[systemCode(cause) ?? ''] ?? systemReason(cause)
  return new GateError(
    'cli-report-dir',
    `No reports can be written to ${path}, which --report-dir names: ${reason}.`,
    'Name a folder that you may write to, or leave --report-dir out.',
    { cause },
  )
}

const REFUSALS: Readonly<Record<string, string>> = {
  ENOENT: 'no folder can be made there',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
}
