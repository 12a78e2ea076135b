import type { Call } from './call.js'

/**
 * Counts who holds a link: in this process or, with a system implementation, on this machine.
 * One `Holders` is one holder: a manager joins a link once, no matter how many of its sessions hold it.
 * Disposing leaves every link.
 */
export interface Holders extends AsyncDisposable {
  /** Whom it counts: the managers of this process, or all processes and users of this machine. */
  readonly span: 'process' | 'machine'
  /**
   * Whether everyone who can use the links is counted, as of the last command. `uncertain`: every `Held` reports that others hold the link
   * (rule H3), and core reports `systemSessionSupport` as false for as long as this lasts. Core reads it after each command.
   */
  readonly certainty: 'certain' | 'uncertain'
  /**
   * Runs a task alone among all holders of that link. Tasks of one process run in the order of the calls, and no process waits forever.
   * The signal ends only the wait. If the lock is not released in time, because a stopped or untrusted process has it, the task runs
   * all the same and gets the safe answer: another process holds the link, and the link is the system's. That time is well below the
   * default `connectTimeout` and starts at `call.since`, so the waits for several locks do not add up (rule C6).
   */
  locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, call: LockCall): Promise<T>
  /** Calls back with the activation when another holder stops that link on purpose (rule S10). Returns the undo. */
  watch(scope: string, id: string, stopped: (activation: string) => void): () => void
  /** Who holds that link now, as the holders report it: synchronous, the longest holder first. A holder may lie if other programs can write there. */
  list(scope: string, id: string): readonly Holder[]
}

/** A call that waits for a lock. */
export interface LockCall extends Call {
  /**
   * When the command that takes several locks began, by the clock of the host.
   *
   * @defaultValue now
   */
  readonly since?: number
}

/** A holder of a link. What is unknown is `null`. */
export interface Holder {
  /** The id of the process, as it reports it. */
  readonly pid: number | null
  /** The name that the process reports: untrusted text. */
  readonly name: string | null
  /** When it joined, in milliseconds since 1970. */
  readonly since: number | null
  /** Whether it is the instance that was asked. */
  readonly isSelf: boolean
}

/** A link's holders, while its lock is held. */
export interface Held {
  /** `uncertain`: it is unknown who holds the link. Then `others` is at least 1, `owned` is `null`, and `exclude` fails. */
  readonly certainty: 'certain' | 'uncertain'
  /**
   * How many others visibly hold the link. If there are any, the link must not be taken down. 0 is a hint, not a proof, because the view
   * may not be a consistent snapshot (rule H3).
   */
  readonly others: number
  /**
   * Atomically tries to exclude all other holders. `true`: no other process of this machine holds the link, visible or not, and none can
   * join until the lock is released. Core calls this before it takes down a link that has no holders left, or displaces it (rules H3,
   * H5). Never rejects: if the answer cannot be determined, it is `false`. An implementation for several processes must not answer from
   * a list. Within one process, counting the members is enough.
   */
  exclude(): Promise<boolean>
  /** The activation that holders brought up, and may take down. `null`: the link, if it is up, is the system's (rule H1). */
  readonly owned: string | null
  /**
   * Joins, and stores whose activation it is. Call it again to store another one. If a process excludes others, it waits for a limited
   * time. If the system does not let it be counted, it continues as if others held the link, and tries again.
   */
  join(owned: string | null): Promise<void>
  /** Leaves. Has no effect if it is not a holder. */
  leave(): Promise<void>
  /** Notifies the others that this activation is taken down on purpose. */
  stopping(activation: string): void
}
