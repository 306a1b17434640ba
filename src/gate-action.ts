/** The gate as an action: the real process, clock, network and files, handed to `gate()`. */
import { setImmediate } from 'node:timers/promises'
import { setFailed, setOutput, setSecret } from '@actions/core'
import { asGateError } from './errors.ts'
import { createFiles } from './files.ts'
import type { Terminal } from './model.ts'
import type { Dialled } from './network/dial.ts'
import { createHttp } from './network/transport.ts'
import { docsLink } from './report/docs-link.ts'
import { forLog } from './report/escape.ts'
import { createLog } from './report/log.ts'
import { emptyOutputs } from './report/outputs.ts'
import { createRedactor } from './report/redact.ts'
import { runnerMasks } from './report/secret-forms.ts'
import {
  cancelOnSignal,
  docsUrl,
  proxySecrets,
  readGitHub,
  type readInputs,
  type readProxy,
  readVisibility,
  systemClock,
  variable,
} from './world.ts'

/** What the entry has done already. */
export interface Begun {
  readonly given: ReturnType<typeof readInputs>
  readonly proxy: ReturnType<typeof readProxy>
  readonly dialled: Dialled
  /** Where they can be asked directly. */
  readonly origins: { readonly authority: string; readonly api: string } | undefined
}

const env = process.env
const redactor = createRedactor()
const terminal: Terminal = {
  line: (text) => void process.stdout.write(`${text}\n`),
  mask: (secret) => setSecret(secret),
}
const log = createLog(terminal, redactor.redact)

/** The runner's mask and our own redactor learn of a secret together, before anything else is done with it. */
function protect(secret: string): void {
  // Dozens of lines, which go to the runner at once.
  process.stdout.cork()
  try {
    for (const form of runnerMasks(secret)) terminal.mask(form)
  } finally {
    process.stdout.uncork()
  }
  redactor.protect(secret)
}

// The runner sends SIGINT, then SIGTERM, when the workflow is cancelled: end at once, with the outputs written.
const signal = cancelOnSignal()

async function main({ given, proxy, dialled, origins }: Begun): Promise<string | undefined> {
  for (const secret of proxySecrets(proxy)) protect(secret)
  const http = createHttp({ proxy, clock: systemClock, log, userAgent: 'defender-gate', signal, dialled })
  if (origins !== undefined) for (const origin of [origins.authority, origins.api]) http.warm(origin)
  const workspace = variable(env, 'GITHUB_WORKSPACE') ?? process.cwd()
  // Connections get on in turns of the event loop, which is held up while code is loaded.
  await setImmediate()
  const { gate } = await import('./gate.ts')
  await setImmediate()
  const outcome = await gate({
    surroundings: {
      ...given,
      workspace,
      runnerTemp: variable(env, 'RUNNER_TEMP') ?? workspace,
      visibility: readVisibility(env),
    },
    idToken: {
      requestUrl: variable(env, 'ACTIONS_ID_TOKEN_REQUEST_URL'),
      requestToken: variable(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
    },
    serverUrl: variable(env, 'GITHUB_SERVER_URL') ?? 'https://github.com',
    files: createFiles(workspace),
    clock: systemClock,
    http,
    warm: http.warm,
    log,
    terminal,
    protect,
    redact: redactor.redact,
    setOutput,
    summaryPath: variable(env, 'GITHUB_STEP_SUMMARY'),
    docsUrl: docsUrl(env),
    github: readGitHub(env),
    signal,
  })
  return outcome.finalMessage
}

let ended = false

/** Nothing may end without a verdict, a fault of our own least of all. */
function crash(thrown: unknown): void {
  ended = true
  for (const [name, value] of Object.entries(emptyOutputs())) {
    try {
      setOutput(name, value)
    } catch (unset) {
      log.warn(`The output ${name} was not set: ${asGateError(unset).message}`)
    }
  }
  const error = asGateError(thrown)
  if (error.cause instanceof Error) log.debug(error.cause.stack ?? error.cause.message)
  setFailed(forLog(redactor.redact(`${error.message} ${error.hint} See ${docsLink(docsUrl(env), error.code)}`)))
}

// What is thrown beside the run is a fault of our own too, and so is a run that waits for what never comes.
process.once('uncaughtException', (thrown) => {
  crash(thrown)
  process.exit()
})
process.once('beforeExit', () => {
  if (!ended) crash(new Error('the run stopped before its end'))
})

async function attempt(begun: Begun): Promise<void> {
  try {
    const message = await main(begun)
    ended = true
    if (message !== undefined) setFailed(forLog(redactor.redact(message)))
  } catch (thrown) {
    crash(thrown)
  }
}

export async function run(begun: Begun): Promise<void> {
  await attempt(begun)
  // All is written; the engine's own way out would close each connection and take its heap apart first.
  process.stdout.write('', () => process.exit())
}
