import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { getSystemErrorMap } from 'node:util'
import { parseTrace, type Trace, TraceError } from '@roamkit/backend-mock/trace'

/** A file that a trace is written to, line by line, so that a recording that is killed leaves what it had. */
export class TraceFile implements Disposable {
  readonly #path: string
  readonly #file: number
  readonly #failed = new AbortController()
  #lines = 0

  /** @throws Error if there is such a file, or if it cannot be made */
  constructor(path: string) {
    this.#path = path
    try {
      // Names may be in it: it is nobody else's business.
      this.#file = openSync(path, 'wx', 0o600)
    } catch (error) {
      throw inWords(error, path, 'cannot write')
    }
  }

  /** How many lines it has. */
  get lines(): number {
    return this.#lines
  }

  /** Aborted with an error when the file cannot be written any more. */
  get failed(): AbortSignal {
    return this.#failed.signal
  }

  /** Appends a line. Never throws. */
  write(line: string): void {
    if (this.#failed.signal.aborted) return
    try {
      writeSync(this.#file, `${line}\n`)
      this.#lines += 1
    } catch (error) {
      this.#failed.abort(inWords(error, this.#path, 'cannot write'))
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
    // Nothing was recorded, and the name is free for the next attempt.
    if (this.#lines === 0) unlinkSync(this.#path)
  }
}

/** Reads a trace. @throws Error that names the file, if it cannot be read or is not a trace */
export function readTrace(path: string): Trace {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw inWords(error, path, 'cannot read')
  }
  try {
    return parseTrace(text)
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    throw new Error(`cannot replay '${path}': ${error.message}`, { cause: error })
  }
}

function inWords(error: unknown, path: string, what: string): Error {
  const { errno = 0, code } = error as NodeJS.ErrnoException
  const [, words] = getSystemErrorMap().get(errno) ?? []
  const reason = words === undefined ? String(error) : `${words} (${code})`
  return new Error(`${what} '${path}': ${reason}`, { cause: error })
}
