import { deferred } from '@roamkit/core/backend-kit'
import type { Clock } from '@roamkit/core/contract'
import type { WifiNote } from './wifi-note.js'

/** The longest wait in milliseconds: Windows notifies sooner. */
const LONGEST = 1000

/** Waits for the next notification of some kinds about a Wi-Fi interface, for a second at most. */
export class NotificationWaiter {
  readonly #clock: Clock
  readonly #kinds: readonly WifiNote['kind'][]
  readonly #waiting = new Map<string, Set<() => void>>()

  /**
   * @param clock of the host
   * @param kinds the kinds of notifications that end a wait
   */
  constructor(clock: Clock, kinds: readonly WifiNote['kind'][]) {
    this.#clock = clock
    this.#kinds = kinds
  }

  /** Passes a notification to those who wait for it. */
  note({ kind, guid }: WifiNote): void {
    if (this.#kinds.includes(kind)) for (const resolve of this.#waiting.get(guid) ?? []) resolve()
  }

  /** Ends all waits: no more notifications will come. */
  release(): void {
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve()
  }

  /**
   * Starts to wait for a notification about an interface.
   *
   * @returns `arrived` resolves with the first notification, or after a second. Call `undo` when it is not awaited any more.
   */
  next(guid: string): { readonly arrived: Promise<void>; undo(): void } {
    const { promise: arrived, resolve } = deferred()
    const waiting = this.#waiting.get(guid) ?? new Set()
    this.#waiting.set(guid, waiting.add(resolve))
    const stop = this.#clock.after(LONGEST, resolve)
    return {
      arrived,
      undo() {
        stop()
        waiting.delete(resolve)
      },
    }
  }
}
