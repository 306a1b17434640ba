/** A hundred thousand rows, 50 MB: the whole gate with one hunting check against `jq length` on the same answer. */
import { type Command, type Cost, gate, here, interleaved, median, peerEnv } from './run.ts'
import type { Addresses } from './server.ts'

const QUERY = 'DeviceProcessEvents // rows=100000'

export interface Large {
  readonly name: string
  readonly wall: number
  readonly cpu: number
  readonly peak: number
}

export const middle = (name: string, costs: readonly Cost[]): Large => ({
  name,
  wall: median(costs.map(({ wall }) => wall)),
  cpu: median(costs.map(({ cpu }) => cpu)),
  peak: median(costs.map(({ peak }) => peak)),
})

export async function largeAnswer(at: Addresses, runs: number, entry?: string): Promise<Large[]> {
  const asked = (details: string): Command =>
    gate(at, {
      name: `Defender Gate, details: ${details}`,
      ...(entry === undefined ? {} : { entry }),
      inputs: { check: 'hunting', query: QUERY, details },
      exit: 1,
    })
  const commands: Command[] = [
    { name: 'curl + jq length', command: ['bash', here('peers/length.sh')], env: peerEnv(at, QUERY), exit: 0 },
    asked('counts'),
    asked('full'),
  ]
  const costs = await interleaved(commands, runs, 1)
  return [...costs].map(([name, measured]) => middle(name, measured))
}
