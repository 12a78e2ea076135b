import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { eitherSignal, pause } from '@roamkit/core/backend-kit'
import {
  asyncDispose,
  BackendError,
  type Clock,
  type Held,
  type Holder,
  type Holders,
  type LockCall,
} from '@roamkit/core/contract'
import { heldOnDemand } from './held-on-demand.js'
import { LinkLocks, type LockOutcome } from './link-locks.js'
import { LinkMembership, type Surroundings } from './link-membership.js'
import { LinkUpkeep } from './link-upkeep.js'
import { LocalProcess } from './local-process.js'
import { newer, parseRecord } from './record.js'
import type { Rendezvous } from './rendezvous.js'
import { isRendezvousUsable } from './rendezvous-check.js'
import type { SharedHoldersOptions } from './shared-holders-options.js'
import { Subscription } from './subscription.js'

/** One per process, so that all its managers queue together. */
const THIS_PROCESS = new LocalProcess()

/** The notifications and their meaning. */
const REMEMBER = 'remember'
const STOPPING = 'stopping '

/**
 * How long a command with the lock waits for one that excludes, in milliseconds: that one was killed, and the system has not freed everything
 * yet.
 */
const DEATH_TIMEOUT = 50
/** How long a command without the lock waits for one that excludes, at least, in milliseconds. */
const TAKE_DOWN_TIMEOUT = 2000

/** More holders than that are not listed: they are fake. */
const MOST_LISTED = 512

/**
 * Counts holders through a rendezvous that the processes of the machine share (rules H2, H3). The span is `machine`. `certainty` is
 * that of the latest commands. Disposing leaves every link, rejects waiting commands with `ERR_CLOSED`, and disposes the rendezvous.
 */
export function sharedHolders(rendezvous: Rendezvous, options: SharedHoldersOptions): Holders {
  return new SharedHolders(rendezvous, options)
}

/**
 * Like {@link sharedHolders}, but tries the rendezvous first. It need not work from the beginning; each command tries it again until it
 * does.
 *
 * @param ready before this, `isCertain` is not asked. If it rejects, so does this function, and nothing is left open
 */
export async function openSharedHolders(
  rendezvous: Rendezvous,
  options: SharedHoldersOptions,
  ready: Promise<unknown> = Promise.resolve(),
): Promise<Holders> {
  const holders = new SharedHolders(rendezvous, options)
  try {
    await holders.probe(ready)
    return holders
  } catch (error) {
    await holders[asyncDispose]()
    throw error
  }
}

class SharedHolders implements Holders {
  readonly span = 'machine'
  readonly #rendezvous: Rendezvous
  readonly #clock: Clock
  readonly #lockTimeout: number
  readonly #handOverTimeout: number
  readonly #isCertain: () => boolean
  readonly #log: (event: string, detail?: object) => void
  readonly #surroundings: Surroundings
  readonly #locks: LinkLocks
  readonly #links = new Map<string, LinkMembership>()
  readonly #upkeep: LinkUpkeep
  readonly #watchers = new Map<string, Set<(activation: string) => void>>()
  readonly #subscriptions = new Map<string, Subscription>()
  /** Whether the rendezvous has failed, and has not been seen to work since. */
  #isRendezvousLost = false
  /** Why the count is uncertain, whichever link it is. */
  #doubt: string | null = null
  /** Links whose lock timed out the last time. */
  readonly #unlocked = new Set<string>()
  /** Links from which another member excluded all others for longer than the wait. */
  readonly #excluded = new Set<string>()
  readonly #closing = new AbortController()

  constructor(rendezvous: Rendezvous, options: SharedHoldersOptions) {
    const { clock, process: local = THIS_PROCESS, log = () => undefined } = options
    this.#rendezvous = rendezvous
    this.#clock = clock
    this.#lockTimeout = options.lockTimeout ?? 10_000
    this.#handOverTimeout = options.handOverTimeout ?? 100
    this.#isCertain = options.isCertain ?? (() => true)
    this.#log = log
    const identity = {
      member: randomBytes(8).toString('base64url'),
      pid: process.pid,
      name: options.name ?? basename(process.argv[1] ?? process.title),
    }
    this.#surroundings = { rendezvous, identity, members: local.members, log }
    this.#locks = new LinkLocks({ rendezvous, clock, queue: local.queue, log })
    this.#upkeep = new LinkUpkeep(clock, log)
  }

