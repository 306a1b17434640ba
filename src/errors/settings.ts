/** What can be wrong with inputs and the config file. The texts that come in are already short and safe to show. */
import { type CodeEntry, GateError, GateErrors } from '../errors.ts'

export const SETTINGS_CODES = {
  'settings-invalid': {
    title: 'The settings are wrong',
    cause: 'One or more inputs, or lines of the config file, are wrong. Nothing was asked, and the verdict is `error`.',
    cure: 'Mend every problem in the list: each names the input or the line, what was given and what is allowed.',
  },
  'input-missing': {
    title: 'A needed input is missing',
    cause: 'An input that this run needs is not given, or is empty. A secret that does not exist gives an empty input.',
    cure: 'Set the named input in the `with:` block of the step. Pull requests from forks get no secrets.',
  },
  'input-unknown': {
    title: 'An input has a misspelled name',
    cause: 'The step sets an input that the action does not have, and whose name is close to one that it has.',
    cure: 'Correct the name of the input.',
  },
  'input-conflict': {
    title: 'Two inputs contradict each other',
    cause: 'Inputs were given that exclude each other, or that only hold together with another.',
    cure: 'Remove or change one of the named inputs.',
  },
  'input-not-for-check': {
    title: 'An input does not go with the check',
    cause:
      'The input asks something that this kind of check does not know, or questions are asked both in inputs and in the config file.',
    cure: 'Remove the input, or move it to the config file.',
  },
  'value-invalid': {
    title: 'A value is not allowed',
    cause:
      'An input or a key of the config file has a value that can not be read. Nothing is guessed: `yes` is no boolean and `10x` no number.',
    cure: 'Give one of the values that the message names.',
  },
  'value-missing': {
    title: 'The config file lacks a needed key',
    cause: 'A key that is needed at this place of the config file is missing or empty.',
    cure: 'Add the named key.',
  },
  'config-unreadable': {
    title: 'The config file can not be read',
    cause: 'The file of the input `config` does not exist, is no text file, or is larger than 1 MiB.',
    cure: 'Check the path, which is relative to the workspace, and that `actions/checkout` runs before this step.',
  },
  'config-syntax': {
    title: 'The config file is not well-formed YAML',
    cause:
      'The file breaks a rule of YAML at the named line, or uses a feature that the gate refuses: several documents, tags of its own (`!name`), alias bombs.',
    cure: 'Mend the named line.',
  },
  'config-key': {
    title: 'The config file has an unknown key',
    cause: 'The key does not exist at this place of the config file. Unknown keys are never ignored.',
    cure: 'Correct the spelling, or move the key to where it belongs.',
  },
  'config-conflict': {
    title: 'Parts of the config file contradict each other',
    cause:
      'Keys exclude each other, an id or the name of a tenant stands twice, or something refers to a check that does not exist.',
    cure: 'Change the named keys.',
  },
  'path-outside': {
    title: 'A path leads out of the workspace',
    cause:
      'Paths must stay inside the workspace, also through symbolic links; `report-dir` may also lie in `RUNNER_TEMP`.',
    cure: 'Give a path inside the workspace.',
  },
  'cloud-unsupported': {
    title: 'This Microsoft cloud is not supported',
    cause: 'The cloud has no Defender XDR API: incidents, alerts and hunting queries can not be asked there.',
    cure: 'Use `public`, `gcc`, `gcc-high` or `dod`.',
  },
  'older-api': {
    title: 'The older API can not do this',
    cause:
      'The older Defender XDR API has no time span for hunting, and its hunting stops on 2027-02-01 (Microsoft notice MC1220762).',
    cure: 'Set `api: graph`, with the Graph permissions for the app registration.',
  },
} as const satisfies Record<string, CodeEntry>

export type SettingsCode = keyof typeof SETTINGS_CODES

