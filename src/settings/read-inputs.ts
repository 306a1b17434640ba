/** Reads the inputs by their table. */
import { inputNotForCheck, inputUnknown } from '../errors/settings.ts'
import type { CheckKind } from '../model.ts'
import { INPUT_NAMES, INPUTS, type InputName, type InputValues, specOf } from './inputs.ts'
import type { Problems } from './problems.ts'
import { nearest, shortName } from './show.ts'

/** What was given: `config` has a file for the questions, a kind is a check by inputs. */
export interface GivenInputs {
  readonly values: InputValues
  /** Names with a text that is not blank, whether it could be read or not. */
  readonly given: ReadonlySet<InputName>
}

/**
 * Reads every input. Blank is "not given". Problems are told for values that can't be read and for inputs that don't go
 * with the check or with the config file.
 */
export function readInputs(raw: Readonly<Record<string, string>>, problems: Problems): GivenInputs {
  const given = new Set(INPUT_NAMES.filter((name) => Object.hasOwn(raw, name) && raw[name]!.trim() !== ''))
  const parsedCheck = given.has('check') ? INPUTS.check.form.read(raw['check']!.trim()) : undefined
  const kind = parsedCheck?.ok ? parsedCheck.value : undefined
  const values: Partial<Record<InputName, unknown>> = {}
  for (const name of given) {
    const { form, formOf, kinds, question } = specOf(name)
    const stray = strayInput(name, kinds, question === true, kind, given)
    if (stray !== undefined) {
      problems.add(inputNotForCheck(problems.input(name), stray.says, stray.mend))
      continue
    }
    // KQL is sent as it stands; everything else may have space around it.
    const value = name === 'query' ? raw[name]! : raw[name]!.trim()
    const parsed = ((kind && formOf?.[kind]) ?? form).read(value)
    if (parsed.ok) values[name] = parsed.value
    else problems.faults(problems.input(name), parsed.faults)
  }
  return { values: values as InputValues, given }
}

/** `undefined` where the input is in its place. */
function strayInput(
  name: InputName,
  kinds: readonly CheckKind[] | undefined,
  question: boolean,
  kind: CheckKind | undefined,
  given: ReadonlySet<InputName>,
): { readonly says: string; readonly mend: string } | undefined {
  if (kind !== undefined && kinds !== undefined && !kinds.includes(kind)) {
    return {
      says: `does not go with \`check: ${kind}\`; it goes with ${kinds.map((each) => `\`${each}\``).join(' and ')}.`,
      mend: `Remove \`${name}\`.`,
    }
  }
  if (question && given.has('config') && !given.has('check')) {
    return {
      says: 'asks a question, and with `config` the questions stand in the config file.',
      mend: `Remove \`${name}\`, or move it to a check in the config file.`,
    }
  }
  return undefined
}

/** A close miss is an error; a name that is like none is only told, since runners and wrappers set inputs of their own. */
export function unknownInputs(names: readonly string[], problems: Problems): readonly string[] {
  const notes: string[] = []
  for (const name of names) {
    const meant = nearest(name, INPUT_NAMES)
    if (meant !== undefined) problems.add(inputUnknown(shortName(name), meant))
    else notes.push(`The input \`${shortName(name)}\` is not known to this action and was not used.`)
  }
  return notes
}
