/** The gate at a desk: the same settings and the same `gate()`, signed in by the environment and told on a terminal. */
import { readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Command, helpText, readArguments, readSignIn } from './cli/index.ts'
import { asGateError, type GateError, GateErrors } from './errors.ts'
import { createFiles } from './files.ts'
import { gate } from './gate.ts'
import type { Files, Log } from './model.ts'
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

const redactor = createRedactor()
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (line: string): void => void process.stderr.write(`${line}\n`)
const safe = (text: string): string => forLog(brief(redactor.redact(text), LONGEST_LINE))

/** Runs one command line. Resolves with the exit status; nothing of it throws. */
export async function commandLine(args: readonly string[]): Promise<number> {
  let lost = false
  // A reader that has seen enough (`| head`) is no failure; a result that can't be written is one.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    lost ||= error.code !== 'EPIPE'
  })
  const status = await run(args)
  return status === 0 && lost ? 1 : status
}

async function run(args: readonly string[]): Promise<number> {
  try {
    const command = readArguments(args, INPUT_NAMES)
    switch (command.kind) {
      case 'help':
        process.stdout.write(help(process.stdout))
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
  const { inputs: signIn, tenantId } = await readSignIn(env, (path) => files.readText(path))
  const fallback =
    tenantId === undefined || (await namesTenants(files, inputs['config'])) ? {} : { 'tenant-id': tenantId }
  const reportDir = inputs['report-dir']
  const http = createHttp({ proxy, clock: systemClock, log, userAgent: 'defender-gate-cli', signal })
  try {
    const outcome = await gate({
      surroundings: {
        inputs: { ...fallback, ...signIn, ...inputs, details: details(inputs, json) },
        unknownInputs: [],
        workspace,
        // At a desk a report may go wherever its user may write.
        runnerTemp: reportDir === undefined ? tmpdir() : resolve(reportDir),
        // Only in a workflow are there others who could read along; here the person asked for what is shown.
        visibility: env['GITHUB_ACTIONS'] === 'true' ? readVisibility(env) : 'private',
      },
      idToken: {
        requestUrl: variable(env, 'ACTIONS_ID_TOKEN_REQUEST_URL'),
        requestToken: variable(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
      },
      serverUrl: variable(env, 'GITHUB_SERVER_URL') ?? 'https://github.com',
      files: reportDir === undefined ? withoutWriting(files) : files,
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
    const lines = renderTerminal(clean, {
      colour: colour(json ? process.stderr : process.stdout),
      width: widthOf(json ? process.stderr : process.stdout),
      docs: docsUrl(env),
      reportDir,
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

/** Without `--report-dir` no report is wanted: nothing of a finding goes to the disk. */
function withoutWriting(files: Files): Files {
  const nothing = async (): Promise<void> => undefined
  return { ...files, write: nothing, append: nothing, remove: nothing }
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
  const refused = ['client-secret', 'client-certificate', 'github-token', 'issue']
  const options = INPUT_NAMES.filter((name) => !refused.includes(name))
  return helpText(
    options.map((name) => ({ name, description: INPUTS[name].description })),
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
