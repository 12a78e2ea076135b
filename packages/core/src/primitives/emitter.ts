import { onAbort } from './abort-listeners.js'
import { checkArgument, checkName, checkOptions, expected } from './arguments.js'
import { reportUncaught } from './report-error.js'

/** What `on` takes besides the listener. */
export interface ListenOptions {
  /**
   * Removes the listener when aborted.
   *
   * @defaultValue never aborted
   */
  readonly signal?: AbortSignal
}

/** The events of a source: its names and the arguments that a listener of each is called with. */
export type EventMap = Record<string, readonly unknown[]>

type Listener = (...values: never[]) => void

/**
 * Throws if there is no such event, or if the listener is not a function.
 * @param known every event that there is
 * @throws TypeError: a misspelt event would never come
 */
export function checkListening(
  known: object,
  name: unknown,
  listener: unknown,
  options: ListenOptions | undefined,
): void {
  checkName('event', name, Object.keys(known))
  checkArgument(`the listener of '${String(name)}'`, listener, expected.callback)
  if (options !== undefined) checkOptions('on()', options, { signal: expected.signal })
}

/**
 * Typed events. Listeners run in the order in which they were added. If one throws, the others still run, and the error becomes an uncaught
 * exception (rule S16). A listener that is added during an event is called from the next event on, and one that is removed is not called any
 * more (rule S19).
 */
export class Emitter<Events extends EventMap> {
  readonly #listeners = new Map<keyof Events, readonly Listener[]>()
  /** The functions that stop listening to the listeners' signals. */
  readonly #releases = new Set<() => void>()
  readonly #interest: () => void

  /** @param interest called whenever a listener came or went */
  constructor(interest: () => void = () => {}) {
    this.#interest = interest
  }

  /** How many listeners there are, for one event or for all. */
  count(name?: keyof Events): number {
    if (name !== undefined) return this.#listeners.get(name)?.length ?? 0
    let count = 0
    for (const listeners of this.#listeners.values()) count += listeners.length
    return count
  }

  /** Adds a listener and returns its undo. Both are idempotent. The undo also stops listening to `signal`. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (...values: Events[Name]) => void,
    { signal }: ListenOptions = {},
  ): () => void {
    if (signal?.aborted) return () => {}
    // An entry of its own, so that the same function can listen twice and each undo removes its own.
    const entry: Listener = (...values) => listener(...(values as unknown as Events[Name]))
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), entry])
    let release = () => {}
    const undo = () => {
      release()
      this.#releases.delete(release)
      const rest = this.#listeners.get(name)?.filter((other) => other !== entry) ?? []
      if (rest.length === (this.#listeners.get(name)?.length ?? 0)) return
      if (rest.length > 0) this.#listeners.set(name, rest)
      else this.#listeners.delete(name)
      this.#interest()
    }
    if (signal !== undefined) {
      release = onAbort(signal, undo)
      this.#releases.add(release)
    }
    this.#interest()
    return undo
  }

  /** Calls every listener of that event. */
  emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    // The array is replaced, never changed, so this loop sees the listeners as they were.
    const listeners = this.#listeners.get(name) ?? []
    for (const listener of listeners) {
      const now = this.#listeners.get(name)
      if (now !== listeners && !now?.includes(listener)) continue
      try {
        listener(...(values as unknown as never[]))
      } catch (error) {
        reportUncaught(error)
      }
    }
  }

  /** Removes every listener. */
  clear(): void {
    this.#listeners.clear()
    for (const release of this.#releases) release()
    this.#releases.clear()
    this.#interest()
  }
}
