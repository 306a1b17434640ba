/** What the gate asks for, and the world in which it would open. */
import type { Scenario } from '../../emulator/emulator.ts'

/** How a route answers to a fault; routes of one kind do so alike. */
export type Kind = 'id-token' | 'token' | 'list' | 'hunting' | IssueKind
/** A request for issues that is sent again, one that opens an issue, and one that comments. */
export type IssueKind = 'issue' | 'new-issue' | 'comment'

export interface FaultyRoute {
  readonly name: string
  readonly title: string
  readonly kind: Kind
  /** The route in the emulator, and the origin that it belongs to. */
  readonly route: string
  readonly origin: 'login' | 'api' | 'github'
  /** The first request of the route that may have the fault. */
  readonly from: number
  readonly inputs: Readonly<Record<string, string>>
}

const INCIDENTS = { check: 'incidents' }
const HUNTING = { check: 'hunting', query: 'DeviceInfo | project DeviceName', 'max-findings': '5' }
const OLDER = { api: 'defender-xdr' }

export const ROUTES: readonly FaultyRoute[] = [
  {
    name: 'id-token',
    title: 'GitHub ID token',
    kind: 'id-token',
    route: 'oidc',
    origin: 'github',
    from: 1,
    inputs: INCIDENTS,
  },
  { name: 'token', title: 'Entra token', kind: 'token', route: 'token', origin: 'login', from: 1, inputs: INCIDENTS },
  {
    name: 'incidents',
    title: 'Incidents',
    kind: 'list',
    route: 'incidents',
    origin: 'api',
    from: 1,
    inputs: INCIDENTS,
  },
  {
    name: 'page-2',
    title: 'Incidents, page 2',
    kind: 'list',
    route: 'incidents',
    origin: 'api',
    from: 2,
    inputs: INCIDENTS,
  },
  {
    name: 'alerts',
    title: 'Alerts',
    kind: 'list',
    route: 'alerts',
    origin: 'api',
    from: 1,
    inputs: { check: 'alerts' },
  },
  { name: 'hunting', title: 'Hunting', kind: 'hunting', route: 'hunting', origin: 'api', from: 1, inputs: HUNTING },
  {
    name: 'older-incidents',
    title: 'Incidents, older API',
    kind: 'list',
    route: 'incidents',
    origin: 'api',
    from: 1,
    inputs: { ...INCIDENTS, ...OLDER },
  },
  {
    name: 'older-hunting',
    title: 'Hunting, older API',
    kind: 'hunting',
    route: 'hunting',
    origin: 'api',
    from: 1,
    inputs: { ...HUNTING, ...OLDER },
  },
]

/** Findings that don't count: a list that is read to its end passes, and its records name their tenant. */
const QUIET = { severity: 'high', classification: 'falsePositive' }
export const OPEN_WORLD: Scenario = {
  graph: { incidentsPageSize: 2 },
  tenants: [
    {
      incidents: [1, 2, 3].map((n) => ({ ...QUIET, displayName: `Incident ${n}` })),
      alerts: [1, 2, 3].map((n) => ({ ...QUIET, title: `Alert ${n}` })),
      hunting: [{ rows: [{ DeviceName: 'build-01' }, { DeviceName: 'build-02' }] }],
    },
  ],
}