/** What a problem is about: an input, or a place in the config file. */
export interface Subject {
  /** `The input \`timespan\`` or `\`checks[2].hunting.timespan\`` */
  readonly name: string
  readonly place: GateError['place']
}

function problem(code: SettingsCode, subject: Subject, says: string, hint: string): GateError {
  const place = subject.place
  const where =
    place === undefined ? '' : `${place.file}:${place.line}${place.column === undefined ? '' : `:${place.column}`}: `
  return new GateError(code, `${where}${subject.name} ${says}`, hint, { place })
}

/** All problems of one run. */
export function settingsInvalid(problems: readonly GateError[]): GateErrors {
  const many = problems.length === 1 ? 'is 1 problem' : `are ${problems.length} problems`
  return new GateErrors(
    'settings-invalid',
    `There ${many} in the settings, so nothing was asked.`,
    'Mend every problem in the list, then run the workflow again.',
    problems,
  )
}

/** Without `mend` the message says all that there is to say. */
export function valueInvalid(subject: Subject, given: string, needs: string, mend: string | undefined): GateError {
  return problem('value-invalid', subject, `is ${given}, but must be ${needs}.`, mend ?? '')
}

/** A value that would be right if it did not repeat another. */
export function valueTwice(subject: Subject, given: string): GateError {
  return problem('value-invalid', subject, `has ${given}, which stands twice in the list.`, 'Remove one of the two.')
}

export function valueMissing(subject: Subject, needs: string): GateError {
  return problem('value-missing', subject, `is missing: it must be ${needs}.`, 'Add the key.')
}

export function inputMissing(subject: Subject, why: string, mend: string): GateError {
  return problem('input-missing', subject, `is missing: ${why}.`, mend)
}

export function inputUnknown(given: string, meant: string): GateError {
  return problem(
    'input-unknown',
    { name: `The input \`${given}\``, place: undefined },
    'does not exist.',
    `Did you mean \`${meant}\`?`,
  )
}

export function inputConflict(subject: Subject, says: string, mend: string): GateError {
  return problem('input-conflict', subject, says, mend)
}

export function inputNotForCheck(subject: Subject, says: string, mend: string): GateError {
  return problem('input-not-for-check', subject, says, mend)
}

export function configUnreadable(subject: Subject, says: string, mend: string): GateError {
  return problem('config-unreadable', subject, says, mend)
}

export function configSyntax(subject: Subject, says: string, mend: string): GateError {
  return problem('config-syntax', subject, says, mend)
}

export function unknownKey(subject: Subject, mend: string): GateError {
  return problem('config-key', subject, 'is not a key that the config file has here.', mend)
}

export function configConflict(subject: Subject, says: string, mend: string): GateError {
  return problem('config-conflict', subject, says, mend)
}

export function pathOutside(subject: Subject, given: string, allowed: string): GateError {
  return problem(
    'path-outside',
    subject,
    `is ${given}, which leads out of ${allowed}.`,
    `Give a path inside ${allowed}; symbolic links are followed before this is judged.`,
  )
}

export function cloudUnsupported(subject: Subject, given: string, why: string): GateError {
  return problem(
    'cloud-unsupported',
    subject,
    `is ${given}, a cloud that is not supported: ${why}.`,
    'Use `public`, `gcc`, `gcc-high` or `dod`.',
  )
}

/** Source: Microsoft's API page for advanced hunting: the request of the older API has no time span. */
export function olderApiTimespan(subject: Subject): GateError {
  return problem(
    'older-api',
    subject,
    'does not go with `api: defender-xdr`: the older API has no time span.',
    'Remove it and limit the time in the query, or set `api: graph`.',
  )
}

/** Source: Microsoft notice MC1220762. */
export function olderApiEnded(subject: Subject): GateError {
  return problem(
    'older-api',
    subject,
    'is `defender-xdr`, whose hunting API stopped on 2027-02-01.',
    'Set `api: graph` and grant the app registration `ThreatHunting.Read.All` of Microsoft Graph.',
  )
}
