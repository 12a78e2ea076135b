import type { Call } from './driver.js'

/**
 * Who holds a link: a port of its own, in this process or (with a system implementation) on this machine.
 * One `Holders` is one holder: a manager joins a link once, however many of its sessions use it.
 * Disposing leaves every link.
 */
export interface Holders extends AsyncDisposable {
  /** Among whom it counts: the managers of this process, or all processes and users of this machine. */
  readonly reach: 'process' | 'machine'
  /** Runs alone among all holders of that link, in the order of asking. */
  locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, call: Call): Promise<T>
  /** Calls back when another holder stops that link on purpose (rule S10), with the activation it stops. Returns the undo. */
  watch(scope: string, id: string, stopped: (activation: string) => void): () => void
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
