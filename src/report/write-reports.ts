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
  const safe = redactRun(run, options.redact)
  const { paths, problems: ofFiles } = await writeFiles(safe, options)
  const ofSummary = await writeSummary(safe, options)
  const problems = [...ofFiles, ...ofSummary, ...setOutputs(safe, paths, options)]
  for (const error of problems) options.log.warn(`${error.message} ${error.hint}`)
  for (const annotation of annotate(safe, options.docsUrl))
    options.terminal.line(annotationCommand(annotation, options.redact))
  return { paths, problems }
}

// --- files ----------------------------------------------------------------------------------------------------------

interface Report {
  readonly name: string
  chunks(): Iterable<string>
}

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

async function writeFiles(run: Run, options: ReportOptions): Promise<Written> {
  const { files } = options
  const folder = options.reportDir.replace(/[/\\]+$/, '')
  await removeReports(files, folder)
  const written = new Set<string>()
  const failures: Failure[] = []
  for (const { name, chunks } of reportsOf(run, options)) {
    try {
      await writePieces(files, `${folder}/${name}`, chunks())
      written.add(name)
    } catch (cause) {
      failures.push({ name, cause })
    }
  }
  const path = (name: string): string => (written.has(name) ? `${folder}/${name}` : '')
  return {
    paths: { report: path(REPORT), csv: path(CSV), sarif: path(SARIF) },
    problems: byCause(failures).map(({ names, cause }) => reportsNotWritten(folder, names, cause)),
  }
}

const REPORT = 'report.json'
const CSV = 'findings.csv'
const SARIF = 'results.sarif'
const BASELINE = 'baseline.json'

/** The files behind `results.sarif`, from the second on. */
function moreSarif(number: number): string {
  return `results-${number}.sarif`
}

/** What an earlier step left in the folder must not be taken for this run's. */
async function removeReports(files: Files, folder: string): Promise<void> {
  const remove = (name: string): Promise<void> => files.remove(`${folder}/${name}`).catch(() => undefined)
  for (const name of [REPORT, CSV, SARIF, BASELINE]) await remove(name)
  for (let number = 2; await files.exists(`${folder}/${moreSarif(number)}`); number += 1) {
    await remove(moreSarif(number))
  }
}

/** A run in error tells what it knows, but gives nothing that a later step would take for a result. */
function* reportsOf(run: Run, options: ReportOptions): Generator<Report> {
  yield { name: REPORT, chunks: () => jsonChunks(run) }
  yield { name: CSV, chunks: () => csvChunks(run) }
  const inError =
    run.verdict === 'error' || run.totals.errors > 0 || run.checks.some((result) => result.state === 'error')
  if (inError) return
  yield* sarifReports(run, options)
  const { nextBaseline } = options
  if (nextBaseline !== undefined) yield { name: BASELINE, chunks: () => nextBaseline }
}

function sarifReports(run: Run, { sarifPlace, reportDir, log }: ReportOptions): readonly Report[] {
  const { files, leftOut } = sarifChunks(run, { place: sarifPlace ?? '.github/defender-gate.yml' })
  if (leftOut > 0) log.warn(`${many(leftOut, 'finding')} left out of results.sarif: GitHub takes 25,000 results a run.`)
  if (files.length > 1) {
    log.warn(`GitHub takes 20 tenants a SARIF file, so there are ${files.length}: upload the folder ${reportDir}.`)
  }
  return files.map((file, index) => ({ name: index === 0 ? SARIF : moreSarif(index + 1), chunks: () => file }))
}

async function writePieces(files: Files, path: string, chunks: Iterable<string>): Promise<void> {
  let begun = false
  for (const piece of gathered(chunks)) {
    await (begun ? files.append(path, piece) : files.write(path, piece))
    begun = true
  }
}

/** At least one piece; each but the last has the size of a write. */
function* gathered(chunks: Iterable<string>): Generator<string> {
  let waiting: string[] = []
  let size = 0
  let given = false
  for (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size < WRITE_SIZE) continue
    yield waiting.join('')
    given = true
    waiting = []
    size = 0
  }
  if (!given || size > 0) yield waiting.join('')
}

// --- summary and outputs --------------------------------------------------------------------------------------------

async function writeSummary(run: Run, options: ReportOptions): Promise<readonly GateError[]> {
  const { files, summaryPath, docsUrl } = options
  if (summaryPath === undefined) return []
  try {
    const taken = (await files.exists(summaryPath)) ? await files.size(summaryPath) : 0
    const links = docsUrl === undefined ? {} : { links: { docs: docsUrl } }
    await files.append(summaryPath, renderSummary(run, { budgetBytes: SUMMARY_BUDGET - taken, ...links }))
    return []
  } catch (thrown) {
    return [summaryNotWritten(thrown)]
  }
}

function setOutputs(run: Run, paths: ReportPaths, options: ReportOptions): readonly GateError[] {
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
  return byCause(failures).map(({ names, cause }) => outputsNotSet(names, cause))
}
