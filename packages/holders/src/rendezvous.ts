import type { Call } from '@roamkit/core/contract'

/**
 * What a platform provides for counting holders: for each key a lock, a count of those present, entries, and notifications. All
 * processes and users of the machine share them, and the system takes them back when a process dies, however it dies. The port has no
 * policy: the rules are in `sharedHolders`, and are the same on every platform. Two instances in one process are as foreign to each
 * other as two processes.
 *
 * Any user of the machine may take part, and may lie. Nothing that others put up makes a call throw or hang. A key is any text. A
 * member is 11 characters of base64url.
 */
export interface Rendezvous extends AsyncDisposable {
  /** For logs. */
  readonly name: string
  /**
   * Tries to take the lock of a key, without waiting. Resolves to `null` if it is taken, also by this process: the lock is not
   * recursive. Rejects if the system grants no locks (no descriptors left, forbidden).
   */
  take(key: string): Promise<RendezvousLock | null>
  /**
   * An opaque word for the current holder of the lock; each time the lock is taken, the word is a new one. `null` if the lock is free
   * or the holder unknown. Synchronous.
   */
  holder(key: string): string | null
  /**
   * Resolves when it may be worth calling `take` again, at the latest when the current holder releases the lock or dies. It may resolve
   * too early. Rejects only with the signal's reason.
   */
  untilFree(key: string, call: Call): Promise<void>
  /**
   * Attends a key, until the returned function is called or the process dies. Any number of members, processes and users can attend at
   * once. While there is an attendance, {@link exclude} fails. Resolves to `null` if another one excludes all others. Rejects if the system
   * does not allow it (no descriptors left, forbidden). A stranger who spoils one part of what attendance is made of does not affect
   * it.
   */
  attend(key: string): Promise<(() => void) | null>
  /**
   * Excludes all others from a key. It succeeds only if no instance attends or excludes, including this one, no matter what
   * {@link entries} shows. From then on no instance can attend until the returned function is called, which takes effect immediately, or
   * the process dies. Resolves to `null` if any instance is present. Call it while holding the lock of the key. Rejects like {@link attend}.
   */
  exclude(key: string): Promise<(() => void) | null>
  /**
   * Puts an entry up under a key: a member's name and a text of up to 1500 bytes of UTF-8. Every process can read it until the returned
   * function is called, which takes effect at once, or the process dies. A member may have several entries. With `attest`, others can
   * tell which user put it up. Rejects if the entry cannot be put up; then no part of it is.
   */
  post(
    key: string,
    member: string,
    text: string,
    options: { readonly attest: 'yes' | 'no' },
  ): Promise<() => void>
  /**
   * All entries under a key, in any order. Synchronous, and independent of whether their owners still answer (stopped, busy). This is
   * no atomic snapshot: it may show an entry that is just being removed, and a stranger may be able to hide one, so absence proves
   * nothing (`exclude` does). If there are too many entries to read, their texts may be `null`. `null` if the entries cannot be read.
   */
  entries(key: string): readonly Entry[] | null
  /**
   * Selects the entries that were attested, exactly as they are, by a process of this user, of the administrator, or of a user that the
   * options trust. The work grows no faster than the number of entries.
   */
  selectAttested(key: string, entries: readonly Entry[]): ReadonlySet<Entry>
  /**
   * Subscribes a member to notifications, which are untrusted text. Resolves to the undo, which takes effect at once. Rejects if the
   * system refuses it.
   */
  subscribe(key: string, member: string, notified: (text: string) => void): Promise<() => void>
  /**
   * Notifies all subscribers of a key except the member itself, with a text of up to 1000 bytes of UTF-8. It does not wait, and skips
   * those that do not answer.
   */
  notify(key: string, member: string, text: string): void
  /**
   * Gives back all locks, attendances, entries and subscriptions. Resolves when pending notifications are delivered, at most about a
   * second later.
   */
  [Symbol.asyncDispose](): Promise<void>
}

/** A lock that this process holds. */
export interface RendezvousLock {
  /** Releases it at once. */
  release(): void
  /** Whether others are seen waiting for it; `false` if that is unknown. */
  readonly isAwaited: boolean
}

/** A text that a member has put up. Untrusted. */
export interface Entry {
  readonly member: string
  /** `null` if the member is present but its text is unknown or inconsistent. */
  readonly text: string | null
}
