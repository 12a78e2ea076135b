import { type LinkInterface, type NetworkSession, sessionOn } from '@roamkit/core'
import { LinkError, type LossReason, linkLost } from '../errors.js'

/** Something that lives on a link of a session: a socket, as a rule. */
export interface Member {
  /** The identifier of its link's configuration. */
  readonly link: string
  /** Whether it stays on its link although the session uses another one. */
  readonly isPinned: boolean
  /** How long it may go on, in milliseconds, after the session has left its link and while that is up. */
  readonly finishTimeout: number
  /** Whether it is good after the machine was asleep. */
  readonly outlivesSleep: boolean
  /** Whether nothing is under way on it. */
  isIdle(): boolean
  /** Whether it has sent or received something. */
  hasCarried(): boolean
  /** The address that it is bound to; `null` as long as it has none. */
  address(): string | null
  /** The session has left its link, and it may go on until `finishTimeout`. */
  left?(): void
  end(error: LinkError): void
}

/** A link that has members. */
interface WatchedLink {
  /** A session that only watches. */
  readonly watch: NetworkSession
  readonly members: Set<Member>
  readonly undo: () => void
  /** As it was when its members were looked at last. */
  seen: { readonly facts: LinkInterface | null; readonly isUsed: boolean }
  /** Whether the session has begun to leave it because nothing comes through it (rule L1). */
  isBad: boolean
}

/**
 * Keeps what lives on the links of one session true to it: ends what has lost its link or its address at once, and what is on a link that the
 * session has left when it is idle, or at its deadline. Listens only as long as there is a member.
 */
export class Follower {
  static readonly #followers = new WeakMap<NetworkSession, Follower>()

  readonly session: NetworkSession
  readonly #links = new Map<string, WatchedLink>()
  readonly #deadlines = new Map<Member, () => void>()
  #undo: (() => void) | null = null
  /** The link of the last trial, until the session uses it. */
  #tried: string | null = null

  private constructor(session: NetworkSession) {
    this.session = session
  }

  static of(session: NetworkSession): Follower {
    const known = Follower.#followers.get(session)
    if (known !== undefined) return known
    const follower = new Follower(session)
    Follower.#followers.set(session, follower)
    return follower
  }

  /**
   * The identifier of the configuration whose link carries the session's traffic: in a trial still the old one, until you accept. `null` while
   * the session is not open.
   */
  get current(): string | null {
    const { isOpen, trial, activeConfiguration } = this.session
    if (!isOpen) return null
    return trial === null ? activeConfiguration : trial.from.identifier
  }

  /** The interface of a link while it is up; otherwise `null`. */
  interfaceOf(link: string): LinkInterface | null {
    this.#noteTrial()
    const watch = this.#links.get(link)?.watch ?? sessionOn(this.session, link)
    return watch.state === 'connected' ? watch.interface : null
  }

  /** Adds a member to a link that is up. Returns a function that removes it. */
  add(member: Member): () => void {
    this.#undo ??= this.#listen()
    const link = this.#links.get(member.link) ?? this.#watch(member.link)
    link.members.add(member)
    // Things may have changed since the caller looked, and no further event will say so.
    queueMicrotask(() => {
      if (link.members.has(member)) this.#lookAtNew(member, link)
    })
    return () => this.#remove(member, link)
  }

  #remove(member: Member, link: WatchedLink): void {
    this.#forgetDeadline(member)
    link.members.delete(member)
    if (link.members.size > 0 || this.#links.get(member.link) !== link) return
    this.#links.delete(member.link)
    link.undo()
    if (this.#links.size > 0) return
    this.#undo?.()
    this.#undo = null
  }

  #listen(): () => void {
    const look = () => this.#look()
    const undos = [
      this.session.subscribe(look),
      this.session.on('resumed', () => this.#resumed()),
      this.session.on('closed', look),
      this.session.on('roamingStarted', ({ from, because, explanation }) => {
        const link = this.#links.get(from.identifier)
        if (link !== undefined) link.isBad = because === 'loss' || explanation?.because === 'health'
      }),
    ]
    return () => {
      for (const undo of undos) undo()
    }
  }

  #watch(id: string): WatchedLink {
    const watch = sessionOn(this.session, id)
    const link: WatchedLink = {
      watch,
      members: new Set(),
      undo: watch.subscribe(() => this.#look()),
      seen: { facts: watch.state === 'connected' ? watch.interface : null, isUsed: true },
      isBad: false,
    }
    this.#links.set(id, link)
    return link
  }

  /** The link of the trial that is under way, or `null`. */
  #noteTrial(): string | null {
    const trial = this.session.trial?.configuration.identifier ?? null
    this.#tried = trial ?? (this.current === this.#tried ? null : this.#tried)
    return trial
  }

