/** Sentences that were written for a workflow, in the words of a terminal: options for inputs, a folder for a workspace. */

/** What a problem says, and where in a file it is, if anywhere. */
export interface Told {
  readonly message: string
  readonly hint: string
  readonly place?: unknown
}

export interface DeskWords {
  /** Options by the names of the inputs that they stand for. */
  readonly options: readonly string[]
  /** The variable that gave the value of an input, where no option did. */
  readonly variables: Readonly<Record<string, string>>
}

/** Inputs that have no option here. */
const SECRETS: Readonly<Record<string, string>> = {
  'client-secret': 'AZURE_CLIENT_SECRET',
  'client-certificate': 'AZURE_CLIENT_CERTIFICATE_PATH',
}
/** Inputs that the environment can give too: a hint to set one names both ways. */
const EITHER: Readonly<Record<string, string>> = {
  'tenant-id': '--tenant-id or AZURE_TENANT_ID',
  'client-id': '--client-id or AZURE_CLIENT_ID',
}

const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/,? and (?:that `?actions\/checkout`? runs|run `?actions\/checkout`?) before this step/g, ''],
  [/\bthe runner's clock\b|\bthe clock of the runner\b/g, 'the clock of this machine'],
  [/\bthat the runner may\b/g, 'that you may'],
  [/\b(?:this|the) runner\b/g, 'this machine'],
  [/\bRun (?:the workflow|the step|the job) again\b/g, 'Run the command again'],
  [/\bthe workspace\b/g, 'the current folder'],
  [/\bthe step\b/g, 'the command'],
]

/** The same text, with what a terminal has in place of what only a workflow has. */
export function deskPhrases(text: string): string {
  return PHRASES.reduce((words, [pattern, instead]) => words.replace(pattern, instead), text)
}

/** The same problem; one that lies in a file keeps the names of its keys. */
export function atDesk<T extends Told>(problem: T, words: DeskWords): T {
  const { options, variables } = words
  const names = [...options, ...Object.keys(SECRETS)].sort((a, b) => b.length - a.length).join('|')
  const option = (name: string): string => SECRETS[name] ?? `--${name}`
  const named = (text: string): string =>
    deskPhrases(text)
      .replace(new RegExp(`\\b(T|t)he input \`?(${names})\`?(?![\\w-])`, 'g'), (_, the: string, name: string) => {
        const variable = variables[name] ?? SECRETS[name]
        return variable === undefined ? `${the}he option ${option(name)}` : `${the}he variable ${variable}`
      })
      .replace(
        new RegExp(`\\bthe inputs ((?:(?:${names})(?:, | and | or )?)+)`, 'g'),
        (_, list: string) => `the options ${list.replace(new RegExp(names, 'g'), option)}`,
      )
  const quoted = (text: string): string =>
    text.replace(new RegExp(`\`(${names})(?:: ([^\`]+))?\``, 'g'), (_, name: string, value: string | undefined) =>
      value === undefined ? option(name) : `${option(name)} ${value}`,
    )
  const toSet = (text: string): string =>
    text.replace(/\bSet --(tenant-id|client-id)(?![\w-])/g, (_, name: string) => `Set ${EITHER[name]}`)
  const { message, hint, place } = problem
  // What lies in the file speaks of the keys of the file.
  return place === undefined
    ? { ...problem, message: quoted(named(message)), hint: toSet(quoted(named(hint))) }
    : { ...problem, message: deskPhrases(message), hint: deskPhrases(hint) }
}
