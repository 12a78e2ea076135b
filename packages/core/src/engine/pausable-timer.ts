import type { Times } from '../primitives/times.js'

/** What a timer needs of its surroundings. */
export interface TimerHost<Input> {
  readonly times: Pick<Times, 'clock'>
  /** A timer whose end is an input; `Infinity` means never. Returns the undo. */
  after(ms: number, run: Input): () => void
}

/** Runs once when its time is over; a paused one keeps the rest of its time for when it is resumed. */
export class PausableTimer<Input = unknown> {
  readonly #host: TimerHost<Input>
  readonly #run: Input
  #undo: (() => void) | null = null
  #left: number
  #since = 0

  constructor(host: TimerHost<Input>, ms: number, run: Input) {
    this.#host = host
    this.#run = run
    this.#left = ms
    this.resume()
  }

  /** What is left of its time, in milliseconds. */
  get left(): number {
    if (this.#undo === null) return this.#left
    return Math.max(this.#left - (this.#host.times.clock.now() - this.#since), 0)
  }

  get isPaused(): boolean {
    return this.#undo === null
  }

  pause(): void {
    if (this.#undo === null) return
    this.#left = this.left
    this.#undo()
    this.#undo = null
  }

  resume(): void {
    if (this.#undo !== null) return
    this.#since = this.#host.times.clock.now()
    this.#undo = this.#host.after(this.#left, this.#run)
  }

  stop(): void {
    this.#undo?.()
    this.#undo = null
  }
}