  get certainty(): 'certain' | 'uncertain' {
    const isCertain =
      this.#doubt === null &&
      this.#unlocked.size === 0 &&
      [...this.#links.values()].every(({ attendance }) => attendance.isThere)
    return isCertain ? 'certain' : 'uncertain'
  }

  async locked<T>(
    scope: string,
    id: string,
    run: (held: Held) => Promise<T>,
    { signal, since }: LockCall,
  ): Promise<T> {
    const key = keyOf(scope, id)
    const until = (since ?? this.#clock.now()) + this.#lockTimeout
    const wait = eitherSignal(signal, this.#closing.signal)
    let outcome: LockOutcome | null = null
    try {
      wait.signal.throwIfAborted()
      if (this.#isRendezvousLost) await this.probe()
      outcome = await this.#locks.acquire(key, until, wait.signal)
      wait.release()
      const link = this.#links.get(key) ?? new LinkMembership(key, this.#surroundings)
      this.#updateSubscription(key)
      try {
        const { mode } = outcome
        this.#noteLock(key, mode)
        return await run(heldOnDemand(() => this.#held(link, { mode, until })))
      } finally {
        await link.attendance.letIn()
        this.#keepUp(key)
      }
    } finally {
      wait.release()
      outcome?.release()
    }
  }

  watch(scope: string, id: string, stopped: (activation: string) => void): () => void {
    const key = keyOf(scope, id)
    const listener = (activation: string) => stopped(activation)
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(listener))
    this.#updateSubscription(key)
    return () => {
      watchers.delete(listener)
      this.#updateSubscription(key)
    }
  }

  list(scope: string, id: string): readonly Holder[] {
    const key = keyOf(scope, id)
    const { member: own } = this.#surroundings.identity
    const found = new Map<string, Holder & { readonly version: number }>()
    for (const { member, text } of this.#rendezvous.entries(key) ?? []) {
      if (found.size >= MOST_LISTED) break
      const record = parseRecord(text)
      const version = record?.version ?? -1
      if ((found.get(member)?.version ?? -2) >= version) continue
      const { pid, name, since } = record ?? { pid: null, name: null, since: null }
      found.set(member, { pid, name, since, isSelf: member === own, version })
    }
    return [...found.values()]
      .map(({ version, ...holder }) => Object.freeze(holder))
      .sort((one, other) => (one.since ?? 0) - (other.since ?? 0))
  }

  /** Finds out whether the rendezvous keeps its promises, and asks for the certainty when that can be told. */
  async probe(ready?: Promise<unknown>): Promise<void> {
    const [isUsable] = await Promise.all([isRendezvousUsable(this.#rendezvous), ready])
    this.#isRendezvousLost = !isUsable
    this.#reconsider()
  }

  async [asyncDispose](): Promise<void> {
    this.#closing.abort(new BackendError('ERR_CLOSED', 'the holders are disposed'))
    this.#locks.end()
    this.#upkeep.end()
    for (const link of this.#links.values()) link.end()
    this.#links.clear()
    this.#watchers.clear()
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe()
    this.#subscriptions.clear()
    await this.#rendezvous[asyncDispose]()
  }

  /** Notes what the lock itself says about the certainty of the count. */
  #noteLock(key: string, mode: LockOutcome['mode']): void {
    if (mode === 'timedOut') this.#unlocked.add(key)
    else this.#unlocked.delete(key)
    this.#isRendezvousLost ||= mode === 'refused'
    this.#reconsider()
  }

  #held(
    link: LinkMembership,
    { mode, until }: { readonly mode: LockOutcome['mode']; readonly until: number },
  ): Held {
    const { key } = link
    // With the lock, what other members of this process were notified of is enough. Without it, this member looks for itself.
    const view = mode === 'locked' ? link.knownView() : link.view()
    this.#isRendezvousLost ||= view === null
    const doubt = this.#reconsider()
    const isSure = mode === 'locked' && doubt === null
    const others = view?.others ?? link.localOthers
    let memory = view?.memory ?? link.memory
    const owned = isSure ? memory.owned : null
    let stored = owned
    /** Whether a member may be present without being visible. */
    let isHidden = false
    return {
      certainty: isSure ? 'certain' : 'uncertain',
      others: isSure ? others : Math.max(others, 1),
      owned,
      exclude: async () => {
        if (!isSure || others > 0) return false
        const isWon = await this.#exclude(link)
        isHidden = !isWon
        return isWon
      },
      join: async (next) => {
        this.#closing.signal.throwIfAborted()
        this.#links.set(key, link)
        await this.#attend(
          link,
          mode === 'locked' ? this.#clock.now() + DEATH_TIMEOUT : until + TAKE_DOWN_TIMEOUT,
        )
        // Without the lock, others may have changed it since the last look.
        if (!isSure) memory = newer(memory, link.view()?.memory ?? memory)
        // Only a change makes a new version: a member that could not read the memory does not make the others forget it.
        const isNews = next !== stored
        if (isNews) memory = { version: memory.version + 1, owned: next }
        stored = next
        await link.join(memory)
        // No other member waited for this one. Now that it is visible, it adopts what has changed in the meantime.
        if (!isSure && !isNews) await link.refresh()
        if (this.#closing.signal.aborted) {
          this.#links.delete(key)
          return link.end()
        }
        this.#updateSubscription(key)
        // Without the lock, others may have come since the last look.
        if (isNews && (others > 0 || !isSure)) this.#notify(key, REMEMBER)
      },
      leave: async () => {
        // Under the lock, those present are those that were seen, unless one is hidden.
        if (!isSure || isHidden || view?.isBehind) await this.#handOverMemory(link, { isHidden })
        await link.leave()
        this.#links.delete(key)
        this.#unlocked.delete(key)
        this.#updateSubscription(key)
      },
      stopping: (activation) => this.#notify(key, STOPPING + activation),
    }
  }

  /** Attends before other members can see this one. If one excludes, it waits until a moment of the clock. */
  async #attend(link: LinkMembership, until: number): Promise<void> {
    for (let wait = 1; ; wait = Math.min(wait * 2, TAKE_DOWN_TIMEOUT / 10)) {
      const outcome = await link.attendance.attend()
      if (outcome === 'there') this.#excluded.delete(link.key)
      const left = until - this.#clock.now()
      if (outcome !== 'excluded' || this.#excluded.has(link.key)) return
      if (left <= 0) {
        this.#excluded.add(link.key)
        this.#log('holders: another process excludes all others', { key: link.key })
        return
      }
      await pause(this.#clock, Math.min(wait, left), this.#closing.signal)
    }
  }

  /** The only proof that no other process holds a link: no other member is visible, and none can be hidden. */
  async #exclude(link: LinkMembership): Promise<boolean> {
    if (link.localOthers > 0 || !(await link.attendance.exclude())) return false
    // A member that could not attend may still be visible, and may have come since the last look.
    if (link.view()?.others === 0) return true
    await link.attendance.letIn()
    return false
  }

  /**
   * A member that brought a link up makes sure, before it leaves, that those that stay remember it. `isHidden`: one may be present without being
   * visible.
   */
  async #handOverMemory(link: LinkMembership, { isHidden }: { readonly isHidden: boolean }): Promise<void> {
    if (link.memory.owned === null) return
    const isBehind = () => {
      const view = link.view()
      return view?.isBehind || (isHidden && view?.others === 0)
    }
    if (!isBehind()) return
    this.#notify(link.key, REMEMBER)
    const end = this.#clock.now() + this.#handOverTimeout
    for (let wait = 1; isBehind(); wait *= 2) {
      const left = end - this.#clock.now()
      if (left <= 0) return
      await pause(this.#clock, Math.min(wait, left), this.#closing.signal).catch(() => undefined)
    }
  }

  /** Says why the count is uncertain, whichever link it is; `null` if it is certain. */
  #reconsider(): string | null {
    const before = this.#doubt
    if (this.#isRendezvousLost) this.#doubt = 'this process cannot count holders together with others'
    else
      this.#doubt = this.#askIfCertain() ? null : 'others may use the same links without being counted here'
    if (this.#doubt !== before) this.#log('holders: certainty', { doubt: this.#doubt })
    return this.#doubt
  }

  #askIfCertain(): boolean {
    try {
      return this.#isCertain()
    } catch (error) {
      this.#log('holders: isCertain', { error })
      return false
    }
  }

  /** Retries what others cannot see yet of a link that is held. */
  #keepUp(key: string): void {
    const link = this.#links.get(key)
    if (link === undefined || this.#closing.signal.aborted) this.#upkeep.stop(key)
    else this.#upkeep.start(key, link)
  }

  #notify(key: string, text: string): void {
    this.#rendezvous.notify(key, this.#surroundings.identity.member, text)
  }

  #receive(key: string, text: string): void {
    if (text === REMEMBER) {
      const link = this.#links.get(key)
      link?.refresh().catch((error: unknown) => this.#log('holders: cannot remember', { error }))
    } else if (text.startsWith(STOPPING)) {
      const activation = text.slice(STOPPING.length)
      for (const listener of [...(this.#watchers.get(key) ?? [])]) listener(activation)
    }
  }

  /** Subscribes to a link while it has watchers or this process holds it. */
  #updateSubscription(key: string): void {
    const watchers = this.#watchers.get(key)
    if (watchers?.size === 0) this.#watchers.delete(key)
    const isWanted = !this.#closing.signal.aborted && (this.#watchers.has(key) || this.#links.has(key))
    const subscription = this.#subscriptions.get(key)
    if (isWanted) {
      if (subscription !== undefined) return subscription.subscribe()
      const { member } = this.#surroundings.identity
      const notified = (text: string) => this.#receive(key, text)
      const made = new Subscription(this.#rendezvous, key, { member, notified, log: this.#log })
      this.#subscriptions.set(key, made)
      made.subscribe()
    } else if (subscription !== undefined) {
      this.#subscriptions.delete(key)
      subscription.unsubscribe()
    }
  }
}

/** Injective: two pairs of scope and id never give the same key, whatever characters they contain. */
function keyOf(scope: string, id: string): string {
  return JSON.stringify([scope, id])
}
