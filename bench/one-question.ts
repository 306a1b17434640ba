/** One token, one hunting query with 100 rows, one list of 50 incidents: side by side with what one would pick instead. */
import { type Command, cost, gate, here, interleaved, median, peerEnv, python } from './run.ts'
import type { Addresses } from './server.ts'

const QUERY = 'DeviceProcessEvents // rows=100'
const CONFIG = `checks:
  - id: lsass-dump
    hunting:
      query: "${QUERY}"
  - id: open-incidents
    incidents:
      min-severity: high
`

const ONE_ROOT = 'trusting one root'

export interface Line {
  readonly name: string
  readonly wall: number
  readonly cpu: number
  readonly peak: number
  readonly fastest: number
  readonly slowest: number
}

/** `entries` are builds of the action to compare, by name; the one in `dist/` where it is left out. */
export async function oneQuestion(
  at: Addresses,
  runs: number,
  entries: Readonly<Record<string, string | undefined>> = { 'Defender Gate': undefined },
): Promise<Line[]> {
  const env = peerEnv(at, QUERY)
  // As a script never is: it would trust no real server.
  const alone = peerEnv({ ...at, roots: at.ca }, QUERY)
  const commands: Command[] = [
    { name: 'node -e 0 (the floor)', command: [process.execPath, '-e', '0'], exit: 0 },
    { name: 'bash + curl + jq', command: ['bash', here('peers/ask.sh')], env, exit: 1 },
    { name: 'python3 urllib', command: [python(), here('peers/ask.py')], env, exit: 1 },
    { name: `bash + curl + jq, ${ONE_ROOT}`, command: ['bash', here('peers/ask.sh')], env: alone, exit: 1 },
    { name: `python3 urllib, ${ONE_ROOT}`, command: [python(), here('peers/ask.py')], env: alone, exit: 1 },
    ...Object.entries(entries).map(([name, entry]) =>
      gate(at, {
        name,
        ...(entry === undefined ? {} : { entry }),
        inputs: { config: 'gate.yml' },
        files: { 'gate.yml': CONFIG },
        exit: 1,
      }),
    ),
  ]
  for (const command of commands) await cost(command, command.exit)
  const costs = await interleaved(commands, runs)
  return [...costs].map(([name, measured]) => {
    const walls = measured.map(({ wall }) => wall)
    return {
      name,
      wall: median(walls),
      cpu: median(measured.map(({ cpu }) => cpu)),
      peak: median(measured.map(({ peak }) => peak)),
      fastest: Math.min(...walls),
      slowest: Math.max(...walls),
    }
  })
}

/**
 * Azure CLI and msticpy can't be pointed at a server of ours without being set up for a cloud of its own, so only their start
 * is measured, which each question would come on top of.
 */
export async function peersThatOnlyStart(): Promise<string> {
  const peers: Command[] = [
    { name: '`az` (Azure CLI), only to start', command: ['az', 'version'], exit: 0 },
    { name: 'msticpy, only to import', command: [python(), '-c', 'import msticpy'], exit: 0 },
  ]
  const lines: string[] = []
  for (const peer of peers) {
    const costs = []
    for (let round = 0; round < 3; round += 1) costs.push(await cost(peer).catch(() => undefined))
    const done = costs.filter((one) => one?.exit === 0).map((one) => one!.wall)
    lines.push(
      `- ${peer.name}: ${done.length === 0 ? 'not installed on this machine, not measured' : `${median(done).toFixed(0)} ms`}`,
    )
  }
  return lines.join('\n')
}
