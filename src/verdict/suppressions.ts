/** Findings that are held on purpose, for a time. */
import type { CheckResult, Json, PlannedCheck, RawFinding, Suppression } from '../model.ts'
import { canonical } from './fingerprint.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** From so many days before the end a suppression is told of. */
const WARNING_DAYS = 14

/** The first moment at which it holds no more, in milliseconds; a date that does not exist never held. */
function endOf(suppression: Suppression): number {
  const midnight = `${suppression.expires}T00:00:00.000Z`
  const start = Date.parse(midnight)
  // `2027-02-31` is read as a day in March by some engines and as no date by others.
  const exists = !Number.isNaN(start) && new Date(start).toISOString() === midnight
  return exists ? start + DAY_MS : Number.NEGATIVE_INFINITY
}

export function isExpired(suppression: Suppression, now: Date): boolean {
  return now.getTime() >= endOf(suppression)
}

/** Whether it speaks of this check: by its own id, or by the id of the entry that its file came from. */
function covers(suppression: Suppression, check: PlannedCheck): boolean {
  return suppression.check === check.id || suppression.check === check.parentId
}

type Conditions = readonly (readonly [column: string, value: string])[]

/** Finds the suppressions that hold a finding of one check at one time. */
export class Suppressor {
  readonly #ofRows: boolean
  readonly #active: readonly { readonly suppression: Suppression; readonly where: Conditions }[]
  readonly #used = new Set<Suppression>()

  constructor(check: PlannedCheck, suppressions: readonly Suppression[], now: Date) {
    this.#ofRows = check.ask.kind === 'hunting'
    this.#active = suppressions
      .filter((suppression) => covers(suppression, check) && !isExpired(suppression, now))
      .map((suppression) => ({ suppression, where: conditionsOf(suppression) }))
      // Without a condition it holds nothing: it would else hold everything.
      .filter(({ where }) => where.length > 0)
  }

  /**
   * The suppression that holds the finding: every column equal as text, without regard to case. Of several, one that has
   * held nothing yet, so that each that is of use is seen to be so.
   */
  find(finding: RawFinding): Suppression | undefined {
    // Stryker disable next-line ConditionalExpression: for speed alone
    if (this.#active.length === 0) return undefined
    const { data, key, title } = finding
    const values = valuesOf(this.#ofRows ? data : { id: key[0] ?? null, title })
    const matching = this.#active
      .filter(({ where }) => where.every(([column, wanted]) => values(column).includes(wanted)))
      .map(({ suppression }) => suppression)
    const holder = matching.find((suppression) => !this.#used.has(suppression)) ?? matching[0]
    // Stryker disable next-line ConditionalExpression: nothing asks whether `undefined` was used
    if (holder !== undefined) this.#used.add(holder)
    return holder
  }
}

function conditionsOf({ where }: Suppression): Conditions {
  return Object.entries(where).map(([column, value]) => [column.toLowerCase(), value.toLowerCase()] as const)
}

/** Values by column name in lower case: names may differ in case alone, and a column that is not there has none. */
type Values = (column: string) => readonly string[]

function valuesOf(data: RawFinding['data']): Values {
  const spellings = Map.groupBy(Object.keys(data), (name) => name.toLowerCase())
  return (column) => (spellings.get(column) ?? []).map((name) => asText(data[name]!))
}

/** A value as text in lower case: texts as they are, an empty cell as '', the rest as JSON with sorted keys. */
function asText(value: Json): string {
  if (value === null) return ''
  return (typeof value === 'string' ? value : canonical(value)).toLowerCase()
}

/**
 * What a run must say of its suppressions, a line each: expired, soon to expire, unused. Unused is told only where every
 * check that it covers was evaluated, for a check in error may hold what it matches.
 */
export function suppressionNotes(
  suppressions: readonly Suppression[],
  results: readonly CheckResult[],
  now: Date,
): readonly string[] {
  const used = usedBy(results)
  return suppressions.flatMap((suppression) => {
    const end = endOf(suppression)
    if (now.getTime() >= end) {
      return [
        `EXPIRED: ${describe(suppression)} ended on ${suppression.expires} and holds nothing any more. Renew or remove it.`,
      ]
    }
    const notes: string[] = []
    const days = Math.ceil((end - now.getTime()) / DAY_MS) - 1
    if (days <= WARNING_DAYS) {
      notes.push(`${capital(describe(suppression))} ends on ${suppression.expires}, ${inDays(days)}.`)
    }
    const covered = results.filter(({ check }) => covers(suppression, check))
    const evaluated = covered.length > 0 && covered.every(({ state }) => state !== 'error')
    if (evaluated && !used.has(suppression)) {
      notes.push(
        `${capital(describe(suppression))} is unused: it holds no finding of this run. Remove it if the cause is gone.`,
      )
    }
    return notes
  })
}

function usedBy(results: readonly CheckResult[]): ReadonlySet<Suppression | undefined> {
  const used = new Set<Suppression | undefined>()
  for (const { findings } of results) for (const { suppression } of findings) used.add(suppression)
  return used
}

function describe({ check, where, reason, owner }: Suppression): string {
  const columns = Object.entries(where).map(([name, value]) => `${name}=${value}`)
  const by = owner === undefined ? '' : `, owner ${owner}`
  return `the suppression of "${check}" (${columns.join(', ')}; ${reason}${by})`
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Days until the last day, to whose end it holds. */
function inDays(days: number): string {
  return days === 0 ? 'which is today' : `in ${days} ${days === 1 ? 'day' : 'days'}`
}
