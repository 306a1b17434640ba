/** The log of the step: every line is redacted, then escaped, then printed. No row of data ever comes here. */
import type { Log, Terminal } from '../model.ts'
import { clip, forCommand, forLog } from './escape.ts'

/** A line longer than this helps nobody; the runner itself slows down on huge ones. */
const LONGEST_LINE = 8000

/**
 * Progress lines over a terminal. `redact` is asked first: escaping could hide a secret from it. A text is one line, but for
 * `debug`, which may be a stack.
 */
export function createLog(terminal: Terminal, redact: (text: string) => string): Log {
  const safe = (text: string): string => clip(redact(text), LONGEST_LINE)
  return {
    info: (text) => terminal.line(forLog(safe(text))),
    warn: (text) => terminal.line(`::warning::${forCommand(safe(text))}`),
    debug: (text) => {
      for (const line of safe(text).split('\n')) terminal.line(`::debug::${forCommand(line)}`)
    },
  }
}
