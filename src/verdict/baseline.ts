/** The file of accepted findings: `{ "version": 1, "fingerprints": { "<check id>": ["<sha256 hex>", …] } }`. */

import { baselineInvalid, baselineMissing } from '../errors/verdict.ts'
import type { GateError } from '../errors.ts'
import type { Baseline, CheckResult } from '../model.ts'
import { Prints } from './prints.ts'

/** In UTF-16 units. A hundred thousand fingerprints are 7 million. */
const MAX_LENGTH = 64 * 1024 * 1024

/** Strict: a baseline that is not wholly understood accepts nothing. `path` is for the message. Throws a `GateError`. */
export function parseBaseline(text: string, path: string): Baseline {
  if (text.length > MAX_LENGTH) throw baselineInvalid(path, 'it is larger than 64 MiB')
  let file: unknown
  try {
    file = JSON.parse(text.startsWith('\u{feff}') ? text.slice(1) : text)
  } catch (thrown) {
    throw baselineInvalid(path, 'it is not JSON', thrown)
  }
  if (!isObject(file)) throw baselineInvalid(path, 'it is not a JSON object')
  const unknown = Object.keys(file).find((key) => key !== 'version' && key !== 'fingerprints')
  if (unknown !== undefined) throw baselineInvalid(path, `it has an unknown key ${quoted(unknown)}`)
  if (own(file, 'version') !== 1) throw baselineInvalid(path, '"version" is not 1')
  const lists = own(file, 'fingerprints')
  if (!isObject(lists)) throw baselineInvalid(path, '"fingerprints" is not an object')
  return new Map(Object.entries(lists).map(([check, list]) => [check, parseList(check, list, path)]))
}

function parseList(check: string, list: unknown, path: string): ReadonlySet<string> {
  if (!Array.isArray(list)) throw baselineInvalid(path, `the value of ${quoted(check)} is not a list`)
  const wrong = list.findIndex((item) => typeof item !== 'string' || !/^[0-9a-f]{64}$/.test(item))
  if (wrong >= 0) {
    throw baselineInvalid(path, `item ${wrong + 1} of ${quoted(check)} is not a SHA-256 in lower-case hex`)
  }
  return new Set(list as readonly string[])
}

export function missingBaseline(path: string): GateError {
  return baselineMissing(path)
}

/** For a path that is there and can't be read as a file: a folder, or no right to it. */
export function unreadableBaseline(path: string, cause: unknown): GateError {
  return baselineInvalid(path, 'it is no file that the runner may read', cause)
}

/**
 * What an up-to-date baseline would be, as the text of the file: sorted, each fingerprint once, fit for a commit. It
 * accepts the new and known findings of this run, not the suppressed ones. Checks of this run are replaced, so what is
 * gone falls out; checks that did not run keep their entries. A check id that runs over several tenants has one list, so
 * a baseline is to be made by a run over all of them.
 */
export function nextBaseline(results: readonly CheckResult[], old: Baseline): string {
  return [...baselineChunks(results, old)].join('')
}

/** The same in pieces of some hundred lines. Written by hand: an object would put ids that are numbers before all others. */
export function* baselineChunks(results: readonly CheckResult[], old: Baseline): Generator<string> {
  const ran = Map.groupBy(results, ({ check }) => check.id)
  yield '{\n  "version": 1,\n  "fingerprints": {'
  let comma = ''
  for (const id of [...new Set([...old.keys(), ...ran.keys()])].sort()) {
    const prints = printsOf(ran.get(id), old.get(id))
    if (prints.length === 0) continue
    yield `${comma}\n    ${JSON.stringify(id)}: [\n`
    yield* lineChunks(prints)
    yield '\n    ]'
    comma = ','
  }
  yield comma === '' ? '}\n}\n' : '\n  }\n}\n'
}

/** Those of this run, where the check ran: one of the two is there. */
function printsOf(ran: readonly CheckResult[] | undefined, old: ReadonlySet<string> | undefined): Prints {
  const prints = new Prints()
  if (ran === undefined) for (const print of old!) prints.push(print)
  for (const { check, findings } of ran ?? []) {
    // The rows of a canary are expected: accepted, they would no longer count as seen.
    if (check.policy.minFindings > 0) continue
    for (const finding of findings) if (finding.status !== 'suppressed') prints.push(finding.fingerprint)
  }
  return prints
}

const LINES_A_CHUNK = 500

function* lineChunks(prints: Prints): Generator<string> {
  let lines: string[] = []
  let comma = ''
  for (const print of prints.sorted()) {
    if (lines.push(`      "${print}"`) < LINES_A_CHUNK) continue
    yield comma + lines.join(',\n')
    lines = []
    comma = ',\n'
  }
  if (lines.length > 0) yield comma + lines.join(',\n')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 79)}…`)
}
