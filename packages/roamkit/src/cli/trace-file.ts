import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { getSystemErrorMap } from 'node:util'
import { parseTrace, type Trace, TraceError } from '@roamkit/backend-mock/trace'

/** The longest trace, in bytes. */
const LONGEST = 64 * 1024 * 1024
const CHUNK = 1024 * 1024

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
      // Names may be in it: only this user may read it.
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
      // A disk that is almost full takes a part of it.
      for (let rest = Buffer.from(`${line}\n`); rest.length > 0; )
        rest = rest.subarray(writeSync(this.#file, rest))
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

/** Reads a trace. @throws Error that names the file, if it cannot be read, is too long or is not a trace */
export function readTrace(path: string): Trace {
  const bytes = readAtMost(path, LONGEST + 1)
  if (bytes.length > LONGEST) throw new Error(`cannot read '${path}': a trace has at most 64 MiB`)
  try {
    return parseTrace(bytes.toString('utf8'))
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    throw new Error(`cannot replay '${path}': ${error.message}`, { cause: error })
  }
}

/** The first bytes of a file: a device or a pipe may have no end. */
function readAtMost(path: string, most: number): Buffer {
  const chunks: Buffer[] = []
  try {
    const file = openSync(path, 'r')
    try {
      for (let length = 0; length < most; ) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK, most - length))
        const count = readSync(file, chunk)
        if (count === 0) break
        chunks.push(chunk.subarray(0, count))
        length += count
      }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw inWords(error, path, 'cannot read')
  }
  return Buffer.concat(chunks)
}

function inWords(error: unknown, path: string, what: string): Error {
  const { errno = 0, code } = error as NodeJS.ErrnoException
  const [, words] = getSystemErrorMap().get(errno) ?? []
  const reason = words === undefined ? String(error) : `${words} (${code})`
  return new Error(`${what} '${path}': ${reason}`, { cause: error })
}
