import type { Ground } from './ground.js'

/** A bell that hangs as long as it is wanted; where the system refuses it, it is tried again when it is asked for again. */
export class Bell {
  readonly #ground: Ground
  readonly #key: string
  readonly #member: string
  readonly #rung: (text: string) => void
  readonly #log: (event: string, detail: object) => void
  #state: 'off' | 'hanging' | 'hung' = 'off'
  #isWanted = false
  #unhang: () => void = () => {}

  constructor(
    ground: Ground,
    key: string,
    {
      member,
      rung,
      log,
    }: {
      readonly member: string
      rung(text: string): void
      log(event: string, detail: object): void
    },
  ) {
    this.#ground = ground
    this.#key = key
    this.#member = member
    this.#rung = rung
    this.#log = log
  }

  /** Hangs it up where it does not hang. */
  hang(): void {
    this.#isWanted = true
    if (this.#state !== 'off') return
    this.#state = 'hanging'
    this.#ground.hang(this.#key, this.#member, this.#rung).then(
      (unhang) => {
        this.#state = 'hung'
        this.#unhang = unhang
        if (!this.#isWanted) this.unhang()
      },
      (error: unknown) => {
        this.#state = 'off'
        this.#log('holders: no bell', { key: this.#key, error })
      },
    )
  }

  /** Takes it off. */
  unhang(): void {
    this.#isWanted = false
    if (this.#state !== 'hung') return
    this.#state = 'off'
    this.#unhang()
  }
}
