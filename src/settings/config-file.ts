/** Reads the config file: bounds, YAML, shape and the rules between its keys. Every problem at once, with line and column. */
import {
  configConflict,
  configSyntax,
  configUnreadable,
  type Subject,
  unknownKey,
  valueInvalid,
  valueMissing,
} from '../errors/settings.ts'
import type { CheckKind, Files } from '../model.ts'
import { type ConfigFile, configSchema, type Issue, type IssueParams, KINDS, keysAt } from './config-schema.ts'
import { INPUT_NAMES } from './inputs.ts'
import type { Problems } from './problems.ts'
import { nearest } from './show.ts'
import { type KeyPath, readYaml, subjectAt, type YamlText } from './yaml-text.ts'

export type { ConfigFile } from './config-schema.ts'

const MEBIBYTE = 1024 * 1024

export interface LoadedConfig {
  /** `undefined` when its shape is wrong; the reasons are then in `problems`. */
  readonly file: ConfigFile | undefined
  /** The plain values, whatever their shape: rules between keys are told also where another key is wrong. */
  readonly root: Readonly<Record<string, unknown>>
  subject(path: KeyPath, at?: 'key' | 'value'): Subject
}

/** `path` is absolute and inside the workspace, `label` what messages call it. `undefined`: it can't be read at all. */
export async function loadConfig(
  path: string,
  label: string,
  files: Files,
  problems: Problems,
): Promise<LoadedConfig | undefined> {
  const text = await readBounded(path, label, files, problems)
  if (text === undefined) return undefined
  const yaml = readYaml(label, text, problems)
  if (yaml === undefined) return undefined
  return { file: shape(yaml, problems), root: yaml.root, subject: (keys, at) => subjectAt(yaml, keys, problems, at) }
}

function shape(yaml: YamlText, problems: Problems): ConfigFile | undefined {
  try {
    const parsed = configSchema.safeParse(yaml.root)
    if (!parsed.success) tellIssues(parsed.error.issues, yaml, problems)
    return parsed.data
  } catch (error) {
    // zod passes its issues as arguments: a hundred thousand of them overflow the stack.
    // Stryker disable next-line ConditionalExpression: nothing else is known to be thrown
    if (!(error instanceof RangeError)) throw error
    const mend = 'Check it in an editor with the JSON Schema of the action.'
    problems.add(configSyntax(subjectAt(yaml, [], problems), 'has more faults than can be told.', mend))
    return undefined
  }
}

async function readBounded(path: string, label: string, files: Files, problems: Problems): Promise<string | undefined> {
  const refuse = (says: string, mend: string): undefined => {
    problems.add(configUnreadable(problems.input('config'), says, mend))
    return undefined
  }
  const name = `"${problems.name(label, 200)}"`
  if (!(await files.exists(path))) {
    return refuse(
      `names ${name}, which does not exist.`,
      'Give a path relative to the workspace, and run `actions/checkout` before this step.',
    )
  }
  try {
    if ((await files.size(path)) > MEBIBYTE)
      return refuse(`names ${name}, which is larger than 1 MiB.`, 'Split the checks over several files and steps.')
    const text = await files.readText(path)
    // UTF-16 and binary files come back with these.
    if (/[\u0000\ufffd]/.test(text))
      return refuse(`names ${name}, which is no text in UTF-8.`, 'Save the file as UTF-8.')
    return text
  } catch {
    return refuse(
      `names ${name}, which can not be read as a file.`,
      'Give the path of a file that the runner may read.',
    )
  }
}

function tellIssues(issues: readonly Issue[], yaml: YamlText, problems: Problems): void {
  for (const issue of issues) {
    // Stryker disable next-line ConditionalExpression: for speed alone, `add` takes no more either
    if (problems.full) return
    const path = issue.path as KeyPath
    const subject = subjectAt(yaml, path, problems)
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) tellUnknownKey(key, path, yaml, problems)
    } else if (issue.code === 'custom') {
      const { fault, exactlyOne } = issue.params as IssueParams
      if (fault !== undefined) problems.faults(subject, [fault])
      if (exactlyOne !== undefined && !isTypo(issue, issues, exactlyOne)) {
        problems.add(notExactlyOne(subject, exactlyOne))
      }
    } else {
      const given = valueAt(yaml.root, path)
      const needs = shapeOf(issue)
      if (given === undefined) problems.add(valueMissing(subject, needs))
      else problems.add(valueInvalid(subject, problems.show(given), needs, undefined))
    }
  }
}

/** What the schema wants at the place of an issue that is not ours. */
function shapeOf(issue: Issue): string {
  const { code, expected }: { readonly code: string; readonly expected?: string } = issue
  if (code === 'too_small') return 'a list with at least one item'
  return expected === 'array' ? 'a list' : 'a mapping'
}

/** None of the keys is there, but one is there misspelled and told as such. */
function isTypo(
  issue: Issue,
  issues: readonly Issue[],
  { of, given }: NonNullable<IssueParams['exactlyOne']>,
): boolean {
  if (given.length > 0) return false
  const here = issue.path.join('/')
  return issues.some(
    (other) =>
      other.code === 'unrecognized_keys' &&
      other.path.join('/') === here &&
      other.keys.some((key) => nearest(key, of) !== undefined),
  )
}

function notExactlyOne(subject: Subject, { of, given }: NonNullable<IssueParams['exactlyOne']>) {
  const named = (keys: readonly string[], word: string): string => keys.map((key) => `\`${key}\``).join(word)
  const says =
    given.length === 0 ? `has none of ${named(of, ', ')}.` : `has ${named(given, ' and ')}, which exclude each other.`
  return configConflict(subject, says, `Give exactly one of ${named(of, ', ')}.`)
}

function tellUnknownKey(key: string, path: KeyPath, yaml: YamlText, problems: Problems): void {
  // Stryker disable next-line ConditionalExpression: for speed alone, `add` takes no more either
  if (problems.full) return
  const allowed = keysAt(path)
  const meant = nearest(key, allowed)
  const mend =
    (meant === undefined ? rightPlace(key, path) : `Did you mean \`${meant}\`?`) ??
    `Allowed here: ${allowed.map((each) => `\`${each}\``).join(', ')}.`
  problems.add(unknownKey(subjectAt(yaml, [...path, key], problems, 'key'), mend))
}

/** Where a key belongs that is right at another place. */
function rightPlace(key: string, path: KeyPath): string | undefined {
  const kinds = KINDS.filter((kind: CheckKind) => keysAt(['checks', 0, kind]).includes(key))
  if (path[0] === 'defaults') {
    return key === 'id' || key === 'title' || kinds.length > 0
      ? `\`${key}\` belongs to one check: move it there.`
      : undefined
  }
  if (path[0] === 'checks') {
    if (keysAt(['checks', 0]).includes(key)) return `Move it up, beside \`${String(path[2])}\`.`
    if (kinds.length > 0) return `Move it under ${kinds.map((kind) => `\`${kind}\``).join(' or ')}.`
  }
  if (path.length > 0) return undefined
  if (keysAt(['defaults']).includes(key)) return 'Move it under `defaults`, or to a check.'
  return (INPUT_NAMES as readonly string[]).includes(key)
    ? `Give it as the input \`${key}\` of the action: the config file has no such key.`
    : undefined
}

function valueAt(root: unknown, path: KeyPath): unknown {
  return path.reduce((value, step) => (value as Readonly<Record<string | number, unknown>>)[step], root)
}
