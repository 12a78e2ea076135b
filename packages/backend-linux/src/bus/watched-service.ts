import { protect } from '@roamkit/core/backend-kit'
import type { BusFilter, BusSignal, BusWatch } from './bus-port.js'
import type { MessageHeader } from './message-header.js'

/** A service that a connection listens to, and who owns its name: only the owner is believed. */
export class WatchedService {
  /** The owner's unique name; `null` while there is none. */
  owner: string | null = null
  readonly #watch: BusWatch
  /** What the paths below the namespace begin with. */
  readonly #below: string
  #hasSeenOwner = false
  #isIntroduced = false

  constructor(watch: BusWatch) {
    this.#watch = watch
    this.#below = watch.namespace === '/' ? '/' : `${watch.namespace}/`
  }

  /** Takes the daemon's first answer. A change of owner that came in the meantime is newer. */
  introduce(owner: string | null): void {
    if (!this.#hasSeenOwner) this.owner = owner
    this.#isIntroduced = true
  }

  /** Whether a signal comes from the owner and is one that is listened to. */
  wants(header: MessageHeader): boolean {
    const { namespace, only } = this.#watch
    if (this.owner === null || !header.isFrom(this.owner)) return false
    if (only !== undefined && !only.some((filter) => passes(filter, header))) return false
    const { path } = header
    if (path !== namespace && !path.startsWith(this.#below)) return false
    return !this.#watch.ignores?.(path, header.interface)
  }

  /** Whether this is its well-known name. */
  isNamed(name: unknown): boolean {
    return name === this.#watch.service
  }

  /** Takes the owner that the daemon reports. */
  changeOwner(owner: unknown): void {
    this.owner = typeof owner === 'string' && owner !== '' ? owner : null
    this.#hasSeenOwner = true
  }

  /** Tells the listener of a change of owner, unless the first owner is still to come. */
  reportOwner(): void {
    if (this.#isIntroduced) protect(() => this.#watch.owner(this.owner))
  }

  /** Passes a signal on. What the listener throws would otherwise end the reading in the middle of a message. */
  emit(signal: BusSignal): void {
    protect(() => this.#watch.signal(signal))
  }
}

/** Whether it may be one of these signals. The bus daemon looks into the arguments. */
function passes({ interface: name, member }: BusFilter, header: MessageHeader): boolean {
  return header.interface === name && (member === undefined || header.member === member)
}
