import { deferred } from '@roamkit/core/backend-kit'
import type { Clock } from '@roamkit/core/contract'
import type { WifiNote } from './wifi-note.js'

/** As long as Windows may take at most to tell what it does, in milliseconds. */
const LONGEST = 1000

/** Waits for some kinds of notification about an interface, by its GUID, for a second at most. */
export class WifiTellings {
  readonly #clock: Clock
  readonly #kinds: readonly WifiNote['kind'][]
  readonly #waiting = new Map<string, Set<() => void>>()

  /**
   * @param clock for the second
   * @param kinds what is waited for
   */
  constructor(clock: Clock, kinds: readonly WifiNote['kind'][]) {
    this.#clock = clock
    this.#kinds = kinds
  }

  /** Takes a notification in. */
  note({ kind, guid }: WifiNote): void {
    if (this.#kinds.includes(kind)) for (const tell of this.#waiting.get(guid) ?? []) tell()
  }

  /** Nothing will be told any more: nobody waits longer. */
  end(): void {
    for (const waiting of this.#waiting.values()) for (const tell of waiting) tell()
  }

  /** `told` resolves with the first from now on, or when the second is over; to be undone when it is not awaited any more. */
  next(guid: string): { readonly told: Promise<void>; undo(): void } {
    const { promise: told, resolve } = deferred()
    const waiting = this.#waiting.get(guid) ?? new Set()
    this.#waiting.set(guid, waiting.add(resolve))
    const stop = this.#clock.after(LONGEST, resolve)
    return {
      told,
      undo() {
        stop()
        waiting.delete(resolve)
      },
    }
  }
}
