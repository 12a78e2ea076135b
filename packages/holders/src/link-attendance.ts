import type { Ground } from './ground.js'

/**
 * Whether one member is there for all to count at one link, or keeps all others from it while it takes the link down. Absence from
 * the postings proves nothing; this does.
 */
export class LinkAttendance {
  readonly #key: string
  readonly #ground: Ground
  readonly #log: (event: string, detail: object) => void
  #isWanted = false
  #goAway: (() => void) | null = null
  #letIn: (() => void) | null = null
  /** One change after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(ground: Ground, key: string, log: (event: string, detail: object) => void) {
    this.#ground = ground
    this.#key = key
    this.#log = log
  }

  /** Whether all others can count on it. */
  get isThere(): boolean {
    return this.#goAway !== null
  }

  /** Whether it keeps all others away. */
  get isExcluding(): boolean {
    return this.#letIn !== null
  }

  /**
   * Attends from now on; tried once, and again with each call. `excluded`: somebody else keeps all others away. `refused`: the system
   * does not let anybody attend now.
   */
  attend(): Promise<'there' | 'excluded' | 'refused'> {
    this.#isWanted = true
    return this.#inTurn(async () => {
      this.#stopExcluding()
      return this.#attend()
    })
  }

  /** Tries to keep all others away; to be asked under the lock. What it attended itself is given back meanwhile. */
  exclude(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#letIn !== null) return true
      this.#stopAttending()
      try {
        this.#letIn = await this.#ground.exclude(this.#key)
      } catch (error) {
        this.#log('holders: cannot find out whether others hold the link', { key: this.#key, error })
      }
      if (this.#letIn !== null) return true
      if (this.#isWanted) await this.#attend()
      return false
    })
  }

  /** Keeps nobody away any more, and attends again where it did before and has not left meanwhile. */
  letIn(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#letIn === null) return
      this.#stopExcluding()
      if (this.#isWanted) await this.#attend()
    })
  }

  /** Attends no more, at once. */
  leave(): void {
    this.#isWanted = false
    this.#stopAttending()
  }

  /** Gives everything back, at once. */
  end(): void {
    this.leave()
    this.#stopExcluding()
  }

  async #attend(): Promise<'there' | 'excluded' | 'refused'> {
    if (this.#goAway !== null) return 'there'
    try {
      const goAway = await this.#ground.attend(this.#key)
      if (goAway === null) return 'excluded'
      this.#goAway = goAway
      // It has left while the system was asked.
      if (!this.#isWanted) this.#stopAttending()
      return 'there'
    } catch (error) {
      this.#log('holders: cannot be counted by others', { key: this.#key, error })
      return 'refused'
    }
  }

  #stopAttending(): void {
    this.#goAway?.()
    this.#goAway = null
  }

  #stopExcluding(): void {
    this.#letIn?.()
    this.#letIn = null
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(run)
    this.#changes = turn.catch(() => undefined)
    return turn
  }
}
