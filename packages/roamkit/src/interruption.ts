import { constants } from 'node:os'

/** The signals that ask a program to end. */
export type EndingSignal = 'SIGINT' | 'SIGTERM'

/** Who ends a command early: a signal, or whoever stopped reading what it prints. */
export type Interrupter = EndingSignal | 'reader'

const SIGNALS: readonly EndingSignal[] = ['SIGINT', 'SIGTERM']

/**
 * Listens for what ends a command early, from its making to its disposal. Meanwhile the signals do not end the process by
 * themselves, however often they come: winding down is bounded by core's timeouts.
 */
export class Interruption implements Disposable {
  readonly #abort = new AbortController()
  readonly #listeners = new Set<(signal: EndingSignal) => void>()
  readonly #undo: (() => void)[] = []
  #by: Interrupter | null = null

  /** @param unread aborted when nobody reads the output any more */
  constructor(unread: AbortSignal) {
    for (const name of SIGNALS) {
      const received = () => {
        this.#end(name)
        for (const listener of [...this.#listeners]) listener(name)
      }
      process.on(name, received)
      this.#undo.push(() => process.off(name, received))
    }
    const gone = () => this.#end('reader')
    if (unread.aborted) gone()
    unread.addEventListener('abort', gone)
    this.#undo.push(() => unread.removeEventListener('abort', gone))
  }

  /** Aborted by the first of them. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Who was first; `null` while nobody was. */
  get by(): Interrupter | null {
    return this.#by
  }

  /** Calls back for each signal that comes, the first one or not. Returns the undo. */
  onSignal(listener: (signal: EndingSignal) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Gives the signals back. */
  [Symbol.dispose](): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  #end(by: Interrupter): void {
    this.#by ??= by
    this.#abort.abort()
  }
}

/** The exit code of a program that was ended so, as shells count: 128 and the signal's number; 0 if nobody reads on. */
export function exitCodeOf(by: Interrupter | NodeJS.Signals): number {
  return by === 'reader' ? 0 : 128 + constants.signals[by]
}
