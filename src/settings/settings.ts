/**
 * Takes the settings: inputs and config file become typed values once, here. Precedence: input, then the check, then
 * `defaults` of the file, then the default. All problems are told in one go.
 */
import { join } from 'node:path'
import { inputMissing, settingsInvalid } from '../errors/settings.ts'
import type { ApiName, CheckSettings, CloudName, Details, Files, Suppression, Tenant } from '../model.ts'
import { checkOfInputs, checksOfFile } from './check-settings.ts'
import type { LoadedConfig } from './config-file.ts'
import { defaultOf, type InputValues } from './inputs.ts'
import { insidePath, relativePath } from './paths.ts'
import { Problems } from './problems.ts'
import { type GivenInputs, readInputs, unknownInputs } from './read-inputs.ts'
import { fileRules, fileTimespans, inputRules, olderApiRules, rawChecks } from './rules.ts'
import { secretParts } from './show.ts'

export { INPUT_NAMES } from './inputs.ts'

export interface Settings {
  readonly tenants: readonly Tenant[]
  readonly clientId: string
  /** `audience` is `undefined` where the cloud decides. */
  readonly credential:
    | { readonly kind: 'secret'; readonly secret: string }
    | { readonly kind: 'certificate'; readonly pem: string }
    | { readonly kind: 'oidc'; readonly audience: string | undefined }
  readonly cloud: CloudName
  readonly api: ApiName
  /** Origins without a slash at the end; `undefined` where cloud and API decide. */
  readonly authorityUrl: string | undefined
  readonly apiUrl: string | undefined
  readonly checks: readonly CheckSettings[]
  readonly suppressions: readonly Suppression[]
  /** The config file, relative to the workspace. */
  readonly configPath: string | undefined
  /** Relative to the workspace and inside it. */
  readonly baseline: string | undefined
  readonly wait: { readonly timeoutMs: number; readonly pollMs: number; readonly clearForMs: number } | undefined
  readonly details: Details
  /** Absolute. */
  readonly reportDir: string
  readonly issue: boolean
  readonly githubToken: string | undefined
  /** Warnings that the run shows. */
  readonly notes: readonly string[]
}

/** What the settings are taken from. */
export interface Surroundings {
  /** Raw, by input name, only those that are set. */
  readonly inputs: Readonly<Record<string, string>>
  readonly unknownInputs: readonly string[]
  readonly workspace: string
  readonly runnerTemp: string
  /** Of the repository, as the event says. */
  readonly visibility: 'public' | 'private' | 'internal' | undefined
  readonly now: Date
  readonly files: Files
}

/** Throws `GateErrors` with every problem found. */
export async function readSettings(surroundings: Surroundings): Promise<Settings> {
  const { inputs: raw, workspace } = surroundings
  const problems = new Problems(secretParts([raw['client-secret'], raw['client-certificate'], raw['github-token']]))
  const strangers = unknownInputs(surroundings.unknownInputs, problems)
  const inputs = readInputs(raw, problems)
  const { values } = inputs
  inputRules(inputs, problems)

  const config = await takeConfig(inputs, surroundings, problems)
  if (config !== undefined) {
    fileRules(config, inputs, problems)
    await keepQueryFilesInside(config, surroundings, problems)
  }
  const tenants = tenantsOf(inputs, config, problems)
  const api = values.api ?? defaultOf('api')
  const older = olderApiNotes(inputs, config, surroundings.now, problems)
  const baseline = await takeBaseline(values, surroundings, problems)
  const reportDir = await takeReportDir(values, surroundings, problems)
  const checks =
    config?.file === undefined
      ? [checkOfInputs(values, api)]
      : checksOfFile(config.file, values, api, surroundings.workspace)
  if (problems.all.length > 0) throw settingsInvalid(problems.all)

  const { details, note } = detailsOf(values, surroundings.visibility)
  return {
    tenants,
    clientId: values['client-id']!,
    credential: credentialOf(values),
    cloud: values.cloud ?? defaultOf('cloud'),
    api,
    authorityUrl: values['authority-url'],
    apiUrl: values['api-url'],
    // A check that could not be read was a problem.
    checks: checks as readonly CheckSettings[],
    // Stryker disable next-line OptionalChaining: a file that could not be read was a problem
    suppressions: config?.file?.suppressions ?? [],
    configPath: values.config === undefined ? undefined : relativePath(workspace, join(workspace, values.config)),
    baseline,
    wait: waitOf(values),
    details,
    reportDir: reportDir!,
    issue: values.issue ?? defaultOf('issue'),
    githubToken: values['github-token'],
    notes: [...strangers, ...older, ...note],
  }
}

