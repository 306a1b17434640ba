/** The gate at a desk: the same settings and the same `gate()`, signed in by the environment and told on a terminal. */
import { readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import {
  atDesk,
  type Command,
  type DeskWords,
  helpText,
  readArguments,
  readSignIn,
  validateHelpText,
} from './cli/index.ts'
import { checkReportDir, deskFiles } from './desk-reports.ts'
import { asGateError, type GateError, GateErrors } from './errors.ts'
import { createFiles } from './files.ts'
import { gate } from './gate.ts'
import type { Files, Log, Run } from './model.ts'
import { createHttp } from './network/transport.ts'
import { brief, forLog } from './report/escape.ts'
import { createRedactor, docsLink, jsonChunks, redactRun, renderTerminal } from './report/index.ts'
import { INPUT_NAMES, INPUTS } from './settings/inputs.ts'
import {
  cancelOnSignal,
  docsUrl,
  type Environment,
  proxySecrets,
  readProxy,
  readVisibility,
  systemClock,
  variable,
  wantsColour,
} from './world.ts'

const env: Environment = process.env
/** As shells count an interruption: 128 and the number of SIGINT. */
const INTERRUPTED = 130
const LONGEST_LINE = 4000
/** Inputs that a command line refuses. */
const REFUSED = ['client-secret', 'client-certificate', 'github-token', 'issue']
const OPTIONS = INPUT_NAMES.filter((name) => !REFUSED.includes(name))

const redactor = createRedactor()
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (line: string): void => void process.stderr.write(`${line}\n`)
const safe = (text: string): string => forLog(brief(redactor.redact(text), LONGEST_LINE))

/** Runs one command line. Resolves with the exit status; nothing of it throws. */
export async function commandLine(args: readonly string[]): Promise<number> {
  let ended = false
  const crash = (thrown: unknown): void => {
    ended = true
    const error = asGateError(thrown)
    if (error.cause instanceof Error) log.debug(error.cause.stack ?? error.cause.message)
    process.exitCode = refuse(error)
  }
  // What is thrown beside the run is a fault of our own, and so is a run that waits for what never comes.
  process.once('uncaughtException', (thrown) => {
    crash(thrown)
    process.exit()
  })
  process.once('beforeExit', () => {
    if (!ended) crash(new Error('the run stopped before its end'))
  })
  let lost = false
  // A reader that has seen enough (`| head`) is no failure; a result that can't be written is one.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    lost ||= error.code !== 'EPIPE'
  })
  // Nobody reads the progress: the result may be read all the same.
  process.stderr.on('error', () => undefined)
  const status = await run(args)
  ended = true
  return status === 0 && lost ? 1 : status
}

async function run(args: readonly string[]): Promise<number> {
  try {
    const command = readArguments(args, INPUT_NAMES)
    switch (command.kind) {
      case 'help':
        process.stdout.write(command.of === 'gate' ? help(process.stdout) : validateHelpText(widthOf(process.stdout)))
        return 0
      case 'version':
        print(version())
        return 0
      case 'validate':
        return await (await import('./validate-command.ts')).validateCommand(command, { print, colour: colour() })
      case 'gate':
        if (args.length === 0) {
          process.stderr.write(help(process.stderr))
          return 1
        }
        return await ask(command)
    }
  } catch (thrown) {
    return refuse(asGateError(thrown))
  }
}

