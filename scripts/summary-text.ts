/** The job summary as a terminal can show it. */
import { Marked } from 'marked'
import { markedTerminal } from 'marked-terminal'

/** HTML that GitHub draws and a terminal can't is turned into its text. */
export function summaryText(markdown: string, { width, colour }: { width: number; colour: boolean }): string {
  const plainTable = colour ? {} : { style: { head: [], border: [] } }
  const tables = { wordWrap: true, ...plainTable }
  const marked = new Marked(markedTerminal({ width, reflowText: false, tableOptions: tables }) as never)
  // Addresses of mail and of the web stay the text that they are.
  marked.use({ tokenizer: { url: () => undefined } })
  const plain = markdown
    .replace(/```mermaid[\s\S]*?```\n*/g, '')
    .replace(/\[((?:\\.|[^\]\\])*)\]\(<?https:[^)]*\)/g, '$1')
    .replace(/<br ?\/?>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/&#8203;/g, '')
    .replace(/<summary>(.*?)<\/summary>/gs, '\n**▸ $1**\n')
    .replace(/<\/?(details|br|sub|sup|picture|p|div)[^>]*>/g, '')
  return String(marked.parse(plain.replace(/^\|.*$/gm, narrow))).trimEnd()
}

/** Long cells are cut for the terminal; on GitHub the table wraps. */
function narrow(row: string): string {
  const cells = row.split(/(?<!\\)\|/)
  const widest = cells.length > 7 ? 22 : 44
  return cells.map((cell) => cut(cell, widest)).join('|')
}

/** Code stays code: half of its marks would make text of it, in which addresses are links. */
function cut(cell: string, widest: number): string {
  const code = /^ *`([^`]*)` *$/.exec(cell)?.[1]
  if (code !== undefined) return code.length > widest ? ` \`${code.slice(0, widest)}…\` ` : cell
  return cell.length > widest + 2 ? `${cell.slice(0, widest)}… ` : cell
}
