/** All that can be said of one query without running it. */
import {
  controlCommand,
  emptyQuery,
  misplaced,
  noResult,
  notAnalysed,
  type Sentence,
  severalQueries as severalQueriesFound,
  syntaxError,
  typeMistake,
} from '../errors/kql.ts'
import { type GlobalState, type KustoCode, kusto } from './kusto.ts'
import { type Analysis, analyse, type Finding } from './language-service.ts'
import { doubtfulColumns, isAboutName, type Told, tellName } from './names.ts'
import { nearest } from './nearest.ts'
import { checkResult } from './result.ts'
import type { Schema } from './schema.ts'
import { slips } from './slips.ts'
import { expressionStatements, severalQueries } from './split.ts'
import { INNER_WORDS, PIPE_OPERATORS } from './words.ts'

export interface Diagnosis {
  /** UTF-16 offset and length in the query's text; the length may be 0. */
  readonly start: number
  readonly length: number
  readonly severity: 'error' | 'warning'
  /** Of `KQL_CODES`. */
  readonly code: string
  /** One sentence with names from the query in it. */
  readonly message: string
}

export interface Question {
  readonly text: string
  readonly schema: Schema
  /** `buildGlobals(schema)`. */
  readonly globals: GlobalState
  /** Line of the file, from 1, at an offset of the text. */
  readonly lineAt: (offset: number) => number
  /** Columns that the file names as entities. */
  readonly key: readonly string[]
  readonly customDetection: boolean
}

/**
 * What the service refuses whatever the types and the schema are, though the parser takes it. All other findings of the
 * binder may be wrong where the bundled schema is, so they are warnings.
 */
const MISPLACED: ReadonlySet<string> = new Set([
  'KS100',
  'KS101',
  'KS102',
  'KS103',
  'KS104',
  'KS144',
  'KS160',
  'KS172',
  'KS174',
  'KS175',
  'KS177',
  'KS191',
  'KS268',
])

/** Diagnoses one query. It never throws for what a text can be. In the order of the text. */
export function diagnose(question: Question): readonly Diagnosis[] {
  const { text } = question
  const first = /^(?:\s+|\/\/[^\n]*)*/.exec(text)![0].length
  const whole = (sentence: Sentence, length = 0): Told => ({ start: first, length, sentence })
  if (first >= text.length) return [toDiagnosis({ start: 0, length: 0, sentence: emptyQuery() })]
  const analysis = analyse(text, question.globals)
  const { code, failure } = analysis
  const told = code === undefined ? [] : tell(question, analysis, code, whole)
  if (failure !== undefined && !told.some(isError)) told.push(whole(notAnalysed(failure)))
  return told.map(toDiagnosis).sort((a, b) => a.start - b.start || a.length - b.length)
}

function tell(
  question: Question,
  analysis: Analysis,
  code: KustoCode,
  whole: (sentence: Sentence, length?: number) => Told,
): Told[] {
  const { text, schema, lineAt } = question
  const { start } = whole(controlCommand())
  if (code.Kind !== 'Query' || text[start] === '#') return [whole(controlCommand(), lineLength(text, start))]
  const [fault] = analysis.syntax
  if (fault !== undefined) {
    const starts = severalQueries(text, analysis)
    if (starts !== undefined) return [severalAt(starts, lineAt)]
    const before = analysis.semantic.filter((finding) => finding.start + finding.length < lineStart(text, fault.start))
    return [tellSyntax(fault, text), ...tellSemantic(before, text, code, schema)]
  }
  const statements = expressionStatements(code.Syntax)
  if (statements.length > 1)
    return [
      severalAt(
        statements.map((statement) => statement.TextStart),
        lineAt,
      ),
    ]
  const result = code.ResultType
  if (statements.length === 0) return [whole(noResult())]
  const told = tellSemantic(analysis.semantic, text, code, schema)
  if (analysis.failure !== undefined) return told
  if (told.length === 0 && result?.Kind === kusto.Language.Symbols.SymbolKind['Primitive']) told.push(whole(noResult()))
  // A table that is not known may have any column; that it isn't is told already.
  if (!told.some((one) => one.sentence.code === 'kql-unknown-table')) told.push(...doubtfulColumns(code, schema))
  if (!told.some((one) => one.sentence.code === 'kql-unknown-column' || isError(one))) {
    told.push(...checkResult(code, schema, question).map((sentence) => whole(sentence)))
  }
  return told
}

// --- syntax ---------------------------------------------------------------------------------------------------------

/** Only the first fault: the parser's guesses at how the text goes on after it mislead more than they help. */
function tellSyntax(fault: Finding, text: string): Told {
  const word = /[\w~!-]*/y
  word.lastIndex = fault.start
  const found = word.exec(text)![0] || text.slice(fault.start, fault.start + 1).trim()
  const at = found === '' ? undefined : found
  const words = fault.code === 'KS176' ? PIPE_OPERATORS : [...INNER_WORDS, ...PIPE_OPERATORS]
  const near = at === undefined || words.includes(at) ? undefined : nearest(at, words)
  return {
    start: fault.start,
    length: Math.max(fault.length, at?.length ?? 0),
    sentence: syntaxError(fault.message, at, near),
  }
}

function severalAt(starts: readonly number[], lineAt: (offset: number) => number): Told {
  return { start: starts[1]!, length: 0, sentence: severalQueriesFound(starts.map(lineAt)) }
}

// --- names and types ------------------------------------------------------------------------------------------------

/**
 * Findings about types are told only where all names are known: a value of an unknown name has no type. Of several findings
 * on one place the first is told.
 */
function tellSemantic(findings: readonly Finding[], text: string, code: KustoCode, schema: Schema): Told[] {
  const about = findings.filter(isAboutName)
  const dropped = new Set<Finding>()
  const told: Told[] = []
  for (const finding of about) {
    const one = followsFromCall(finding, about) ? undefined : tellName(finding, text, code, schema)
    if (one === undefined) dropped.add(finding)
    else if (!told.some((other) => other.start === one.start && other.length === one.length)) told.push(one)
  }
  const slipped = slips(code.Syntax)
  const others = findings.filter((finding) => !about.includes(finding) && !covers([...dropped, ...slipped], finding))
  for (const finding of others) {
    const { start, length, message } = finding
    if (MISPLACED.has(finding.code)) told.push({ start, length, sentence: misplaced(message) })
    else if (about.length === dropped.size) told.push({ start, length, sentence: typeMistake(message) })
  }
  return [...told, ...slipped]
}

/** The arguments of a function that is not known are taken for functions in places. */
function followsFromCall(finding: Finding, about: readonly Finding[]): boolean {
  return finding.code === 'KS236' && about.some((other) => other.code === 'KS211' && other.start < finding.start)
}

/** A finding around a name that is fine after all, or around a slip that is told by itself, only follows from it. */
function covers(parts: readonly { start: number; length: number }[], finding: Finding): boolean {
  return parts.some((part) => part.start >= finding.start && part.start + part.length <= finding.start + finding.length)
}

// --- small things ---------------------------------------------------------------------------------------------------

function isError(told: Told): boolean {
  return told.sentence.severity === 'error'
}

function toDiagnosis({ start, length, sentence }: Told): Diagnosis {
  return { start, length, severity: sentence.severity, code: sentence.code, message: sentence.message }
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function lineLength(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return (end < 0 ? text.length : end) - start
}
