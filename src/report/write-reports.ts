/** Writes everything that a run leaves behind, in this order: files, summary, outputs, annotations. */
import { outputsNotSet, reportsNotWritten, summaryNotWritten } from '../errors/report.ts'
import { type GateError, systemReason } from '../errors.ts'
import type { Files, Log, Run, Terminal } from '../model.ts'
import { annotate, annotationCommand } from './annotations.ts'
import { csvChunks } from './csv.ts'
import { jsonChunks } from './json.ts'
import { OUTPUT_NAMES, outputs, type ReportPaths } from './outputs.ts'
import { redactRun } from './redact-run.ts'
import { sarifChunks } from './sarif.ts'
import { renderSummary, SUMMARY_BUDGET } from './summary.ts'
import { many } from './words.ts'

export interface ReportOptions {
  readonly files: Files
  /** Folder of the report files. */
  readonly reportDir: string
  /** The runner's summary file; `undefined` outside of a runner. */
  readonly summaryPath: string | undefined
  /** Sets an output of the step; may throw. */
  setOutput(name: string, value: string): void
  redact(text: string): string
  readonly log: Log
  readonly terminal: Terminal
  /** Content of `baseline.json` in pieces, where there is one. */
  readonly nextBaseline: Iterable<string> | undefined
  /** Addresses of the issues that were kept, for the output. */
  readonly issueUrls?: readonly string[]
  /** The file that SARIF results without a query file are shown on, such as the config file. */
  readonly sarifPlace?: string
  readonly docsUrl?: string
}

export interface Written {
  readonly paths: ReportPaths
  /** What could not be written, one for each cause. Each makes the step fail, and none changes the verdict. */
  readonly problems: readonly GateError[]
}

/**
 * Pieces of a report are gathered to about this many characters for one write. V8 keeps a text of more than 128 KiB among the
 * lasting objects, where it stays until the next full collection.
 */
const WRITE_SIZE = 100_000

/** Never throws: one report that can't be written keeps no other from being written. */
export async function writeReports(run: Run, options: ReportOptions): Promise<Written> {
  const problems: GateError[] = []
  const { log } = options
  const tell = (error: GateError): void => {
    problems.push(error)
    log.warn(`${error.message} ${error.hint}`)
  }
  const safe = redactRun(run, options.redact)
  const paths = await writeFiles(safe, options, tell)
  await writeSummary(safe, options, tell)
  setOutputs(safe, paths, options, tell)
  for (const annotation of annotate(safe, options.docsUrl))
    options.terminal.line(annotationCommand(annotation, options.redact))
  return { paths, problems }
}

// --- files ----------------------------------------------------------------------------------------------------------

type Write = (name: string, chunks: () => Iterable<string>) => Promise<string>

/** What failed for the same cause is told in one go. */
interface Failure {
  readonly name: string
  readonly cause: unknown
}

function byCause(
  failures: readonly Failure[],
): readonly { readonly names: readonly string[]; readonly cause: unknown }[] {
  const groups = Map.groupBy(failures, ({ cause }) => systemReason(cause))
  return [...groups.values()].map((group) => ({ names: group.map(({ name }) => name), cause: group[0]!.cause }))
}

async function writeFiles(run: Run, options: ReportOptions, tell: (error: GateError) => void): Promise<ReportPaths> {
  const folder = options.reportDir.replace(/[/\\]+$/, '')
  const failures: Failure[] = []
  const paths = await writeEach(run, options, folder, async (name, chunks) => {
    try {
      await writeChunks(options.files, `${folder}/${name}`, chunks())
      return `${folder}/${name}`
    } catch (cause) {
      failures.push({ name, cause })
      return ''
    }
  })
  for (const { names, cause } of byCause(failures)) tell(reportsNotWritten(folder, names, cause))
  return paths
}

async function writeEach(run: Run, options: ReportOptions, folder: string, write: Write): Promise<ReportPaths> {
  const at = (name: string): string => `${folder}/${name}`
  // What an earlier step left in the folder must not be taken for this run's.
  for (const name of ['report.json', 'findings.csv', 'results.sarif', 'baseline.json']) {
    await options.files.remove(at(name)).catch(() => undefined)
  }
  for (let number = 2; await options.files.exists(at(moreSarif(number))); number += 1) {
    await options.files.remove(at(moreSarif(number))).catch(() => undefined)
  }
  const report = await write('report.json', () => jsonChunks(run))
  const csv = await write('findings.csv', () => csvChunks(run))
  const inError =
    run.verdict === 'error' || run.totals.errors > 0 || run.checks.some((result) => result.state === 'error')
  if (inError) return { report, csv, sarif: '' }
  const sarif = await writeSarif(run, options, write)
  const { nextBaseline } = options
  if (nextBaseline !== undefined) await write('baseline.json', () => nextBaseline)
  return { report, csv, sarif }
}

/** The files behind `results.sarif`, from the second on. */
function moreSarif(number: number): string {
  return `results-${number}.sarif`
}

async function writeSarif(run: Run, options: ReportOptions, write: Write): Promise<string> {
  const { files, leftOut } = sarifChunks(run, { place: options.sarifPlace ?? '.github/defender-gate.yml' })
  const written: string[] = []
  for (const [index, file] of files.entries()) {
    written.push(await write(index === 0 ? 'results.sarif' : moreSarif(index + 1), () => file))
  }
  if (leftOut > 0)
    options.log.warn(`${many(leftOut, 'finding')} left out of results.sarif: GitHub takes 25,000 results a run.`)
  if (files.length > 1) {
    options.log.warn(
      `GitHub takes 20 tenants a SARIF file, so there are ${files.length}: upload the folder ${options.reportDir}.`,
    )
  }
  return written[0] ?? ''
}

async function writeChunks(files: Files, path: string, chunks: Iterable<string>): Promise<void> {
  let waiting: string[] = []
  let size = 0
  let begun = false
  const flush = async (): Promise<void> => {
    const content = waiting.join('')
    await (begun ? files.append(path, content) : files.write(path, content))
    begun = true
    waiting = []
    size = 0
  }
  for (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size >= WRITE_SIZE) await flush()
  }
  if (!begun || size > 0) await flush()
}

// --- summary and outputs --------------------------------------------------------------------------------------------

async function writeSummary(run: Run, options: ReportOptions, tell: (error: GateError) => void): Promise<void> {
  const { files, summaryPath, docsUrl } = options
  if (summaryPath === undefined) return
  try {
    const taken = (await files.exists(summaryPath)) ? await files.size(summaryPath) : 0
    const links = docsUrl === undefined ? {} : { links: { docs: docsUrl } }
    await files.append(summaryPath, renderSummary(run, { budgetBytes: SUMMARY_BUDGET - taken, ...links }))
  } catch (thrown) {
    tell(summaryNotWritten(thrown))
  }
}

function setOutputs(run: Run, paths: ReportPaths, options: ReportOptions, tell: (error: GateError) => void): void {
  // The addresses are GitHub's own words: the one text of an output that is not ours.
  const values = outputs(run, paths, options.issueUrls?.map(options.redact))
  const failures: Failure[] = []
  for (const name of OUTPUT_NAMES) {
    try {
      options.setOutput(name, values[name])
    } catch (cause) {
      failures.push({ name, cause })
    }
  }
  for (const { names, cause } of byCause(failures)) tell(outputsNotSet(names, cause))
}
