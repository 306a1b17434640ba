/**
 * What an issue carries in hidden comments: a marker by which the next run finds it, and what the last run had found. Both are
 * read only at the start of a line, where no text that came from an API can ever stand.
 */
import { createHash } from 'node:crypto'
import { type CheckResult, type Details, type Finding, SEVERITIES, type Severity } from '../model.ts'
import { brief } from './escape.ts'
import { bySeverity, ranked } from './words.ts'

// --- the marker -----------------------------------------------------------------------------------------------------

/** Identifies the issue of a check in a tenant. A hash: ids of tenants and paths of files are nobody's business. */
export function issueKey(checkId: string, tenantId: string): string {
  return sha256(JSON.stringify([checkId, tenantId])).toString('hex')
}

export function marker(key: string): string {
  return `<!-- defender-gate:issue ${key} -->`
}

/** The key in a body; `undefined` where there is none. */
export function keyOf(body: string): string | undefined {
  return /^<!-- defender-gate:issue ([0-9a-f]{64}) -->\r?$/m.exec(body)?.[1]
}

/** Takes the marker out of the body of an issue that is one too many, so that no run finds it again. */
export function withoutMarker(body: string): string {
  return body.replace(/^<!-- defender-gate:issue [0-9a-f]{64} -->/gm, '<!-- defender-gate:duplicate -->')
}

// --- the memory -----------------------------------------------------------------------------------------------------

/** What the last run had found. */
export interface Memory {
  readonly clear: boolean
  /** How many findings of each severity, in the order of `SEVERITIES`. */
  readonly counts: readonly number[]
  /** The starts of hashed fingerprints, all of `length`; `undefined` where they were not kept. */
  readonly prints: { readonly length: number; readonly all: ReadonlySet<string> } | undefined
  /** Titles of the worst findings by their print, for the day when they are gone. */
  readonly titles: ReadonlyMap<string, string>
}

/** Characters for all prints: half of an issue. */
const ROOM_FOR_PRINTS = 30_000
const LONGEST_PRINT = 16
/** 36 bits: of 5,000 known findings, one in ten million new ones looks like one of them. */
const SHORTEST_PRINT = 6
const MOST_TITLES = 40
const TITLE = 60

/**
 * The hidden comment. With `counts` it holds nothing but counts: a hash of few possible values can be guessed. Of more than
 * 5,000 findings it holds counts alone too, as there is no room for more.
 */
export function writeMemory(result: CheckResult, details: Details): string {
  const findings = ranked(result.findings, 'new')
  const counts = new Map(bySeverity([result]))
  const list = SEVERITIES.map((severity) => counts.get(severity) ?? 0).join('.')
  const state = result.state === 'clear' ? 'clear' : 'findings'
  const whole = new Set(findings.map(printOf))
  const length = Math.min(LONGEST_PRINT, Math.floor(ROOM_FOR_PRINTS / Math.max(1, whole.size)))
  const kept = details === 'full' && length >= SHORTEST_PRINT
  const prints = kept ? [...new Set([...whole].map((print) => print.slice(0, length)))].sort() : []
  const titles = kept
    ? findings.slice(0, MOST_TITLES).map((one) => [printOf(one).slice(0, length), brief(one.title, TITLE)])
    : []
  const packed = Buffer.from(JSON.stringify(titles)).toString('base64url')
  return `<!-- defender-gate:memory 1 ${state} ${list} ${kept ? length : 0}:${prints.join('')} ${packed} -->`
}

const MEMORY = /^<!-- defender-gate:memory 1 (clear|findings) (\d+(?:\.\d+)*) (\d{1,2}):([\w-]*) ([\w-]*) -->\r?$/m

/** What a body remembers; `undefined` where it can't be read, such as after an edit by hand. */
export function readMemory(body: string): Memory | undefined {
  const [, state, list, size, joined, packed] = MEMORY.exec(body) ?? []
  if (state === undefined || list === undefined || joined === undefined || packed === undefined) return undefined
  const length = Number(size)
  const counts = list.split('.').map(Number)
  if (counts.length !== SEVERITIES.length || (length === 0 ? joined !== '' : joined.length % length !== 0))
    return undefined
  const all = new Set<string>()
  for (let at = 0; at < joined.length; at += length) all.add(joined.slice(at, at + length))
  return {
    clear: state === 'clear',
    counts,
    prints: length === 0 ? undefined : { length, all },
    titles: readTitles(packed),
  }
}

function readTitles(packed: string): ReadonlyMap<string, string> {
  try {
    const list: unknown = JSON.parse(Buffer.from(packed, 'base64url').toString('utf8'))
    const pairs = Array.isArray(list) ? list.slice(0, MOST_TITLES) : []
    return new Map(
      pairs.filter(
        (pair): pair is [string, string] =>
          Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'),
      ),
    )
  } catch {
    // Edited by hand: then what is gone is counted and not named.
    return new Map()
  }
}

function printOf(finding: Finding): string {
  return sha256(finding.fingerprint).toString('base64url')
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

// --- what has changed -----------------------------------------------------------------------------------------------

/** What is different from the last run: by finding where both runs know theirs, else by how many there are. */
export type Change =
  | { readonly how: 'unknown' }
  | {
      readonly how: 'named'
      readonly added: readonly Finding[]
      readonly gone: number
      readonly goneTitles: readonly string[]
    }
  | { readonly how: 'counted'; readonly added: number; readonly gone: number }

export function changeSince(memory: Memory | undefined, result: CheckResult, details: Details): Change {
  if (memory === undefined) return { how: 'unknown' }
  const findings = ranked(result.findings, 'new')
  const { prints, titles } = memory
  if (prints === undefined || details === 'counts') return changedCounts(memory, result)
  const print = (finding: Finding): string => printOf(finding).slice(0, prints.length)
  const now = new Set(findings.map(print))
  const gone = [...prints.all].filter((one) => !now.has(one))
  return {
    how: 'named',
    added: findings.filter((finding) => !prints.all.has(print(finding))),
    gone: gone.length,
    goneTitles: [...titles].filter(([one]) => prints.all.has(one) && !now.has(one)).map(([, title]) => title),
  }
}

function changedCounts(memory: Memory, result: CheckResult): Change {
  const now = new Map<Severity, number>(bySeverity([result]))
  const differences = SEVERITIES.map((severity, index) => (now.get(severity) ?? 0) - (memory.counts[index] ?? 0))
  const sum = (sign: 1 | -1): number => differences.reduce((total, one) => total + Math.max(0, one * sign), 0)
  return { how: 'counted', added: sum(1), gone: sum(-1) }
}

/** How many findings nobody was told of yet; all of them where nothing is known of the last run. */
export function addedCount(change: Change, result: CheckResult): number {
  switch (change.how) {
    case 'unknown':
      return result.counts.findings
    case 'named':
      return change.added.length
    case 'counted':
      return change.added
  }
}
