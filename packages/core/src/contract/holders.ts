import type { Call } from './driver.js'

/**
 * Who holds a link: a port of its own, in this process or (with a system implementation) on this machine.
 * One `Holders` is one holder: a manager joins a link once, however many of its sessions use it.
 * Disposing leaves every link.
 */
export interface Holders extends AsyncDisposable {
  /** Among whom it counts: the managers of this process, or all processes and users of this machine. */
  readonly reach: 'process' | 'machine'
  /**
   * Runs alone among all holders of that link; those of one process in the order of asking, and no process is passed over for
   * ever. The signal ends the waiting only. Where a lock is not to be had in time (somebody stopped or hostile has it), it
   * runs all the same and is told the safe thing: somebody else holds the link, and it is the system's.
   */
  locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, call: Call): Promise<T>
  /** Calls back when another holder stops that link on purpose (rule S10), with the activation it stops. Returns the undo. */
  watch(scope: string, id: string, stopped: (activation: string) => void): () => void
  /** Who holds that link now, as they say themselves: synchronous, the longest holder first. May be a lie where others reach it. */
  list(scope: string, id: string): readonly Holder[]
}

/** Somebody who holds a link. What is `null` cannot be told. */
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
  /** How many others hold the link. */
  readonly others: number
  /** The activation that holders brought up: theirs to take down. `null`: the link, if up, is the system's (rule H1). */
  readonly owned: string | null
  /** Joins, and stores whose activation it is; again to store another. */
  join(owned: string | null): Promise<void>
  /** Leaves; nothing happens where it was no holder. */
  leave(): Promise<void>
  /** Tells the others that this activation is taken down on purpose. */
  stopping(activation: string): void
}
