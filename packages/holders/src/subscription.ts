import type { Rendezvous } from './rendezvous.js'

/** A subscription that lasts as long as it is wanted. If the system refuses it, the next {@link subscribe} tries again. */
export class Subscription {
  readonly #rendezvous: Rendezvous
  readonly #key: string
  readonly #member: string
  readonly #notified: (text: string) => void
  readonly #log: (event: string, detail: object) => void
  #state: 'off' | 'starting' | 'on' = 'off'
  #isWanted = false
  #undo: () => void = () => {}

  constructor(
    rendezvous: Rendezvous,
    key: string,
    {
      member,
      notified,
      log,
    }: {
      readonly member: string
      notified(text: string): void
      log(event: string, detail: object): void
    },
  ) {
    this.#rendezvous = rendezvous
    this.#key = key
    this.#member = member
    this.#notified = notified
    this.#log = log
  }

  /** Subscribes, unless it has done so. */
  subscribe(): void {
    this.#isWanted = true
    if (this.#state !== 'off') return
    this.#state = 'starting'
    this.#rendezvous.subscribe(this.#key, this.#member, this.#notified).then(
      (undo) => {
        this.#state = 'on'
        this.#undo = undo
        if (!this.#isWanted) this.unsubscribe()
      },
      (error: unknown) => {
        this.#state = 'off'
        this.#log('holders: cannot be notified', { key: this.#key, error })
      },
    )
  }

  /** Unsubscribes. Idempotent. */
  unsubscribe(): void {
    this.#isWanted = false
    if (this.#state !== 'on') return
    this.#state = 'off'
    this.#undo()
  }
}
