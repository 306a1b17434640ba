/** Links that open a query in the Defender portal. */
import { gzipSync } from 'node:zlib'
import { GUID } from './items.ts'

/** Longer links are cut by mail programs and some browsers; no limit of the portal is known. */
const MAX_LENGTH = 2000
/** No query of this length packs into a link; it is not worth trying. */
const MAX_QUERY = 20_000

const DAY_MS = 86_400_000

export interface HuntingLink {
  /** Origin of the portal. */
  readonly portal: string
  readonly query: string
  /** ISO 8601 duration; without one hunting looks back 30 days. */
  readonly timespan: string | undefined
  /** Added to the link when it is a GUID: with it the portal opens in the right tenant. */
  readonly tenantId: string
}

/**
 * A link to the query in advanced hunting, or `undefined` when it would be too long. The form is not documented, but widely
 * published: base64url of gzip of the query in UTF-16LE. The portal knows a few time ranges only; the next wider one is
 * taken, so that it shows no less than the gate saw.
 */
export function huntingLink({ portal, query, timespan, tenantId }: HuntingLink): string | undefined {
  if (query.length > MAX_QUERY) return undefined
  const packed = gzipSync(Buffer.from(query, 'utf16le'), { level: 9 }).toString('base64url')
  const tenant = GUID.test(tenantId) ? `&tid=${tenantId.toLowerCase()}` : ''
  const link = `${portal}/v2/advanced-hunting?query=${packed}&timeRangeId=${timeRange(timespan)}${tenant}`
  return link.length > MAX_LENGTH ? undefined : link
}

function timeRange(timespan: string | undefined): 'day' | 'week' | 'month' {
  const ms = durationMs(timespan ?? '')
  if (ms === undefined || ms > 7 * DAY_MS) return 'month'
  return ms > DAY_MS ? 'week' : 'day'
}

/** Years and months are longer than a week in any case, so their exact length doesn't matter. */
function durationMs(iso: string): number | undefined {
  const part = '(?:(\\d+(?:\\.\\d+)?)'
  const form = new RegExp(`^P(?=.)${part}Y)?${part}M)?${part}W)?${part}D)?(?:T(?=.)${part}H)?${part}M)?${part}S)?)?$`)
  const match = form.exec(iso)
  if (match === null) return undefined
  const lengths = [365 * DAY_MS, 30 * DAY_MS, 7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1000]
  return lengths.reduce((sum, length, i) => sum + length * Number(match[i + 1] ?? 0), 0)
}
