import { BehaviorSubject } from 'rxjs'

/** How often virtual time advances, in milliseconds of real time. */
const TICK = 50
/** The longest real time that one tick makes up for, for example after the page was in the background. */
const LONGEST = 250

/** Lets virtual time pass in real time, slower or faster. */
export class Pace {
  readonly isPlaying$ = new BehaviorSubject(false)
  /** Virtual milliseconds in one of real time. */
  speed = 1
  readonly #pass: (ms: number) => Promise<void>
  #last = performance.now()
  /** What is left of a whole millisecond. */
  #rest = 0

  /** @param pass lets that many milliseconds of virtual time pass */
  constructor(pass: (ms: number) => Promise<void>) {
    this.#pass = pass
    void this.#go()
  }

  play(): void {
    this.isPlaying$.next(true)
  }

  pause(): void {
    this.isPlaying$.next(false)
  }

  async #go(): Promise<never> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, TICK))
      const now = performance.now()
      const elapsed = Math.min(now - this.#last, LONGEST)
      this.#last = now
      if (!this.isPlaying$.value) continue
      this.#rest += elapsed * this.speed
      const whole = Math.floor(this.#rest)
      this.#rest -= whole
      try {
        await this.#pass(whole)
      } catch (error) {
        this.pause()
        reportError(error)
      }
    }
  }
}
