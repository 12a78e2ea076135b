interface Running {
  /** Something has changed since the read began. */
  isOutdated: boolean
  done: Promise<void>
}

/** Reads links one read at a time for each, and once more if a link has changed since its read began. */
export class LinkReads {
  readonly #read: (index: number) => Promise<void>
  readonly #running = new Map<number, Running>()

  /** @param read reads one link; never rejects */
  constructor(read: (index: number) => Promise<void>) {
    this.#read = read
  }

  /** Resolves when a read has ended that began after this call. */
  request(index: number): Promise<void> {
    const running = this.#running.get(index)
    if (running) {
      running.isOutdated = true
      return running.done
    }
    const first: Running = { isOutdated: false, done: Promise.resolve() }
    this.#running.set(index, first)
    first.done = this.#run(index, first)
    return first.done
  }

  async #run(index: number, running: Running): Promise<void> {
    do {
      running.isOutdated = false
      await this.#read(index)
    } while (running.isOutdated)
    this.#running.delete(index)
  }
}
