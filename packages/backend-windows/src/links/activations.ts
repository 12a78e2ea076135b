/** What is known of the activations of one link. */
export interface ActivationEntry {
  /** The number of the last one. */
  readonly number: number
  /** `asked`: requested, and not seen under way yet. */
  readonly is: 'asked' | 'live' | 'over'
}

/** Entries by the id of a configuration, which has names from outside in it. */
export type ActivationEntries = Map<string, ActivationEntry>

/** Where the entries are: changed by one at a time among all who share it. */
export interface ActivationShelf {
  /** Changes the entries in place, alone; whoever comes next sees it. */
  change<Value>(run: (entries: ActivationEntries) => Value): Value
}

/**
 * Names activations, because Windows does not. All who share the shelf name them alike: whoever first sees that a link which
 * was down is under way counts on, and the others, who see the same a moment later, take what is counted already.
 */
export class Activations {
  readonly #shelf: ActivationShelf
  readonly #start: number
  /** The last one that was seen here, by id. */
  readonly #seen = new Map<string, number>()

  /**
   * @param shelf the entries
   * @param start where counting starts for links that are in no entry: a number that never comes again
   */
  constructor(shelf: ActivationShelf, start: number) {
    this.#shelf = shelf
    this.#start = start
  }

  /** A link that was down here is under way, because it was asked for here, or is seen so. Returns the activation. */
  begin(id: string, why: 'asked' | 'seen'): string {
    const number = this.#shelf.change((entries) => {
      const known = entries.get(id)
      const isNews = known !== undefined && known.is !== 'over' && known.number !== this.#seen.get(id)
      const next = isNews ? known.number : nextNumber(entries, this.#start)
      entries.set(id, { number: next, is: why === 'asked' ? 'asked' : 'live' })
      return next
    })
    this.#seen.set(id, number)
    return String(number)
  }

  /** An activation of that link that began here is over. */
  end(id: string): void {
    const seen = this.#seen.get(id)
    this.#shelf.change((entries) => {
      const known = entries.get(id)
      // Whoever shares the shelf may have seen the end before, and the next beginning.
      if (known !== undefined && known.number === seen) entries.set(id, { number: known.number, is: 'over' })
    })
  }
}

/** Another one than all before, of any link. */
function nextNumber(entries: ActivationEntries, start: number): number {
  let last = start
  for (const { number } of entries.values()) last = Math.max(last, number)
  return last + 1
}

/** Entries in this process alone. */
export function memoryShelf(): ActivationShelf {
  const entries: ActivationEntries = new Map()
  return { change: (run) => run(entries) }
}
