import { escapeJson, escapeText } from './escape.js'
import { type Paint, paintFor } from './paint.js'

/** Where a command prints. Every line is written at once. What comes from outside is escaped by whoever prints it. */
export interface Output {
  /** On standard output: what the command is for. */
  line(text: string): void
  /** On standard output: a value as JSON, safe for a terminal; on one line unless `layout` says otherwise. */
  json(value: unknown, layout?: 'line' | 'pretty'): void
  /** On standard error, after `roamkit: `: escaped here. */
  note(text: string): void
  readonly paint: Paint
  /** Whether somebody looks at standard output. */
  readonly isTerminal: boolean
  /** Aborted when nobody reads standard output any more. */
  readonly unread: AbortSignal
}

/** The standard streams of a process. A reader who goes away is no error: the rest is not written. */
export function standardOutput({ stdout, stderr, env }: NodeJS.Process): Output {
  const unread = new AbortController()
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    unread.abort()
  })
  // There is nobody left to tell.
  stderr.on('error', () => {})
  const line = (text: string) => {
    // Written in one piece, so that two processes on one pipe do not mix their lines.
    if (!unread.signal.aborted) stdout.write(`${text}\n`)
  }
  return {
    line,
    json: (value, layout = 'line') =>
      line(escapeJson(JSON.stringify(value, null, layout === 'pretty' ? 2 : 0))),
    note: (text) => void stderr.write(`roamkit: ${escapeText(text)}\n`),
    paint: paintFor(stdout, env),
    isTerminal: stdout.isTTY === true,
    unread: unread.signal,
  }
}
