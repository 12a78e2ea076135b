import { DirtyTables } from './dirty-tables.js'

/** Reads dirty tables, one reading at a time. Everything that becomes dirty during a reading is read together in the next one. */
export class Refresh {
  readonly #read: (dirty: DirtyTables) => Promise<void>
  #dirty = new DirtyTables()
  #running: Promise<void> | null = null
  #isClosed = false

  /** @param read reads the tables and applies them; handles every error that it expects */
  constructor(read: (dirty: DirtyTables) => Promise<void>) {
    this.#read = read
  }

  /** Adds to what is read next. Has no effect after {@link close}. */
  mark(add: (dirty: DirtyTables) => unknown): void {
    if (this.#isClosed) return
    add(this.#dirty)
    this.#running ??= this.#run()
  }

  /** Resolves when everything that is dirty now has been read. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** Stops reading. Resolves when the present reading has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running?.catch(() => undefined)
  }

  async #run(): Promise<void> {
    try {
      // One reading for everything that becomes dirty in this turn of the event loop.
      await Promise.resolve()
      while (!this.#dirty.isEmpty && !this.#isClosed) {
        const dirty = this.#dirty
        this.#dirty = new DirtyTables()
        await this.#read(dirty)
      }
    } finally {
      this.#running = null
    }
  }
}
