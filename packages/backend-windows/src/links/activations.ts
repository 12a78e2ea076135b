/** The last known activation of a link. */
export interface ActivationEntry {
  /** Its number. */
  readonly number: number
  /**
   * `asked`: requested, but not seen in progress yet. `again`: requested once more after Windows refused a key. The words are the format in
   * shared memory.
   */
  readonly is: 'asked' | 'again' | 'live' | 'over'
}

/** Entries by configuration id. Ids contain names from outside. */
export type ActivationEntries = Map<string, ActivationEntry>

/** Keeps the entries for all who share them. */
export interface ActivationStore {
  /** Changes the entries in place. Calls of different processes never overlap, and each sees the changes of those before it. */
  change<Value>(run: (entries: ActivationEntries) => Value): Value
}

/**
 * Names activations, because Windows does not. All processes that share a store use the same names: the first one to see that a
 * link is no longer down takes the next number, and the others, which see the same a moment later, find that number in the store.
 */
export class Activations {
  readonly #store: ActivationStore
  readonly #start: number
  /** The last activation that was seen here, by configuration id. */
  readonly #seen = new Map<string, number>()
  /** The last activation that was renewed here, by configuration id. */
  readonly #renewed = new Map<string, number>()

  /**
   * @param store the entries
   * @param start the number to count from if the store is empty; it must never repeat
   */
  constructor(store: ActivationStore, start: number) {
    this.#store = store
    this.#start = start
  }

  /**
   * Starts the next activation of a link that was down here.
   *
   * @param why `asked` if it was requested here, `seen` if it was observed
   * @returns the name of the activation
   */
  begin(id: string, why: 'asked' | 'seen'): string {
    const number = this.#store.change((entries) => {
      const known = entries.get(id)
      const next = this.#isNews(id, known) ? known.number : nextNumber(entries, this.#start)
      const isAgain = why === 'seen' && known !== undefined && this.#isRenewedElsewhere(id, known)
      entries.set(id, { number: next, is: why === 'asked' ? 'asked' : isAgain ? 'again' : 'live' })
      return next
    })
    this.#seen.set(id, number)
    return String(number)
  }

  /** The activation that {@link begin} returned last is requested once more. Others have seen its end, and will see its start. */
  renew(id: string): void {
    const number = this.#seen.get(id)
    if (number === undefined) return
    this.#renewed.set(id, number)
    this.#store.change((entries) => entries.set(id, { number, is: 'again' }))
  }

  /** The activation that {@link begin} returned last has succeeded: it is not renewed any more. */
  settle(id: string): void {
    const seen = this.#seen.get(id)
    this.#store.change((entries) => {
      const known = entries.get(id)
      if (known?.is === 'again' && known.number === seen) entries.set(id, { number: seen, is: 'live' })
    })
  }

  /** Ends the activation of a link that {@link begin} returned last. */
  end(id: string): void {
    const seen = this.#seen.get(id)
    this.#store.change((entries) => {
      const known = entries.get(id)
      // Another process may have seen the end already, and even the start of the next activation, or it has renewed this one.
      if (known === undefined || known.number !== seen || this.#isRenewedElsewhere(id, known)) return
      entries.set(id, { number: known.number, is: 'over' })
    })
  }

  /** Whether another process has begun or renewed the activation of an entry. */
  #isNews(id: string, known: ActivationEntry | undefined): known is ActivationEntry {
    if (known === undefined || known.is === 'over') return false
    return known.number !== this.#seen.get(id) || this.#isRenewedElsewhere(id, known)
  }

  #isRenewedElsewhere(id: string, { is, number }: ActivationEntry): boolean {
    return is === 'again' && number !== this.#renewed.get(id)
  }
}

/** Higher than all numbers so far, of any link. */
function nextNumber(entries: ActivationEntries, start: number): number {
  let last = start
  for (const { number } of entries.values()) last = Math.max(last, number)
  return last + 1
}

/** Keeps the entries in this process alone. */
export function memoryStore(): ActivationStore {
  const entries: ActivationEntries = new Map()
  return { change: (run) => run(entries) }
}
