/** What the process is made of: the environment that a runner gives, the clock, the terminal. Read once, by the entries. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from './model.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable is one that is not there: runners and shells set both. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]
  return value === undefined || value === '' ? undefined : value
}

/** Proxy variables have no agreed case; the lower-case form wins, as it does in curl. */
export function eitherCase(env: Environment, name: string): string | undefined {
  return variable(env, name.toLowerCase()) ?? variable(env, name)
}

/**
 * The step's inputs by name (`INPUT_MAX-FINDINGS` is `max-findings`), trimmed as the runner's own toolkit does, but for a
 * query: KQL is sent as it stands.
 */
export function readInputs(
  env: Environment,
  names: readonly string[],
): { inputs: Record<string, string>; unknownInputs: string[] } {
  const inputs: Record<string, string> = {}
  const unknownInputs: string[] = []
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith('INPUT_') || value === undefined) continue
    const name = key.slice('INPUT_'.length).toLowerCase()
    if (!names.includes(name)) unknownInputs.push(name)
    else if (value.trim() !== '') inputs[name] = name === 'query' ? value : value.trim()
  }
  return { inputs, unknownInputs }
}

/** Who may read the repository, as the event that started the workflow says; `undefined` where it doesn't. */
export function readVisibility(env: Environment): 'public' | 'private' | 'internal' | undefined {
  const path = variable(env, 'GITHUB_EVENT_PATH')
  if (path === undefined) return undefined
  try {
    const { repository } = JSON.parse(readFileSync(path, 'utf8')) as {
      repository?: { visibility?: unknown; private?: unknown }
    }
    const visibility = repository?.visibility
    if (visibility === 'public' || visibility === 'private' || visibility === 'internal') return visibility
    if (repository?.private === true) return 'private'
    return repository?.private === false ? 'public' : undefined
  } catch {
    // An event that can't be read says nothing about who may read the repository; the careful case is assumed.
    return undefined
  }
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  },
}

/** The proxy that the environment names. */
export function readProxy(env: Environment): Record<'https' | 'http' | 'no', string | undefined> {
  return { https: eitherCase(env, 'HTTPS_PROXY'), http: eitherCase(env, 'HTTP_PROXY'), no: eitherCase(env, 'NO_PROXY') }
}

/** Credentials in a proxy's address are secrets too, in every form in which they go over the wire. */
export function proxySecrets({ https, http }: ReturnType<typeof readProxy>): string[] {
  return [https, http].flatMap((address) => {
    const text = address?.trim() ?? ''
    const { username, password } = URL.parse(text.includes('://') ? text : `http://${text}`) ?? NOBODY
    const plain = [decoded(username), decoded(password)]
    const basic = password === '' ? '' : Buffer.from(plain.join(':')).toString('base64')
    return [username, password, ...plain, basic].filter((part) => part !== '')
  })
}

const NOBODY = { username: '', password: '' }

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Aborted by Ctrl+C, and by a runner that cancels the workflow. A second signal ends the process at once. */
export function cancelOnSignal(): AbortSignal {
  const cancel = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => cancel.abort(new Error(`the process got ${signal}`)))
  }
  return cancel.signal
}

/** Where the documentation of this very version stands: in the repository that the runner took the action from. */
export function docsUrl(env: Environment): string {
  const server = variable(env, 'GITHUB_SERVER_URL') ?? 'https://github.com'
  const repository = variable(env, 'GITHUB_ACTION_REPOSITORY')
  const ref = variable(env, 'GITHUB_ACTION_REF') ?? 'main'
  return repository === undefined
    ? 'https://github.com/defender-gate/defender-gate/blob/main/docs'
    : `${server}/${repository}/blob/${ref}/docs`
}

/** Colours are for terminals. `NO_COLOR` and `FORCE_COLOR` decide where they are set: https://no-color.org. */
export function wantsColour(env: Environment, terminal: boolean): boolean {
  if (variable(env, 'NO_COLOR') !== undefined) return false
  const forced = variable(env, 'FORCE_COLOR')
  if (forced !== undefined) return forced !== '0'
  return terminal && variable(env, 'TERM') !== 'dumb'
}

/** The repository and the run that the step belongs to; `undefined` outside of a workflow. */
export function readGitHub(
  env: Environment,
): { apiUrl: string; repository: { owner: string; repo: string }; runUrl: string | undefined } | undefined {
  const name = variable(env, 'GITHUB_REPOSITORY')
  const [owner, repo] = name?.split('/') ?? []
  if (!owner || !repo) return undefined
  const run = variable(env, 'GITHUB_RUN_ID')
  const server = variable(env, 'GITHUB_SERVER_URL') ?? 'https://github.com'
  return {
    apiUrl: variable(env, 'GITHUB_API_URL') ?? 'https://api.github.com',
    repository: { owner, repo },
    runUrl: run === undefined ? undefined : `${server}/${name}/actions/runs/${run}`,
  }
}
