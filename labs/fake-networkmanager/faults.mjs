// What can go wrong between a client and the fake: calls that are not answered, late or refused, and signals in another order.

/**
 * @typedef {object} Fault
 * @property {'never' | 'late' | 'refused'} answer
 * @property {boolean} [isCarriedOut] whether the call has its effect all the same; a late one has
 * @property {number} [milliseconds] how late, in the fake's time
 * @property {string} [error] the D-Bus name of the refusal
 */

export class Faults {
  /** By method. @type {Map<string, Fault>} */
  #calls = new Map()
  /** Draws a number from 0 up to the given one; `null`: signals keep their order. @type {((below: number) => number) | null} */
  shuffle = null

  /** Spoils each call of a method from now on. @param {string} member @param {Fault} fault */
  spoil(member, fault) {
    this.#calls.set(member, fault)
  }

  /** Everything is as it should be again. */
  heal() {
    this.#calls.clear()
    this.shuffle = null
  }

  /** @param {string} member */
  of(member) {
    return this.#calls.get(member) ?? null
  }

  /**
   * Signals of one turn in another order: those of one object keep theirs.
   *
   * @param {readonly import('./objects.mjs').Signal[]} signals
   * @returns {readonly import('./objects.mjs').Signal[]}
   */
  order(signals) {
    const { shuffle } = this
    if (shuffle === null) return signals
    /** @type {Map<string, import('./objects.mjs').Signal[]>} */
    const byObject = new Map()
    for (const signal of signals) {
      const object = objectOf(signal)
      byObject.set(object, [...(byObject.get(object) ?? []), signal])
    }
    const queues = [...byObject.values()]
    /** @type {import('./objects.mjs').Signal[]} */
    const ordered = []
    while (queues.length > 0) {
      const index = shuffle(queues.length)
      const next = queues[index]?.shift()
      if (next !== undefined) ordered.push(next)
      if (queues[index]?.length === 0) queues.splice(index, 1)
    }
    return ordered
  }
}

/** The object that a signal is about. @param {import('./objects.mjs').Signal} signal */
const objectOf = ({ member, path, body }) => (member.startsWith('Interfaces') ? String(body[0]) : path)
