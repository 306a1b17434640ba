/** The ways in which a route can fail, as a scenario writes them. */
import * as z from 'zod'

const where = {
  /** `token`, `openid`, `keys`, `incidents`, `incident`, `alerts`, `hunting`, `oidc`, …, or `all`. */
  route: z.string(),
  /** Which requests, from 1, counted for this fault over its route and tenant. Default: all. */
  request: z.union([z.int().min(1), z.array(z.int().min(1)), z.literal('all')]).default('all'),
  /** Only requests for this tenant (GUID). */
  tenant: z.string().optional(),
}
const headers = z.record(z.string(), z.string()).default({})
const plain = <const A extends string>(action: A) => z.strictObject({ ...where, action: z.literal(action) })

export const faultSchema = z.discriminatedUnion('action', [
  /** Any status; the body is the service's own for that status unless one is given. */
  z.strictObject({ ...where, action: z.literal('status'), status: z.int(), headers, body: z.unknown().optional() }),
  /** An error of Entra by its number, such as 90033. */
  z.strictObject({ ...where, action: z.literal('entra-error'), code: z.int() }),
  /** 429. `retryAfter`: seconds (may be decimal), `date` (an HTTP date that many `seconds` ahead), or `none`. */
  z.strictObject({
    ...where,
    action: z.literal('retry-after'),
    status: z.int().default(429),
    retryAfter: z.union([z.number(), z.literal('date'), z.literal('none')]).default('none'),
    seconds: z.number().default(2),
  }),
  plain('reset-before-headers'),
  plain('reset-after-headers'),
  plain('stall-headers'),
  plain('stall-body'),
  z.strictObject({ ...where, action: z.literal('slow-headers'), ms: z.int().min(0) }),
  plain('truncated-json'),
  plain('invalid-json'),
  plain('html-200'),
  z.strictObject({ ...where, action: z.literal('wrong-content-type'), contentType: z.string().default('text/plain') }),
  plain('empty-204'),
  plain('empty-200'),
  /** To another origin by default, so that a token that follows it is seen there. */
  z.strictObject({
    ...where,
    action: z.literal('redirect'),
    status: z.int().default(302),
    location: z.string().optional(),
  }),
  z.strictObject({
    ...where,
    action: z.literal('big-body'),
    bytes: z
      .int()
      .min(1)
      .default(70 * 1024 * 1024),
  }),
  plain('next-link-loop'),
  z.strictObject({ ...where, action: z.literal('next-link-elsewhere'), url: z.string().optional() }),
  /** Token: its `tid`. Data: `tenantId` and links of every record. */
  z.strictObject({
    ...where,
    action: z.literal('wrong-tenant'),
    as: z.string().default('99999999-9999-9999-9999-999999999999'),
  }),
  /** An error whose text gives the caller's own secrets back, plain and encoded. */
  z.strictObject({ ...where, action: z.literal('echo'), status: z.int().default(400) }),
])

export type Fault = z.output<typeof faultSchema>
