/** Time and memory against the number of findings, through all reports. */
import { cost, fork, gate } from './run.ts'
import type { Addresses } from './server.ts'

export interface Point {
  readonly findings: number
  /** Of the whole process: milliseconds and MiB. */
  readonly cpu: number
  readonly wall: number
  readonly peak: number
  /** Milliseconds by step. */
  readonly steps: Readonly<Record<string, number>>
}

export const SIZES = [1, 10, 100, 1_000, 10_000, 100_000]

export async function growth(at: Addresses, runs: number): Promise<Point[]> {
  const points: Point[] = []
  for (const findings of SIZES) {
    const query = `DeviceProcessEvents // rows=${findings}`
    const check = gate(at, { inputs: { check: 'hunting', query, details: 'full' }, exit: 1 })
    const costs = []
    const steps: Record<string, number>[] = []
    for (let round = 0; round < runs; round += 1) {
      costs.push(await cost(check, check.exit))
      steps.push(await fork<Record<string, number>>('growth-steps.ts', [String(findings)]))
    }
    const least = (values: readonly number[]): number => Math.min(...values)
    points.push({
      findings,
      cpu: least(costs.map(({ cpu }) => cpu)),
      wall: least(costs.map(({ wall }) => wall)),
      peak: least(costs.map(({ peak }) => peak)),
      steps: Object.fromEntries(Object.keys(steps[0]!).map((name) => [name, least(steps.map((one) => one[name]!))])),
    })
  }
  return points
}

/** By how much a step grows faster than the findings do, from 10,000 to 100,000: 1 is linear. */
export function slope(points: readonly Point[], value: (point: Point) => number): number {
  const [before, last] = points.slice(-2)
  return Math.log10(value(last!) / value(before!)) / Math.log10(last!.findings / before!.findings)
}

const WIDTH = 720
const HEIGHT = 400
const LEFT = 70
const BOTTOM = 50
const COLOURS = { time: '#cf4a4a', memory: '#3b7dd8', linear: '#8a8a8a' }

/** Both on logarithmic axes, where what is linear is a straight line of the slope of the grey one. */
export function plot(points: readonly Point[]): string {
  const decades = 5
  const x = (findings: number): number => LEFT + (Math.log10(findings) / decades) * (WIDTH - LEFT - 150)
  const y = (value: number): number =>
    HEIGHT - BOTTOM - (Math.log10(Math.max(value, 10)) - 1) * ((HEIGHT - BOTTOM - 30) / 3)
  const line = (values: readonly (readonly [number, number])[], colour: string, dashed = false): string =>
    `<polyline fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="4 4"' : ''} points="${values
      .map(([findings, value]) => `${x(findings).toFixed(1)},${y(value).toFixed(1)}`)
      .join(' ')}"/>`
  const text = (at: number, down: number, words: string, more = ''): string =>
    `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" fill="#808080"${more}>${words}</text>`
  const last = points.at(-1)!
  const grid = [10, 100, 1_000, 10_000].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - 150}" y1="${y(value)}" y2="${y(value)}" stroke="#80808040"/>${text(LEFT - 8, y(value) + 4, String(value), ' text-anchor="end"')}`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="CPU time and peak memory of the gate against the number of findings">`,
    ...grid,
    ...points.map(({ findings }) =>
      text(x(findings), HEIGHT - BOTTOM + 20, findings.toLocaleString('en-US'), ' text-anchor="middle"'),
    ),
    text((LEFT + WIDTH - 150) / 2, HEIGHT - 8, 'findings', ' text-anchor="middle"'),
    line(
      [
        [10_000, last.cpu / 10],
        [100_000, last.cpu],
      ],
      COLOURS.linear,
      true,
    ),
    line(
      points.map(({ findings, cpu }) => [findings, cpu]),
      COLOURS.time,
    ),
    line(
      points.map(({ findings, peak }) => [findings, peak]),
      COLOURS.memory,
    ),
    text(WIDTH - 140, y(last.cpu) + 4, 'CPU time, ms', ` style="fill:${COLOURS.time}"`),
    text(WIDTH - 140, y(last.peak) + 4, 'peak memory, MiB', ` style="fill:${COLOURS.memory}"`),
    text(WIDTH - 140, 20, '- - linear', ` style="fill:${COLOURS.linear}"`),
    '</svg>',
    '',
  ].join('\n')
}
