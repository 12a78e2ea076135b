import type { SessionLike } from '@roamkit/core'
import type { GuestRequest } from './permissions.js'
import { SessionFeed } from './session-feed.js'

/** Which of them has held a session off from roaming last. */
const heldOffBy = new WeakMap<SessionLike, HostedSession>()

/** A session that a guest has a mirror of. */
export class HostedSession {
  readonly session: SessionLike
  readonly feed: SessionFeed
  /** The name under which the host shares it; `null`: the guest had it created. */
  readonly shared: string | null
  #consulting: (() => void) | null = null

  /** @param changed called when there may be something new for the guest */
  constructor(session: SessionLike, number: number, shared: string | null, changed: () => void) {
    this.session = session
    this.shared = shared
    this.feed = new SessionFeed(session, number, changed)
  }

  /** The request for an action on it. */
  request(action: GuestRequest['action']): GuestRequest {
    return { action, configuration: this.session.configuration, shared: this.shared }
  }

  /** While the guest listens for offers, the session asks before it roams (rule R3). */
  consult({ isOn }: { readonly isOn: boolean }): void {
    if (isOn === (this.#consulting !== null)) return
    this.#consulting?.()
    // The snapshot has the offer. The listener only makes the session ask.
    this.#consulting = isOn ? this.session.on('preferredConfigurationChanged', () => {}) : null
  }

  /** The guest holds the session off from roaming (rule L5). */
  noteHoldOff(): void {
    heldOffBy.set(this.session, this)
  }

  /**
   * The guest needs it no longer, and no longer keeps it from roaming. Resolves when it is closed, if it was the guest's own. Never rejects: the
   * session may be a mirror itself, whose connection ends.
   */
  async release(): Promise<void> {
    this.#consulting?.()
    this.feed.dispose()
    if (this.shared === null) return this.session.close().catch(() => undefined)
    if (heldOffBy.get(this.session) !== this) return
    heldOffBy.delete(this.session)
    this.session.holdOff(0)
  }
}
