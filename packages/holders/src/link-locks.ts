import { eitherSignal, type KeyedQueue, pause, waitAtMost } from '@roamkit/core/backend-kit'
import type { Clock } from '@roamkit/core/contract'
import type { Rendezvous, RendezvousLock } from './rendezvous.js'

/** A link's lock, or permission to go on without it. */
export interface LockOutcome {
  /** `timedOut`: the lock was not released in time. `refused`: the system grants no locks. */
  readonly mode: 'locked' | 'timedOut' | 'refused'
  /** Lets the next one in. */
  release(): void
}

/** What taking a lock needs. */
export interface LockMeans {
  readonly rendezvous: Rendezvous
  readonly clock: Clock
  readonly queue: KeyedQueue
  readonly log: (event: string, detail: object) => void
}

/** How long a process that releases a lock lets another one have it first, if others are seen waiting, in milliseconds. */
const YIELD_DELAY = 2

/** The longest pause between two attempts on a lock that is constantly released and taken again, in milliseconds. */
const LONGEST_PAUSE = 16
/** The same, if one socket keeps the lock and never lets others wait at it. */
const LONGEST_PAUSE_AT_ONE = 200

/** How often the holder of a lock may be unknown in a row before it counts as unknowable. */
const MOST_QUESTIONS = 3

/** The locks of links. Waiting never hangs, and a lock that is not released in time delays this process only once. */
export class LinkLocks {
  readonly #means: LockMeans
  /** Locks that timed out, with their holders at the time. */
  readonly #overstayed = new Map<string, string | null>()
  readonly #yields = new Set<() => void>()

  constructor(means: LockMeans) {
    this.#means = means
  }

  /**
   * Waits for a link's lock until a moment of the clock, then goes on without it.
   * @throws (rejects) with the signal's reason
   */
  async acquire(key: string, until: number, signal: AbortSignal): Promise<LockOutcome> {
    const endTurn = await this.#turn(key, until, signal)
    if (endTurn === null) return { mode: 'timedOut', release: () => undefined }
    try {
      const lock = await this.#lock(key, until, signal)
      if (typeof lock === 'string') return { mode: lock, release: endTurn }
      return {
        mode: 'locked',
        release: () => {
          const { isAwaited } = lock
          lock.release()
          if (isAwaited) this.#yieldTurn(endTurn)
          else endTurn()
        },
      }
    } catch (reason) {
      endTurn()
      throw reason
    }
  }

  /** Ends all pauses in which this process yields to others. */
  end(): void {
    for (const end of [...this.#yields]) end()
  }

  /** Waits for the turn within this process; `null` if it does not come in time. */
  async #turn(key: string, until: number, signal: AbortSignal): Promise<(() => void) | null> {
    const { queue, clock, log } = this.#means
    if (!queue.isTaken(key)) return queue.take(key, signal)
    const late = new AbortController()
    const either = eitherSignal(signal, late.signal)
    const undo = clock.after(Math.max(until - clock.now(), 0), () => late.abort())
    try {
      return await queue.take(key, either.signal)
    } catch (reason) {
      if (reason !== late.signal.reason) throw reason
      log('holders: another command of this process does not end', { key })
      return null
    } finally {
      undo()
      either.release()
    }
  }

  async #lock(
    key: string,
    until: number,
    signal: AbortSignal,
  ): Promise<RendezvousLock | 'timedOut' | 'refused'> {
    const { clock, rendezvous, log } = this.#means
    let last: string | null = null
    let unknown = 0
    for (let wait = 1; ; ) {
      const lock = await this.#take(key)
      if (lock !== 'taken') {
        this.#overstayed.delete(key)
        return this.#unlessAborted(lock, signal)
      }
      const holder = rendezvous.holder(key)
      unknown = holder === null ? unknown + 1 : 0
      const known = this.#overstayed.get(key)
      if (known !== undefined && (holder === known ? holder !== null : unknown >= MOST_QUESTIONS))
        return 'timedOut'
      const before = clock.now()
      if (before >= until) {
        this.#overstayed.set(key, holder)
        log('holders: a lock was not released in time', { key, holder })
        return 'timedOut'
      }
      await waitAtMost(clock, until - before, signal, (call) => rendezvous.untilFree(key, call))
      // The lock was released and taken again at once, again and again: there is a crowd, or a stranger plays with this process.
      const now = clock.now()
      if (now - before < wait) {
        await pause(clock, Math.min(wait, Math.max(until - now, 0)), signal)
        const longest = holder !== null && holder === last ? LONGEST_PAUSE_AT_ONE : LONGEST_PAUSE
        wait = Math.min(wait * 2, longest)
      }
      last = holder
    }
  }

  #unlessAborted(lock: RendezvousLock | 'refused', signal: AbortSignal): RendezvousLock | 'refused' {
    if (signal.aborted && lock !== 'refused') lock.release()
    signal.throwIfAborted()
    return lock
  }

  async #take(key: string): Promise<RendezvousLock | 'taken' | 'refused'> {
    try {
      return (await this.#means.rendezvous.take(key)) ?? 'taken'
    } catch (error) {
      this.#means.log('holders: the system grants no lock', { key, error })
      return 'refused'
    }
  }

  #yieldTurn(endTurn: () => void): void {
    const end = () => {
      undo()
      this.#yields.delete(end)
      endTurn()
    }
    const undo = this.#means.clock.after(YIELD_DELAY, end)
    this.#yields.add(end)
  }
}
