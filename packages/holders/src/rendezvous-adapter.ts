import type { Entry, Rendezvous } from './rendezvous.js'

/** A separate process that uses a rendezvous on request. How the test talks to it is up to the adapter. */
export interface FarRendezvous {
  /** Takes the lock and keeps it. Resolves to whether it got the lock. */
  take(key: string): Promise<boolean>
  /** Releases the lock that it took. */
  release(key: string): Promise<void>
  /** Attends the key until it departs or dies. Resolves to whether it could. */
  attend(key: string): Promise<boolean>
  /** Ends its latest attendance. */
  depart(key: string): Promise<void>
  /** Excludes all others and keeps them out. Resolves to whether it won. */
  exclude(key: string): Promise<boolean>
  /** Lets the others in again. */
  letIn(key: string): Promise<void>
  /** Puts an entry up as that member, without attestation, for as long as it lives. */
  post(key: string, member: string, text: string): Promise<void>
  /** The entries as that process sees them; `null` if it cannot read them. */
  entries(key: string): Promise<readonly Entry[] | null>
  /** Whether it finds all entries attested. */
  isAttested(key: string): Promise<boolean>
  /** Subscribes as that member. What arrives is kept for {@link notifications}. */
  subscribe(key: string, member: string): Promise<void>
  /** The notifications since the last call, in order. */
  notifications(): Promise<readonly string[]>
  /** Notifies all subscribers except that member. */
  notify(key: string, member: string, text: string): Promise<void>
  /** Stops the process without killing it (SIGSTOP). Leave it out if the platform cannot: the laws that need it then reject with {@link CannotRun}. */
  readonly stop?: () => Promise<void>
  /** Kills the process, and resolves when it is dead. */
  kill(): Promise<void>
}

/** Connects the laws to a rendezvous. */
export interface RendezvousAdapter {
  /** Opens a rendezvous in this process. The adapter disposes it. */
  open(): Rendezvous
  /** Opens one in a process of its own, which the adapter ends. */
  far(): Promise<FarRendezvous>
  /** A key that has no other user. Its text needs escaping. */
  key(): string
  /**
   * Spoils one part of what attendance is made of, as a single foreign program may do by chance. Resolves to the undo. Leave it out if
   * there is no such part: the law that needs it then rejects with {@link CannotRun}.
   */
  readonly spoil?: (key: string) => Promise<() => void>
  /**
   * Like `far`, but as another user. Leave it out if the adapter cannot do that (it needs root): the law that needs it then rejects with
   * {@link CannotRun}.
   */
  readonly stranger?: () => Promise<FarRendezvous>
}

/**
 * A law cannot run, because the adapter lacks something that it needs. The law is neither kept nor broken: report it as skipped, with the
 * message as the reason.
 */
export class CannotRun extends Error {
  override readonly name = 'CannotRun'
}
