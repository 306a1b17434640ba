/** Pictures of the findings as Mermaid blocks, which GitHub draws, each with the same facts in words. */
import type { CheckResult } from '../model.ts'
import { forMermaid } from './escape.ts'
import { bySeverity, grouped } from './words.ts'

export interface Chart {
  /** A Mermaid block in Markdown. */
  readonly block: string
  readonly words: string
}

/** Fewer findings than this are read faster than a picture of them. */
const FEWEST = 10
const DAY = 24 * 60 * 60 * 1000
const MOST_BARS = 16

/** How many findings there are of each severity; `undefined` where a picture says no more than a number. */
export function severityChart(results: readonly CheckResult[]): Chart | undefined {
  const counts = bySeverity(results)
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  if (total < FEWEST || counts.length < 2) return undefined
  const bars = counts.map(([severity, count]) => ({ name: severity, count }))
  return {
    block: barChart('Findings by severity', bars, { horizontal: true, height: 60 + 40 * bars.length }),
    words: `By severity: ${counts.map(([severity, count]) => `${grouped(count)} ${severity}`).join(', ')}.`,
  }
}

/** Findings over time, in days, weeks or blocks of weeks, whichever gives at most 16 bars; `undefined` for too few times. */
export function timeChart(results: readonly CheckResult[]): Chart | undefined {
  const days = [...daysOf(results)].sort((a, b) => a - b)
  const first = days[0]
  const last = days.at(-1)
  if (first === undefined || last === undefined || days.length < FEWEST || last - first < 2) return undefined
  const width = [1, 7, 28].find((size) => Math.floor((last - first) / size) < MOST_BARS)
  if (width === undefined) return undefined
  const counts = new Array<number>(Math.floor((last - first) / width) + 1).fill(0)
  for (const day of days) counts[Math.floor((day - first) / width)]! += 1
  const bars = counts.map((count, bar) => ({ name: monthDay(first + bar * width), count }))
  const unit = width === 1 ? 'day' : `${width} days`
  const facts = bars.filter(({ count }) => count > 0).map(({ name, count }) => `${name}: ${grouped(count)}`)
  return {
    block: barChart(`Findings by ${unit}, UTC`, bars, { horizontal: false, height: 220 }),
    words: `By ${unit} (UTC): ${facts.join(', ')}.`,
  }
}

/** Days since 1970 of the new findings that have a time. */
function* daysOf(results: readonly CheckResult[]): Generator<number> {
  for (const { findings } of results) {
    for (const { status, at } of findings) {
      const day = status === 'new' && at !== undefined ? Math.floor(Date.parse(at) / DAY) : Number.NaN
      if (Number.isFinite(day)) yield day
    }
  }
}

function monthDay(day: number): string {
  // `Fri, 20 Nov 2026 00:00:00 GMT`
  const [, date, month] = new Date(day * DAY).toUTCString().split(' ')
  return `${month} ${Number(date)}`
}

interface Bar {
  readonly name: string
  readonly count: number
}

/** More bars than this leave no room for their numbers below them. */
const MOST_NUMBERED = 10

/** The colour reads on light and on dark. The axis has no numbers, as Mermaid would put fractions there: the names have them. */
function barChart(title: string, bars: readonly Bar[], shape: { horizontal: boolean; height: number }): string {
  const config = {
    xyChart: { width: 760, height: shape.height, titleFontSize: 15, yAxis: { showLabel: false, showTick: false } },
    themeVariables: { xyChart: { plotColorPalette: '#cf4a4a', backgroundColor: 'transparent' } },
  }
  const names = bars.map(({ name, count }) =>
    forMermaid(bars.length <= MOST_NUMBERED ? `${name} (${grouped(count)})` : name),
  )
  const lines = [
    `%%{init: ${JSON.stringify(config)}}%%`,
    `xychart-beta${shape.horizontal ? ' horizontal' : ''}`,
    `    title ${forMermaid(title)}`,
    `    x-axis [${names.join(', ')}]`,
    `    y-axis 0 --> ${Math.max(...bars.map(({ count }) => count))}`,
    `    bar [${bars.map(({ count }) => count).join(', ')}]`,
  ]
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``
}
