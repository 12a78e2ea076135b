/** First in, first out; taking the first costs the same however many wait. */
export class Queue<T> {
  #items: (T | undefined)[] = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Removes and returns the first; `undefined` if the queue is empty. */
  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#first]
    this.#items[this.#first] = undefined
    this.#first += 1
    if (this.#first === this.#items.length) this.clear()
    return item
  }

  clear(): void {
    this.#items = []
    this.#first = 0
  }
}
