/** The hunting call, which both APIs answer alike but for the case of names. */
import { nextLinkRefused, unreadable } from '../errors/security-api.ts'
import type { HuntingResult, Row, Sink } from '../model.ts'
import { ShapeError } from './cells.ts'
import { type Client, HUNTING_TIMEOUT_MS } from './client.ts'
import { HuntingReader, type OpenRows } from './hunting-reader.ts'
import type { JsonObject } from './json.ts'

/** Runs one query. The body is sent as given; the KQL in it is never rewritten. `open` is that of `SecurityApi`. */
export async function hunt<Rows extends Sink<Row>>(
  client: Client,
  url: string,
  body: JsonObject,
  open: OpenRows<Rows>,
): Promise<HuntingResult<Rows>> {
  const call = { method: 'POST', url, hunting: true, timeoutMs: HUNTING_TIMEOUT_MS, body } as const
  const { body: answer, requestId, reader } = await client.read(call, () => new HuntingReader(open))
  // A result comes in one piece: a link to more of it means that this is only a part.
  const next = answer['@odata.nextLink'] ?? undefined
  if (next !== undefined) throw nextLinkRefused(client.api, 'a hunting result has no pages')
  try {
    return reader.result(answer)
  } catch (thrown) {
    if (thrown instanceof ShapeError) throw unreadable(client.api, thrown.message, requestId)
    throw thrown
  }
}