/** `undefined` without a config file, and where it can't be read, which is then a problem. */
async function takeConfig(
  { values }: GivenInputs,
  { workspace, files }: Surroundings,
  problems: Problems,
): Promise<LoadedConfig | undefined> {
  if (values.config === undefined) return undefined
  const path = await insidePath(values.config, problems.input('config'), { workspace, files }, problems)
  if (path === undefined) return undefined
  // YAML and schema libraries are loaded only where there is a file.
  const { loadConfig } = await import('./config-file.ts')
  return loadConfig(path, relativePath(workspace, path), files, problems)
}

async function keepQueryFilesInside(
  config: LoadedConfig,
  { workspace, files }: Surroundings,
  problems: Problems,
): Promise<void> {
  for (const { index, question } of rawChecks(config)) {
    const path = question['query-file']
    if (typeof path !== 'string' || path.includes('\0')) continue
    await insidePath(path, config.subject(['checks', index, 'hunting', 'query-file']), { workspace, files }, problems)
  }
}

function tenantsOf(
  { values, given }: GivenInputs,
  config: LoadedConfig | undefined,
  problems: Problems,
): readonly Tenant[] {
  // Stryker disable next-line ArrayDeclaration: a value that could not be read was a problem
  if (given.has('tenant-id')) return (values['tenant-id'] ?? []).map((id) => ({ id, label: id }))
  if (config?.file?.tenants !== undefined) return config.file.tenants.map(({ id, name }) => ({ id, label: name ?? id }))
  // A file that can't be read may have them.
  const unknown = given.has('config') && (config === undefined || Object.hasOwn(config.root, 'tenants'))
  if (!unknown) {
    const why = given.has('config') ? 'the config file has no `tenants` either' : 'the tenant to check'
    problems.add(inputMissing(problems.input('tenant-id'), why, 'Set `tenant-id` to the directory (tenant) id.'))
  }
  // Stryker disable next-line ArrayDeclaration: without a tenant there is a problem
  return []
}

function olderApiNotes(
  { values, given }: GivenInputs,
  config: LoadedConfig | undefined,
  now: Date,
  problems: Problems,
): readonly string[] {
  if (values.api === undefined) return []
  const byInputs = values.check === 'hunting'
  const byFile = config !== undefined && rawChecks(config).some(({ kind }) => kind === 'hunting')
  const timespans = [
    ...(byInputs && given.has('timespan') ? [problems.input('timespan')] : []),
    ...(config === undefined ? [] : fileTimespans(config)),
  ]
  return olderApiRules({ api: values.api, hunting: byInputs || byFile, timespans, now }, problems)
}

async function takeBaseline(
  values: InputValues,
  { workspace, files }: Surroundings,
  problems: Problems,
): Promise<string | undefined> {
  if (values.baseline === undefined) return undefined
  const path = await insidePath(values.baseline, problems.input('baseline'), { workspace, files }, problems)
  return path === undefined ? undefined : relativePath(workspace, path)
}

async function takeReportDir(
  values: InputValues,
  { workspace, runnerTemp, files }: Surroundings,
  problems: Problems,
): Promise<string | undefined> {
  const subject = problems.input('report-dir')
  const where = { workspace, files, folders: [runnerTemp], called: 'the workspace and `RUNNER_TEMP`' }
  return insidePath(values['report-dir'] ?? join(runnerTemp, 'defender-gate'), subject, where, problems)
}

function credentialOf(values: InputValues): Settings['credential'] {
  if (values['client-secret'] !== undefined) return { kind: 'secret', secret: values['client-secret'] }
  if (values['client-certificate'] !== undefined) return { kind: 'certificate', pem: values['client-certificate'] }
  return { kind: 'oidc', audience: values.audience }
}

function waitOf(values: InputValues): Settings['wait'] {
  const timeout = values['wait-timeout']
  if (timeout === undefined || timeout.ms === 0) return undefined
  return {
    timeoutMs: timeout.ms,
    pollMs: (values['poll-interval'] ?? defaultOf('poll-interval')).ms,
    clearForMs: (values['clear-for'] ?? defaultOf('clear-for')).ms,
  }
}

/** Only an event that says private or internal opens the details; unknown counts as public. */
function detailsOf(
  values: InputValues,
  visibility: Surroundings['visibility'],
): { details: Details; note: readonly string[] } {
  const hidden = visibility === 'private' || visibility === 'internal'
  const wanted = values.details ?? defaultOf('details')
  switch (wanted) {
    case 'auto':
      return { details: hidden ? 'full' : 'counts', note: [] }
    case 'counts':
      return { details: 'counts', note: [] }
    case 'full': {
      const whose = visibility === 'public' ? 'public repository' : 'repository whose visibility the event does not say'
      return {
        details: 'full',
        note: hidden ? [] : [`\`details: full\` in a ${whose}: everybody who can read the run can read the findings.`],
      }
    }
  }
}
