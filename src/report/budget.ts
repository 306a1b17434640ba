/** Pages and tables that keep within a number of bytes: GitHub drops a job summary of more than 1 MiB as a whole. */

export function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

export interface Page {
  /** Bytes that are left. */
  readonly room: number
  /** Adds a block and a blank line, or nothing when it doesn't fit; says which. */
  add(block: string): boolean
  toString(): string
}

export function createPage(budget: number): Page {
  const blocks: string[] = []
  let used = 0
  return {
    get room() {
      return Math.max(0, budget - used)
    },
    add(block) {
      const size = bytes(block) + 2
      if (block === '' || used + size > budget) return block === ''
      blocks.push(block)
      used += size
      return true
    },
    toString: () => blocks.map((block) => `${block}\n\n`).join(''),
  }
}

export interface Table {
  /** Markdown without a line break at the end; empty when not even one row fits. */
  readonly markdown: string
  /** How many rows are in it. */
  readonly shown: number
}

export interface TableColumn {
  /** Markdown. */
  readonly head: string
  readonly right?: boolean
}

/** A table with as many rows as fit into `room` bytes. Cells are Markdown that `escape.ts` made; rows are made when needed. */
export function fitTable(columns: readonly TableColumn[], rows: Iterable<readonly string[]>, room: number): Table {
  const lines = [
    line(columns.map((column) => column.head)),
    line(columns.map((column) => (column.right ? '--:' : '---'))),
  ]
  let used = bytes(lines.join('\n'))
  for (const row of rows) {
    const next = line(row)
    used += bytes(next) + 1
    if (used > room) break
    lines.push(next)
  }
  const shown = lines.length - 2
  return shown === 0 ? { markdown: '', shown } : { markdown: lines.join('\n'), shown }
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A fold. The blank lines let Markdown be Markdown inside of HTML. `title` is HTML that `escape.ts` made. */
export function fold(title: string, markdown: string): string {
  return `<details><summary>${title}</summary>\n\n${markdown}\n\n</details>`
}
