/** Hunting answers without the language service, for tests that are not about the query. */
import type { Scenario } from '../../emulator/emulator.ts'

type Fault = NonNullable<Scenario['faults']>[number]

export interface Hunted {
  /** Columns by name with their type; texts where they are left out. */
  readonly columns?: Readonly<Record<string, string>>
  /** `undefined`: an answer without `results`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly tenant?: string
  readonly request?: number | number[]
}

/** An answer of the service, as a fault of the route. */
export function hunted({ columns, rows, tenant, request }: Hunted): Fault {
  const names = [...new Set((rows ?? []).flatMap((row) => Object.keys(row)))]
  const types = columns ?? Object.fromEntries(names.map((name) => [name, 'String']))
  return {
    route: 'hunting',
    action: 'status',
    status: 200,
    body: {
      schema: Object.entries(types).map(([name, type]) => ({ name, type })),
      ...(rows === undefined ? {} : { results: rows }),
    },
    ...(tenant === undefined ? {} : { tenant }),
    ...(request === undefined ? {} : { request }),
  }
}

/** A refusal that is not worth another try. */
export const refused = (route: string, more: Partial<Fault> = {}): Fault =>
  ({ route, action: 'status', status: 400, ...more }) as Fault
