/** The command line becomes a command. Pure: the options are those of a table, and nothing is read or printed here. */
import { parseArgs } from 'node:util'
import { distance } from 'fastest-levenshtein'
import {
  argumentsWrong,
  optionTwice,
  optionUnknown,
  optionWithoutValue,
  optionWithValue,
  secretOption,
  strayArgument,
  workflowOnly,
} from '../errors/cli.ts'
import type { GateError } from '../errors.ts'

export type Command =
  | { readonly kind: 'help'; readonly of: 'gate' | 'validate' }
  | { readonly kind: 'version' }
  /** `inputs` by the names of the action's inputs; lists are joined by line breaks, as a workflow gives them. */
  | { readonly kind: 'gate'; readonly inputs: Readonly<Record<string, string>>; readonly json: boolean }
  | {
      readonly kind: 'validate'
      readonly queries: readonly string[]
      readonly schema: string | undefined
      readonly failOn: string | undefined
    }

/** What is refused on a command line, and what is to be done instead. */
const SECRETS: Readonly<Record<string, string>> = {
  'client-secret': 'Set the environment variable AZURE_CLIENT_SECRET.',
  'client-certificate':
    'Set the environment variable AZURE_CLIENT_CERTIFICATE_PATH to the path of a PEM file with certificate and key.',
  'github-token': 'No token of GitHub is needed here.',
}
const WORKFLOW_ONLY = ['issue']
/** Options that may be given several times, each with one item or a list. */
const LISTS = ['tenant-id', 'queries', 'key', 'status', 'tags', 'ignore-classification']
const FLAGS = ['json', 'help', 'version']
/** Flags of the gate alone. */
const GATE_FLAGS = ['json']
const VALIDATE = ['schema', 'fail-on']

type Token = NonNullable<ReturnType<typeof parse>['tokens']>[number]

/** `inputs` are the names of the action's inputs. Throws `GateErrors` with every problem of the command line. */
export function readArguments(args: readonly string[], inputs: readonly string[]): Command {
  const validate = args[0] === 'validate'
  const known = validate ? VALIDATE : inputs
  const tokens = parse(validate ? args.slice(1) : args, [...known, ...inputs, ...VALIDATE])
  const problems: GateError[] = []
  const values = new Map<string, string[]>()
  const words: string[] = []
  let strangerBefore = false
  for (const token of tokens.tokens ?? []) {
    if (token.kind === 'positional' && !strangerBefore) words.push(token.value)
    strangerBefore = false
    if (token.kind !== 'option') continue
    const problem = problemOf(token, known, validate)
    if (problem === undefined) values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ''])
    else problems.push(problem)
    // The word behind an unknown option is most likely its value: one problem, not two.
    strangerBefore = problem?.code === 'cli-option-unknown' && token.value === undefined
  }
  for (const [name, given] of values) {
    if (given.length > 1 && !LISTS.includes(name) && !FLAGS.includes(name)) problems.push(optionTwice(`--${name}`))
  }
  if (values.has('help')) return { kind: 'help', of: validate ? 'validate' : 'gate' }
  if (values.has('version')) return { kind: 'version' }
  if (!validate) for (const word of words) problems.push(strayArgument(short(word), placeFor(word)))
  if (problems.length > 0) throw argumentsWrong(problems)
  const one = (name: string): string | undefined => values.get(name)?.join('\n')
  if (validate) return { kind: 'validate', queries: words, schema: one('schema'), failOn: one('fail-on') }
  const given = [...values].filter(([name]) => inputs.includes(name))
  return {
    kind: 'gate',
    inputs: Object.fromEntries(given.map(([name]) => [name, one(name)!])),
    json: values.has('json'),
  }
}

/** Not strict, so that every problem is told and none of them with a value that may be a secret. */
function parse(args: readonly string[], names: readonly string[]) {
  const text = names.map((name) => [name, { type: 'string', multiple: true }] as const)
  const flags = FLAGS.map((name) => [name, { type: 'boolean', ...(name === 'help' ? { short: 'h' } : {}) }] as const)
  const options = Object.fromEntries([...text, ...flags])
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
}

function problemOf(
  token: Extract<Token, { kind: 'option' }>,
  known: readonly string[],
  validate: boolean,
): GateError | undefined {
  const { name, rawName, value, inlineValue } = token
  const option = short(rawName)
  const flags = validate ? FLAGS.filter((flag) => !GATE_FLAGS.includes(flag)) : FLAGS
  if (flags.includes(name)) {
    return value === undefined ? undefined : optionWithValue(option)
  }
  if (Object.hasOwn(SECRETS, name)) return secretOption(option, SECRETS[name]!)
  if (WORKFLOW_ONLY.includes(name)) return workflowOnly(option)
  if (!known.includes(name))
    return optionUnknown(option, nearest(rawName, [...known, ...flags]), elsewhere(name, validate))
  if (value === undefined || value === '' || (inlineValue === false && value.startsWith('-'))) {
    return optionWithoutValue(option)
  }
  return undefined
}

function elsewhere(name: string, validate: boolean): string | undefined {
  if (!validate && VALIDATE.includes(name)) return `--${name} belongs to the command defender-gate validate.`
  if (validate && GATE_FLAGS.includes(name))
    return `--${name} belongs to the gate: leave it out. Each fault is one line here.`
  if (validate && name === 'queries') return 'The globs stand alone here: defender-gate validate "hunting/**/*.kql"'
  return undefined
}

function placeFor(word: string): string {
  if (['incidents', 'alerts', 'hunting'].includes(word)) return `Did you mean --check ${word}?`
  if (distance(word.toLowerCase(), 'validate') <= 2)
    return 'Did you mean validate? It stands in front of everything else.'
  if (/\.ya?ml$/i.test(word)) return `Did you mean --config ${short(word)}?`
  return 'Put it behind the option that it belongs to. Values with spaces or * need quotes.'
}

/** The option that was most likely meant. */
function nearest(given: string, known: readonly string[]): string | undefined {
  const wanted = given.replace(/^-+/, '').toLowerCase().slice(0, 60)
  const ranked = known.map((name) => ({ name, edits: distance(wanted, name) })).sort((a, b) => a.edits - b.edits)
  const best = ranked[0]
  return best !== undefined && best.edits <= 2 && best.edits * 2 <= wanted.length + 1 ? `--${best.name}` : undefined
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