  #look(): void {
    const { current } = this
    const trial = this.#noteTrial()
    for (const [id, link] of [...this.#links]) {
      if (current === null) this.#end(link, () => sessionClosed(id))
      else this.#lookAt(link, id, id === current || id === trial)
    }
  }

  /** Ends a member that came too late for the last change. */
  #lookAtNew(member: Member, { watch, isBad }: WatchedLink): void {
    const { current } = this
    const trial = this.#noteTrial()
    const { link: id, isPinned } = member
    if (current === null) return this.#endOne(member, sessionClosed(id))
    if (watch.state !== 'connected') return this.#endOne(member, lost('down', member))
    if (isPinned || id === current || id === trial) return
    this.#leave(member, isBad, this.#reasonOf(id, isBad))
  }

  #reasonOf(id: string, isBad: boolean): LossReason {
    if (isBad) return 'bad'
    return id === this.#tried ? 'rejected' : 'roamed'
  }

  /** The session has left the link of a member. */
  #leave(member: Member, isBad: boolean, reason: LossReason): void {
    if (isBad || member.isIdle()) this.#endOne(member, lost(reason, member))
    else this.#setDeadline(member, reason)
  }

  #lookAt(link: WatchedLink, id: string, isUsed: boolean): void {
    const { watch, seen } = link
    const facts = watch.state === 'connected' ? watch.interface : null
    if (facts === null) return this.#end(link, (member) => lost('down', member))
    if (seen.facts === facts && seen.isUsed === isUsed) return
    link.seen = { facts, isUsed }
    const reason = this.#reasonOf(id, link.isBad)
    for (const member of [...link.members]) {
      const address = member.address()
      if (address !== null && hasAddress(seen.facts, address) && !hasAddress(facts, address))
        this.#endOne(member, lost('addressGone', member))
      else if (isUsed || member.isPinned) this.#forgetDeadline(member)
      else this.#leave(member, link.isBad, reason)
    }
  }

  /** The machine was asleep: the far ends may have given up long ago, without a word that arrived. */
  #resumed(): void {
    for (const { members } of [...this.#links.values()])
      for (const member of [...members])
        if (!member.outlivesSleep) this.#endOne(member, lost('resumed', member))
  }

  #setDeadline(member: Member, reason: LossReason): void {
    if (this.#deadlines.has(member)) return
    member.left?.()
    const end = () => this.#endOne(member, lost(reason, member))
    if (member.finishTimeout <= 0) return end()
    if (member.finishTimeout === Number.POSITIVE_INFINITY) return
    this.#deadlines.set(member, this.session.clock.after(member.finishTimeout, end))
  }

  #forgetDeadline(member: Member): void {
    this.#deadlines.get(member)?.()
    this.#deadlines.delete(member)
  }

  #end(link: WatchedLink, error: (member: Member) => LinkError): void {
    for (const member of [...link.members]) this.#endOne(member, error(member))
  }

  #endOne(member: Member, error: LinkError): void {
    const link = this.#links.get(member.link)
    if (link !== undefined) this.#remove(member, link)
    member.end(error)
  }
}

function lost(reason: LossReason, member: Member): LinkError {
  return linkLost(reason, member.link, { isRetryable: !member.hasCarried() })
}

function sessionClosed(configuration: string): LinkError {
  return new LinkError('ERR_SESSION_CLOSED', 'the session of this connection was closed', {
    configuration,
    isRetryable: false,
  })
}

function hasAddress(facts: LinkInterface | null, address: string): boolean {
  const bare = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, '')
  return facts?.addresses.some((cidr) => cidr.replace(/\/\d+$/, '') === bare) ?? false
}
