import { Wanted } from './wanted.js'

/** Reads again what hints say, one reading at a time: whatever comes meanwhile is one more reading, however much it is. */
export class Refresh {
  readonly #read: (wanted: Wanted) => Promise<void>
  #wanted = new Wanted()
  #running: Promise<void> | null = null
  #isClosed = false

  /** @param read reads and takes in; rejects with nothing that is expected */
  constructor(read: (wanted: Wanted) => Promise<void>) {
    this.#read = read
  }

  /** Adds to what is read next. */
  want(add: (wanted: Wanted) => unknown): void {
    if (this.#isClosed) return
    add(this.#wanted)
    this.#running ??= this.#run()
  }

  /** Resolves when all that is wanted by now has been read. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** Wants nothing any more; resolves when the reading under way is over. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running?.catch(() => undefined)
  }

  async #run(): Promise<void> {
    try {
      // What one turn of the loop says is read at once.
      await Promise.resolve()
      while (!this.#wanted.isEmpty && !this.#isClosed) {
        const wanted = this.#wanted
        this.#wanted = new Wanted()
        await this.#read(wanted)
      }
    } finally {
      this.#running = null
    }
  }
}
