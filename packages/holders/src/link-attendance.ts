import type { Rendezvous } from './rendezvous.js'

/**
 * Whether one member attends a link, where all others can count it, or excludes all others while it takes the link down. Attendance is
 * proof; missing entries are not.
 */
export class LinkAttendance {
  readonly #key: string
  readonly #rendezvous: Rendezvous
  readonly #log: (event: string, detail: object) => void
  #isWanted = false
  #goAway: (() => void) | null = null
  #letIn: (() => void) | null = null
  /** Runs one change after the other. */
  #changes: Promise<unknown> = Promise.resolve()

  constructor(rendezvous: Rendezvous, key: string, log: (event: string, detail: object) => void) {
    this.#rendezvous = rendezvous
    this.#key = key
    this.#log = log
  }

  /** Whether all others can count this member. */
  get isThere(): boolean {
    return this.#goAway !== null
  }

  /** Whether this member excludes all others. */
  get isExcluding(): boolean {
    return this.#letIn !== null
  }

  /**
   * Attends from now on. Each call tries once. `excluded`: another member excludes all others. `refused`: the system does not allow it now.
   */
  attend(): Promise<'there' | 'excluded' | 'refused'> {
    this.#isWanted = true
    return this.#inTurn(async () => {
      this.#stopExcluding()
      return this.#attend()
    })
  }

  /** Tries to exclude all others. Call it under the lock. The member's own attendance is given up in the meantime. */
  exclude(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#letIn !== null) return true
      this.#stopAttending()
      try {
        this.#letIn = await this.#rendezvous.exclude(this.#key)
      } catch (error) {
        this.#log('holders: cannot find out whether others hold the link', { key: this.#key, error })
      }
      if (this.#letIn !== null) return true
      if (this.#isWanted) await this.#attend()
      return false
    })
  }

  /** Ends the exclusion, and attends again if it did before and has not left since. */
  letIn(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#letIn === null) return
      this.#stopExcluding()
      if (this.#isWanted) await this.#attend()
    })
  }

  /** Stops attending at once. */
  leave(): void {
    this.#isWanted = false
    this.#stopAttending()
  }

  /** Gives everything back at once. */
  end(): void {
    this.leave()
    this.#stopExcluding()
  }

  async #attend(): Promise<'there' | 'excluded' | 'refused'> {
    if (this.#goAway !== null) return 'there'
    try {
      const goAway = await this.#rendezvous.attend(this.#key)
      if (goAway === null) return 'excluded'
      this.#goAway = goAway
      // The member left while the system was asked.
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
