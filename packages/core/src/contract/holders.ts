import type { Call } from './call.js'

/**
 * Who holds a link: a port of its own, in this process or (with a system implementation) on this machine.
 * One `Holders` is one holder: a manager joins a link once, however many of its sessions use it.
 * Disposing leaves every link.
 */
export interface Holders extends AsyncDisposable {
  /** Among whom it counts: the managers of this process, or all processes and users of this machine. */
  readonly span: 'process' | 'machine'
  /**
   * Whether all who can use the links are counted along, as far as was found at the last command. `uncertain`: every `Held` says
   * that others hold the link (rule H3); core says so (`systemSessionSupport` is false) as long as it lasts. Read after each command.
   */
  readonly certainty: 'certain' | 'uncertain'
  /**
   * Runs alone among all holders of that link; those of one process in the order of asking, and no process is passed over for
   * ever. The signal ends the waiting only. Where a lock is not to be had in time (a stopped or untrusted process has it), it
   * runs all the same and gets the safe answer: another process holds the link, and it is the system's. That time is well below
   * the default `connectTimeout`, and begins with `call.since`, so that the waits of several locks do not add up (rule C6).
   */
  locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, call: LockCall): Promise<T>
  /** Calls back when another holder stops that link on purpose (rule S10), with the activation it stops. Returns the undo. */
  watch(scope: string, id: string, stopped: (activation: string) => void): () => void
  /** Who holds that link now, as they say themselves: synchronous, the longest holder first. May be a lie where others reach it. */
  list(scope: string, id: string): readonly Holder[]
}

/** A call that waits for a lock. */
export interface LockCall extends Call {
  /**
   * When the command began for which several locks are taken, by the clock of the host.
   *
   * @defaultValue now
   */
  readonly since?: number
}

/** A holder of a link. What is unknown is `null`. */
export interface Holder {
  /** The process, as it numbers itself. */
  readonly pid: number | null
  /** What the process calls itself: hostile text. */
  readonly name: string | null
  /** When it joined, in milliseconds since 1970. */
  readonly since: number | null
  /** It is the one that was asked. */
  readonly isSelf: boolean
}

/** A link's holders, while its lock is held. */
export interface Held {
  /** `uncertain`: it cannot be told who holds the link; then `others` is at least 1, `owned` is `null`, and `exclude` loses. */
  readonly certainty: 'certain' | 'uncertain'
  /**
   * How many others are seen to hold the link. One or more: it is not to be taken down. None: that is information and no proof,
   * for what is looked at may be no snapshot (rule H3).
   */
  readonly others: number
  /**
   * Wins something atomic that no other holder's presence allows, or does not. `true`: no other process of this machine holds the link,
   * seen or not, and none can join until the lock is given back. Core asks before it takes a link down for want of holders, or
   * displaces it (rules H3, H5). Never rejects: what cannot be found out is `false`. Who writes a `Holders` for several processes
   * must not answer from a list; in one process, counting its members is enough.
   */
  exclude(): Promise<boolean>
  /** The activation that holders brought up: theirs to take down. `null`: the link, if up, is the system's (rule H1). */
  readonly owned: string | null
  /**
   * Joins, and stores whose activation it is; again to store another. Waits for a process that excludes others, within bounds. Where the
   * system does not let it be counted, it goes on as if others held the link, and tries again.
   */
  join(owned: string | null): Promise<void>
  /** Leaves; nothing happens where it was no holder. */
  leave(): Promise<void>
  /** Tells the others that this activation is taken down on purpose. */
  stopping(activation: string): void
}
