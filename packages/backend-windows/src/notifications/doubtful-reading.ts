import { type Host, shared } from '@roamkit/core/contract'
import type { HintSource, IpHintSource, NotificationHealth } from './notification-health.js'

/** What is read while notifications are in doubt, and how. */
export interface DoubtfulReadingContext {
  readonly host: Host
  readonly health: NotificationHealth
  /** Milliseconds between two readings. */
  readonly interval: number
  /** The sources without which a change could be missed. */
  needed(): readonly HintSource[]
  /** Reads everything; resolves to whether IP Helper's tables are others. */
  read(): Promise<'same' | 'changed'>
}

/** IP Helper's own. */
export const IP_SOURCES: readonly IpHintSource[] = ['interface', 'address', 'route', 'hint']

/**
 * Reads again and again exactly as long as notifications are not known to come. Whether the service control manager tells is
 * not among what is needed: what only it tells is rare, and found by the next call.
 */
export class DoubtfulReading {
  readonly #context: DoubtfulReadingContext
  readonly #hinted = new Set<HintSource>()
  #stop: (() => void) | null = null
  #said: object | null = null
  #isClosed = false

  /** @param context what is read, and whom to ask */
  constructor(context: DoubtfulReadingContext) {
    this.#context = context
  }

  /** Whether every change is notified for certain. */
  get isNeedless(): boolean {
    return this.#context.health.areProven(this.#context.needed())
  }

  /** A notification has come; one that proves something new, which is returned, may be the last that was missing. */
  heard(source: HintSource): boolean {
    this.#hinted.add(source)
    const isProof = this.#context.health.recordNotification(source)
    if (isProof) this.attend()
    return isProof
  }

  /** Reads from now on if anything that is needed is in doubt, and no more if nothing is; what is new in that is said in the log. */
  attend(): void {
    if (this.#isClosed) return
    const { host, interval } = this.#context
    this.#say()
    if (this.isNeedless) {
      this.#stop?.()
      this.#stop = null
    } else
      this.#stop ??= host.clock.after(interval, () => {
        this.#stop = null
        this.#read().catch((error: unknown) => host.log('windows: reading failed', { error }))
      })
  }

  /** Reads no more. */
  close(): void {
    this.#isClosed = true
    this.#stop?.()
    this.#stop = null
  }

  #say(): void {
    const { host, health, needed } = this.#context
    const sources = needed()
    const doubts = health.unproven(sources.includes('wifi') ? [...sources, 'service'] : sources)
    const news = { covered: this.isNeedless, doubts }
    if (shared(this.#said, news) === this.#said) return
    this.#said = news
    host.log('windows: notifications', news)
  }

  async #read(): Promise<void> {
    this.#hinted.clear()
    const outcome = await this.#context.read()
    if (outcome === 'changed' && !IP_SOURCES.some((source) => this.#hinted.has(source)))
      this.#context.host.log('windows: a change came without a notification')
    this.attend()
  }
}
