import { getSystemErrorMap } from 'node:util'
import { escapeJson, escapeText } from '../escape.js'
import { type Paint, paintFor } from './terminal/paint.js'

/**
 * Why standard output takes nothing more. `reader`: the other end of the pipe is closed, which is no error. `failure`: it
 * cannot be written, because the disk is full or the terminal is gone, for example.
 */
export type OutputEnd = 'reader' | 'failure'

/**
 * Where a command prints. Every line is written at once, and none of these members throws when a stream fails. The caller
 * escapes what comes from outside.
 */
export interface Output {
  /** On standard output: what the command is for. */
  line(text: string): void
  /** On standard output: a value as JSON, safe for a terminal; on one line unless `layout` says otherwise. */
  json(value: unknown, layout?: 'line' | 'pretty'): void
  /** On standard error, after `roamkit: `: escaped here. Lost if standard error cannot be written. */
  note(text: string): void
  readonly paint: Paint
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean
  /** The width of that terminal; `null` if it is none, or does not say. */
  readonly columns: number | null
  /** Aborted when standard output takes nothing more; `end` then says why. Lines after that are dropped. */
  readonly ended: AbortSignal
  /** Why `ended` is aborted; `null` while it is not. */
  readonly end: OutputEnd | null
}

/** The errors of a stream whose reader has gone. */
const READER_GONE: readonly (string | undefined)[] = ['EPIPE', 'ECONNRESET']

/** The standard streams of a process. A failure of standard output is said once on standard error. */
export function standardOutput({
  stdout,
  stderr,
  env,
}: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>): Output {
  const ended = new AbortController()
  let end: OutputEnd | null = null
  const note = (text: string) => void stderr.write(`roamkit: ${escapeText(text)}\n`)
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (end !== null) return
    end = READER_GONE.includes(error.code) ? 'reader' : 'failure'
    if (end === 'failure') note(`cannot write to standard output: ${inWords(error)}`)
    ended.abort()
  })
  // There is nowhere left to report it.
  stderr.on('error', () => {})
  const line = (text: string) => {
    // Written in one piece, so that two processes on one pipe do not mix their lines.
    if (end === null) stdout.write(`${text}\n`)
  }
  return {
    line,
    json: (value, layout = 'line') =>
      line(escapeJson(JSON.stringify(value, null, layout === 'pretty' ? 2 : 0))),
    note,
    paint: paintFor(stdout, env),
    isTerminal: stdout.isTTY === true,
    columns: stdout.isTTY === true ? columnsOf(stdout, env) : null,
    ended: ended.signal,
    get end() {
      return end
    },
  }
}

/** The width that the user has set, or that the terminal reports; 0 if the terminal does not know its width. */
function columnsOf(
  { columns }: Pick<NodeJS.WriteStream, 'columns'>,
  { COLUMNS }: NodeJS.ProcessEnv,
): number | null {
  const wanted = /^[1-9]\d{0,4}$/.test(COLUMNS ?? '') ? Number(COLUMNS) : 0
  return wanted || columns || null
}

/** An error of the system as people say it: without the call that failed. */
function inWords({ errno = 0, code, message }: NodeJS.ErrnoException): string {
  const [, words] = getSystemErrorMap().get(errno) ?? []
  return words === undefined ? message : `${words} (${code})`
}
