/** The file of accepted findings: `{ "version": 1, "fingerprints": { "<check id>": ["<sha256 hex>", …] } }`. */

import { baselineInvalid, baselineMissing } from '../errors/verdict.ts'
import type { GateError } from '../errors.ts'
import type { Baseline, CheckResult } from '../model.ts'

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
  const next = new Map<string, Set<string>>([...old].map(([check, list]) => [check, new Set(list)]))
  for (const { check } of results) next.set(check.id, new Set())
  for (const { check, findings } of results) {
    const list = next.get(check.id)!
    for (const { status, fingerprint } of findings) if (status !== 'suppressed') list.add(fingerprint)
  }
  return baselineText(next)
}

/** Written by hand, because an object would put ids that are numbers before all others. */
function baselineText(lists: ReadonlyMap<string, ReadonlySet<string>>): string {
  const entries = [...lists]
    .filter(([, list]) => list.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([check, list]) => {
      const items = [...list].sort().map((item) => `      ${JSON.stringify(item)}`)
      return `    ${JSON.stringify(check)}: [\n${items.join(',\n')}\n    ]`
    })
  const fingerprints = entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n  }`
  return `{\n  "version": 1,\n  "fingerprints": ${fingerprints}\n}\n`
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
