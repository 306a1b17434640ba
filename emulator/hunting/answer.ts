/** Which rows a query gets, and the service's limits on them. */
import { moment } from '../core/times.ts'
import { count, type World } from '../core/world.ts'
import type { HuntingAnswer, TenantScenario } from '../scenario.ts'
import { type PlainRow, rowText, type Style, typeName } from './cells.ts'
import { generatedRows } from './generator.ts'
import { analyse, huntingSchema, type ResultColumn } from './kusto.ts'
import type { Window } from './timespan.ts'

/** The service stops there and doesn't say so. */
export const ROW_LIMIT = 100_000
export const SIZE_LIMIT = 50 * 1024 * 1024

export type HuntingOutcome =
  | {
      readonly kind: 'rows'
      readonly schema: readonly { name: string; type: string }[]
      readonly rows: string[]
      readonly casing: 'lower' | 'pascal'
    }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'busy'; readonly message: string }
  | { readonly kind: 'timeout' }

const TOO_LARGE =
  'Query execution has exceeded the allowed result size. Optimize your query by limiting the number of results and try again.'
const CPU_QUOTA =
  'You have exceeded processing resources allocated to this tenant. You can run queries again in 00:07:31.'

export async function hunt(
  query: string,
  window: Window,
  tenant: TenantScenario,
  world: World,
  style: Style,
): Promise<HuntingOutcome> {
  const analysis = analyse(query)
  if (!analysis.ok) return { kind: 'refused', message: analysis.message }
  const answer = choose(query, tenant, world)
  if (answer?.latencyMs) await new Promise((resolve) => setTimeout(resolve, answer.latencyMs))
  if (answer?.error === 'too-large') return { kind: 'refused', message: TOO_LARGE }
  if (answer?.error === 'cpu-quota') return { kind: 'busy', message: CPU_QUOTA }
  if (answer?.error === 'timeout') return { kind: 'timeout' }

  const { columns } = analysis
  const rows: string[] = []
  let size = 0
  for (const row of rowsOf(answer, columns, window, world)) {
    if (rows.length === ROW_LIMIT) break
    const text = rowText(row, columns, world.since, style)
    size += text.length
    if (size > SIZE_LIMIT) return { kind: 'refused', message: TOO_LARGE }
    rows.push(text)
  }
  const schema = columns.map(({ name, type }) => ({ name, type: typeName(type) }))
  return { kind: 'rows', schema, rows, casing: answer?.schemaCasing ?? 'lower' }
}

/** The first entry that matches and is not used up. No entry: the query finds nothing. */
function choose(query: string, tenant: TenantScenario, world: World): HuntingAnswer | undefined {
  return tenant.hunting.find((entry, index) => {
    if (entry.query !== undefined && entry.query !== query) return false
    if (entry.contains !== undefined && !query.includes(entry.contains)) return false
    if (entry.regex !== undefined && !new RegExp(entry.regex, 'u').test(query)) return false
    if (entry.times === undefined) return true
    return count(world, `hunting ${tenant.id} ${index}`) < entry.times
  })
}

function* rowsOf(
  answer: HuntingAnswer | undefined,
  columns: readonly ResultColumn[],
  window: Window,
  world: World,
): Generator<PlainRow> {
  if (!answer) return
  for (const row of answer.rows ?? []) {
    checkColumns(row, columns)
    if (isInside(row, columns, window, world)) yield row
  }
  if (answer.generate) yield* generatedRows(columns, answer.generate.rows, answer.generate.seed, world.now())
}

/** A row may have more columns of a table than the query keeps, but a name that exists nowhere is a mistake. */
function checkColumns(row: PlainRow, columns: readonly ResultColumn[]): void {
  const names = new Set(columns.map(({ name }) => name))
  for (const name of Object.keys(row)) {
    if (names.has(name)) continue
    if (Object.values(huntingSchema().tables).some((table) => name in table)) continue
    throw new Error(`The scenario gives a row with the column ${name}, which neither the query nor any table has`)
  }
}

/** The shorter of the query's own window and `Timespan` wins; the rows of the scenario are those of the query's own. */
function isInside(row: PlainRow, columns: readonly ResultColumn[], window: Window, world: World): boolean {
  const column = columns.find(({ name, type }) => name === 'Timestamp' && type === 'datetime')
  const value = row['Timestamp']
  if (!column || typeof value !== 'string') return true
  const at = moment(value, world.since)
  return at >= window.from && at <= window.to
}
