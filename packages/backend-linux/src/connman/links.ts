import type { ActivationNames, Clock, Ended, LinkPhase } from '@roamkit/core/contract'
import { type EndReason, failureReason } from './end-reason.js'

/** What ConnMan shows of a service. */
export interface Seen {
  /** The service's `State`. */
  readonly state: string
  /** The service's `Error`. */
  readonly error: string
  readonly hasAddress: boolean
  /** Why its link went down, if the state is not `failure`. */
  why(): EndReason
}

/** How much later than its effect ConnMan may show the cause, in milliseconds. */
const LATEST_CAUSE = 1000

const SERVICE_LOST: EndReason = { reason: 'serviceLost', native: null }

interface Link {
  /** What ConnMan shows. */
  system: LinkPhase
  activation: string | null
  phase: LinkPhase
  /** Its activation in ConnMan's last life, until it is known whether the link has survived. */
  former: string | null
  /** How many requests of this program to bring it up have no answer yet. Until they have, it is not over. */
  requests: number
  /** The activation that this program takes down. */
  leaving: string | null
  /** The last failure since a request began. */
  failure: EndReason | null
  ended: Ended | null
  endedAt: number
}

/**
 * The activations of ConnMan's services, which ConnMan does not name. One instance for all backends of a driver, so that they use the same
 * names, and for all lives of ConnMan.
 */
export class Links {
  readonly #names: ActivationNames
  readonly #clock: Clock
  readonly #links = new Map<string, Link>()
  /** The life of ConnMan that they are from. */
  #life = ''

  constructor(names: ActivationNames, clock: Clock) {
    this.#names = names
    this.#clock = clock
  }

  /** All services that were ever seen. */
  ids(): Iterable<string> {
    return this.#links.keys()
  }

  phase(id: string): LinkPhase {
    return this.#links.get(id)?.phase ?? 'down'
  }

  /** The current activation; `null` while the link is down. */
  activation(id: string): string | null {
    return this.#links.get(id)?.activation ?? null
  }

  /** How the last activation ended. */
  ended(id: string): Ended | null {
    return this.#links.get(id)?.ended ?? null
  }

  /** The last failure that ConnMan reported since a request to bring the link up began. */
  failure(id: string): EndReason | null {
    return this.#links.get(id)?.failure ?? null
  }

  /** Takes what ConnMan shows of a service now. */
  observe(id: string, seen: Seen): void {
    const link = this.#of(id)
    link.system = phaseOf(seen)
    if (link.system === 'down') {
      if (seen.state === 'failure' && link.activation !== null) link.failure = failureReason(seen.error)
      if (link.activation !== null && link.requests === 0) this.#end(link, link.failure ?? seen.why())
      return
    }
    link.failure = null
    link.activation ??= this.#names.fresh(id)
    // ConnMan shows `configuration` also on the way down.
    const isLeaving = link.leaving === link.activation && link.system === 'activating'
    link.phase = isLeaving ? 'deactivating' : link.system
  }

  /** A request of this program to bring the link up is under way. The activation is not over before {@link settle}, whatever ConnMan shows. */
  request(id: string): void {
    const link = this.#of(id)
    link.requests += 1
    link.failure = null
  }

  /** Whether this program has asked for the link, and waits for the answer. */
  isRequested(id: string): boolean {
    return (this.#links.get(id)?.requests ?? 0) > 0
  }

  /** ConnMan works on the request, although it does not show that yet. Returns the activation. */
  begin(id: string): string {
    const link = this.#of(id)
    if (link.activation === null) {
      link.activation = this.#names.fresh(id)
      link.phase = 'activating'
    }
    return link.activation
  }

  /** The request has its answer. If the link is down, the activation ends with the last failure, otherwise with that reason. */
  settle(id: string, reason: EndReason): void {
    const link = this.#of(id)
    link.requests = Math.max(0, link.requests - 1)
    if (link.requests === 0) this.endIfDown(id, reason)
  }

  /** Ends an activation that ConnMan shows as down, with the last failure or that reason, even while a request has no answer. */
  endIfDown(id: string, reason: EndReason): void {
    const link = this.#of(id)
    if (link.system === 'down' && link.activation !== null) this.#end(link, link.failure ?? reason)
  }

  /** This program takes that activation down, so that it ends with `requested`. Returns the undo, for when ConnMan refuses. */
  leave(id: string, activation: string): () => void {
    const link = this.#of(id)
    link.leaving = activation
    return () => {
      if (link.leaving === activation) link.leaving = null
    }
  }

  /**
   * ConnMan shows the cause a moment after its effect: the activations of these services that ended within the last second, and not on request or by
   * a failure, have ended for that reason.
   */
  explain(ids: Iterable<string>, reason: EndReason): void {
    const since = this.#clock.now() - LATEST_CAUSE
    for (const id of ids) {
      const link = this.#of(id)
      const { ended } = link
      if (ended === null || link.endedAt < since || ended.native !== null) continue
      if (ended.activation === link.leaving) continue
      link.ended = Object.freeze({ activation: ended.activation, ...reason })
    }
  }

  /** Before a life of ConnMan is read. In another life than the last one, its links have other activations. */
  enter(life: string): void {
    for (const link of this.#links.values()) {
      link.requests = 0
      if (life === this.#life || link.activation === null) continue
      link.former = link.activation
      link.activation = null
      link.phase = 'down'
    }
    this.#life = life
  }

  /** ConnMan has been read: the links of its last life that are not up ended with it, and the others have survived (rule H1). */
  account(): void {
    for (const link of this.#links.values()) {
      const { former } = link
      link.former = null
      if (former !== null && link.phase !== 'up') this.#note(link, former, SERVICE_LOST)
    }
  }

  /** ConnMan has left: what it took down just before has ended with it. */
  leaveLife(): void {
    this.explain(this.#links.keys(), SERVICE_LOST)
  }

  #end(link: Link, { reason, native }: EndReason): void {
    const { activation } = link
    if (activation === null) return
    const isRequested = link.leaving === activation
    this.#note(link, activation, isRequested ? { reason: 'requested', native: null } : { reason, native })
    link.activation = null
    link.phase = 'down'
    link.failure = null
  }

  #note(link: Link, activation: string, why: EndReason): void {
    link.ended = Object.freeze({ activation, ...why })
    link.endedAt = this.#clock.now()
  }

  #of(id: string): Link {
    const known = this.#links.get(id)
    if (known) return known
    const link: Link = {
      system: 'down',
      activation: null,
      phase: 'down',
      former: null,
      requests: 0,
      leaving: null,
      failure: null,
      ended: null,
      endedAt: 0,
    }
    this.#links.set(id, link)
    return link
  }
}

/** A service's `State` in the contract's words. ConnMan calls a service ready a moment before it has an address. */
function phaseOf({ state, hasAddress }: Seen): LinkPhase {
  switch (state) {
    case 'association':
    case 'configuration':
      return 'activating'
    case 'ready':
    case 'online':
      return hasAddress ? 'up' : 'activating'
    case 'disconnect':
      return 'deactivating'
    default:
      return 'down'
  }
}