async function ask({ inputs, json }: Extract<Command, { kind: 'gate' }>): Promise<number> {
  const proxy = readProxy(env)
  for (const secret of proxySecrets(proxy)) redactor.protect(secret)
  const signal = cancelOnSignal()
  const workspace = process.cwd()
  const files = createFiles(workspace)
  const { inputs: signIn, variables, tenantId } = await readSignIn(env, (path) => files.readText(path))
  const fallback =
    tenantId === undefined || (await namesTenants(files, inputs['config'])) ? {} : { 'tenant-id': tenantId }
  const reportDir = inputs['report-dir'] === undefined ? undefined : resolve(inputs['report-dir'])
  if (reportDir !== undefined) await checkReportDir(reportDir, inputs['report-dir']!)
  const desk = deskFiles(files, reportDir)
  const http = createHttp({ proxy, clock: systemClock, log, userAgent: 'defender-gate-cli', signal })
  try {
    const outcome = await gate({
      surroundings: {
        inputs: { ...fallback, ...signIn, ...inputs, details: details(inputs, json) },
        unknownInputs: [],
        workspace,
        // At a desk a report may go wherever its user may write.
        runnerTemp: reportDir ?? tmpdir(),
        // Only in a workflow are there others who could read along; here the person asked for what is shown.
        visibility: env['GITHUB_ACTIONS'] === 'true' ? readVisibility(env) : 'private',
      },
      idToken: {
        requestUrl: variable(env, 'ACTIONS_ID_TOKEN_REQUEST_URL'),
        requestToken: variable(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
      },
      serverUrl: variable(env, 'GITHUB_SERVER_URL') ?? 'https://github.com',
      files: desk.files,
      clock: systemClock,
      http,
      warm: http.warm,
      log,
      // What a runner would be told by annotations stands in the tables.
      terminal: { line: () => undefined, mask: () => undefined },
      protect: (secret) => redactor.protect(secret),
      redact: redactor.redact,
      setOutput: () => undefined,
      summaryPath: undefined,
      docsUrl: docsUrl(env),
      signal,
    })
    const clean = redactRun(outcome.run, redactor.redact)
    if (json) for (const chunk of jsonChunks(clean)) process.stdout.write(chunk)
    const words = wordsOf({ ...variables, 'tenant-id': 'AZURE_TENANT_ID' }, inputs)
    const lines = renderTerminal(inDeskWords(clean, words), {
      colour: colour(json ? process.stderr : process.stdout),
      width: widthOf(json ? process.stderr : process.stdout),
      docs: docsUrl(env),
      reportDir: desk.written() ? inputs['report-dir'] : undefined,
    })
    for (const line of lines) (json ? tell : print)(line)
    if (signal.aborted) return INTERRUPTED
    return outcome.failed ? 1 : 0
  } finally {
    await http.close()
  }
}

/** `auto` is `full` for a person at a terminal, and `counts` where the output goes to a file or another program. */
function details(inputs: Readonly<Record<string, string>>, json: boolean): string {
  const given = inputs['details']
  if (given !== undefined && given.toLowerCase() !== 'auto') return given
  return process.stdout.isTTY && !json ? 'full' : 'counts'
}

/** The tenants of a config file go before the variable of the environment, which was set for another purpose. */
async function namesTenants(files: Files, config: string | undefined): Promise<boolean> {
  if (config === undefined) return false
  try {
    const { parse } = await import('yaml')
    const root: unknown = parse(await files.readText(config))
    return typeof root === 'object' && root !== null && 'tenants' in root
  } catch {
    // The file is read again by the settings, which say what is wrong with it.
    return false
  }
}

/** What an option gave does not come from a variable; without both, the words speak of the option. */
function wordsOf(variables: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>>): DeskWords {
  const used = Object.entries(variables).filter(
    ([name, variable]) => inputs[name] === undefined && env[variable]?.trim(),
  )
  return { options: OPTIONS, variables: Object.fromEntries(used) }
}

/** For people: what programs read keeps the words of the action. */
function inDeskWords(run: Run, words: DeskWords): Run {
  return {
    ...run,
    inputErrors: run.inputErrors.map((problem) => atDesk(problem, words)),
    checks: run.checks.map((result) =>
      result.error === undefined ? result : { ...result, error: atDesk(result.error, words) },
    ),
  }
}

/** Progress, beside the result: the result alone goes to the standard output. */
const log: Log = {
  info: (text) => tell(dim(safe(text))),
  warn: (text) => tell(safe(`Warning: ${text}`)),
  debug: (text) => {
    if (env['RUNNER_DEBUG'] === '1') tell(dim(safe(text)))
  },
}

function refuse(error: GateError): number {
  const problems = error instanceof GateErrors ? error.problems : [error]
  for (const { message, hint, code } of problems) {
    tell(`${safe(`${message} ${hint}`)}\n  ${dim(safe(docsLink(docsUrl(env), code)), process.stderr)}`)
  }
  return 1
}

// --- the look -------------------------------------------------------------------------------------------------------

function colour(stream: NodeJS.WriteStream = process.stdout): boolean {
  return wantsColour(env, stream.isTTY === true)
}

function dim(text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return colour(stream) ? `\u001b[2m${text}\u001b[22m` : text
}

/** A terminal that does not tell its width gets the usual one; a file gets whole lines. */
function widthOf(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY ? stream.columns || 80 : undefined
}

function help(stream: NodeJS.WriteStream): string {
  return helpText(
    OPTIONS.map((name) => ({ name, description: INPUTS[name].description })),
    widthOf(stream),
  )
}

/** Of the package that the entry is built into. */
function version(): string {
  let folder = dirname(realpathSync(process.argv[1] ?? '.'))
  while (dirname(folder) !== folder) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
      if (found['name'] === 'defender-gate') return String(found['version'])
    } catch {
      // No package.json here: one folder up.
    }
    folder = dirname(folder)
  }
  return 'unknown'
}
