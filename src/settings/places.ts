/** Where to ask, as the inputs alone say it: known before the config file is read. */
import type { ApiName, CloudName } from '../model.ts'
import { defaultOf } from './inputs.ts'
import { Problems } from './problems.ts'
import { readInputs } from './read-inputs.ts'
import { inputRules } from './rules.ts'

export interface Places {
  readonly cloud: CloudName
  readonly api: ApiName
  /** Origins without a slash at the end; `undefined` where cloud and API decide. */
  readonly authorityUrl: string | undefined
  readonly apiUrl: string | undefined
}

/** `undefined` where an input is wrong: `readSettings` will say so, and nothing will be asked. */
export function placesOf(raw: Readonly<Record<string, string>>): Places | undefined {
  // Stryker disable next-line ArrayDeclaration: a secret that nobody gives
  const problems = new Problems([])
  const inputs = readInputs(raw, problems)
  inputRules(inputs, problems)
  if (problems.all.length > 0) return undefined
  const { values } = inputs
  return {
    cloud: values.cloud ?? defaultOf('cloud'),
    api: values.api ?? defaultOf('api'),
    authorityUrl: values['authority-url'],
    apiUrl: values['api-url'],
  }
}
