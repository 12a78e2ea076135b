import { exitCodeOf } from './exit-codes.js'
import type { Output, OutputEnd } from './output.js'

/**
 * The signals that ask a program to end. `SIGHUP`: its terminal is gone, or the console window was closed (Windows).
 * `SIGBREAK`: Ctrl-Break, on Windows only.
 */
export type EndingSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'SIGBREAK'

/** What ends a command early: a signal, or the end of its output. */
export type Interrupter = EndingSignal | OutputEnd

const SIGNALS: readonly EndingSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK']

/**
 * Signals that follow each other within so many milliseconds are one request: `timeout` signals a process and then its
 * group, and when a terminal goes, its shell and the kernel send SIGHUP each.
 */
export const ONE_REQUEST = 1000

/** What an {@link Interruption} needs of its surroundings. */
export interface InterruptionHost {
  /** Monotonic milliseconds. */
  now(): number
  /** Ends the process at once. */
  exit(code: number): void
}

const THIS_PROCESS: InterruptionHost = {
  now: () => performance.now(),
  exit: (code) => process.exit(code),
}

/**
 * Listens for what ends a command early, from its making to its disposal. The first signal asks the command to wind down.
 * A later one ends the process without waiting for that: links may then stay up.
 */
export class Interruption implements Disposable {
  readonly #abort = new AbortController()
  readonly #undo: (() => void)[] = []
  readonly #output: Output
  readonly #host: InterruptionHost
  #taker: ((signal: EndingSignal) => void) | null = null
  #by: Interrupter | null = null
  #signalled: number | null = null

  constructor(output: Output, host: InterruptionHost = THIS_PROCESS) {
    this.#output = output
    this.#host = host
    for (const name of SIGNALS) {
      const received = () => this.#receive(name)
      process.on(name, received)
      this.#undo.push(() => process.off(name, received))
    }
    const gone = () => this.#end(output.end ?? 'reader')
    if (output.ended.aborted) gone()
    output.ended.addEventListener('abort', gone)
    this.#undo.push(() => output.ended.removeEventListener('abort', gone))
  }

  /** Aborted by the first interrupter. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** What interrupted, a signal before the output; `null` while nothing has. */
  get by(): Interrupter | null {
    return this.#by
  }

  /**
   * Hands all signals over to `taker` until the undo is called. Meanwhile they interrupt nothing here, and do not count
   * as first signals.
   */
  handOver(taker: (signal: EndingSignal) => void): () => void {
    this.#taker = taker
    return () => {
      this.#taker = null
    }
  }

  /** Gives the signals back. */
  [Symbol.dispose](): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  #receive(name: EndingSignal): void {
    if (this.#taker !== null) return this.#taker(name)
    const now = this.#host.now()
    if (this.#signalled === null) {
      this.#signalled = now
      return this.#end(name)
    }
    if (now - this.#signalled < ONE_REQUEST) return
    this.#output.note(`received ${name} again: exiting without waiting; links may stay up`)
    this.#host.exit(exitCodeOf(name))
  }

  #end(by: Interrupter): void {
    if (this.#by === null || this.#by === 'reader' || this.#by === 'failure') this.#by = by
    this.#abort.abort()
  }
}
