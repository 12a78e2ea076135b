import type { Call } from '@roamkit/core/contract'

/**
 * What a platform lends to the counting of holders: a lock, a count of those who are there, postings and bells for each key, shared
 * by all processes and users of the machine, and taken back by the system from a process that dies, however it dies. No rule is in
 * here: those are in `sharedHolders`, and the same on every platform. Two grounds in one process are as strange to each other as
 * two processes.
 *
 * Any user of the machine may be in here too, with lies: nothing that others put down makes a call throw or hang. Keys are
 * any text, members 11 characters of base64url.
 */
export interface Ground extends AsyncDisposable {
  /** For logs. */
  readonly name: string
  /**
   * Takes the lock of a key where it is free, at once; `null` where somebody has it, this process included: it is not
   * recursive. Rejects where the system lets nobody have any (no descriptors left, forbidden).
   */
  take(key: string): Promise<GroundLock | null>
  /**
   * Who has the lock: an opaque word, another one for each taking. `null`: nobody, or that cannot be told. Synchronous.
   */
  holder(key: string): string | null
  /**
   * Resolves when it may be worth trying `take` again, at the latest when whoever has the lock gives it back or dies. Too early
   * and for nothing is allowed. Rejects with the signal's reason, and otherwise never.
   */
  freed(key: string, call: Call): Promise<void>
  /**
   * Attends a key, with any number of others of any process and user, until the function returned is called or the process is
   * dead. As long as anybody attends, nobody can {@link exclude}. `null` where somebody excludes all others. Rejects where the
   * system lets nobody attend (no descriptors left, forbidden). A stranger who spoils a part of what this is made of spoils nothing.
   */
  attend(key: string): Promise<(() => void) | null>
  /**
   * Excludes: wins only where nobody attends a key or excludes from it, this ground included, whatever {@link posted} shows; and
   * then nobody can attend until the function returned is called, which works at once, or the process is dead. `null` where
   * somebody is there. To be asked by who has the lock of the key. Rejects as {@link attend}.
   */
  exclude(key: string): Promise<(() => void) | null>
  /**
   * Puts a text (up to 1500 bytes of UTF-8) up under a key and the name of a member, where all can read it as long as this
   * process lives and does not take it down: the function returned, which works at once. A member may have several up.
   * `vouch`: so that others can tell which user has put it up. Rejects where it cannot be put up; then nothing is.
   */
  post(
    key: string,
    member: string,
    text: string,
    options: { readonly vouch: 'yes' | 'no' },
  ): Promise<() => void>
  /**
   * Everything that is up under a key now, in any order: synchronous, and whether or not those who put it up still answer
   * (stopped, busy). It is no snapshot: it may show what is just being taken down, and a stranger may be able to hide something
   * from it, so that absence proves nothing (`exclude` does). Of more postings than anybody reads the texts may be `null`.
   * `null`: cannot be told.
   */
  posted(key: string): readonly Posting[] | null
  /**
   * Those of some postings that a process of this user, of the administrator's, or of a user trusted by the options has vouched
   * for, exactly as they are. Its work grows no faster than what is up.
   */
  vouched(key: string, postings: readonly Posting[]): ReadonlySet<Posting>
  /**
   * Hangs a  bell up for a member; what is rung is untrusted text. Resolves to the undo, which works at once. Rejects where the
   * system refuses it.
   */
  hang(key: string, member: string, rung: (text: string) => void): Promise<() => void>
  /** Rings all bells of a key but the member's own, with a text of up to 1000 bytes of UTF-8. Waits for nobody; those who do not answer are passed over. */
  ring(key: string, member: string, text: string): void
  /** Gives everything back that was taken, attended, posted and hung; resolves when what was rung is delivered, or nearly a second later. */
  [Symbol.asyncDispose](): Promise<void>
}

/** A lock that is held. */
export interface GroundLock {
  /** Gives it back, at once. */
  release(): void
  /** Whether others are seen to wait for it; `false` where that cannot be told. */
  readonly isAwaited: boolean
}

/** A text that somebody has put up. Untrusted. */
export interface Posting {
  readonly member: string
  /** `null`: somebody is there under that name, and no more can be told, or it does not fit together. */
  readonly text: string | null
}
