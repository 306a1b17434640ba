/** The security API: what a tenant answers about incidents, alerts and hunting queries. */
export { isQuotaError, QuotaError } from '../errors/security-api.ts'
export type { ApiOptions } from './client.ts'
export { type Endpoints, endpoints } from './clouds.ts'
export { createDefenderXdrApi } from './defender-xdr.ts'
export { createGraphApi } from './graph.ts'
export { type HuntingLink, huntingLink } from './portal.ts'
