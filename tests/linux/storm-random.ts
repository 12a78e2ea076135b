/** Numbers that look random and repeat with their seed (mulberry32). */
export class RandomNumbers {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, not including, `below`. */
  integer(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  /** One of them. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(choices.length)] as T
  }

  /** A sequence of its own, so that what one of two concurrent schedules draws does not depend on the other's pace. */
  branch(): RandomNumbers {
    return new RandomNumbers(this.integer(2 ** 32))
  }
}
