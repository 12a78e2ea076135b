import { type BackendHost, shareStructure } from '@roamkit/core/contract'
import type { HintSource, IpHintSource, NotificationHealth } from './notification-health.js'

/** What is polled, and when. */
export interface FallbackPollingContext {
  readonly host: BackendHost
  readonly health: NotificationHealth
  /** Milliseconds between two readings. */
  readonly interval: number
  /** The sources that together announce every change. */
  sources(): readonly HintSource[]
  /** Reads everything. Resolves to whether IP Helper's tables have changed. */
  read(): Promise<'same' | 'changed'>
}

/** The sources of IP Helper. */
export const IP_SOURCES: readonly IpHintSource[] = ['interface', 'address', 'route', 'hint']

/**
 * Reads the tables at an interval for as long as notifications are not known to arrive. The service control manager does not count: what
 * only it announces is rare, and the next call to the service finds it.
 */
export class FallbackPolling {
  readonly #context: FallbackPollingContext
  readonly #notified = new Set<HintSource>()
  #stop: (() => void) | null = null
  #logged: object | null = null
  #isClosed = false

  /** @param context what is polled; nothing is read before {@link update} */
  constructor(context: FallbackPollingContext) {
    this.#context = context
  }

  /** Whether a change could come without a notification. */
  get isNeeded(): boolean {
    return !this.#context.health.areProven(this.#context.sources())
  }

  /** A notification has come. Returns whether it is the first one of its source, and stops polling if it was the last one missing. */
  recordNotification(source: HintSource): boolean {
    this.#notified.add(source)
    const isProof = this.#context.health.recordNotification(source)
    if (isProof) this.update()
    return isProof
  }

  /** Starts to poll if any source is unproven, and stops if none is. Logs what has changed about that. */
  update(): void {
    if (this.#isClosed) return
    const { host, interval } = this.#context
    this.#log()
    if (this.isNeeded)
      this.#stop ??= host.clock.after(interval, () => {
        this.#stop = null
        this.#read().catch((error: unknown) => host.log('windows: reading failed', { error }))
      })
    else {
      this.#stop?.()
      this.#stop = null
    }
  }

  /** Stops polling for good. */
  close(): void {
    this.#isClosed = true
    this.#stop?.()
    this.#stop = null
  }

  #log(): void {
    const { host, health, sources: needed } = this.#context
    const sources = needed()
    const unproven = health.unproven(sources.includes('wifi') ? [...sources, 'service'] : sources)
    const detail = { areAllProven: !this.isNeeded, unproven }
    if (shareStructure(this.#logged, detail) === this.#logged) return
    this.#logged = detail
    host.log('windows: notifications', detail)
  }

  async #read(): Promise<void> {
    this.#notified.clear()
    const outcome = await this.#context.read()
    if (outcome === 'changed' && !IP_SOURCES.some((source) => this.#notified.has(source)))
      this.#context.host.log('windows: a change came without a notification')
    this.update()
  }
}
